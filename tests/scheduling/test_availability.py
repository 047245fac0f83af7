"""Open times of a unit: on normal days, with taken places, and on days when clocks change."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.facilities.file import read_sample
from scheduling.policy.availability import (
    Fit,
    OpenTime,
    Terminal,
    fit,
    nearest,
    offer_spacing,
    open_times,
    sessions_between,
    spread,
)
from scheduling.policy.facility import Facility, Session
from scheduling.policy.ids import TerminalId
from scheduling.policy.timespan import Span, local_day
from scheduling.policy.vocabulary import VisitKind

WILLOW = read_sample().facility
CHICAGO = ZoneInfo("America/Chicago")
NOW = datetime(2026, 11, 26, 10, tzinfo=CHICAGO)
SATURDAY = local_day(date(2026, 11, 28), CHICAGO)
A1, B1, B2 = TerminalId(1), TerminalId(2), TerminalId(3)
TERMINALS = (Terminal(A1, "A-1", "A"), Terminal(B1, "B-1", "B"), Terminal(B2, "B-2", "B"))


def on_saturday(clock: str, minutes: int) -> Span:
    start = datetime.combine(date(2026, 11, 28), time.fromisoformat(clock), tzinfo=CHICAGO)
    return Span(start, start + timedelta(minutes=minutes))


def look(
    facility: Facility = WILLOW,
    *,
    now: datetime = NOW,
    unit: str = "B",
    kind: VisitKind = VisitKind.FAMILY,
    minutes: int = 30,
    window: Span = SATURDAY,
    terminals: Sequence[Terminal] = TERMINALS,
    taken: Mapping[TerminalId, Sequence[Span]] | None = None,
    busy: Sequence[Span] = (),
    closures: Sequence[Span] = (),
) -> list[OpenTime]:
    return open_times(
        facility,
        now=now,
        unit=unit,
        kind=kind,
        minutes=minutes,
        window=window,
        terminals=terminals,
        taken=taken or {},
        busy=busy,
        closures=closures,
    )


def clocks(times: Sequence[OpenTime]) -> str:
    return " ".join(each.start.astimezone(CHICAGO).strftime("%H:%M") for each in times)


def test_an_empty_day_is_the_session_on_its_grid_and_the_visit_ends_within_it() -> None:
    assert clocks(look()) == "13:00 13:15 13:30 13:45 14:00 14:15 14:30 14:45 15:00 15:15 15:30 15:45 16:00"
    assert clocks(look(minutes=20)).endswith("15:45 16:00")
    assert {each.terminals for each in look()} == {(B1, B2)}


def test_a_unit_has_its_own_sessions_and_terminals() -> None:
    assert clocks(look(unit="A")).startswith("09:00 09:15")
    assert {each.terminals for each in look(unit="A")} == {(A1,)}
    assert look(unit="C") == []
    assert look(terminals=TERMINALS[:1]) == []


def test_the_grid_counts_from_the_start_of_the_session() -> None:
    odd = replace(WILLOW, sessions=(Session("B", (5,), time(13, 10), time(14, 10)),))
    assert clocks(look(odd)) == "13:10 13:25 13:40"


def test_legal_sessions_are_another_world() -> None:
    friday = local_day(date(2026, 11, 27), CHICAGO)
    assert clocks(look(window=friday, kind=VisitKind.LEGAL)) == "09:00 09:15 09:30 09:45 10:00 10:15 10:30"
    assert clocks(look(window=friday)).startswith("17:00")


def test_a_taken_terminal_blocks_what_would_run_into_it_with_its_turnaround() -> None:
    taken = {B1: [on_saturday("14:00", 35)], B2: [SATURDAY]}
    assert clocks(look(taken=taken)) == "13:00 13:15 14:45 15:00 15:15 15:30 15:45 16:00"
    by_start = {each.start: each.terminals for each in look(taken={B1: [on_saturday("14:00", 35)]})}
    assert by_start[on_saturday("14:00", 30).start] == (B2,)
    assert by_start[on_saturday("14:45", 30).start] == (B1, B2)


def test_people_need_no_turnaround() -> None:
    busy = [on_saturday("14:00", 30)]
    assert clocks(look(busy=busy)) == "13:00 13:15 13:30 14:30 14:45 15:00 15:15 15:30 15:45 16:00"


def test_closures_and_whole_busy_days_take_times_away() -> None:
    assert clocks(look(closures=[on_saturday("13:00", 120)])) == "15:00 15:15 15:30 15:45 16:00"
    assert look(busy=[SATURDAY]) == []
    assert clocks(look(closures=[on_saturday("16:29", 10)])).endswith("15:30 15:45")


def test_only_starts_within_the_window() -> None:
    assert clocks(look(window=on_saturday("13:50", 25))) == "14:00"
    assert clocks(look(window=on_saturday("14:00", 15))) == "14:00"
    assert clocks(look(window=on_saturday("14:00", 16))) == "14:00 14:15"


def test_nothing_sooner_than_the_earliest_or_later_than_the_latest() -> None:
    assert clocks(look(now=datetime(2026, 11, 28, 10, tzinfo=CHICAGO))).startswith("14:00")
    assert clocks(look(now=datetime(2026, 11, 14, 14, tzinfo=CHICAGO))).endswith("13:45 14:00")
    assert look(now=datetime(2026, 11, 28, 12, 5, tzinfo=CHICAGO)) == []
    assert look(now=datetime(2026, 12, 1, 12, tzinfo=CHICAGO)) == []


def test_a_time_staff_could_not_answer_for_is_not_offered() -> None:
    night = datetime(2026, 11, 27, 23, tzinfo=CHICAGO)  # they have until 9 AM, and the cutoff is half an hour before
    assert clocks(look(now=night, unit="A")).startswith("09:45")
    patient = replace(WILLOW, staff_answer_within=timedelta(hours=6))
    assert clocks(look(patient, now=night)).startswith("13:45")


SPRING, AUTUMN = date(2026, 3, 8), date(2026, 11, 1)


def nightly(to: str) -> Facility:
    session = Session("B", (6,), time(1), time.fromisoformat(to))
    return replace(WILLOW, sessions=(session,), starts_every=30, staff_answer_within=timedelta(minutes=30))


@pytest.mark.parametrize(
    ("day", "starts"),
    [
        (SPRING, ["07:00", "07:30", "08:00", "08:30"]),
        (date(2026, 3, 15), ["06:00", "06:30", "07:00", "07:30", "08:00", "08:30"]),
        (AUTUMN, ["06:00", "06:30", "07:00", "07:30", "08:00", "08:30", "09:00", "09:30"]),
    ],
)
def test_a_session_over_the_change_is_as_long_as_it_really_is(day: date, starts: list[str]) -> None:
    found = look(
        nightly("04:00"),
        now=datetime.combine(day, time(12), tzinfo=UTC) - timedelta(days=3),
        window=local_day(day, CHICAGO),
    )
    assert [each.start.strftime("%H:%M") for each in found] == starts


def test_a_session_the_clocks_skip_does_not_happen() -> None:
    skipped = replace(WILLOW, sessions=(Session("B", (6,), time(2), time(3)),))
    assert sessions_between(skipped, unit="B", window=local_day(SPRING, CHICAGO)) == []
    assert len(sessions_between(skipped, unit="B", window=local_day(AUTUMN, CHICAGO))) == 1


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
def test_an_afternoon_keeps_its_clock_on_the_day_of_the_change(day: date) -> None:
    now = datetime.combine(day, time(12), tzinfo=UTC) - timedelta(days=3)
    assert clocks(look(now=now, window=local_day(day, CHICAGO))).startswith("13:00 13:15")


def test_a_session_may_end_at_midnight() -> None:
    late = replace(WILLOW, sessions=(Session("B", (5,), time(23), time(0)),))
    assert clocks(look(late)) == "23:00 23:15 23:30"


def slow(
    facility: Facility, span: Span, taken: Mapping[TerminalId, Sequence[Span]], busy: Sequence[Span]
) -> list[OpenTime]:
    """The same open times, found by checking every start against everything."""
    found = []
    session = on_saturday("13:00", 210)
    for number in range(14):
        start = session.start + number * timedelta(minutes=facility.starts_every)
        visit = Span(start, start + timedelta(minutes=30))
        kept = Span(start, start + timedelta(minutes=30 + facility.turnaround))
        free = tuple(each for each in (B1, B2) if not any(kept.overlaps(other) for other in taken.get(each, ())))
        if free and session.contains(visit) and span.contains(start) and not any(visit.overlaps(each) for each in busy):
            found.append(OpenTime(start, free))
    return found


PIECES = st.lists(
    st.tuples(st.integers(-30, 240), st.integers(1, 90)).map(
        lambda pair: Span(
            on_saturday("13:00", 5).start + timedelta(minutes=pair[0]),
            on_saturday("13:00", 5).start + timedelta(minutes=pair[0] + pair[1]),
        )
    ),
    max_size=4,
)


@given(PIECES, PIECES, PIECES, PIECES.filter(bool))
def test_the_quick_way_finds_what_the_slow_way_finds(
    first: list[Span], second: list[Span], busy: list[Span], windows: list[Span]
) -> None:
    taken = {B1: first, B2: second}
    assert look(taken=taken, busy=busy, window=windows[0]) == slow(WILLOW, windows[0], taken, busy)


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (on_saturday("13:00", 30), Fit(in_session=True, on_grid=True)),
        (on_saturday("16:00", 30), Fit(in_session=True, on_grid=True)),
        (on_saturday("13:05", 30), Fit(in_session=True, on_grid=False)),
        (on_saturday("16:15", 30), Fit(in_session=False, on_grid=True)),
        (on_saturday("12:00", 30), Fit(in_session=False, on_grid=True)),
    ],
)
def test_how_a_wish_stands_to_the_sessions(span: Span, expected: Fit) -> None:
    assert fit(WILLOW, unit="B", kind=VisitKind.FAMILY, span=span) == expected


def test_every_open_time_fits() -> None:
    for each in look():
        span = Span(each.start, each.start + timedelta(minutes=30))
        assert fit(WILLOW, unit="B", kind=VisitKind.FAMILY, span=span) == Fit(in_session=True, on_grid=True)


@pytest.mark.parametrize(("minutes", "apart"), [(30, 45), (20, 30), (25, 30), (40, 45)])
def test_offers_lie_a_visit_and_its_turnaround_apart(minutes: int, apart: int) -> None:
    assert offer_spacing(WILLOW, minutes) == timedelta(minutes=apart)


def test_a_window_is_offered_spread_out_earliest_first() -> None:
    assert clocks(spread(look(), offer_spacing(WILLOW, 30), 3)) == "13:00 13:45 14:30"
    assert clocks(spread(look(closures=[on_saturday("13:15", 105)]), offer_spacing(WILLOW, 30), 3)) == "15:00 15:45"
    assert spread([], offer_spacing(WILLOW, 30), 3) == []


def test_an_exact_wish_is_offered_what_is_nearest_in_order_of_time() -> None:
    free = look(busy=[on_saturday("14:00", 30)])
    assert clocks(nearest(free, on_saturday("14:00", 30).start, 3)) == "13:15 13:30 14:30"
    assert clocks(nearest(free, on_saturday("08:00", 30).start, 2)) == "13:00 13:15"
    assert clocks(nearest(free, on_saturday("14:00", 30).start, 1)) == "13:30"
