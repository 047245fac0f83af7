"""Computes every deadline, in the hours that count for it.

Staff deadlines count staff hours, deadlines of families count waking hours, and the time to choose counts every hour. All
datetimes are aware and results are UTC; a naive datetime raises ValueError.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from scheduling.policy.facility import Facility, Hours
from scheduling.policy.timespan import Span, at_local, local_date, utc
from scheduling.policy.visit_state import State, WaitsFor

CUTOFF_BEFORE_START = timedelta(minutes=30)
"""How long before the start of a visit everything about it must be settled."""
MIN_WAKING_TIME = timedelta(hours=2)
"""Waking time that a family always has to pay or to answer an offer, unless the cutoff comes sooner."""


def cutoff(start: datetime) -> datetime:
    """The cutoff: half an hour before the visit. After it nothing can be requested, decided or paid."""
    return utc(start) - CUTOFF_BEFORE_START


def deadline(state: State, now: datetime, start: datetime, facility: Facility) -> datetime:
    """By when a visit that enters `state` now must have left it: choose-by, decide-by, answer-by or pay-by.

    `start` is the start of the visit; of a visit being moved, the earlier of its two starts. The deadline is never in the
    past: after the cutoff it is `now`. A state without a deadline raises ValueError.
    """
    return max(utc(now), min(_within(state, now, facility), cutoff(start)))


def next_decide_by(state: State, now: datetime, start: datetime, facility: Facility) -> datetime:
    """By when staff, asked again now, must answer: the decide-by of the next staff day, or the cutoff if that is sooner.

    Staff are asked again once a day and not at every deadline, which could send thirty cards and texts about one visit.
    """
    tomorrow = local_date(now, facility.zone) + timedelta(days=1)
    opening = next_staff_time(at_local(tomorrow, facility.staff_hours.from_, facility.zone), facility)
    return min(deadline(state, opening, start, facility), cutoff(start))


def pay_by_after_failed_move(now: datetime, pay_by: datetime, start: datetime, facility: Facility) -> datetime:
    """The pay-by of a visit whose move was not approved: the one it had, or the minimum waking time if that is later."""
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
    """A visit must start after this moment to leave staff, asked now, their full time to answer."""
    return _decide_by(now, facility) + CUTOFF_BEFORE_START


def first_staff_answer_possible(now: datetime, start: datetime, facility: Facility) -> bool:
    """Whether the decide-by of a request made now comes before the cutoff of that start."""
    return utc(start) > earliest_decidable_start(now, facility)


def next_staff_time(now: datetime, facility: Facility) -> datetime:
    """`now` if it is in staff hours, otherwise when they next begin."""
    return _count(now, timedelta(0), facility.staff_hours, facility)


def out_of_quiet(now: datetime, facility: Facility) -> datetime:
    """`now` if it is outside the quiet hours, otherwise when they end."""
    return _count(now, timedelta(0), facility.quiet_hours.others, facility)


def pay_reminder_at(now: datetime, pay_by: datetime, facility: Facility) -> datetime | None:
    """When to send the one reminder of a payment requested now; None when no moment fits.

    The reminder comes a quarter of the available time before `pay_by` (at least half an hour, at most three hours). If that
    is in quiet hours it comes after them, or else an hour before they begin. It is never within half an hour of the request
    or of `pay_by`.
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
    """The moment at which `amount` of time within those hours has passed since `now`."""
    now = utc(now)
    for window in _windows(now, hours, facility):
        begin = max(window.start, now)
        if begin < window.end and amount <= window.end - begin:
            return begin + amount
        amount -= max(window.end - begin, timedelta(0))
    raise AssertionError("the days do not end")


def _windows(since: datetime, hours: Hours, facility: Facility) -> Iterator[Span]:
    """The daily windows in order, beginning with one that may have started on the day before."""
    zone = facility.zone
    over_night = timedelta(days=1 if hours.to <= hours.from_ else 0)
    day = local_date(since, zone) - timedelta(days=1)
    while True:
        start, end = at_local(day, hours.from_, zone), at_local(day + over_night, hours.to, zone)
        # The change to summer time can skip a whole window, which is then empty.
        if start < end:
            yield Span(start, end)
        day += timedelta(days=1)
