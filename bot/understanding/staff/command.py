"""What an officer's text asks for: the verbs, grouped by what they are about, and one command."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple, Self, get_args

from bot.understanding.meaning import Window

DenialLetter = Literal["a", "b", "c", "d", "e", "f"]
DENIAL_LETTERS: tuple[DenialLetter, ...] = get_args(DenialLetter)


class StaffSubject(StrEnum):
    """What a command is about. REQUEST is a visit that waits for staff; LOOKUP only reads."""

    REQUEST = "request"
    LOOKUP = "lookup"
    DUTY = "duty"
    UNIT = "unit"
    RESIDENT = "resident"
    FLAG = "flag"
    CALL = "call"


class StaffVerb(StrEnum):
    """What an officer wants done. `subject` is what the command is about; `decides` says that it answers a request.

    NONE with a code or a reference means that the request is known and what to do with it is not.
    """

    subject: StaffSubject
    decides: bool

    def __new__(cls, value: str, subject: StaffSubject = StaffSubject.REQUEST, decides: bool = False) -> Self:
        """A member with its traits."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.subject = subject
        member.decides = decides
        return member

    OK = "ok", StaffSubject.REQUEST, True
    NO = "no", StaffSubject.REQUEST, True
    TIME = "time", StaffSubject.REQUEST, True
    SEND = "send", StaffSubject.REQUEST, True
    ITEMS = "items", StaffSubject.REQUEST
    WHY = "why", StaffSubject.REQUEST
    UNDO = "undo", StaffSubject.REQUEST
    NONE = "none", StaffSubject.REQUEST

    LIST = "list", StaffSubject.LOOKUP
    TODAY = "today", StaffSubject.LOOKUP
    TOMORROW = "tomorrow", StaffSubject.LOOKUP
    DAY = "day", StaffSubject.LOOKUP
    VISIT = "visit", StaffSubject.LOOKUP
    HELP = "help", StaffSubject.LOOKUP
    INVITE = "invite", StaffSubject.LOOKUP

    ON = "on", StaffSubject.DUTY
    OFF = "off", StaffSubject.DUTY

    LOCKDOWN = "lockdown", StaffSubject.UNIT
    CLOSE = "close", StaffSubject.UNIT
    REOPEN = "reopen", StaffSubject.UNIT

    COURT = "court", StaffSubject.RESIDENT
    REFUSES = "refuses", StaffSubject.RESIDENT
    MOVED = "moved", StaffSubject.RESIDENT

    FLAGS = "flags", StaffSubject.FLAG
    FLAG = "flag", StaffSubject.FLAG
    FLAG_DONE = "flag_done", StaffSubject.FLAG

    CALLS = "calls", StaffSubject.CALL
    KIOSK = "kiosk", StaffSubject.CALL
    UNPAIR = "unpair", StaffSubject.CALL
    PIN = "pin", StaffSubject.CALL


class ItemAnswer(NamedTuple):
    """The answer to a run of numbered requests: from `first` to `last`, OK or NO, with the letter of a denial."""

    first: int
    last: int
    verb: StaffVerb
    letter: DenialLetter | None = None


@dataclass(frozen=True)
class StaffCommand:
    """One command of an officer.

    `letter` is the reason of a denial, `note` the free text as typed, `window` the other time offered, or when an order
    holds. `name` is whom to invite, the resident meant, or (KIOSK, UNPAIR) the terminal. `number` is that resident's
    number, (FLAG, FLAG_DONE) which flag, or (KIOSK) the code on the screen. `unit` is the unit named, "all" for every
    one; `items` are the answers to a list.
    """

    verb: StaffVerb
    code: int | None = None
    reference: str | None = None
    letter: DenialLetter | None = None
    note: str = ""
    window: Window | None = None
    name: str = ""
    unit: str | None = None
    number: str | None = None
    items: tuple[ItemAnswer, ...] = ()
