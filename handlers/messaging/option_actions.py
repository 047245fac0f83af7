"""What choosing a numbered option does (`OptionAction`), and with what: the payload of each, as stored beside the option."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

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
"""What a plain "yes" may do when nothing else is asked."""


@dataclass(frozen=True, slots=True)
class NoPayload:
    """The data of an option as plain JSON, and back. What is absent has its default; what is not known is ignored, so that
    options stored by another version can be read."""

    def to_json(self) -> dict[str, Json]:
        """As stored."""
        plain: Any = to_plain(self)
        return {name: value for name, value in plain.items() if value is not None}

    @classmethod
    def from_json(cls, stored: Mapping[str, Json]) -> Self:
        """As it was stored."""
        names = {each.name for each in fields(cls)}
        found: Self = from_plain(cls, {name: value for name, value in stored.items() if name in names})
        return found


@dataclass(frozen=True, slots=True)
class SpeakerChoice(NoPayload):
    """Who of several people is texting."""

    person: PersonId


@dataclass(frozen=True, slots=True)
class ResidentChoice(NoPayload):
    """Whom they want to see."""

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
    """Another time that staff offered for a visit, as it was at that revision."""

    visit: VisitId
    revision: int


@dataclass(frozen=True, slots=True)
class TimeChoice(NoPayload):
    """A time for one visitor and one resident.

    `visit` is the visit that holds the place, that is to be moved, or (with its `revision`) that an offer is about.
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
    """The visit of a TimeChoice whose action always has one."""
    if visit is None:
        raise ValueError("an option without its visit")
    return visit
