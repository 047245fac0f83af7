"""Spans, quanta, and local time when clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.policy.timespan import (
    EPOCH,
    QUANTUM,
    Span,
    at_local,
    local_date,
    local_day,
    localize,
    merge,
    quanta,
    subtract,
    utc,
    week_of,
)

CHICAGO = ZoneInfo("America/Chicago")
HAVANA = ZoneInfo("America/Havana")  # sets its clocks forward at midnight: those days have no 00:00
SPRING, AUTUMN = date(2026, 3, 8), date(2026, 11, 1)
NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


def minutes(start: float, end: float) -> Span:
    return Span(NOON + timedelta(minutes=start), NOON + timedelta(minutes=end))


def test_a_span_is_kept_in_utc() -> None:
    span = Span(datetime(2026, 11, 28, 13, tzinfo=CHICAGO), datetime(2026, 11, 28, 13, 30, tzinfo=CHICAGO))
    assert span == Span(datetime(2026, 11, 28, 19, tzinfo=UTC), datetime(2026, 11, 28, 19, 30, tzinfo=UTC))
    assert span.start.tzinfo is UTC


def test_minutes_are_real_ones_across_the_autumn_change() -> None:
    span = Span(datetime(2026, 11, 1, 0, 30, tzinfo=CHICAGO), datetime(2026, 11, 1, 2, 30, tzinfo=CHICAGO))
    assert span.minutes == 180


@pytest.mark.parametrize("length", [timedelta(0), timedelta(minutes=-5)])
def test_an_empty_or_backward_span_is_refused(length: timedelta) -> None:
    with pytest.raises(ValueError, match="must end after it starts"):
        Span(NOON, NOON + length)


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a zone"):
        utc(datetime(2026, 11, 28, 12))  # noqa: DTZ001 - naive on purpose


def test_touching_spans_do_not_overlap() -> None:
    assert not minutes(0, 30).overlaps(minutes(30, 60))
    assert minutes(0, 31).overlaps(minutes(30, 60))
    assert minutes(0, 30).intersect(minutes(30, 60)) is None
    assert minutes(0, 40).intersect(minutes(30, 60)) == minutes(30, 40)


def test_the_end_is_outside() -> None:
    assert minutes(0, 30).contains(NOON)
    assert not minutes(0, 30).contains(NOON + timedelta(minutes=30))
    assert minutes(0, 30).contains(minutes(0, 30))
    assert not minutes(0, 30).contains(minutes(0, 31))


def test_quanta_cover_every_part() -> None:
    first = (NOON - EPOCH) // QUANTUM
    assert quanta(minutes(0, 30)) == range(first, first + 6)
    assert quanta(minutes(0, 31)) == range(first, first + 7)
    assert quanta(minutes(-1, 5)) == range(first - 1, first + 1)


SPANS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 30)).map(lambda pair: minutes(pair[0], pair[0] + pair[1])), max_size=8
)


def covered(spans: list[Span]) -> set[int]:
    return {minute for minute in range(100) for span in spans if span.contains(NOON + timedelta(minutes=minute))}


@given(SPANS, SPANS)
def test_merge_and_subtract_are_sets_of_minutes(spans: list[Span], taken: list[Span]) -> None:
    assert covered(merge(spans)) == covered(spans)
    assert covered(subtract(spans, taken)) == covered(spans) - covered(taken)


@given(SPANS)
def test_merged_spans_lie_apart_and_in_order(spans: list[Span]) -> None:
    merged = merge(spans)
    assert all(one.end < other.start for one, other in pairwise(merged))


def test_a_time_the_clocks_skip_is_the_first_moment_after() -> None:
    after = datetime(2026, 3, 8, 8, tzinfo=UTC)  # 3:00 AM, central daylight time
    assert at_local(SPRING, time(2), CHICAGO) == after
    assert at_local(SPRING, time(2, 30), CHICAGO) == after
    assert at_local(SPRING, time(3), CHICAGO) == after
    assert at_local(SPRING, time(1, 59), CHICAGO) == after - timedelta(minutes=1)


def test_a_time_the_clocks_show_twice_is_the_first() -> None:
    assert at_local(AUTUMN, time(1, 30), CHICAGO) == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    assert at_local(AUTUMN, time(1, 30, fold=1), CHICAGO) == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


@given(
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    st.sampled_from([0, 1]),
    st.times(),
    st.times(),
    st.sampled_from([CHICAGO, HAVANA, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Pacific/Auckland")]),
)
def test_a_later_wall_time_is_never_an_earlier_moment(
    day: date, more: int, one: time, other: time, zone: ZoneInfo
) -> None:
    earlier, later = (one, other) if more or one <= other else (other, one)
    assert at_local(day, earlier, zone) <= at_local(day + timedelta(days=more), later, zone)


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (date(2026, 3, 9), 24), (AUTUMN, 25)])
def test_a_local_day_has_its_own_length(day: date, hours: int) -> None:
    assert local_day(day, CHICAGO).minutes == hours * 60


def test_a_day_without_midnight_begins_when_the_clocks_say_one() -> None:
    day = local_day(date(2026, 3, 8), HAVANA)
    assert day.start.astimezone(HAVANA).time() == time(1)
    assert day.minutes == 23 * 60


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)), st.booleans())  # noqa: DTZ001 - hypothesis wants naive bounds
def test_every_moment_lies_in_its_own_day_and_week(moment: datetime, cuban: bool) -> None:
    zone = HAVANA if cuban else CHICAGO
    week = week_of(moment, zone)
    assert local_day(local_date(moment, zone), zone).contains(moment)
    assert week.contains(moment)
    assert week.start.astimezone(zone).weekday() == 0


def test_the_week_of_the_spring_change_is_an_hour_short() -> None:
    assert week_of(datetime(2026, 3, 8, 20, tzinfo=CHICAGO), CHICAGO).minutes == (7 * 24 - 1) * 60


def test_localize_reads_naive_times_by_the_wall_and_converts_aware_ones() -> None:
    assert localize(datetime(2026, 11, 28, 13), CHICAGO) == datetime(2026, 11, 28, 19, tzinfo=UTC)  # noqa: DTZ001 - wall time
    assert localize(NOON.astimezone(CHICAGO), HAVANA) == NOON
