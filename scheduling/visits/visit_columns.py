"""The columns of `visits` that commands and transitions write, with their types."""

from datetime import datetime
from typing import TypedDict

from scheduling.policy.ids import FacilityId, PersonId, ResidentId, TerminalId, VisitId
from scheduling.policy.visit_state import State
from scheduling.policy.vocabulary import VisitFlag, VisitKind


class NewVisit(TypedDict):
    """The columns of a new visit that its command sets. `transition.open_visit` sets the others."""

    facility_id: FacilityId
    reference: str
    kind: VisitKind
    visitor_id: PersonId
    resident_id: ResidentId
    relation: str
    channel: str
    theirs: str
    ours: str
    starts: datetime
    minutes: int
    terminal_id: TerminalId
    price: int
    currency: str
    choose_until: datetime


class NewTime(TypedDict):
    """The second place that a visit holds while it is being moved."""

    new_starts: datetime
    new_minutes: int
    new_terminal_id: TerminalId
    new_price: int


class VisitChanges(TypedDict, total=False):
    """The columns that a command changes together with a transition."""

    new_starts: datetime
    new_minutes: int
    new_terminal_id: TerminalId
    new_price: int
    deadline: datetime
    choose_until: datetime | None
    asked_at: datetime
    asked_count: int
    joined_at: datetime
    flags: list[VisitFlag]
    carries: VisitId | None


class VisitUpdate(TypedDict, total=False):
    """The columns that a transition updates by itself, over those of `VisitChanges`."""

    state: State
    revision: int
    changed_at: datetime
    ended_at: datetime
    starts: datetime
    minutes: int
    terminal_id: TerminalId
    price: int
    new_starts: None
    new_minutes: None
    new_terminal_id: None
    new_price: None
    deadline: datetime | None
    pay_by: datetime
    choose_until: None
    joined_at: None
    carries: None
    holds: bool
