"""What one message can be: a tagged union of frozen values. `interpret` gives one of them, `dispatch` answers each."""

from dataclasses import dataclass
from enum import StrEnum

from bot.messages import CarrierKeyword, Contact
from bot.questions import Option
from bot.understanding import Meaning
from bot.understanding.staff import StaffCommand, StaffVerb
from handlers.inbound.topics import Topic
from scheduling.people.people import Person

UNREAD = Meaning()
"""The meaning of a text that did not pass the family's reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreted:
    """What all interpretations have: `meaning` is what the family's reader found in the text."""

    meaning: Meaning = UNREAD


@dataclass(frozen=True, slots=True)
class WhichFacility(Interpreted):
    """The people of this chat belong to several facilities, and it is not known which one it is about."""


@dataclass(frozen=True, slots=True)
class FacilityChosen(Interpreted):
    """They named the facility that this chat is about."""

    code: str


@dataclass(frozen=True, slots=True)
class KeywordSent(Interpreted):
    """STOP, START or HELP. `word` is the text as typed, `answered` says that the carrier has answered it itself."""

    keyword: CarrierKeyword
    word: str
    answered: bool


@dataclass(frozen=True, slots=True)
class StartLink(Interpreted):
    """Telegram's /start, with the code of its link; "" without one."""

    code: str


@dataclass(frozen=True, slots=True)
class ContactShared(Interpreted):
    """A phone number that was shared by Telegram's button."""

    contact: Contact


@dataclass(frozen=True, slots=True)
class CardButton(Interpreted):
    """An officer pressed a button under a card. `verb` is NONE where we do not know it."""

    code: int
    verb: StaffVerb


@dataclass(frozen=True, slots=True)
class ForeignButton(Interpreted):
    """A button of a card, pressed in a chat where no officer is, or whose code is no number: it gets no answer."""


@dataclass(frozen=True, slots=True)
class ButtonPress(Interpreted):
    """A button of a numbered question; `option` is None when that question has closed."""

    option: Option | None


@dataclass(frozen=True, slots=True)
class StaffText(Interpreted):
    """An officer's command."""

    command: StaffCommand


@dataclass(frozen=True, slots=True)
class StaffUnclear(Interpreted):
    """A text of an officer who is not a visitor, and it is not a command."""


@dataclass(frozen=True, slots=True)
class UnknownSender(Interpreted):
    """Anything from an address where we know nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyWords(Interpreted):
    """What all interpretations of a family's own words have. These are grouped, and guarded against repeats.

    `literal` says that the text is nothing but a number, or the label of an option.
    """

    literal: bool = False


@dataclass(frozen=True, slots=True)
class Beside:
    """What a text says beside its main matter: those words, and what they mean alone."""

    text: str
    topic: Topic
    meaning: Meaning


@dataclass(frozen=True, slots=True)
class Photo(FamilyWords):
    """A picture without words."""


@dataclass(frozen=True, slots=True)
class OptionChosen(FamilyWords):
    """Words that choose exactly one of the options on the phone, and what they say beside it."""

    option: Option
    beside: Beside | None = None


@dataclass(frozen=True, slots=True)
class AskBack(FamilyWords):
    """A choice that could mean several options. `said` is how they put it."""

    said: str
    options: tuple[Option, ...]


class NoOption(StrEnum):
    """Why a number chooses nothing: its question has closed, it is on no list there is, or there is no list."""

    CLOSED = "closed"
    NOT_ON_LIST = "not_on_list"
    NO_LIST = "no_list"


@dataclass(frozen=True, slots=True)
class NumberUnknown(FamilyWords):
    """A number that chooses nothing."""

    number: int
    why: NoOption


@dataclass(frozen=True, slots=True)
class SpeakerNamed(FamilyWords):
    """On a shared phone: nothing but the name of the one who is texting."""

    person: Person


@dataclass(frozen=True, slots=True)
class FamilyIntent(FamilyWords):
    """Everything else that a family writes, by what it is about. `beside` is a request in a text about danger."""

    topic: Topic
    beside: Beside | None = None


Choice = OptionChosen | AskBack | NumberUnknown
"""What answers a numbered question, or tries to."""
Interpretation = (
    WhichFacility
    | FacilityChosen
    | KeywordSent
    | StartLink
    | ContactShared
    | CardButton
    | ForeignButton
    | ButtonPress
    | StaffText
    | StaffUnclear
    | UnknownSender
    | Photo
    | Choice
    | SpeakerNamed
    | FamilyIntent
)
