"""One message being answered: what a dialogue is given, and what it gives back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from bot import questions
from bot.conversation import Conversation
from bot.messages import Button
from bot.questions import Option, renumber
from bot.texts import say
from bot.understanding import Meaning, Window, WindowRole
from handlers.dialogues.chat_context import ChatContext
from handlers.messaging import prompts, text_facts
from handlers.work import Work
from scheduling.people.people import Person, Resident
from scheduling.policy.timespan import Span, localize
from scheduling.policy.vocabulary import ActorKind, PersonKind, VisitKind
from scheduling.storage.database import Tx
from scheduling.visits.transition import Actor

DIALOGUE_LASTS = timedelta(hours=6)  # as long as an answer may be late: what a list offers can still be answered then


@dataclass(frozen=True, slots=True)
class Say:
    """One text of an answer: a key and its facts, or (`body`) words already made.

    `asks` is for one that only asks for what is missing: it is held back for a moment, because more may follow. `lists` is
    for times that are listed and not kept: after a first fragment they wait, too. `token` is the outbox key it gets,
    where its numbers have to be known again.
    """

    key: str
    facts: dict[str, object] = field(default_factory=dict)
    body: str | None = None
    buttons: tuple[Button, ...] = ()
    asks: bool = False
    lists: bool = False
    visit: int | None = None
    contact_button: bool = False
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What a dialogue answers, and where the chat stands then. `after` runs when the answers are queued."""

    says: tuple[Say, ...]
    conversation: Conversation
    after: Callable[[], None] | None = None


@dataclass(frozen=True, kw_only=True)
class Turn(ChatContext):
    """One message being answered: its chat, the open transaction, what it means, and the language of the answer."""

    work: Work
    meaning: Meaning
    lang: str

    @property
    def tx(self) -> Tx:
        """The open transaction."""
        return self.work.tx

    @property
    def actor(self) -> Actor:
        """The family, as the history names it."""
        who = self.speakers[0].id if len(self.speakers) == 1 else None
        return Actor(ActorKind.FAMILY, who, self.address.channel, self.work.correlation)

    @property
    def facts(self) -> dict[str, object]:
        """The facts that any text may use."""
        return text_facts.of_facility(self.facility, self.lang, self.now)

    def say(
        self,
        key: str,
        facts: Mapping[str, object] | None = None,
        *,
        asks: bool = False,
        visit: int | None = None,
        **more: object,
    ) -> Say:
        """A text with the facts that any text may use, and these; `facts` are given as a mapping."""
        return Say(key, {**self.facts, **(facts or {}), **more}, asks=asks, visit=visit)

    def end(self, *says: Say) -> Step:
        """Answer, and leave the dialogue."""
        return Step(says, self.conversation.ended())

    def stay(self, *says: Say, **changes: Any) -> Step:
        """Answer, and wait for the next message where `changes` says. Without changes an open question stays as it is."""
        if not changes:
            return Step(says, self.conversation)
        conversation = replace(self.conversation, **changes, expires=self.now + DIALOGUE_LASTS)
        return Step(says, conversation)

    def number(self, options: Sequence[Option]) -> tuple[Option, ...]:
        """Number a new question after whatever pushed question is still open; it replaces the one asked before."""
        return renumber(options, prompts.next_number(None, self.prompts))

    def offer(
        self,
        key: str,
        options: Sequence[Option],
        facts: Mapping[str, object] | None = None,
        *,
        asks: bool = True,
        lists: bool = False,
        **more: Any,
    ) -> Step:
        """Ask a numbered question: the options go on the screen as they are stored."""
        numbered = self.number(options)
        token = f"asked:{self.work.correlation}:{numbered[0].number}"
        digits = {f"n{place}": option.number for place, option in enumerate(numbered, 1)}
        values = {**self.facts, "options": questions.numbered(numbered), **digits, **(facts or {}), **more}
        said = Say(key, values, buttons=questions.buttons(numbered), asks=asks, lists=lists, token=token)
        conversation = replace(self.conversation, **self._keep(more)).offering(numbered, token=token)
        return Step((said,), replace(conversation, expires=self.now + DIALOGUE_LASTS))

    @staticmethod
    def _keep(more: dict[str, Any]) -> dict[str, Any]:
        return {name: more.pop(name) for name in ("dialogue", "step", "answers") if name in more}

    def seen(self, person: Person) -> Sequence[Resident]:
        """The residents whom one of the speakers may see."""
        return self.residents[person.id]

    def wanted(self) -> list[Window]:
        """The windows the text wishes for, best first."""
        return wanted_windows(self.meaning)

    def words(self, key: str, **more: object) -> str:
        """A piece of a text."""
        return say(key, self.lang, **(self.facts | more))


def wanted_windows(meaning: Meaning) -> list[Window]:
    """The windows a text wishes for, best first."""
    return sorted((window for window in meaning.windows if window.role is WindowRole.WANT), key=lambda each: each.rank)


def kind_of(person: Person) -> VisitKind:
    """Counsel's visits are legal visits."""
    return VisitKind.LEGAL if person.kind is PersonKind.ATTORNEY else VisitKind.FAMILY


def as_span(window: Window, turn: Turn) -> Span | datetime | None:
    """A window of local wall time as real time; an instant as one moment. None when nothing of it lies ahead."""
    zone = turn.facility.zone
    if window.start is not None and window.end is None and window.open is None:
        return localize(window.start, zone)
    known = window.start or window.end
    if known is None:
        return None
    midnight = known.replace(hour=0, minute=0, second=0, microsecond=0)
    start = localize(window.start or midnight, zone)
    end = localize(window.end or midnight + timedelta(days=1), zone)
    start = max(start, turn.now)
    return Span(start, end) if start < end else None


def part_of_day(window: Window) -> str | None:
    """morning, afternoon or evening, when the window lies within just that."""
    if window.start is None or window.end is None or window.end - window.start > timedelta(hours=8):
        return None
    first, last = window.start.hour, (window.end - timedelta(minutes=1)).hour
    if last < 12:
        return "morning"
    if first >= 17:
        return "evening"
    return "afternoon" if first >= 12 and last < 19 else None
