"""The harness of the stories: the whole server on one database, people with phones, and a clock that tests set.

    line = Line(tmp_path)
    tanya = line.phone(TANYA)
    tanya.says("can i see marcus saturday afternoon")
    tanya.hears("1) 1:00 PM", "2) 1:45 PM")

Texts come in through the real webhooks with real signatures; due jobs run after each of them. A story fails when a text
breaks a promise or a job fails (`Line.trouble` is for stories about failures).
"""

import functools
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from pathlib import Path

import sqlalchemy as sa
from flask.testing import FlaskClient
from pydantic import SecretStr
from werkzeug.test import TestResponse

from bot.channels.base import Channel
from bot.channels.telegram_updates import TELEGRAM
from bot.channels.twilio import SMS
from bot.channels.whatsapp import WHATSAPP
from bot.messages import Address, ChannelName
from handlers.deps import Deps
from handlers.gateways.payments.sandbox import SandboxGateway
from handlers.jobs.worker import run_due
from handlers.operations import load_facilities
from handlers.settings import Settings
from handlers.tables import inbound
from scheduling import queries
from scheduling.facilities import store
from scheduling.facilities.file import read_facility
from scheduling.policy.job_payloads import VisitJob
from scheduling.policy.json_values import from_plain
from scheduling.policy.visit_state import STANDING
from scheduling.storage import outbox, schema
from scheduling.storage.database import Database
from scheduling.storage.tables import jobs, ledger
from scheduling.visits.visit import Visit, get
from tests import meeting
from tests.cast import BOT, CENTRAL, MONDAY, OURS, WHATSAPP_NUMBER, Member, facility_file
from tests.databases import hasty, whole
from tests.stories import promises
from tests.stories.carrier import (
    TELEGRAM_SECRET,
    TELEGRAM_TOKEN,
    TWILIO_TOKEN,
    URL,
    Carrier,
    RememberingTelegram,
    RememberingTwilio,
    RememberingWhatsApp,
)
from tests.stories.phones import Phone, Telegram, WhatsApp
from webhooks.app import create_app

DAYS = "mon tue wed thu fri sat sun".split()
DUE = {
    "choice lapses": "lapse_choice", "decide-by": "ask_staff_again", "last call": "expire_request",
    "offer lapses": "expire_offer", "reminder to pay": "remind_to_pay", "pay-by": "expire_payment",
    "day before": "remind_day_before", "15 minutes before": "remind_soon", "end": "finish",
}  # fmt: skip
"""The events that a story may wait for, with the job of each."""
_FAILED = sa.select(jobs.c.id, jobs.c.kind, jobs.c.error).where(
    ((jobs.c.state == "queued") & (jobs.c.attempts > 0)) | (jobs.c.state == "dead")
)
_WAITING = sa.select(inbound.c.id, inbound.c.state, inbound.c.error).where(inbound.c.state != "handled")


_LOADED: dict[object, bytes] = {}
"""Prepared SQLite files with tables and a facility, by how it was loaded: most stories begin with the same one."""


@functools.lru_cache(maxsize=1)
def _empty() -> bytes:
    """A migrated SQLite file, made once for each run."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        db = Database(f"sqlite:///{path}")
        schema.upgrade(db)
        db.close()
        return whole(path)


def _database(path: Path, url: str | None) -> Database:
    if url is not None:
        db = Database(url)
        schema.upgrade(db)
        return db
    if not path.exists():
        path.write_bytes(_empty())
    return hasty(Database(f"sqlite:///{path}"))


def _still_meant(visit: Visit, kind: str, job: VisitJob) -> bool:
    """Whether a timer still concerns the visit. Timers of earlier states also run, and do nothing."""
    if kind in ("remind_day_before", "remind_soon", "finish"):
        return visit.state in STANDING and visit.starts == job.starts
    return visit.revision == job.revision


class Line:
    """The server. `changes` alter the sample facility (see `tests.cast`); `url` puts it on PostgreSQL."""

    def __init__(
        self, folder: Path, *changes: tuple[str, str], url: str | None = None, start: datetime = MONDAY
    ) -> None:
        self.clock = start
        self.carrier = Carrier(lambda: self.clock)
        self.restart_after_each = False
        self._path, self._url = folder / "line.db", url
        self._checked = 0
        self._excused: set[int] = set()
        self._in_trouble = False
        self._phones: dict[str, Phone] = {}
        self._open(changes)

    def _open(self, changes: tuple[tuple[str, str], ...]) -> None:
        """For a new SQLite file, a facility that was loaded once is copied."""
        new, how = self._url is None and not self._path.exists(), (changes, self.clock)
        if new and how in _LOADED:
            self._path.write_bytes(_LOADED[how])
            return self._begin()
        self._begin()
        self.loads(*changes)
        if new:
            self.deps.db.close()
            _LOADED[how] = whole(self._path)
        return None

    def loads(self, *changes: tuple[str, str]) -> None:
        """Load the facility file with these changes, at the beginning or again."""
        load_facilities.load(self.deps, [read_facility(facility_file(*changes), "willow.toml")])

    def _begin(self) -> None:
        settings = Settings(
            public_url=URL, secret_key=SecretStr("for-stories-only"), console_password=SecretStr("for stories only"),
            telegram_bot_token=SecretStr(TELEGRAM_TOKEN), telegram_webhook_secret=SecretStr(TELEGRAM_SECRET),
            data_dir=self._path.parent,
        )  # fmt: skip
        channels: dict[ChannelName, Channel] = {
            TELEGRAM: RememberingTelegram(self.carrier, TELEGRAM_TOKEN, TELEGRAM_SECRET),
            WHATSAPP: RememberingWhatsApp(self.carrier, TWILIO_TOKEN, URL),
            SMS: RememberingTwilio(self.carrier, TWILIO_TOKEN, URL),
        }
        db = _database(self._path, self._url)
        self.deps = Deps(db, settings, lambda: self.clock, channels, SandboxGateway(URL))
        self.web: FlaskClient = create_app(self.deps).test_client()

    def restarts(self) -> None:
        """Restart: build everything again on the same database, with nothing left in memory."""
        self.deps.db.close()
        self._begin()

    def close(self) -> None:
        self.deps.db.close()

    def phone(self, member: Member) -> Phone:
        """A person's phone, for SMS."""
        return self._known(Phone(self, member, Address(SMS, member.phone, OURS)))

    def telegram(self, member: Member, chat: int) -> Telegram:
        """A person's Telegram chat with the bot."""
        made = self._known(Telegram(self, member, Address(TELEGRAM, str(chat), BOT)))
        assert isinstance(made, Telegram)
        return made

    def whatsapp(self, member: Member) -> WhatsApp:
        """A person's WhatsApp chat with our sender."""
        made = self._known(WhatsApp(self, member, Address(WHATSAPP, member.phone, WHATSAPP_NUMBER)))
        assert isinstance(made, WhatsApp)
        return made

    def _known(self, phone: Phone) -> Phone:
        return self._phones.setdefault(f"{phone.address.channel}:{phone.address.theirs}", phone)

    # The clock

    @property
    def here(self) -> datetime:
        """The local time of the facility."""
        return self.clock.astimezone(CENTRAL)

    def passes(self, **amount: float) -> None:
        """Let time pass (`hours=2`) and run each job when it is due."""
        self.until(self.clock + timedelta(**amount))

    def until(self, moment: datetime | str) -> None:
        """Move the clock to a moment, to a day and time ("sat 12:50", 24 hours), or to the next event ("pay-by")."""
        if isinstance(moment, str):
            moment = self._coming(moment) if moment in DUE else self._named(moment)
        assert moment >= self.clock, "the clock does not go back"
        while (due := self.next_due()) is not None and due <= moment:
            self.clock = due
            self.settle()
        self.clock = moment
        self.settle()

    def awaits(self, there: Callable[[], bool], seconds: float = 60) -> None:
        """Run jobs that are due soon until the condition is true: a question may be held back for some seconds."""
        limit = self.clock + timedelta(seconds=seconds)
        while not there() and (due := self.next_due()) is not None and due <= limit:
            self.clock = due
            self.settle()

    def _named(self, words: str) -> datetime:
        name, clock = words.split()
        hour, minute = map(int, clock.split(":"))
        ahead = (DAYS.index(name) - self.here.weekday()) % 7
        moment = datetime.combine(self.here.date() + timedelta(days=ahead), time(hour, minute), CENTRAL)
        return moment if moment >= self.here else moment + timedelta(days=7)

    def _coming(self, words: str) -> datetime:
        with self.deps.db.read() as tx:
            coming = [each for each in outbox.queued(tx) if each[1] == DUE[words] and each[0] >= self.clock]
            timers = [(when, kind, from_plain(VisitJob, payload)) for when, kind, payload in coming]
            due = [when for when, kind, job in timers if _still_meant(get(tx, job.visit), kind, job)]
        assert due, f"nothing called {words!r} is due"
        return due[0]

    def next_due(self) -> datetime | None:
        """When the next job is due that is not due yet."""
        with self.deps.db.read() as tx:
            return next((when for when, _, _ in outbox.queued(tx) if when > self.clock), None)

    # Checks after each step

    def settle(self) -> None:
        """Run what is due, and check that nothing failed and no text broke a promise."""
        run_due(self.deps)
        for got in self.carrier.delivered[self._checked :]:
            phone = self._phones.get(f"{got.channel}:{got.to}")
            ours = {SMS: OURS, TELEGRAM: BOT, WHATSAPP: WHATSAPP_NUMBER}[ChannelName(got.channel)]
            address = Address.from_stored(got.channel, got.to, ours)
            faults = promises.broken(self.deps, got, address, phone.reads if phone else None)
            self.writes_down(f"{got.to[-4:]} <  {got.text}")
            assert not faults, f"{got.text!r} {'; '.join(faults)}"
        self._checked = len(self.carrier.delivered)
        failed = self._failed()
        if self._in_trouble:
            self._excused |= failed.keys()
        assert failed.keys() <= self._excused, f"failed: {failed}"
        if self.restart_after_each:
            self.restarts()

    def writes_down(self, what: str) -> None:
        """Add a line to the transcript, which pytest shows when the story fails."""
        sys.stdout.write(f"{self.here:%a %H:%M:%S}  {what}\n\n")

    def _failed(self) -> dict[int, str]:
        """Jobs that failed at least once or are dead, and messages that wait or are dead."""
        with self.deps.db.read() as tx:
            found = {row.id: f"{row.kind}: {row.error}" for row in tx.execute(_FAILED)}
            return found | {-row.id: f"a text is {row.state}: {row.error}" for row in tx.execute(_WAITING)}

    @contextmanager
    def trouble(self) -> Iterator[None]:
        """Allow jobs to fail in this block: something is broken on purpose."""
        self._in_trouble = True
        try:
            yield
        finally:
            self._in_trouble = False

    def over(self) -> None:
        """End the story: every text that a family got must have been read by the story."""
        families = {where: phone for where, phone in self._phones.items() if not phone.member.staff}
        unread = {where: [got.text for got in phone.unread()] for where, phone in families.items() if phone.unread()}
        assert not unread, f"nobody looked at: {unread}"

    def meet(self, reference: str, minutes: float = 20, *, family: bool = True, kiosk: bool = True) -> None:
        """In the call of this visit, pictures arrived on these sides for that long."""
        with self.deps.db.begin() as tx:
            facility_id = store.everyone(tx)[0]
            visit = queries.by_reference(tx, facility_id, reference)
            assert visit is not None
            meeting.meet(tx, visit, minutes=minutes, family=family, kiosk=kiosk)

    # What a story may inspect

    def screen_is_on(self, reference: str) -> None:
        """The screen of this visit's terminal rings at its start and stays on."""
        with self.deps.db.begin() as tx:
            visit = queries.by_reference(tx, store.everyone(tx)[0], reference)
            assert visit is not None
            meeting.screen_on(tx, visit)

    def money(self) -> list[tuple[str, int, str]]:
        """The ledger as (charge or refund, cents, state), oldest first."""
        with self.deps.db.read() as tx:
            rows = tx.execute(sa.select(ledger).order_by(ledger.c.id)).all()
        return [(row.kind, row.amount, row.state) for row in rows]

    def post(self, path: str, **form: str) -> TestResponse:
        """A form as a browser sends it."""
        return self.web.post(path.removeprefix(URL), data=form)
