"""An application on SQLite with fake providers, and visits in each state that a page shows."""

import functools
import json
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr

import handlers.tables  # noqa: F401  # its tables belong to the metadata
from bot.channels.base import Capabilities, Forged
from bot.channels.telegram_updates import TELEGRAM
from bot.channels.twilio import SMS
from bot.messages import Address, ChannelName, DeliveryStatus, Inbound, Outgoing, ProviderId, Receipt, Sent, WebRequest
from handlers.deps import Deps
from handlers.gateways.payments.base import (
    CheckoutAtProvider,
    CheckoutStatus,
    Order,
    PaymentEvent,
    PaymentEventKind,
    RefundAtProvider,
)
from handlers.settings import Settings
from scheduling.facilities import store
from scheduling.facilities.file import read_sample
from scheduling.people import people, visit_links
from scheduling.policy.lifecycle import Move
from scheduling.policy.vocabulary import ActorKind, LinkPurpose, VisitKind
from scheduling.storage.database import Database, Tx, metadata
from scheduling.storage.tables import people as people_table
from scheduling.storage.tables import residents
from scheduling.visits import asking, checkouts, deciding, ending, transition
from scheduling.visits.search import Wish
from scheduling.visits.transition import Actor
from scheduling.visits.visit import Visit, get
from tests.databases import hasty, whole

CHICAGO = ZoneInfo("America/Chicago")
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=CHICAGO)
SATURDAY = datetime(2026, 11, 28, 13, 0, tzinfo=CHICAGO)
TANYA, ANA, OURS = "+15550100002", "+15550100001", "+15551234567"
PASSWORD = "correct horse"
STAFF = Actor(ActorKind.STAFF)
SIGNED = {"X-Signed": "by the provider"}


class PretendChannel:
    """Reads a form with Id, From, Body (or Status), accepts requests with X-Signed, and keeps acknowledgements."""

    def __init__(self, name: ChannelName) -> None:
        self.name = name
        self.capabilities = Capabilities(
            buttons=False,
            edits=False,
            segments=True,
            carrier_answers_keywords=False,
            sender_proven=False,
            phone_addresses=name == SMS,
            contact_button=False,
        )
        self.ours: str | None = None
        self.status_path: str | None = None
        self.acknowledged: list[WebRequest] = []

    def verify(self, request: WebRequest) -> None:
        if "x-signed" not in request.headers:
            raise Forged

    def read(self, request: WebRequest) -> list[Inbound | Receipt]:
        form = request.form
        if "Status" in form:
            return [Receipt(self.name, ProviderId(form["Id"]), DeliveryStatus(form["Status"]))]
        if "Body" not in form:
            return []
        return [Inbound(Address(self.name, form["From"], OURS), ProviderId(form["Id"]), form["Body"])]

    def acknowledge(self, request: WebRequest) -> None:
        self.acknowledged.append(request)

    def send(self, outgoing: Outgoing) -> Sent:
        raise AssertionError("no route sends")

    def find(self, outgoing: Outgoing, since: datetime) -> Sent | None:
        raise AssertionError("no route sends")

    def close(self) -> None:
        """Nothing to close."""


class PretendGateway:
    """A gateway that opens checkouts on a page of its own, and accepts JSON events with X-Signed."""

    def __init__(self, name: str = "stripe") -> None:
        self.name = name
        self.orders: dict[str, Order] = {}

    def verify(self, request: WebRequest) -> None:
        if "x-signed" not in request.headers:
            raise Forged

    def read(self, request: WebRequest) -> list[PaymentEvent]:
        return [
            PaymentEvent(**{**event, "kind": PaymentEventKind(event["kind"])}) for event in json.loads(request.body)
        ]

    def open(self, order: Order) -> tuple[str, str]:
        self.orders.setdefault(order.key, order)
        return f"cs_{order.key}", f"https://cards.example/{order.key}"

    def state(self, checkout: str) -> CheckoutAtProvider:
        return CheckoutAtProvider(CheckoutStatus.OPEN, f"https://cards.example/{checkout.removeprefix('cs_')}")

    def expire(self, checkout: str) -> None:
        """Fine."""

    def refund(self, payment: str, amount: int, key: str, metadata: object) -> RefundAtProvider:
        raise AssertionError("no route gives money back")

    def find_refund(self, payment: str, key: str) -> RefundAtProvider | None:
        raise AssertionError("no route gives money back")


@dataclass
class AppServer:
    """Deps with a clock that is set by hand."""

    deps: Deps
    at: list[datetime] = field(default_factory=lambda: [MONDAY])

    @property
    def now(self) -> datetime:
        return self.at[0]

    def set_clock(self, moment: datetime) -> None:
        self.at[0] = moment

    def counts(self) -> dict[str, int]:
        """How many rows each table has."""
        with self.deps.db.read() as tx:
            return {
                table.name: tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
                for table in metadata.sorted_tables
            }

    def run(self, work: "Callable[[Tx], Visit]") -> Visit:
        return self.deps.db.run(work)

    def asked(self, start: datetime = SATURDAY, visitor: str = "Tanya Johnson", number: str = "48213") -> Visit:
        """A visit that waits for staff."""
        return self.run(lambda tx: self._ask(tx, start, visitor, number))

    def _ask(self, tx: Tx, start: datetime, visitor: str, number: str) -> Visit:
        who = people.get(
            tx, tx.execute(sa.select(people_table.c.id).where(people_table.c.name == visitor)).scalar_one()
        )
        whom = people.resident(
            tx, tx.execute(sa.select(residents.c.id).where(residents.c.number == number)).scalar_one()
        )
        relation = next(each.relation for each in people.may_see(tx, who) if each.id == whom.id)
        phone = ANA if visitor == "Ana Diaz" else TANYA
        wish = Wish(who, replace(whom, relation=relation), VisitKind.FAMILY, 30)
        chat = Address(SMS, phone, OURS)
        visit = asking.hold(tx, wish, start, chat=chat, actor=Actor(ActorKind.FAMILY, who.id, "sms"), now=self.now)
        return asking.ask(tx, visit, wish, actor=Actor(ActorKind.FAMILY, who.id, "sms"), now=self.now)

    def approved(self, start: datetime = SATURDAY, visitor: str = "Tanya Johnson", number: str = "48213") -> Visit:
        """A visit that waits for payment."""
        asked = self.asked(start, visitor, number)
        return self.run(lambda tx: deciding.approve(tx, asked, revision=asked.revision, actor=STAFF, now=self.now))

    def paid(self, start: datetime = SATURDAY, visitor: str = "Tanya Johnson", number: str = "48213") -> Visit:
        """A visit that is booked."""
        visit = self.approved(start, visitor, number)

        def pay(tx: Tx) -> Visit:
            checkout = checkouts.open_checkout(tx, visit, "stripe", now=self.now)
            checkouts.opened(tx, checkout, f"cs_{visit.id}", "https://cards.example")
            checkouts.apply_payment(tx, checkout, f"pi_{visit.id}", checkout.amount, now=self.now)
            return get(tx, visit.id)

        return self.run(pay)

    def joined(self, visit: Visit) -> Visit:
        return self.run(lambda tx: ending.join(tx, get(tx, visit.id), actor=Actor(ActorKind.FAMILY), now=self.now))

    def moved(self, visit: Visit, move: Move) -> Visit:
        """Apply any other transition to a visit."""
        return self.run(lambda tx: transition.apply(tx, get(tx, visit.id), move, actor=STAFF, now=self.now))

    def link(self, visit: Visit, purpose: str) -> str:
        """A new link to the page, without the host."""
        with self.deps.db.begin() as tx:
            token = visit_links.mint(tx, visit.id, visit.visitor_id, LinkPurpose(purpose), now=self.now)
        return f"/{'p' if purpose == LinkPurpose.PAY else 'j'}/{token}"

    def revoke(self, visit: Visit) -> None:
        with self.deps.db.begin() as tx:
            visit_links.revoke(tx, visit.id, visit.visitor_id, now=self.now)


@functools.lru_cache(maxsize=1)
def _filled() -> bytes:
    """A SQLite file with the sample facility, made once per test run."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "filled.db"
        db = Database(f"sqlite:///{path}")
        metadata.create_all(db.engine)
        with db.begin() as tx:
            store.apply(tx, read_sample(), now=MONDAY.astimezone(UTC))
        db.close()
        return whole(path)


def build(
    folder: Path, *, gateway: str = "stripe", url: str = "http://127.0.0.1:8000", password: str = PASSWORD
) -> AppServer:
    """An application with the sample facility, on Monday morning."""
    path = folder / "app_server.db"
    path.write_bytes(_filled())
    db = hasty(Database(f"sqlite:///{path}"))
    settings = Settings(
        public_url=url,
        secret_key=SecretStr("a-key-for-tests-only"),
        console_password=SecretStr(password),
        data_dir=folder,
    )
    at = [MONDAY]
    channels = {TELEGRAM: PretendChannel(TELEGRAM), SMS: PretendChannel(SMS)}
    return AppServer(Deps(db, settings, lambda: at[0], channels, PretendGateway(gateway)), at)


def application(app_server: AppServer, *, demo: bool = False, dev_token: str = "") -> Flask:
    from webhooks.app import create_app

    app = create_app(app_server.deps, demo=demo, dev_token=dev_token)
    app.config["TESTING"] = False  # answer errors as in production
    return app


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def token_in(text: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', text)
    assert found
    return found[1]


def log_in(web: FlaskClient, password: str = PASSWORD, path: str = "/console/login") -> int:
    csrf = token_in(web.get(path).text)
    return web.post(path, data={"csrf": csrf, "password": password}).status_code
