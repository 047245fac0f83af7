"""The state of one chat: the dialogue and its step, what was answered, what was offered, in which language."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from bot.messages import Json
from bot.questions import Option

_Member = TypeVar("_Member", bound=StrEnum)


class Dialogue(StrEnum):
    """The dialogue that the next message of a family belongs to. The values are stored."""

    BOOK = "book"
    MOVE = "move"
    CANCEL = "cancel"
    LINK = "link"


class DialogueStep(StrEnum):
    """What was asked last, so what the next message may answer. The values are stored.

    WHO to WHEN ask for what a wish lacks; TIMES and READ_BACK offer times; WHICH to CANNOT choose the visit to cancel or
    move; FACILITY asks whom a new phone belongs to; REASON and WORDS ask an officer why they deny a request.
    """

    SPEAKER = "speaker"
    WHO = "who"
    WHEN = "when"
    TIMES = "times"
    READ_BACK = "read_back"
    WHICH = "which"
    SURE = "sure"
    CANNOT = "cannot"
    FACILITY = "facility"
    REASON = "reason"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class WishedTime:
    """One time that a family wished for. Without an `end` it is the start of the visit, else a window that it lies in.

    `said` is how they wrote it, `assumed` what was guessed in reading it ("am", "which_next"), `part` the part of the day
    that the window is ("morning").
    """

    start: datetime
    end: datetime | None = None
    said: str = ""
    assumed: tuple[str, ...] = ()
    part: str | None = None

    def to_json(self) -> dict[str, Json]:
        """As stored."""
        return {
            "start": self.start.isoformat(), "end": _to_iso(self.end), "said": self.said, "assumed": list(self.assumed),
            "part": self.part,
        }  # fmt: skip

    @classmethod
    def from_json(cls, stored: Mapping[str, Json]) -> "WishedTime":
        """The time as it was stored."""
        start, assumed = datetime.fromisoformat(stored["start"]), tuple(stored.get("assumed") or ())
        return cls(start, _from_iso(stored.get("end")), stored.get("said") or "", assumed, stored.get("part"))


@dataclass(frozen=True, slots=True)
class Answers:
    """What a chat knows so far. Every dialogue fills the fields it asks for.

    A wish: `resident` (whom), `minutes`, `people`, `wanted` (when, best first), `visit` (the id of the visit to move) and
    `kept` (the id of the visit whose place is kept while they choose). An officer's denial: the `code` of the card, their
    own `words` for the family and the `letter` of the reason. Counters: how often the chat was `greeted`, how many texts
    in a row were not understood (`misses`), and whether it was said that a `photo` cannot be read. `danger` is
    the clause of which we asked whether somebody is in danger.
    """

    resident: int | None = None
    minutes: int | None = None
    people: int | None = None
    wanted: tuple[WishedTime, ...] = ()
    visit: int | None = None
    kept: int | None = None
    code: int | None = None
    words: str | None = None
    letter: str | None = None
    greeted: int = 0
    misses: int = 0
    photo: bool = False
    danger: str | None = None

    def to_json(self) -> dict[str, Json]:
        """As stored: the fields that are set."""
        stored = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "wanted"}
        wanted = [time.to_json() for time in self.wanted]
        return {name: value for name, value in (stored | {"wanted": wanted}).items() if value}

    @classmethod
    def from_json(cls, stored: Mapping[str, Json]) -> "Answers":
        """The answers as they were stored. Keys that no field has, of another release, are dropped."""
        plain = {
            each.name: stored[each.name] for each in fields(cls) if stored.get(each.name) and each.name != "wanted"
        }
        return cls(**plain, wanted=tuple(WishedTime.from_json(time) for time in stored.get("wanted") or ()))


@dataclass(frozen=True, slots=True)
class MessageGroup:
    """Texts sent one after the other, whose answer (a question) is still held back.

    `before` is the chat (`Conversation.to_json`) before the first of them, which came at `since`: when another text
    follows, all of them are read together from there. `key` is the outbox key of the held answer.
    """

    texts: tuple[str, ...]
    since: datetime
    before: Mapping[str, Json]
    key: str

    def to_json(self) -> dict[str, Json]:
        """As stored."""
        since = self.since.isoformat()
        return {"texts": list(self.texts), "since": since, "before": dict(self.before), "key": self.key}

    @classmethod
    def from_json(cls, stored: Mapping[str, Json]) -> "MessageGroup":
        """The group as it was stored."""
        since = datetime.fromisoformat(stored["since"])
        return cls(tuple(stored["texts"]), since, dict(stored["before"]), stored["key"])


@dataclass(frozen=True, slots=True)
class RecentTraffic:
    """The recent traffic of a chat: the last text, when it came, and when we replied."""

    said: str | None = None
    said_at: datetime | None = None
    replies: tuple[datetime, ...] = ()

    def replies_since(self, moment: datetime) -> int:
        """The number of our replies in this chat after `moment`."""
        return sum(1 for at in self.replies if at > moment)

    def with_message(self, text: str, replies: int, *, now: datetime, remembered: timedelta) -> "RecentTraffic":
        """The traffic with one more text and `replies` to it. Replies older than `remembered` are dropped."""
        recent = tuple(at for at in self.replies if at > now - remembered)
        return RecentTraffic(text, now, (*recent, *(now for _ in range(replies))))

    def to_json(self) -> dict[str, Json]:
        """As stored."""
        return {
            "said": self.said, "said_at": _to_iso(self.said_at), "replies": [at.isoformat() for at in self.replies],
        }  # fmt: skip

    @classmethod
    def from_json(cls, stored: Mapping[str, Json]) -> "RecentTraffic":
        """The traffic as it was stored; an absent key means that nothing happened yet."""
        replies = tuple(datetime.fromisoformat(at) for at in stored.get("replies") or ())
        return cls(stored.get("said"), _from_iso(stored.get("said_at")), replies)


@dataclass(frozen=True, slots=True)
class Conversation:
    """One chat between two messages. Immutable: a step returns the next one with `dataclasses.replace`.

    `dialogue` and `step` say what handles the next message, `answers` is what it knows so far. `options` is the
    last list that was sent, `previous` the list it replaced; `token` and `previous_token` name the texts that carried
    them, so that we know when they reached the phone. After `expires` the dialogue is over, but not the chat.
    `speaker` is the person they said they are on a shared phone, `facility` the code of the facility they chose when
    there are several.
    """

    language: str | None = None
    dialogue: Dialogue | None = None
    step: DialogueStep | None = None
    answers: Answers = Answers()
    options: tuple[Option, ...] = ()
    token: str | None = None
    previous: tuple[Option, ...] = ()
    previous_token: str | None = None
    expires: datetime | None = None
    speaker: int | None = None
    facility: str | None = None
    message_group: MessageGroup | None = None
    traffic: RecentTraffic = RecentTraffic()

    def live(self, now: datetime) -> "Conversation":
        """This conversation as of `now`: an expired dialogue is dropped, the language and the speaker stay."""
        if self.expires is None or now < self.expires:
            return self
        return self.ended()

    @property
    def begun(self) -> bool:
        """Whether there is something to drop: something was answered, or the visit to move is being chosen."""
        choosing = self.dialogue is Dialogue.MOVE and self.step is DialogueStep.WHICH
        return self.answers != Answers() or choosing

    def ended(self) -> "Conversation":
        """The chat without a dialogue and without an open list."""
        return Conversation(language=self.language, speaker=self.speaker, facility=self.facility, traffic=self.traffic)

    def offering(self, options: tuple[Option, ...], *, token: str) -> "Conversation":
        """The chat with a new list, carried by the text `token`.

        A list with the same actions stays as `previous`, because a reply to it may be on its way. A list with other
        actions was answered, so no reply means it.
        """
        kinds = {option.action for option in options}
        replaced = tuple(option for option in self.options if option.action in kinds)
        return replace(self, options=options, token=token, previous=replaced, previous_token=self.token)

    def to_json(self) -> dict[str, Json]:
        """As stored; `from_json` gives back an equal value."""
        return {
            "language": self.language,
            "dialogue": self.dialogue,
            "step": self.step,
            "answers": self.answers.to_json(),
            "options": [option.to_json() for option in self.options],
            "token": self.token,
            "previous": [option.to_json() for option in self.previous],
            "previous_token": self.previous_token,
            "expires": _to_iso(self.expires),
            "speaker": self.speaker,
            "facility": self.facility,
            "burst": self.message_group.to_json() if self.message_group else None,
            "flow": self.traffic.to_json(),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Json]) -> "Conversation":
        """The conversation as stored; a key that is absent has its default."""
        return cls(
            language=stored.get("language"),
            dialogue=_known(Dialogue, stored.get("dialogue")),
            step=_known(DialogueStep, stored.get("step")),
            answers=Answers.from_json(stored.get("answers") or {}),
            options=tuple(Option.from_json(option) for option in stored.get("options") or ()),
            token=stored.get("token"),
            previous=tuple(Option.from_json(option) for option in stored.get("previous") or ()),
            previous_token=stored.get("previous_token"),
            expires=_from_iso(stored.get("expires")),
            speaker=stored.get("speaker"),
            facility=stored.get("facility"),
            message_group=MessageGroup.from_json(stored["burst"]) if stored.get("burst") else None,
            traffic=RecentTraffic.from_json(stored.get("flow") or {}),
        )


def _known(vocabulary: type[_Member], stored: str | None) -> _Member | None:
    """The member as stored. None for a value that another release stored, so that its chats go on without a dialogue."""
    return vocabulary(stored) if stored in set(vocabulary) else None


def _to_iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _from_iso(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None
