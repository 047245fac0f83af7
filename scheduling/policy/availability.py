"""Computes open times: the sessions of a unit without closures and taken times, on the grid of each session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scheduling.policy.deadlines import earliest_decidable_start
from scheduling.policy.facility import Facility, Session
from scheduling.policy.ids import TerminalId
from scheduling.policy.timespan import Span, at_local, local_date, utc
from scheduling.policy.vocabulary import VisitKind

INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Terminal:
    """A device in a unit at which its residents take calls."""

    id: TerminalId
    name: str
    unit: str


@dataclass(frozen=True, slots=True)
class OpenTime:
    """A start in UTC, and the terminals that are free for it."""

    start: datetime
    terminals: tuple[TerminalId, ...]


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a span lies within a session, and whether it starts on the grid of that session."""

    in_session: bool
    on_grid: bool


def sessions_between(facility: Facility, *, unit: str, window: Span, kind: VisitKind = VisitKind.FAMILY) -> list[Span]:
    """The sessions of the unit and kind that overlap the window, uncut, earliest first."""
    chosen = [each for each in facility.sessions if each.unit == unit and each.kind == kind]
    day = local_date(window.start, facility.zone)
    last = local_date(window.end - INSTANT, facility.zone)
    found: list[Span] = []
    while day <= last:
        weekday = day.weekday()
        for session in chosen:
            if weekday in session.days:
                found += _on(session, day, facility, window)
        day += timedelta(days=1)
    return sorted(found)


def _on(session: Session, day: date, facility: Facility, window: Span) -> list[Span]:
    zone = facility.zone
    start = at_local(day, session.from_, zone)
    end = at_local(day if session.from_ < session.to else day + timedelta(days=1), session.to, zone)
    # The change to summer time can skip a whole session at night.
    if start >= end or end <= window.start or start >= window.end:
        return []
    return [Span(start, end)]


def fit(facility: Facility, *, unit: str, kind: VisitKind, span: Span) -> Fit:
    """Whether a visit of that span lies within one session and starts on its grid."""
    step = timedelta(minutes=facility.starts_every)
    around = [each for each in sessions_between(facility, unit=unit, kind=kind, window=span) if each.contains(span)]
    return Fit(bool(around), any((span.start - each.start) % step == timedelta(0) for each in around) or not around)


def open_times(
    facility: Facility,
    *,
    now: datetime,
    unit: str,
    kind: VisitKind,
    minutes: int,
    window: Span,
    terminals: Sequence[Terminal],
    taken: Mapping[TerminalId, Sequence[Span]],
    busy: Sequence[Span] = (),
    closures: Sequence[Span] = (),
) -> list[OpenTime]:
    """Every start in the window that can be requested now, earliest first, with the terminals that are free for it.

    `taken`: the times that terminals are held for, turnaround included. `busy`: times that the visit itself must not
    overlap (other visits of the resident and the visitors, whole days for residents who are kept apart). The visit must end
    within its session; the turnaround after it may exceed the session. Starts before `earliest`, after `latest`, or too
    soon for staff to answer are left out.
    """
    first = max(window.start, utc(now) + facility.earliest, earliest_decidable_start(now, facility) + INSTANT)
    last = min(window.end - INSTANT, utc(now) + facility.latest)
    if first > last:
        return []
    own = [terminal.id for terminal in terminals if terminal.unit == unit]
    visit = timedelta(minutes=minutes)
    found: list[OpenTime] = []
    for session in sessions_between(facility, unit=unit, kind=kind, window=Span(first, last + INSTANT)):
        grid = _Grid(session, timedelta(minutes=facility.starts_every), visit)
        usable = grid.between(first, last) & ~grid.blocked([*busy, *closures], visit)
        kept = visit + timedelta(minutes=facility.turnaround)
        free = [(terminal, usable & ~grid.blocked(taken.get(terminal, ()), kept)) for terminal in own]
        found += grid.open(free)
    return found


@dataclass(frozen=True, slots=True)
class _Grid:
    """The starts of one session. A set of starts is an integer in which bit n stands for the n-th start."""

    session: Span
    step: timedelta
    visit: timedelta

    def between(self, first: datetime, last: datetime) -> int:
        low = max(0, -((self.session.start - first) // self.step))
        high = (min(last, self.session.end - self.visit) - self.session.start) // self.step
        return _bits(low, high)

    def blocked(self, spans: Iterable[Span], length: timedelta) -> int:
        """The starts from which a visit of that length would overlap one of the spans."""
        found = 0
        for span in spans:
            low = (span.start - length - self.session.start) // self.step + 1
            high = -((self.session.start - span.end) // self.step) - 1
            found |= _bits(max(0, low), high)
        return found

    def open(self, free: Sequence[tuple[TerminalId, int]]) -> list[OpenTime]:
        any_free = 0
        for _, starts in free:
            any_free |= starts
        found: list[OpenTime] = []
        for number in range(any_free.bit_length()):
            if any_free >> number & 1:
                who = tuple(terminal for terminal, starts in free if starts >> number & 1)
                found.append(OpenTime(self.session.start + number * self.step, who))
        return found


def _bits(low: int, high: int) -> int:
    return (1 << (high + 1)) - (1 << low) if low <= high else 0


def offer_spacing(facility: Facility, minutes: int) -> timedelta:
    """The distance between offered times: a visit and its turnaround, rounded up to the grid."""
    return timedelta(minutes=-(-(minutes + facility.turnaround) // facility.starts_every) * facility.starts_every)


def nearest(times: Sequence[OpenTime], wish: datetime, n: int = 3) -> list[OpenTime]:
    """The n open times nearest to the wish, in order of time. Of two equally near ones the earlier is taken."""
    wish = utc(wish)
    by_distance = sorted(times, key=lambda each: (abs(each.start - wish), each.start))
    return sorted(by_distance[:n], key=lambda each: each.start)


def spread(times: Sequence[OpenTime], step: timedelta, n: int = 3) -> list[OpenTime]:
    """At most n open times: the earliest, then each next one at least `step` later. Expects them in order of time."""
    chosen: list[OpenTime] = []
    for each in times:
        if len(chosen) < n and (not chosen or each.start - chosen[-1].start >= step):
            chosen.append(each)
    return chosen
