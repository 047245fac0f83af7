"""Every deadline: on normal days, at night, and when clocks change."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.facilities.file import read_sample
from scheduling.policy.deadlines import (
    cutoff,
    deadline,
    first_staff_answer_possible,
    next_decide_by,
    next_staff_time,
    out_of_quiet,
    pay_reminder_at,
)
from scheduling.policy.facility import Facility, Hours
from scheduling.policy.visit_state import LIVE, State

WILLOW = read_sample().facility
CHICAGO = ZoneInfo("America/Chicago")
FAR = datetime(2026, 12, 20, 13, tzinfo=CHICAGO)
HOUR = timedelta(hours=1)
STAFF = [State.REQUESTED, State.MOVING, State.MOVING_UNPAID]
PAYING = [State.APPROVED, State.TOPPING_UP]
OFFERED = [State.COUNTERED, State.MOVING_COUNTERED, State.MOVING_UNPAID_COUNTERED]


def november(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=CHICAGO)


def test_a_choice_runs_by_the_plain_clock_even_at_night() -> None:
    assert deadline(State.CHOOSING, november(26, 23), FAR, WILLOW) == november(26, 23, 10)


@pytest.mark.parametrize("state", STAFF)
@pytest.mark.parametrize(
    ("now", "decide_by"),
    [
        (november(26, 10), november(26, 12)),
        (november(26, 19), november(26, 21)),
        (november(26, 20), november(27, 8)),
        (november(26, 23), november(27, 9)),
        (november(27, 3), november(27, 9)),
    ],
)
def test_staff_deadlines_count_staff_hours(state: State, now: datetime, decide_by: datetime) -> None:
    assert deadline(state, now, FAR, WILLOW) == decide_by


def test_staff_hours_may_run_over_midnight_or_around_the_clock() -> None:
    nights = replace(WILLOW, staff_hours=Hours(time(19), time(3)))
    assert deadline(State.REQUESTED, november(26, 12), FAR, nights) == november(26, 21)
    assert deadline(State.REQUESTED, november(27, 2), FAR, nights) == november(27, 20)
    always = replace(WILLOW, staff_hours=Hours(time(0), time(0)))
    assert deadline(State.REQUESTED, november(26, 23), FAR, always) == november(27, 1)


def test_staff_hours_are_real_hours_on_the_autumn_change() -> None:
    early = replace(WILLOW, staff_hours=Hours(time(0), time(21)))
    asked = datetime(2026, 11, 1, 0, 30, tzinfo=CHICAGO)
    assert deadline(State.REQUESTED, asked, FAR, early) == datetime(2026, 11, 1, 7, 30, tzinfo=UTC)  # the second 1:30


@pytest.mark.parametrize("state", PAYING)
@pytest.mark.parametrize(
    ("now", "pay_by"),
    [
        (november(26, 15), november(27, 15)),
        (november(26, 22, 40), november(28, 8)),
        (november(26, 21), november(28, 8)),
    ],
)
def test_a_day_to_pay_that_would_end_at_night_ends_after_it(state: State, now: datetime, pay_by: datetime) -> None:
    assert deadline(state, now, FAR, WILLOW) == pay_by


@pytest.mark.parametrize("state", OFFERED)
def test_an_offer_leaves_two_waking_hours(state: State) -> None:
    assert deadline(state, november(26, 20), FAR, WILLOW) == november(27, 9)
    assert deadline(state, november(26, 9), FAR, WILLOW) == november(27, 8)
    assert deadline(state, november(26, 8), FAR, WILLOW) == november(26, 20)


def test_a_short_time_to_pay_grows_to_two_waking_hours() -> None:
    hasty = replace(WILLOW, pay_within=HOUR)
    assert deadline(State.APPROVED, november(26, 12), FAR, hasty) == november(26, 14)
    assert deadline(State.APPROVED, november(26, 20, 30), FAR, hasty) == november(27, 9, 30)


@pytest.mark.parametrize("state", [*STAFF, *PAYING, *OFFERED])
def test_everything_ends_half_an_hour_before_the_visit(state: State) -> None:
    start = november(26, 11)
    assert deadline(state, november(26, 9, 30), start, WILLOW) == november(26, 10, 30) == cutoff(start)


def test_a_visit_in_the_morning_may_end_a_deadline_in_quiet_hours() -> None:
    assert deadline(State.APPROVED, november(26, 20, 30), november(27, 8, 15), WILLOW) == november(27, 7, 45)


@pytest.mark.parametrize("state", [State.CONFIRMED, State.DENIED, State.NONE])
def test_a_state_that_waits_for_nothing_has_no_deadline(state: State) -> None:
    with pytest.raises(ValueError, match="no deadline"):
        deadline(state, november(26, 9), FAR, WILLOW)


DUE = sorted(LIVE - {State.CONFIRMED})
ZONES = ["America/Chicago", "America/Havana", "Australia/Lord_Howe", "Europe/Dublin", "America/Phoenix"]
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants naive bounds
HOURS = st.builds(Hours, st.times(), st.times()).filter(lambda hours: hours.from_ != hours.to)


@st.composite
def facilities(draw: st.DrawFn) -> Facility:
    """Willow Creek with another time zone, other hours and time limits, and at least three waking hours a day."""
    quiet = draw(HOURS)
    awake = (datetime.combine(date(2026, 1, 2), quiet.from_) - datetime.combine(date(2026, 1, 1), quiet.to)) % (
        24 * HOUR
    )
    return replace(
        WILLOW,
        timezone=draw(st.sampled_from(ZONES)),
        staff_hours=draw(HOURS),
        quiet_hours=quiet if awake >= 3 * HOUR else WILLOW.quiet_hours,
        staff_answer_within=timedelta(minutes=draw(st.integers(1, 3000))),
        pay_within=timedelta(minutes=draw(st.integers(1, 3000))),
        answer_counter_offer_within=timedelta(minutes=draw(st.integers(1, 3000))),
    )


def is_quiet(moment: datetime, facility: Facility) -> bool:
    """Whether a time is in those hours by the wall clock, computed independently of the tested code."""
    at, quiet = moment.astimezone(facility.zone).time(), facility.quiet_hours
    if quiet.from_ < quiet.to:
        return quiet.from_ <= at < quiet.to
    return at >= quiet.from_ or at < quiet.to


def changes_its_clocks_nearby(moment: datetime, facility: Facility) -> bool:
    around = (moment + day * 24 * HOUR for day in (-1, 1))
    return len({each.astimezone(facility.zone).utcoffset() for each in around}) > 1


@given(st.sampled_from(DUE), MOMENTS, st.timedeltas(timedelta(0), timedelta(days=20)), facilities())
def test_no_deadline_is_past_when_given_or_later_than_the_last_call(
    state: State, now: datetime, ahead: timedelta, facility: Facility
) -> None:
    start = now + ahead
    due = deadline(state, now, start, facility)
    assert now <= due
    assert due <= max(now, start - timedelta(minutes=30))
    if start - timedelta(minutes=30) > now:
        assert due > now


@given(st.sampled_from([*PAYING, *OFFERED]), MOMENTS, st.timedeltas(timedelta(0), timedelta(days=20)), facilities())
def test_a_familys_deadline_is_never_in_quiet_hours_unless_the_visit_is_sooner(
    state: State, now: datetime, ahead: timedelta, facility: Facility
) -> None:
    due = deadline(state, now, now + ahead, facility)
    if due in (now, cutoff(now + ahead)):
        return
    assert out_of_quiet(due, facility) == due
    # In the hour that occurs twice, the wall clock is ambiguous, and the edges of the window decide.
    assert changes_its_clocks_nearby(due, facility) or not is_quiet(due, facility)


@given(st.sampled_from([*PAYING, *OFFERED]), MOMENTS, facilities())
def test_a_family_has_two_waking_hours(state: State, now: datetime, facility: Facility) -> None:
    due = deadline(state, now, now + timedelta(days=60), facility)
    step = timedelta(minutes=5)
    awake = sum(not is_quiet(now + n * step, facility) for n in range((due - now) // step))
    assert changes_its_clocks_nearby(due, facility) or awake * step >= 2 * HOUR - 4 * step


@given(MOMENTS, facilities())
def test_waiting_for_staff_ends_in_their_hours(now: datetime, facility: Facility) -> None:
    then = next_staff_time(now, facility)
    assert now <= then <= now + timedelta(hours=49)
    assert next_staff_time(then, facility) == then


def test_staff_time_and_quiet_hours_have_open_ends() -> None:
    assert next_staff_time(november(26, 12), WILLOW) == november(26, 12)
    assert next_staff_time(november(26, 21), WILLOW) == november(27, 7)
    assert next_staff_time(november(27, 7), WILLOW) == november(27, 7)
    assert out_of_quiet(november(26, 20, 59), WILLOW) == november(26, 20, 59)
    assert out_of_quiet(november(26, 21), WILLOW) == november(27, 8)
    assert out_of_quiet(november(27, 8), WILLOW) == november(27, 8)


def test_quiet_hours_end_by_the_clock_of_the_new_day_in_spring() -> None:
    saturday = datetime(2026, 3, 7, 22, tzinfo=CHICAGO)
    assert out_of_quiet(saturday, WILLOW) == datetime(2026, 3, 8, 13, tzinfo=UTC)


def test_a_time_whose_decide_by_would_reach_the_last_call_is_too_soon_for_staff() -> None:
    now = november(26, 20)  # staff are given until tomorrow 8 AM
    assert not first_staff_answer_possible(now, november(27, 8, 30), WILLOW)
    assert first_staff_answer_possible(now, november(27, 8, 31), WILLOW)


@pytest.mark.parametrize(
    ("now", "pay_by", "remind"),
    [
        (november(26, 15), november(27, 15), november(27, 12)),
        (november(26, 12), november(26, 14), november(26, 13, 30)),
        (november(26, 12), november(26, 16), november(26, 15)),
        (november(26, 22, 40), november(28, 8), november(27, 20)),
        (november(26, 9), november(27, 9), november(27, 8)),
        (november(26, 12), november(26, 12, 50), None),
        (november(26, 20, 40), november(27, 8, 15), None),
    ],
)
def test_one_reminder_to_pay(now: datetime, pay_by: datetime, remind: datetime | None) -> None:
    assert pay_reminder_at(now, pay_by, WILLOW) == remind


@given(MOMENTS, st.timedeltas(timedelta(minutes=1), timedelta(days=5)), facilities())
def test_a_reminder_leaves_time_on_both_sides_and_wakes_nobody(
    now: datetime, length: timedelta, facility: Facility
) -> None:
    remind = pay_reminder_at(now, now + length, facility)
    if remind is None:
        return
    assert now + HOUR / 2 <= remind <= now + length - HOUR / 2
    assert out_of_quiet(remind, facility) == remind


def test_asked_again_is_once_a_day_and_never_beyond_the_last_call() -> None:
    assert next_decide_by(State.REQUESTED, november(23, 12), november(28, 13), WILLOW) == november(24, 9)
    this_evening, early = november(23, 18), november(24, 9)
    assert next_decide_by(State.REQUESTED, november(23, 12), this_evening, WILLOW) == cutoff(this_evening)
    assert next_decide_by(State.REQUESTED, november(23, 12), early, WILLOW) == cutoff(early)
