"""The closed lists of words that the database stores: each is a StrEnum, and its value is what is stored."""

from enum import StrEnum
from typing import Self

PHONE_CHANNEL = "sms"
"""The channel under which phone numbers are stored as addresses, whichever channels reach them."""


class VisitKind(StrEnum):
    """Family visits are limited, paid for, and denied with reasons. Legal visits are never limited or watched."""

    FAMILY = "family"
    LEGAL = "legal"


class PersonKind(StrEnum):
    """The role of a person at the facility. Somebody who visits and works there is two persons with one phone."""

    VISITOR = "visitor"
    ATTORNEY = "attorney"
    STAFF = "staff"


class StaffRole(StrEnum):
    """Both decide requests. A supervisor also gets requests when nobody is on duty, and may suspend an officer."""

    APPROVER = "approver"
    SUPERVISOR = "supervisor"


class AddressSource(StrEnum):
    """How the address of a person became known: by the facility file, a shared contact, or a redeemed invitation."""

    FILE = "file"
    CONTACT = "contact"
    INVITE = "invite"


class PlaceKind(StrEnum):
    """Whose time a place takes. A visit needs one of its terminal, one of its resident and one of each visitor."""

    TERMINAL = "terminal"
    RESIDENT = "resident"
    VISITOR = "visitor"


class VisitFlag(StrEnum):
    """What a card says of a visit. A note is for information; any other flag must be looked at before approving."""

    is_note: bool

    def __new__(cls, value: str, is_note: bool = False) -> Self:
        """A member with its trait."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.is_note = is_note
        return member

    FIRST_VISIT = "first_visit", True
    LEGAL = "legal"
    LIMITS_CHANGED = "limits_changed"
    TEXTS_OFF = "texts_off", True


class ActorKind(StrEnum):
    """Who causes a transition."""

    FAMILY = "family"
    STAFF = "staff"
    FACILITY = "facility"
    PAYMENT = "payment"
    TIMER = "timer"


class Verdict(StrEnum):
    """What an officer decides about a request: approve it, deny it, or offer another time."""

    OK = "ok"
    NO = "no"
    TIME = "time"


class DecisionState(StrEnum):
    """The state of a decision. `VOID` means that the visit changed before the decision took effect."""

    PENDING = "pending"
    DONE = "done"
    UNDONE = "undone"
    VOID = "void"


class JobState(StrEnum):
    """The state of a job. `DROPPED` jobs were no longer needed, `DEAD` ones were given up after an error."""

    QUEUED = "queued"
    LEASED = "leased"
    DONE = "done"
    DROPPED = "dropped"
    DEAD = "dead"


class CheckoutState(StrEnum):
    """The state of a checkout. `OPENING` lasts until the provider has answered with the address of its payment page."""

    OPENING = "opening"
    OPEN = "open"
    PAID = "paid"
    EXPIRED = "expired"


class EntryKind(StrEnum):
    """What a row of the ledger is."""

    CHARGE = "charge"
    REFUND = "refund"


class EntryState(StrEnum):
    """A charge is done when it is entered; a refund is pending until the provider reports the result."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


class PaymentResult(StrEnum):
    """What a payment did to its visit."""

    KNOWN = "known"
    """It was reported before."""
    CONFIRMED = "confirmed"
    """The visit is paid."""
    SECOND = "second"
    """The visit was paid already; this payment is refunded."""
    LATE = "late"
    """The visit accepts no payment any more, or the checkout had expired; this payment is refunded."""


class LinkPurpose(StrEnum):
    """What the holder of a visit's link may do."""

    PAY = "pay"
    JOIN = "join"


class Side(StrEnum):
    """The side of a device in a call. A watcher is an officer, whom nobody sees or hears."""

    FAMILY = "family"
    KIOSK = "kiosk"
    WATCHER = "watcher"


class LeftReason(StrEnum):
    """Why a device has left its call. `REPLACED`: another device took its place. `OVER`: the call ended."""

    LEFT = "left"
    REPLACED = "replaced"
    SILENT = "silent"
    OVER = "over"


class AdmittedBy(StrEnum):
    """How a resident was admitted at the kiosk. `OPEN` means that the facility asks for no proof."""

    PIN = "pin"
    OFFICER = "officer"
    OPEN = "open"


class StopReason(StrEnum):
    """Why a call was stopped before its end: by staff, or because the family said that somebody else is on the screen."""

    STAFF = "staff"
    NOT_THEM = "not_them"


class PinCheck(StrEnum):
    """The result of typing a PIN at a kiosk."""

    OK = "ok"
    WRONG = "wrong"
    LOCKED = "locked"
    NONE = "none"


class PinState(StrEnum):
    """Whether a resident has a PIN, and whether it works now."""

    SET = "set"
    LOCKED = "locked"
    NONE = "none"
