"""`visitline chat`: text as any person of the sample facility in a terminal, with a clock that jumps.

Everything is in a temporary folder that is deleted afterwards. No setting of the machine is used, so no real phone is
reached.
"""

import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

from bot import sms
from bot.channels.base import Capabilities, Forged
from bot.messages import PHONE, Address, DeliveryStatus, Inbound, Outgoing, ProviderId, Receipt, Sent, WebRequest
from handlers import logs
from handlers.calls import provider_events
from handlers.demo.transcript import LineKind, TranscriptLine, story
from handlers.deps import Deps
from handlers.inbound import inbox, message_grouping
from handlers.jobs.worker import run_due
from handlers.operations import build_deps, load_facilities
from handlers.payments import checkout, sandbox_checkout
from handlers.settings import Settings
from scheduling.facilities.file import FacilityFile, read_sample
from scheduling.policy.job_payloads import JobKind
from scheduling.policy.lifecycle import Effect
from scheduling.storage import outbox, schema

START = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("America/Chicago"))
"""When every chat begins: the same Monday morning as the stories in the tests, so that an export fits them."""
GAP_BETWEEN_TEXTS = timedelta(seconds=30)
GAP_BETWEEN_FRAGMENTS = timedelta(seconds=4)
ROUTINE_JOBS = frozenset({JobKind.SEND, JobKind.HANDLE_CHAT, Effect.LAPSE_CHOICE, Effect.LAPSE_NEW})
"""Jobs that are not worth a jump."""
STRANGER = "+15550188888"
HELP = """\
Type what the person before the > texts.   @reed 417 ok   somebody else texts   @reed   go on as somebody else
  +2h +30m +1d   let time pass             +next          to what is due next     links   the links so far
  open 1         press the button of link 1 (pay, or join)   export FILE   write this as a story test
  hi / sat / afternoon   several texts in a row
  /help          this again   (HELP alone is texted: the line answers it)      Ctrl-D   leave"""
ASKS_FOR_HELP = frozenset({"/help", "/?", "help!"})
WANTS_OUT = frozenset({"quit", "exit", "/quit", "/exit"})
_JUMP = re.compile(r"\+\s*(\d{1,4})\s*([mhd])", re.IGNORECASE)
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_LINK = re.compile(r"/([pj])/([\w-]{22})(?![\w-])")


class TerminalChannel:
    """A channel to this terminal. There is no carrier that answers STOP and HELP, so the application does."""

    name = PHONE
    ours = None
    status_path = None
    capabilities = Capabilities(
        buttons=False,
        edits=False,
        segments=True,
        carrier_answers_keywords=False,
        sender_proven=False,
        phone_addresses=True,
        contact_button=False,
    )

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.out: list[tuple[datetime, Outgoing]] = []

    def verify(self, request: WebRequest) -> None:  # noqa: ARG002  # required by Channel, here and below
        """Always raises Forged: nothing is posted here."""
        raise Forged("no webhooks in a terminal")

    def read(self, request: WebRequest) -> list[Inbound | Receipt]:  # noqa: ARG002
        """No messages."""
        return []

    def acknowledge(self, request: WebRequest) -> None:
        """Do nothing."""

    def send(self, outgoing: Outgoing) -> Sent:
        """Keep the text until it is shown."""
        self.out.append((self._now(), outgoing))
        return Sent(ProviderId(f"OUT{len(self.out)}"), DeliveryStatus.SENT)

    def find(self, outgoing: Outgoing, since: datetime) -> Sent | None:  # noqa: ARG002
        """None: sending never has an unknown outcome here."""
        return None

    def close(self) -> None:
        """Do nothing: there is no connection."""


@dataclass
class ManualClock:
    """A clock that stands still until it is set."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at


class ChatSession:
    """The sample facility, its people, and who texts now."""

    def __init__(self, folder: Path) -> None:
        sample = read_sample()
        self.ours, self.zone, self.phones = sample.facility.phone, sample.facility.zone, _phones(sample)
        self.names = _names(sample)
        self.clock = ManualClock()
        self.channel = TerminalChannel(self.clock)
        # Built without the environment: if real channels are set there, no real texts must be sent.
        settings = Settings.model_construct(data_dir=folder)
        db = build_deps.database(settings)
        schema.upgrade(db)
        gateway = build_deps.gateway(settings)
        self.deps = Deps(db, settings, self.clock, {PHONE: self.channel}, gateway)
        load_facilities.load(self.deps, [sample])
        self.who = next(iter(self.phones))
        self.lines: list[TranscriptLine] = []
        self.links: list[tuple[str, str, str]] = []
        self._shown = 0
        self._ids = count(1)

    @property
    def prompt(self) -> str:
        """The prompt: who texts now."""
        return f"{self.who}> "

    def take(self, typed: str) -> Iterator[str]:
        """Do what was typed. Yields the lines to show."""
        typed = typed.strip()
        word, _, rest = typed.partition(" ")
        if typed.casefold() in ASKS_FOR_HELP:
            yield HELP
        elif typed.casefold() in WANTS_OUT:
            yield f"  Ctrl-D leaves. To text the word itself: @{self.who} {typed.lstrip('/')}"
        elif typed.startswith("@"):
            yield from self._as(*self._named(typed[1:]))
        elif typed.startswith("+") and (typed == "+next" or _JUMP.fullmatch(typed)):
            yield from self._pass(typed)
        elif typed == "links":
            found = [f"  {at}) {who}: {_purpose(page)}" for at, (who, page, _) in enumerate(self.links, 1)]
            yield from found or ["  no links yet"]
        elif word == "open" and rest.isdigit():
            yield from self._open(int(rest))
        elif word == "export" and rest:
            Path(rest).write_text(story(self.lines), encoding="utf-8")
            yield f"  written to {rest}"
        elif typed:
            yield from self._say(self.who, typed)

    def _named(self, typed: str) -> tuple[str, str]:
        """The person who is named, by a short or a full name, and the text that follows."""
        known = {**{each: each for each in self.phones}, **self.names}
        meant = [each for each in known if re.match(rf"{re.escape(each)}(?![\w-])", typed.casefold())]
        if not meant:
            word, _, rest = typed.partition(" ")
            return word.casefold(), rest.strip()
        longest = max(meant, key=len)
        return known[longest], typed[len(longest) :].lstrip(" :,")

    def _as(self, name: str, text: str) -> Iterator[str]:
        if name not in self.phones:
            yield f"  nobody is called {name!r}; there are {', '.join(self.phones)}"
        elif text:
            yield from self._say(name, text)
        else:
            self.who = name

    def _say(self, who: str, text: str) -> Iterator[str]:
        """Send a text, or several in a row ("hi / sat / afternoon"), and show the replies."""
        self._walk(self.clock.at + GAP_BETWEEN_TEXTS)
        for place, part in enumerate(text.split(" / ")):
            if place:
                self._walk(self.clock.at + GAP_BETWEEN_FRAGMENTS)
            self._send(who, part, after=GAP_BETWEEN_FRAGMENTS if place else GAP_BETWEEN_TEXTS)
        before = len(self.channel.out)
        run_due(self.deps)
        if len(self.channel.out) == before:
            self._walk(self.clock.at + message_grouping.HOLD)
        yield from self._settled()

    def _send(self, who: str, text: str, *, after: timedelta) -> None:
        address = Address(PHONE, self.phones[who], self.ours)
        self.lines.append(
            TranscriptLine(
                LineKind.SAYS, self._owner(who), text, None if after == GAP_BETWEEN_TEXTS else after.total_seconds()
            )
        )
        message = Inbound(address, ProviderId(f"IN{next(self._ids)}"), text)
        inbox.receive(self.deps, message, correlation=logs.new_correlation())
        inbox.handle(self.deps, address)

    def _pass(self, typed: str) -> Iterator[str]:
        target = self._next() if typed == "+next" else self.clock.at + _length(typed)
        seconds = (target - self.clock.at).total_seconds()
        self.lines.append(TranscriptLine(LineKind.PASSES, "", f"seconds={seconds:.0f}"))
        self._walk(target)
        yield f"  It is {self.clock.at.astimezone(self.zone):%A, %b %d, %I:%M %p}."
        yield from self._settled()

    def _next(self) -> datetime:
        with self.deps.db.read() as tx:
            ahead = [due for due, kind, _ in outbox.queued(tx) if due > self.clock.at and kind not in ROUTINE_JOBS]
        return min(ahead, default=self.clock.at)

    def _walk(self, target: datetime) -> None:
        """Move the clock from one due time to the next up to `target`, so that each job runs at its own time."""
        while True:
            with self.deps.db.read() as tx:
                ahead = [due for due, _, _ in outbox.queued(tx) if self.clock.at < due <= target]
            if not ahead:
                break
            self.clock.at = min(ahead)
            run_due(self.deps)
        self.clock.at = target

    def _open(self, number: int) -> Iterator[str]:
        """Open a link and press its button, as the family would."""
        if not 0 < number <= len(self.links):
            yield "  there is no such link"
            return
        who, page, token = self.links[number - 1]
        if page == "j":
            here = provider_events.join(self.deps, token, correlation=logs.new_correlation())
            yield "  joined" if here else "  not open now"
        else:
            yield self._pay(token)
        self.lines.append(TranscriptLine(LineKind.JOINS if page == "j" else LineKind.PAYS, who, ""))
        yield from self._settled()

    def _pay(self, token: str) -> str:
        try:
            url = checkout.checkout_url(self.deps, token, correlation=logs.new_correlation())
        except checkout.NothingToPay:
            return "  nothing to pay"
        sandbox_checkout.pay(self.deps, url.rpartition("/")[2], correlation=logs.new_correlation())
        return "  paid"

    def _settled(self) -> Iterator[str]:
        """Run what is due, and show the texts that were sent."""
        run_due(self.deps)
        for at, sent in self.channel.out[self._shown :]:
            text, who = sms.fold(sent.text), self._owner_of(sent.address.theirs)
            pieces = sms.segments(text)
            self.lines.append(TranscriptLine(LineKind.HEARS, who, text))
            self.links += [(who, page, token) for page, token in _LINK.findall(text)]
            when = at.astimezone(self.zone).strftime("%a %H:%M")
            yield f"\n  {when}, to {who} ({pieces} segment{'s' if pieces > 1 else ''})"
            yield from (f"    {each}" for each in text.splitlines())
        self._shown = len(self.channel.out)
        yield ""

    def _owner_of(self, phone: str) -> str:
        return next(name for name, number in self.phones.items() if number == phone)

    def _owner(self, who: str) -> str:
        """The person whose name a phone has in the transcript: the first of those who share it."""
        return self._owner_of(self.phones[who])


def _phones(sample: FacilityFile) -> dict[str, str]:
    """The phone of each person by a short name: the first name of families, the last name of staff and attorneys.

    Families who read English come first.
    """
    families = sorted(sample.visitors, key=lambda each: each.language == "es")
    found = {each.name.split()[0].casefold(): each.phone for each in families}
    others = {each.name.split()[-1].casefold(): each.phone for each in sample.attorneys}
    others |= {each.name.split()[-1].casefold(): each.phone for each in sample.staff}
    return found | others | {"stranger": STRANGER}


def _names(sample: FacilityFile) -> dict[str, str]:
    """Full name -> short name of each person."""
    named = [each.name for each in sample.visitors] + [each.name for each in sample.attorneys]
    everybody = [name.casefold() for name in [*named, *(each.name for each in sample.staff)]]
    short = _phones(sample)
    return {name: part for name in everybody for part in (name.split()[0], name.split()[-1]) if part in short}


def _length(typed: str) -> timedelta:
    found = _JUMP.fullmatch(typed)
    assert found is not None
    return timedelta(**{_UNITS[found[2].lower()]: int(found[1])})


def _purpose(page: str) -> str:
    return "to pay" if page == "p" else "to join"


def _typed(prompt: str) -> str | None:
    """The next line of the input; None at its end. A line from a file or a pipe is printed, as if it had been typed."""
    if sys.stdin.isatty():
        try:
            return input(prompt)
        except EOFError:
            return None
    line = sys.stdin.readline()
    if not line:
        return None
    print(prompt + line.rstrip("\n"))
    return line


def main() -> int:
    """Chat until the input ends."""
    with tempfile.TemporaryDirectory(prefix="visitline-chat-") as folder:
        stage = ChatSession(Path(folder))
        print(f"It is {START:%A, %b %d, %I:%M %p} at the sample facility. People: {', '.join(stage.phones)}\n{HELP}\n")
        while (typed := _typed(stage.prompt)) is not None:
            for line in stage.take(typed):
                print(line)
        stage.deps.db.close()
    return 0
