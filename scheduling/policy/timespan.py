"""Spans of time, and conversion between local time and UTC.

All arithmetic and comparison is done in UTC. Python subtracts two aware datetimes of the same zone by wall clock, which is
an hour wrong across a change to or from summer time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

QUANTUM = timedelta(minutes=5)
"""The unit in which places are held: five minutes, counted from the UTC epoch."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MIDNIGHT = time(0)


def utc(moment: datetime) -> datetime:
    """The same moment in UTC. A naive datetime raises ValueError."""
    if moment.tzinfo is UTC:
        return moment
    if moment.utcoffset() is None:
        raise ValueError(f"a moment needs a zone: {moment.isoformat()}")
    return moment.astimezone(UTC)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From `start` up to but not including `end`, in UTC. Naive, empty or reversed spans raise ValueError."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", utc(self.start))
        object.__setattr__(self, "end", utc(self.end))
        if self.start >= self.end:
            raise ValueError(f"a span must end after it starts: {self.start.isoformat()} to {self.end.isoformat()}")

    @property
    def minutes(self) -> int:
        """Whole minutes of real time, rounded down."""
        return (self.end - self.start) // timedelta(minutes=1)

    def overlaps(self, other: Span) -> bool:
        """Whether the two spans share any time. Adjacent spans share none."""
        return self.start < other.end and other.start < self.end

    def contains(self, other: Span | datetime) -> bool:
        """Whether the whole other span, or that moment, lies within this one. The end is outside."""
        if isinstance(other, Span):
            return self.start <= other.start and other.end <= self.end
        return self.start <= utc(other) < self.end

    def intersect(self, other: Span) -> Span | None:
        """The time both have in common, or None."""
        if not self.overlaps(other):
            return None
        return Span(max(self.start, other.start), min(self.end, other.end))


def quanta(span: Span) -> range:
    """The numbers of all quanta that the span overlaps, even in part."""
    return range((span.start - EPOCH) // QUANTUM, -((EPOCH - span.end) // QUANTUM))


def merge(spans: Iterable[Span]) -> list[Span]:
    """The same time in as few spans as possible, earliest first. Overlapping and adjacent spans are joined."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def subtract(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """What remains of the spans without the taken ones, earliest first."""
    left = merge(spans)
    for cut in merge(taken):
        left = [piece for span in left for piece in _without(span, cut)]
    return left


def _without(span: Span, cut: Span) -> list[Span]:
    if not span.overlaps(cut):
        return [span]
    before = [Span(span.start, cut.start)] if span.start < cut.start else []
    after = [Span(cut.end, span.end)] if cut.end < span.end else []
    return before + after


def at_local(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, at which clocks in `zone` show `at` on `day`.

    When clocks are set back and show it twice, the first. When they are set forward and never show it, the first moment
    after the gap, so that a later wall time never becomes an earlier moment.
    """
    first = datetime.combine(day, at.replace(fold=0), tzinfo=zone)
    second = first.replace(fold=1)
    moment = first.astimezone(UTC)
    other = second.astimezone(UTC)
    return moment if moment <= other else _change_between(other, moment, zone)


def _change_between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The second at which the zone's offset changes, somewhere after `before` and not after `after`."""
    old = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // timedelta(seconds=2) * timedelta(seconds=1)
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after


def localize(moment: datetime, zone: ZoneInfo) -> datetime:
    """The UTC moment of a naive wall time in `zone`, as `at_local` defines it. An aware datetime is only converted."""
    if moment.tzinfo is not None:
        return utc(moment)
    return at_local(moment.date(), moment.time(), zone)


def local_date(moment: datetime, zone: ZoneInfo) -> date:
    """The calendar day in `zone` at that moment."""
    return utc(moment).astimezone(zone).date()


def local_day(day: date, zone: ZoneInfo) -> Span:
    """The whole calendar day in `zone`: 23, 24 or 25 hours."""
    return Span(at_local(day, MIDNIGHT, zone), at_local(day + timedelta(days=1), MIDNIGHT, zone))


def week_of(moment: datetime, zone: ZoneInfo) -> Span:
    """The calendar week in `zone`, Monday to Monday, that contains the moment."""
    today = local_date(moment, zone)
    monday = today - timedelta(days=today.weekday())
    return Span(at_local(monday, MIDNIGHT, zone), at_local(monday + timedelta(days=7), MIDNIGHT, zone))
