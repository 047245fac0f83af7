"""Finds open times for a visitor and a resident, and every reason against a time: gathers the facts for the pure rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from scheduling.facilities import store
from scheduling.people import people
from scheduling.people.people import Person, Resident
from scheduling.policy.availability import OpenTime, fit, nearest, offer_spacing, open_times, sessions_between, spread
from scheduling.policy.facility import Facility
from scheduling.policy.ids import ResidentId, VisitId
from scheduling.policy.refusals import Facts, Refusal, refusals
from scheduling.policy.timespan import Span, local_date, local_day, subtract, week_of
from scheduling.policy.visit_state import COUNTED, OFFERED, UNDECIDED
from scheduling.policy.vocabulary import PersonKind, PlaceKind, VisitKind
from scheduling.storage.database import Tx
from scheduling.storage.tables import visits
from scheduling.visits.places import taken

MAX_OFFERS = 3
OPEN_REQUESTS = UNDECIDED | OFFERED
"""Requests that wait for an answer. They count against `open_requests_per_visitor`."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants to visit whom, for how long, and how many people come.

    `moving` is the visit that would be moved. It never counts against itself.
    """

    visitor: Person
    resident: Resident
    kind: VisitKind
    minutes: int
    moving: VisitId | None = None
    people: int = 1


@dataclass(frozen=True, slots=True)
class Found:
    """The result of a search: the exact time, or times that fit the wish, or the nearest times when none fits.

    `why`: the reasons against the exact time, when one was wished for.
    """

    exact: datetime | None = None
    fits: tuple[datetime, ...] = ()
    nearest: tuple[datetime, ...] = ()
    why: tuple[Refusal, ...] = ()


def find(tx: Tx, wish: Wish, wanted: Sequence[Span | datetime], *, now: datetime) -> Found:
    """Search the wanted times and windows in order. The first one with an open time is the result.

    Only the wanted days are read at first; the whole bookable period is read when they are full.
    """
    facility = store.rules(tx, wish.visitor.facility_id)
    why: tuple[Refusal, ...] = ()
    for each in wanted:
        window = each if isinstance(each, Span) else local_day(local_date(each, facility.zone), facility.zone)
        times = search(tx, wish, window, now=now)
        if isinstance(each, datetime):
            if any(time.start == each for time in times):
                return Found(exact=each)
            why = why or find_refusals(tx, wish, Span(each, each + timedelta(minutes=wish.minutes)), now=now)
        elif times:
            return Found(fits=_starts(spread(times, offer_spacing(facility, wish.minutes), MAX_OFFERS)))
        elif each.start > now + facility.latest:
            why = why or (Refusal.TOO_LATE,)
        elif _closed(tx, wish, each, facility):
            why = why or (Refusal.CLOSED,)
    near = wanted[0] if wanted else now
    target = near.start if isinstance(near, Span) else near
    anywhere = search(tx, wish, Span(now, now + facility.latest + timedelta(days=1)), now=now)
    return Found(nearest=_starts(_nearest(anywhere, target, facility, wish.minutes)), why=why)


def _closed(tx: Tx, wish: Wish, window: Span, facility: Facility) -> bool:
    """Whether closures alone leave no space for a visit in that window."""
    unit, length = wish.resident.unit, timedelta(minutes=wish.minutes)
    sessions = sessions_between(facility, unit=unit, kind=wish.kind, window=window)
    open_then = [part for each in sessions if (part := each.intersect(window)) and part.end - part.start >= length]
    left = subtract(open_then, store.closures_of(tx, wish.visitor.facility_id, unit, window))
    return bool(open_then) and not any(part.end - part.start >= length for part in left)


def nearest_open(
    tx: Tx, wish: Wish, moment: datetime, *, now: datetime, n: int = MAX_OFFERS, but: Span | None = None
) -> list[datetime]:
    """The open times nearest to a moment that was refused or has just been taken, without any that overlaps `but`."""
    facility = store.rules(tx, wish.visitor.facility_id)
    anywhere = search(tx, wish, Span(now, now + facility.latest + timedelta(days=1)), now=now)
    length = timedelta(minutes=wish.minutes)
    others = [
        time for time in anywhere
        if time.start != moment and (but is None or not but.overlaps(Span(time.start, time.start + length)))
    ]  # fmt: skip
    return list(_starts(_nearest(others, moment, facility, wish.minutes)[:n]))


def _nearest(times: Sequence[OpenTime], target: datetime, facility: Facility, minutes: int) -> list[OpenTime]:
    """The nearest times, at least the spacing of offers apart: 1:00, 1:15 and 1:30 would not be a real choice."""
    apart = offer_spacing(facility, minutes)
    chosen: list[OpenTime] = []
    for each in sorted(times, key=lambda time: (abs(time.start - target), time.start)):
        if all(abs(each.start - other.start) >= apart for other in chosen):
            chosen.append(each)
        if len(chosen) == MAX_OFFERS:
            break
    return nearest(chosen, target, MAX_OFFERS)


def _starts(times: Sequence[OpenTime]) -> tuple[datetime, ...]:
    return tuple(time.start for time in times)


def search(tx: Tx, wish: Wish, window: Span, *, now: datetime) -> list[OpenTime]:
    """Every start in the window that rules, limits and places allow for this wish now."""
    facility = store.rules(tx, wish.visitor.facility_id)
    unit = wish.resident.unit
    terminals = store.terminals_of(tx, wish.visitor.facility_id, unit)
    # A visit that starts at the end of the window extends this far beyond it.
    reach = timedelta(minutes=max(wish.minutes, *facility.lengths) + facility.turnaround)
    around = Span(window.start - reach, window.end + reach)
    kept = {terminal.id: taken(tx, PlaceKind.TERMINAL, terminal.id, around, but=wish.moving) for terminal in terminals}
    busy = taken(tx, PlaceKind.RESIDENT, wish.resident.id, around, but=wish.moving)
    busy += taken(tx, PlaceKind.VISITOR, wish.visitor.id, around, but=wish.moving)
    busy += _closed_by_limits(tx, wish, facility, window)
    closed = store.closures_of(tx, wish.visitor.facility_id, unit, around)
    times = open_times(
        facility, now=now, unit=unit, kind=wish.kind, minutes=wish.minutes, window=window, terminals=terminals,
        taken=kept, busy=busy, closures=closed,
    )  # fmt: skip
    # For a released resident, and one not on the list, the search takes the same steps and time as for a full day: the time
    # of an answer must not reveal the reason.
    return times if wish.resident.held and wish.resident.relation else []


def _closed_by_limits(tx: Tx, wish: Wish, facility: Facility, window: Span) -> list[Span]:
    """Days and weeks in which a limit is reached, days with a visit of a resident to be kept apart, and a ban."""
    banned = wish.visitor.banned_until
    spans = [Span(window.start, banned)] if banned is not None and banned > window.start else []
    weeks = Span(week_of(window.start, facility.zone).start, week_of(window.end, facility.zone).end)
    apart = people.apart_from(tx, wish.resident.id)
    kept_apart = _starts_of(tx, apart, weeks, wish.moving, family_only=False)
    spans += [local_day(local_date(starts, facility.zone), facility.zone) for starts in kept_apart]
    if wish.kind == VisitKind.LEGAL:
        return spans
    resident = _starts_of(tx, [wish.resident.id], weeks, wish.moving)
    visitor = _visitor_starts(tx, wish, weeks)
    for starts in resident:
        day, week = local_day(local_date(starts, facility.zone), facility.zone), week_of(starts, facility.zone)
        if _inside(resident, day) >= facility.per_resident_per_day:
            spans.append(day)
        if _inside(resident, week) >= facility.per_resident_per_week:
            spans.append(week)
    for starts in visitor:
        week = week_of(starts, facility.zone)
        if _inside(visitor, week) >= facility.per_visitor_per_week:
            spans.append(week)
    return list(dict.fromkeys(spans))


def _inside(starts: Sequence[datetime], span: Span) -> int:
    return sum(span.contains(each) for each in starts)


def _starts_of(
    tx: Tx, resident_ids: Sequence[ResidentId], window: Span, but: VisitId | None, *, family_only: bool = True
) -> list[datetime]:
    """The starts of the visits of these residents that count. A visit being moved counts at both times."""
    if not resident_ids:
        return []
    return _counted(tx, visits.c.resident_id.in_(resident_ids), window, but, family_only=family_only)


def _visitor_starts(tx: Tx, wish: Wish, window: Span) -> list[datetime]:
    return _counted(tx, visits.c.visitor_id == wish.visitor.id, window, wish.moving, family_only=True)


def _counted(
    tx: Tx, whose: sa.ColumnElement[bool], window: Span, but: VisitId | None, *, family_only: bool
) -> list[datetime]:
    found = whose & visits.c.state.in_(sorted(COUNTED))
    if family_only:
        found &= visits.c.kind != VisitKind.LEGAL
    if but is not None:
        found &= visits.c.id != but
    found &= visits.c.starts.between(window.start, window.end) | visits.c.new_starts.between(window.start, window.end)
    rows = tx.execute(sa.select(visits.c.starts, visits.c.new_starts).where(found)).all()
    return [at for row in rows for at in (row.starts, row.new_starts) if at is not None]


def find_refusals(tx: Tx, wish: Wish, span: Span, *, now: datetime) -> tuple[Refusal, ...]:
    """Every reason against this wish at exactly this time. Empty when it may be requested."""
    facility = store.rules(tx, wish.visitor.facility_id)
    return refusals(facts(tx, wish, span, facility, now), facility)


def facts(tx: Tx, wish: Wish, span: Span, facility: Facility, now: datetime) -> Facts:
    """The facts about a wanted visit now. Counts are reliable only under the locks of the calling command."""
    unit, facility_id = wish.resident.unit, wish.visitor.facility_id
    fits = fit(facility, unit=unit, kind=wish.kind, span=span)
    day = local_day(local_date(span.start, facility.zone), facility.zone)
    week = week_of(span.start, facility.zone)
    resident = _starts_of(tx, [wish.resident.id], week, wish.moving)
    used = Span(span.start, span.end + timedelta(minutes=facility.turnaround))
    terminals = store.terminals_of(tx, facility_id, unit)
    apart = _starts_of(tx, people.apart_from(tx, wish.resident.id), day, wish.moving, family_only=False)
    return Facts(
        now=now,
        span=span,
        kind=wish.kind,
        attorney=wish.visitor.kind == PersonKind.ATTORNEY,
        related=bool(wish.resident.relation),
        resident_held=wish.resident.held,
        banned_until=wish.visitor.banned_until,
        people=wish.people,
        in_session=fits.in_session,
        on_grid=fits.on_grid,
        closed=any(span.overlaps(c) for c in store.closures_of(tx, facility_id, unit, span)),
        terminal_free=any(not taken(tx, PlaceKind.TERMINAL, t.id, used, but=wish.moving) for t in terminals),
        resident_busy=bool(taken(tx, PlaceKind.RESIDENT, wish.resident.id, span, but=wish.moving)),
        visitor_busy=bool(taken(tx, PlaceKind.VISITOR, wish.visitor.id, span, but=wish.moving)),
        keep_apart=_inside(apart, day) > 0,
        resident_that_day=_inside(resident, day),
        resident_that_week=_inside(resident, week),
        visitor_that_week=_inside(_visitor_starts(tx, wish, week), week),
        open_requests=_open_requests(tx, wish),
    )


def _open_requests(tx: Tx, wish: Wish) -> int:
    mine = (
        (visits.c.visitor_id == wish.visitor.id)
        & visits.c.state.in_(sorted(OPEN_REQUESTS))
        & (visits.c.kind != VisitKind.LEGAL)
    )
    if wish.moving is not None:
        mine &= visits.c.id != wish.moving
    return int(tx.execute(sa.select(sa.func.count()).select_from(visits).where(mine)).scalar_one())
