"""The state of one chat: what we are talking about, what was answered, what was offered, in which language."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.messages import Json
from bot.questions import Option


@dataclass(frozen=True, slots=True)
class Conversation:
    """One chat between two messages. Immutable: a step returns the next one with `dataclasses.replace`.

    `dialogue` and `step` name who reads the next message, `answers` what it has learnt so far (JSON). `options` is the
    list on the screen, `previous` the list it replaced at `replaced_at`: a late number may still mean that one. After
    `expires` the dialogue is over, not the chat. `speaker` is who they said they are on a shared phone,
    `facility` the code of the one they chose where there are several.
    """

    language: str | None = None
    dialogue: str | None = None
    step: str | None = None
    answers: Mapping[str, Json] = field(default_factory=dict)
    options: tuple[Option, ...] = ()
    previous: tuple[Option, ...] = ()
    replaced_at: datetime | None = None
    expires: datetime | None = None
    speaker: int | None = None
    facility: str | None = None

    def live(self, now: datetime) -> "Conversation":
        """This conversation as of `now`: an expired dialogue is dropped, the language and the speaker stay."""
        if self.expires is None or now < self.expires:
            return self
        return self.ended()

    def ended(self) -> "Conversation":
        """The chat with no dialogue and nothing on the screen."""
        return Conversation(language=self.language, speaker=self.speaker, facility=self.facility)

    def offering(self, options: tuple[Option, ...], *, now: datetime) -> "Conversation":
        """With a new list on the screen; the old one is remembered as `previous`."""
        return replace(self, options=options, previous=self.options, replaced_at=now if self.options else None)

    @property
    def next_number(self) -> int:
        """The first number free for a list pushed while this one is open."""
        return max((option.number for option in self.options), default=0) + 1

    def to_json(self) -> dict[str, Json]:
        """As stored; `from_json` gives back an equal value."""
        return {
            "language": self.language,
            "dialogue": self.dialogue,
            "step": self.step,
            "answers": dict(self.answers),
            "options": [option.to_json() for option in self.options],
            "previous": [option.to_json() for option in self.previous],
            "replaced_at": _written(self.replaced_at),
            "expires": _written(self.expires),
            "speaker": self.speaker,
            "facility": self.facility,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Json]) -> "Conversation":
        """The conversation as stored; a key that is absent has its default."""
        return cls(
            language=stored.get("language"),
            dialogue=stored.get("dialogue"),
            step=stored.get("step"),
            answers=dict(stored.get("answers") or {}),
            options=tuple(Option.from_json(option) for option in stored.get("options") or ()),
            previous=tuple(Option.from_json(option) for option in stored.get("previous") or ()),
            replaced_at=_read(stored.get("replaced_at")),
            expires=_read(stored.get("expires")),
            speaker=stored.get("speaker"),
            facility=stored.get("facility"),
        )


def _written(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _read(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None
