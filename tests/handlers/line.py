"""The server with fake providers, which keep what was sent and whose next answers a test can set."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from pydantic import SecretStr

from bot.channels.base import Capabilities
from bot.channels.telegram_updates import TELEGRAM
from bot.channels.twilio import SMS
from bot.messages import Address, ChannelName, DeliveryStatus, Inbound, Outgoing, ProviderId, Receipt, Sent, WebRequest
from handlers.deps import Deps
from handlers.gateways.payments.base import (
    CheckoutAtProvider,
    CheckoutStatus,
    GatewayDown,
    Order,
    PaymentEvent,
    RefundAtProvider,
)
from handlers.inbound import inbox
from handlers.inbound.message_grouping import HOLD
from handlers.jobs.worker import run_due
from handlers.settings import Settings
from handlers.work import Work, run
from scheduling.policy.vocabulary import EntryState
from scheduling.visits.visit import Visit
from tests.scheduling.kit import MONDAY, OURS, REED, TANYA, Record, minutes

BOT = "123456"
T = TypeVar("T")


class Carrier:
    """A channel that accepts every text, unless `answers` has an error to raise. It finds the texts in `has`."""

    def __init__(self, name: ChannelName) -> None:
        self.name = name
        self.capabilities = Capabilities(
            buttons=name == TELEGRAM,
            edits=name == TELEGRAM,
            segments=name == SMS,
            carrier_answers_keywords=False,
            sender_proven=name == TELEGRAM,
            phone_addresses=name == SMS,
            contact_button=name == TELEGRAM,
        )
        self.ours = BOT if name == TELEGRAM else None
        self.status_path: str | None = "/webhooks/status" if name == SMS else None
        self.sent: list[Outgoing] = []
        self.answers: list[Exception | None] = []
        self.has: list[str] = []
        self.asked: list[datetime] = []

    def verify(self, request: WebRequest) -> None:
        """Accept every request."""

    def read(self, request: WebRequest) -> list[Inbound | Receipt]:
        return []

    def acknowledge(self, request: WebRequest) -> None:
        """Do nothing."""

    def send(self, outgoing: Outgoing) -> Sent:
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer
        self.sent.append(outgoing)
        return Sent(ProviderId(f"{self.name}-{len(self.sent)}"), DeliveryStatus.QUEUED)

    def find(self, outgoing: Outgoing, since: datetime) -> Sent | None:
        self.asked.append(since)
        return Sent(ProviderId("found"), DeliveryStatus.SENT) if outgoing.text in self.has else None

    def close(self) -> None:
        """Do nothing: there is no connection."""

    def to(self, number: str) -> list[str]:
        """The texts to one number, oldest first."""
        return [each.text for each in self.sent if each.address.theirs == number]


class Bank:
    """A payment gateway that accepts everything, unless `down` has an error to raise."""

    name = "stripe"

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.known: dict[str, CheckoutAtProvider] = {}
        self.expired: list[str] = []
        self.refunds: list[tuple[str, int, str]] = []
        self.down: Exception | None = None

    def verify(self, request: WebRequest) -> None:
        """Accept every request."""

    def read(self, request: WebRequest) -> list[PaymentEvent]:
        return []

    def open(self, order: Order) -> tuple[str, str]:
        self._up()
        self.orders.append(order)
        checkout, url = f"cs_{order.key}", f"https://cards.example/{order.key}"
        self.known.setdefault(checkout, CheckoutAtProvider(CheckoutStatus.OPEN, url))
        return checkout, url

    def state(self, checkout: str) -> CheckoutAtProvider:
        self._up()
        return self.known[checkout]

    def expire(self, checkout: str) -> None:
        self._up()
        self.expired.append(checkout)

    def refund(self, payment: str, amount: int, key: str, metadata: Mapping[str, str]) -> RefundAtProvider:
        self._up()
        self.refunds.append((payment, amount, key))
        return RefundAtProvider(f"re_{key}", EntryState.DONE)

    def find_refund(self, payment: str, key: str) -> RefundAtProvider | None:
        self._up()
        known = any((of, by) == (payment, key) for of, _, by in self.refunds)
        return RefundAtProvider(f"re_{key}", EntryState.DONE) if known else None

    def _up(self) -> None:
        if self.down is not None:
            raise self.down


DOWN = GatewayDown("no answer")


@dataclass
class Line:
    """The server on one test database."""

    record: Record
    deps: Deps
    sms: Carrier
    telegram: Carrier
    bank: Bank
    heard: list[str] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return self.record.now

    def receive(self, who: str, words: str, provider_id: str = "") -> bool:
        """Receive a text: it is recorded, but not handled yet."""
        self.heard.append(words)
        message = Inbound(address(who), ProviderId(provider_id or f"IN{len(self.heard)}"), words)
        return inbox.receive(self.deps, message, correlation=f"c{len(self.heard)}")

    def handle(self, who: str) -> bool:
        return inbox.handle(self.deps, address(who))

    def says(self, who: str, words: str) -> list[str]:
        """Receive and handle a text, and run what follows. Returns the texts that this phone then got."""
        before = len(self.sms.to(who))
        self.receive(who, words)
        self.handle(who)
        self.work()
        if len(self.sms.to(who)) == before:  # a reply may be held back for a moment
            self.at(self.now + HOLD)
            self.work()
        return self.sms.to(who)[before:]

    def run(self, act: Callable[[Work], T], correlation: str | None = None) -> T:
        """Run `act` in one transaction."""
        return run(self.deps, act, correlation=correlation)

    def work(self) -> int:
        return run_due(self.deps)

    def at(self, moment: datetime) -> None:
        self.record.set_clock(moment)

    def wait(self, count: float) -> None:
        self.record.set_clock(self.now + minutes(count))

    def asked(self, **more: Any) -> Visit:
        """A request whose cards were sent."""
        visit = self.record.asked(**more)
        self.work()
        return visit

    def code(self, who: str = REED) -> int:
        """The code on the newest card of an officer."""
        found = re.search(r"\b(\d{3}) OK", self.sms.to(who)[-1])
        assert found, self.sms.to(who)[-1]
        return int(found[1])


def address(who: str) -> Address:
    return Address(SMS, who, OURS)


def telegram(chat: str) -> Address:
    return Address(TELEGRAM, chat, BOT)


def settings(**more: Any) -> Settings:
    values: dict[str, Any] = {"public_url": "http://127.0.0.1:8000", "telegram_bot_token": SecretStr(f"{BOT}:token")}
    return Settings(**(values | more))


def open_line(record: Record, *, now: Callable[[], datetime] | None = None, **more: Any) -> Line:
    sms, telegram_, bank = Carrier(SMS), Carrier(TELEGRAM), Bank()
    deps = Deps(record.db, settings(), now or (lambda: record.now), {TELEGRAM: telegram_, SMS: sms}, bank, **more)
    return Line(record, deps, sms, telegram_, bank)


__all__ = [
    "BOT",
    "DOWN",
    "MONDAY",
    "REED",
    "TANYA",
    "Bank",
    "Carrier",
    "Line",
    "address",
    "open_line",
    "settings",
    "telegram",
]
