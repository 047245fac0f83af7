"""Every deadline and the hours it counts: staff hours for staff, waking hours for families, the clock for a choice.

Everything takes and returns aware datetimes (the results are UTC); a naive one raises ValueError.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from scheduling.policy.facility import Facility, Hours
from scheduling.policy.timespan import Span, at_local, local_date, utc
from scheduling.policy.visit_state import State, WaitsFor

CUTOFF_BEFORE_START = timedelta(minutes=30)
"""How long before the visit everything must be settled."""
MIN_WAKING_TIME = timedelta(hours=2)
"""What a family always has, while awake, to pay or to answer an offer, unless the last call comes sooner."""


def cutoff(start: datetime) -> datetime:
    """Half an hour before the visit: nothing is asked, decided or paid later."""
    return utc(start) - CUTOFF_BEFORE_START


def deadline(state: State, now: datetime, start: datetime, facility: Facility) -> datetime:
    """When a visit that enters `state` now must have left it: choose-by, decide-by, answer-by or pay-by.

    `start` is when the visit begins; of a visit being moved, the earlier of its two starts. Never past: where the last
    call is over already it is `now` itself. A state nobody has to leave in time raises ValueError.
    """
    return max(utc(now), min(_within(state, now, facility), cutoff(start)))


def next_decide_by(state: State, now: datetime, start: datetime, facility: Facility) -> datetime:
    """By when staff answer who are asked again now: the decide-by of the next staff day, the last call if that is sooner.

    Once a day and not once a deadline: thirty cards and thirty texts about one visit help nobody.
    """
    tomorrow = local_date(now, facility.zone) + timedelta(days=1)
    opening = next_staff_time(at_local(tomorrow, facility.staff_hours.from_, facility.zone), facility)
    return min(deadline(state, opening, start, facility), cutoff(start))


def pay_by_after_failed_move(now: datetime, pay_by: datetime, start: datetime, facility: Facility) -> datetime:
    """The pay-by of a visit whose move came to nothing: the one it had, or what a family always has, if that is later."""
    fair = max(utc(pay_by), _while_awake(now, timedelta(0), facility))
    return max(utc(now), min(fair, cutoff(start)))


def _within(state: State, now: datetime, facility: Facility) -> datetime:
    match state.traits.waits_for:
        case WaitsFor.CHOICE:
            return utc(now) + facility.choose_within
        case WaitsFor.STAFF:
            return _decide_by(now, facility)
        case WaitsFor.PAYMENT:
            return _while_awake(now, facility.pay_within, facility)
        case WaitsFor.ANSWER:
            return _while_awake(now, facility.answer_counter_offer_within, facility)
        case None:
            raise ValueError(f"a visit has no deadline while {state}")


def earliest_decidable_start(now: datetime, facility: Facility) -> datetime:
    """Only a visit that starts after this moment leaves staff, asked now, the time they are given to answer."""
    return _decide_by(now, facility) + CUTOFF_BEFORE_START


def first_staff_answer_possible(now: datetime, start: datetime, facility: Facility) -> bool:
    """Asked now, would the first decide-by come before the last call of that start?"""
    return utc(start) > earliest_decidable_start(now, facility)


def next_staff_time(now: datetime, facility: Facility) -> datetime:
    """`now` within staff hours, otherwise when they next begin."""
    return _count(now, timedelta(0), facility.staff_hours, facility)


def out_of_quiet(now: datetime, facility: Facility) -> datetime:
    """`now` outside the quiet hours, otherwise when they end."""
    return _count(now, timedelta(0), facility.quiet_hours.others, facility)


def pay_reminder_at(now: datetime, pay_by: datetime, facility: Facility) -> datetime | None:
    """When to remind once of a payment asked for now: awake, with time left to pay, not right after asking.

    About a quarter of the time before `pay_by` (half an hour to three hours); where that is in quiet hours, after them,
    or else an hour before they began. None when none of these fits.
    """
    now, pay_by = utc(now), utc(pay_by)
    lead = min(max((pay_by - now) / 4, timedelta(minutes=30)), timedelta(hours=3))
    wish = pay_by - lead
    awake = out_of_quiet(wish, facility)
    evening = _quiet_since(wish, facility) - timedelta(hours=1) if awake > wish else wish
    for moment in (awake, evening):
        fits = now + timedelta(minutes=30) <= moment <= pay_by - timedelta(minutes=30)
        if fits and out_of_quiet(moment, facility) == moment:
            return moment
    return None


def _decide_by(now: datetime, facility: Facility) -> datetime:
    return _count(now, facility.staff_answer_within, facility.staff_hours, facility)


def _while_awake(now: datetime, within: timedelta, facility: Facility) -> datetime:
    fair = _count(now, MIN_WAKING_TIME, facility.quiet_hours.others, facility)
    return out_of_quiet(max(utc(now) + within, fair), facility)


def _quiet_since(moment: datetime, facility: Facility) -> datetime:
    return next(night.start for night in _windows(moment, facility.quiet_hours, facility) if night.end > moment)


def _count(now: datetime, amount: timedelta, hours: Hours, facility: Facility) -> datetime:
    """The moment by which `amount` of time within those hours has passed since `now`."""
    now = utc(now)
    for window in _windows(now, hours, facility):
        begin = max(window.start, now)
        if begin < window.end and amount <= window.end - begin:
            return begin + amount
        amount -= max(window.end - begin, timedelta(0))
    raise AssertionError("the days do not end")


def _windows(since: datetime, hours: Hours, facility: Facility) -> Iterator[Span]:
    """The daily windows in order, from one that may have begun on the day before."""
    zone = facility.zone
    over_night = timedelta(days=1 if hours.to <= hours.from_ else 0)
    day = local_date(since, zone) - timedelta(days=1)
    while True:
        start, end = at_local(day, hours.from_, zone), at_local(day + over_night, hours.to, zone)
        # A window that the spring change skips whole is empty.
        if start < end:
            yield Span(start, end)
        day += timedelta(days=1)
