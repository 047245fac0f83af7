"""Every reason why a wanted visit cannot be requested, derived from the facts about it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self

from scheduling.policy.deadlines import first_staff_answer_possible
from scheduling.policy.facility import Facility
from scheduling.policy.timespan import Span, utc
from scheduling.policy.vocabulary import VisitKind


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalTraits:
    """What follows from a reason.

    `secret`: families must not learn it, so they are told "no place". `hints`: it is not secret, but would reveal a secret
    reason that applies too. `shown_first`: the rank among the reasons that a family can do something about, of which they
    are told the one with the lowest rank; reasons with None are told as "no place". `gives_times`: another time may be
    possible, so the nearest are offered. `ends_question`: the family is asked nothing more, and an earlier question stays
    open. `for_staff`: it also applies to a time that an officer offers. `limit`: it limits the number of visits.
    """

    secret: bool = False
    hints: bool = False
    shown_first: int | None = None
    gives_times: bool = True
    ends_question: bool = False
    for_staff: bool = True
    limit: bool = False


class Refusal(StrEnum):
    """Why a visit cannot be requested, with the traits of each reason. Several are reported in this order."""

    traits: RefusalTraits

    def __new__(cls, value: str, *traits: RefusalTraits) -> Self:
        """One row. Traits are optional for the type checker only: `Refusal(value)` looks a reason up."""
        member = str.__new__(cls, value)
        member._value_ = value
        (member.traits,) = traits
        return member

    PAST = "past", RefusalTraits(shown_first=5)
    TOO_SOON = "too_soon", RefusalTraits(shown_first=6, for_staff=False)
    TOO_LATE = "too_late", RefusalTraits(shown_first=8)
    UNDECIDABLE = "undecidable", RefusalTraits(shown_first=7, for_staff=False)
    BAD_LENGTH = "bad_length", RefusalTraits(shown_first=4, gives_times=False)
    OUTSIDE_SESSIONS = "outside_sessions", RefusalTraits(shown_first=11)
    OFF_GRID = "off_grid", RefusalTraits(shown_first=12)
    CLOSED = "closed", RefusalTraits(shown_first=10)
    LEGAL_ONLY = "legal_only", RefusalTraits()
    TERMINAL_TAKEN = "terminal_taken", RefusalTraits()
    RESIDENT_BUSY = "resident_busy", RefusalTraits(secret=True)
    VISITOR_BUSY = "visitor_busy", RefusalTraits(shown_first=13, hints=True)
    RESIDENT_DAY_LIMIT = "resident_day_limit", RefusalTraits(limit=True)
    RESIDENT_WEEK_LIMIT = "resident_week_limit", RefusalTraits(limit=True)
    VISITOR_WEEK_LIMIT = "visitor_week_limit", RefusalTraits(shown_first=9, limit=True)
    OPEN_REQUESTS_LIMIT = (
        "open_requests_limit",
        RefusalTraits(shown_first=3, gives_times=False, ends_question=True, for_staff=False, limit=True),
    )
    TOO_MANY_PEOPLE = "too_many_people", RefusalTraits(shown_first=2, gives_times=False)
    BANNED = "banned", RefusalTraits(shown_first=1, gives_times=False, ends_question=True)
    NOT_ON_LIST = "not_on_list", RefusalTraits(secret=True)
    RESIDENT_GONE = "resident_gone", RefusalTraits(secret=True)
    KEEP_APART = "keep_apart", RefusalTraits(secret=True)


class CommandRefusal(StrEnum):
    """Why a command is refused although no rule is against the visit."""

    OFFER_OPEN = "offer_open"
    """Another time that was offered to this person is still held for them."""


SECRET_REFUSALS = frozenset(code for code in Refusal if code.traits.secret)


def shown_to_family(found: Collection[str]) -> Refusal:
    """The reason that a family is told: the first one that they can do something about, else "no place".

    When a secret reason is among them, a reason that hints at it is left out.
    """
    secret = any(code in found for code in SECRET_REFUSALS)
    ranked = [code for code in Refusal if code in found and code.traits.shown_first is not None]
    allowed = [code for code in ranked if not (secret and code.traits.hints)]
    return min(allowed, key=lambda code: code.traits.shown_first or 0, default=Refusal.TERMINAL_TAKEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The facts about a wanted visit, gathered by the caller under its locks. The defaults describe a free place.

    Counts exclude the visit itself (also one being moved) and legal visits. Days and weeks are local ones of the facility
    (`timespan.local_day`, `week_of`) that contain the start. `in_session` and `on_grid` come from `availability.fit`.
    """

    now: datetime
    span: Span
    kind: VisitKind = VisitKind.FAMILY
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
    """Every reason against the visit, in the order of `Refusal`. Empty when it may be requested."""
    found = _time_refusals(facts, facility) | _place_refusals(facts, facility) | _person_refusals(facts)
    if facts.kind != VisitKind.LEGAL:
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
        Refusal.LEGAL_ONLY: facts.kind == VisitKind.LEGAL and not facts.attorney,
        Refusal.NOT_ON_LIST: not facts.related,
        Refusal.RESIDENT_GONE: not facts.resident_held,
        Refusal.BANNED: facts.banned_until is not None and facts.span.start < utc(facts.banned_until),
    }
    return {code for code, so in wrong.items() if so}


def _limit_refusals(facts: Facts, facility: Facility) -> set[Refusal]:
    """The limits of family visits. Legal visits are not counted and not limited."""
    wrong = {
        Refusal.RESIDENT_DAY_LIMIT: facts.resident_that_day >= facility.per_resident_per_day,
        Refusal.RESIDENT_WEEK_LIMIT: facts.resident_that_week >= facility.per_resident_per_week,
        Refusal.VISITOR_WEEK_LIMIT: facts.visitor_that_week >= facility.per_visitor_per_week,
        Refusal.OPEN_REQUESTS_LIMIT: facts.open_requests >= facility.open_requests_per_visitor,
    }
    return {code for code, so in wrong.items() if so}
