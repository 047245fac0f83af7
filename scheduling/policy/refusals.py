"""Facts about a visit somebody wants -> every reason why not. Deadlines and money answer from here, too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scheduling.policy.deadlines import deadline, first_staff_answer_possible
from scheduling.policy.facility import FAMILY, LEGAL, Facility
from scheduling.policy.pricing import Outcome, Settlement, money_after, price, top_up
from scheduling.policy.timespan import Span, utc

__all__ = [
    "SECRET_REFUSALS",
    "Facts",
    "Outcome",
    "Refusal",
    "Settlement",
    "deadline",
    "money_after",
    "price",
    "refusals",
    "top_up",
]


class Refusal(StrEnum):
    """Why a visit cannot be asked for."""

    PAST = "past"
    TOO_SOON = "too_soon"
    TOO_LATE = "too_late"
    UNDECIDABLE = "undecidable"
    BAD_LENGTH = "bad_length"
    OUTSIDE_SESSIONS = "outside_sessions"
    OFF_GRID = "off_grid"
    CLOSED = "closed"
    LEGAL_ONLY = "legal_only"
    TERMINAL_TAKEN = "terminal_taken"
    RESIDENT_BUSY = "resident_busy"
    VISITOR_BUSY = "visitor_busy"
    RESIDENT_DAY_LIMIT = "resident_day_limit"
    RESIDENT_WEEK_LIMIT = "resident_week_limit"
    VISITOR_WEEK_LIMIT = "visitor_week_limit"
    OPEN_REQUESTS_LIMIT = "open_requests_limit"
    TOO_MANY_PEOPLE = "too_many_people"
    BANNED = "banned"
    NOT_ON_LIST = "not_on_list"
    RESIDENT_GONE = "resident_gone"
    KEEP_APART = "keep_apart"


SECRET_REFUSALS = frozenset({Refusal.KEEP_APART, Refusal.RESIDENT_GONE, Refusal.RESIDENT_BUSY, Refusal.NOT_ON_LIST})
"""What a family may not learn: these read exactly like "no place"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is so about a wanted visit, gathered by the caller under its locks. The defaults are those of a free place.

    Counts leave out the visit itself (also the one being moved) and legal visits; days and weeks are the facility's
    own (`timespan.local_day`, `week_of`) that hold the start. `in_session` and `on_grid` come from `availability.fit`.
    """

    now: datetime
    span: Span
    kind: str = FAMILY
    attorney: bool = False
    related: bool = True
    resident_held: bool = True
    banned_until: datetime | None = None
    people: int = 1
    in_session: bool = True
    on_grid: bool = True
    closed: bool = False
    terminal_free: bool = True
    resident_busy: bool = False
    visitor_busy: bool = False
    keep_apart: bool = False
    resident_that_day: int = 0
    resident_that_week: int = 0
    visitor_that_week: int = 0
    open_requests: int = 0


def refusals(facts: Facts, facility: Facility) -> tuple[Refusal, ...]:
    """Every reason against the visit, in the order of `Refusal`; none means that it may be asked for."""
    found = _time_refusals(facts, facility) | _place_refusals(facts, facility) | _person_refusals(facts)
    if facts.kind != LEGAL:
        found |= _limit_refusals(facts, facility)
    return tuple(code for code in Refusal if code in found)


def _time_refusals(facts: Facts, facility: Facility) -> set[Refusal]:
    now, start = utc(facts.now), facts.span.start
    if start <= now:
        return {Refusal.PAST}
    found = set()
    if start < now + facility.earliest:
        found.add(Refusal.TOO_SOON)
    if start > now + facility.latest:
        found.add(Refusal.TOO_LATE)
    if not first_staff_answer_possible(now, start, facility):
        found.add(Refusal.UNDECIDABLE)
    return found


def _place_refusals(facts: Facts, facility: Facility) -> set[Refusal]:
    wrong = {
        Refusal.BAD_LENGTH: facts.span.minutes not in facility.lengths,
        Refusal.OUTSIDE_SESSIONS: not facts.in_session,
        Refusal.OFF_GRID: not facts.on_grid,
        Refusal.CLOSED: facts.closed,
        Refusal.TERMINAL_TAKEN: not facts.terminal_free,
        Refusal.RESIDENT_BUSY: facts.resident_busy,
        Refusal.VISITOR_BUSY: facts.visitor_busy,
        Refusal.KEEP_APART: facts.keep_apart,
        Refusal.TOO_MANY_PEOPLE: facts.people > facility.people_per_visit,
    }
    return {code for code, so in wrong.items() if so}


def _person_refusals(facts: Facts) -> set[Refusal]:
    wrong = {
        Refusal.LEGAL_ONLY: facts.kind == LEGAL and not facts.attorney,
        Refusal.NOT_ON_LIST: not facts.related,
        Refusal.RESIDENT_GONE: not facts.resident_held,
        Refusal.BANNED: facts.banned_until is not None and facts.span.start < utc(facts.banned_until),
    }
    return {code for code, so in wrong.items() if so}


def _limit_refusals(facts: Facts, facility: Facility) -> set[Refusal]:
    """The family's limits. Counsel is not counted, and never limited by what families asked for."""
    wrong = {
        Refusal.RESIDENT_DAY_LIMIT: facts.resident_that_day >= facility.per_resident_per_day,
        Refusal.RESIDENT_WEEK_LIMIT: facts.resident_that_week >= facility.per_resident_per_week,
        Refusal.VISITOR_WEEK_LIMIT: facts.visitor_that_week >= facility.per_visitor_per_week,
        Refusal.OPEN_REQUESTS_LIMIT: facts.open_requests >= facility.open_requests_per_visitor,
    }
    return {code for code, so in wrong.items() if so}
