"""What choosing a numbered option does (`OptionAction`), and the payload that is stored with it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Self

from bot.messages import Json
from bot.questions import Option
from scheduling.policy.ids import PersonId, ResidentId, VisitId
from scheduling.policy.json_values import from_plain, to_plain


class OptionAction(StrEnum):
    """What an option does. The comment says which payload it carries; the values are stored, so they never change."""

    SPEAKER = "speaker"  # SpeakerChoice
    RESIDENT = "resident"  # ResidentChoice
    FACILITY = "facility"  # FacilityChoice
    ASK = "ask"  # TimeChoice of the place that is held
    ASK_AT = "ask_at"  # TimeChoice
    ASK_MOVE = "ask_move"  # TimeChoice of the place that is held
    MOVE_AT = "move_at"  # TimeChoice
    MOVE_VISIT = "move_visit"  # VisitChoice
    CANCEL_VISIT = "cancel_visit"  # VisitChoice
    CANNOT_VISIT = "cannot_visit"  # VisitChoice
    CANCEL_ALL = "cancel_all"  # VisitsChoice
    CANCEL_YES = "cancel_yes"  # VisitChoice
    CANCEL_NO = "cancel_no"  # VisitChoice
    KEEP_ALL = "keep_all"  # NoPayload
    TAKE_OFFER = "take_offer"  # OfferChoice
    OTHER_TIMES = "other_times"  # OfferChoice
    SWAP_OFFER = "swap_offer"  # TimeChoice with the offer's visit and revision
    DROP_OFFER = "drop_offer"  # OfferChoice


AFFIRMED = frozenset({
    OptionAction.ASK, OptionAction.ASK_MOVE, OptionAction.TAKE_OFFER, OptionAction.ASK_AT, OptionAction.MOVE_AT,
    OptionAction.CANCEL_VISIT,
})  # fmt: skip
"""The actions that a plain "yes" may choose when no other question is open."""
INTERCHANGEABLE = frozenset({OptionAction.ASK_AT, OptionAction.MOVE_AT, OptionAction.SWAP_OFFER})
"""Times of one list: "any of them" takes the first."""
TAKES_AWAY = frozenset({
    OptionAction.CANCEL_VISIT, OptionAction.CANCEL_ALL, OptionAction.CANCEL_YES, OptionAction.DROP_OFFER,
})  # fmt: skip
"""What is taken by a number or a yes with nothing beside it, and by nothing less."""


@dataclass(frozen=True, slots=True)
class NoPayload:
    """The payload of an option, and the base of all payloads.

    In JSON, absent fields have their defaults and unknown ones are ignored, so that options of another version can be read.
    """

    def to_json(self) -> dict[str, Json]:
        """As stored."""
        return {each.name: to_plain(value) for each in fields(self) if (value := getattr(self, each.name)) is not None}

    @classmethod
    def from_json(cls, stored: Mapping[str, Json]) -> Self:
        """As it was stored."""
        names = {each.name for each in fields(cls)}
        found: Self = from_plain(cls, {name: value for name, value in stored.items() if name in names})
        return found


@dataclass(frozen=True, slots=True)
class SpeakerChoice(NoPayload):
    """Which of several people on one phone is texting."""

    person: PersonId


@dataclass(frozen=True, slots=True)
class ResidentChoice(NoPayload):
    """The resident whom they want to see."""

    resident: ResidentId


@dataclass(frozen=True, slots=True)
class FacilityChoice(NoPayload):
    """Which facility the chat is about, by its code."""

    code: str


@dataclass(frozen=True, slots=True)
class VisitChoice(NoPayload):
    """One visit."""

    visit: VisitId


@dataclass(frozen=True, slots=True)
class VisitsChoice(NoPayload):
    """Several visits."""

    visits: tuple[VisitId, ...]


@dataclass(frozen=True, slots=True)
class OfferChoice(NoPayload):
    """Another time that staff offered for a visit at that revision."""

    visit: VisitId
    revision: int


@dataclass(frozen=True, slots=True)
class TimeChoice(NoPayload):
    """A time for one visitor and one resident.

    `visit` is the visit that holds the place or is to be moved. With its `revision` it is the visit of an offer.
    """

    start: datetime
    minutes: int
    resident: ResidentId
    visitor: PersonId
    visit: VisitId | None = None
    revision: int | None = None


def option(label: str, action: OptionAction, payload: NoPayload) -> Option:
    """An option that is not numbered yet."""
    return Option(0, label, action, payload.to_json())


def required(visit: VisitId | None) -> VisitId:
    """The visit of a TimeChoice whose action always has one. ValueError when it is missing."""
    if visit is None:
        raise ValueError("an option without its visit")
    return visit
