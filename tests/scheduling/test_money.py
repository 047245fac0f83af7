"""The price of a visit, and what happens to the money after every outcome."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from scheduling.facilities.file import read_sample
from scheduling.policy.pricing import Action, Settlement, cap, money_after, price, top_up
from scheduling.policy.visit_state import Outcome
from scheduling.policy.vocabulary import VisitKind

WILLOW = read_sample().facility
START = datetime(2026, 11, 28, 13, tzinfo=ZoneInfo("America/Chicago"))
LONG_AGO = START - timedelta(days=3)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def after(outcome: Outcome, paid: int = 270, **facts: object) -> Settlement:
    usual = {"now": START, "start": START, "paid_at": LONG_AGO}
    return money_after(outcome, WILLOW, paid=paid, **{**usual, **facts})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("per_minute", "minutes", "cents"),
    [("0.09", 30, 270), ("0.09", 20, 180), ("0", 30, 0), ("0.0875", 30, 263), ("0.0125", 20, 25), ("0.0001", 30, 0)],
)
def test_price_in_cents_half_a_cent_up(per_minute: str, minutes: int, cents: int) -> None:
    assert price(replace(WILLOW, price_per_minute=Decimal(per_minute)), minutes, VisitKind.FAMILY) == cents


def test_legal_visits_are_free_unless_the_facility_says_otherwise() -> None:
    assert price(WILLOW, 30, VisitKind.LEGAL) == 0
    assert price(replace(WILLOW, legal_per_minute=Decimal("0.05")), 30, VisitKind.LEGAL) == 150


@pytest.mark.parametrize(
    ("kind", "population", "most"),
    [
        ("prison", 5, "0.25"),
        ("prison", 5000, "0.25"),
        ("jail", 0, "0.44"),
        ("jail", 49, "0.44"),
        ("jail", 50, "0.25"),
        ("jail", 99, "0.25"),
        ("jail", 100, "0.21"),
        ("jail", 349, "0.21"),
        ("jail", 350, "0.19"),
        ("jail", 1000, "0.19"),
    ],
)
def test_the_cap_follows_kind_and_population(kind: str, population: int, most: str) -> None:
    assert cap(kind, population) == Decimal(most)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_without_money_nothing_happens_to_it(outcome: Outcome) -> None:
    assert after(outcome, paid=0, paid_at=None) == Settlement(Action.NOTHING, 0)


@pytest.mark.parametrize(
    ("outcome", "action"),
    [
        (Outcome.NEVER_PAID, Action.NOTHING),
        (Outcome.MOVE_REFUSED, Action.KEEP),
        (Outcome.COMPLETED, Action.KEEP),
        (Outcome.FACILITY_CANCELLED, Action.CARRY),
        (Outcome.VISITOR_NO_SHOW, Action.KEEP),
        (Outcome.RESIDENT_DECLINED, Action.REFUND),
        (Outcome.ENDED_BY_STAFF, Action.REFUND),
        (Outcome.TECHNICAL, Action.REFUND),
        (Outcome.UNANSWERED, Action.REFUND),
    ],
)
def test_the_ends_with_one_answer(outcome: Outcome, action: Action) -> None:
    assert after(outcome) == Settlement(action, 0 if action is Action.NOTHING else 270)


@pytest.mark.parametrize("setting", ["keep", "refund", "carry"])
@pytest.mark.parametrize("name", sorted(WILLOW.outcomes))
def test_the_facility_decides_its_outcomes(name: str, setting: str) -> None:
    decided = replace(WILLOW, outcomes={**WILLOW.outcomes, name: setting})
    found = money_after(Outcome(name), decided, now=START, start=START, paid_at=LONG_AGO, paid=270)
    assert found == Settlement(Action(setting), 270)


@pytest.mark.parametrize(
    ("before_start", "action"),
    [
        (2 * HOUR + MINUTE, Action.REFUND),
        (2 * HOUR, Action.REFUND),
        (2 * HOUR - timedelta(seconds=1), Action.KEEP),
        (timedelta(0), Action.KEEP),
        (-HOUR, Action.KEEP),
    ],
)
def test_cancelled_by_the_family_with_refund_until_two_hours_before(before_start: timedelta, action: Action) -> None:
    assert after(Outcome.CANCELLED, now=START - before_start) == Settlement(action, 270)


@pytest.mark.parametrize(
    ("since_paying", "before_start", "action"),
    [
        (timedelta(0), HOUR, Action.REFUND),
        (15 * MINUTE, HOUR, Action.REFUND),
        (15 * MINUTE + timedelta(seconds=1), HOUR, Action.KEEP),
        (5 * MINUTE, timedelta(seconds=1), Action.REFUND),
        (5 * MINUTE, timedelta(0), Action.KEEP),
    ],
)
def test_within_a_quarter_of_an_hour_of_paying_it_is_always_a_refund_before_the_start(
    since_paying: timedelta, before_start: timedelta, action: Action
) -> None:
    now = START - before_start
    assert after(Outcome.CANCELLED, now=now, paid_at=now - since_paying) == Settlement(action, 270)


def test_the_refund_counts_real_hours_across_the_autumn_change() -> None:
    zone = ZoneInfo("America/Chicago")
    start, now = datetime(2026, 11, 1, 2, 30, tzinfo=zone), datetime(2026, 11, 1, 0, 45, tzinfo=zone)
    assert after(Outcome.CANCELLED, start=start, now=now).action is Action.REFUND  # 2 h 45 min before, not 1 h 45


@pytest.mark.parametrize(
    ("old", "new", "settlement", "due"),
    [
        (270, 270, Settlement(Action.CARRY, 270), 0),
        (270, 180, Settlement(Action.REFUND, 90), 0),
        (180, 270, Settlement(Action.CARRY, 180), 90),
        (270, 0, Settlement(Action.REFUND, 270), 0),
    ],
)
def test_money_moves_along_with_a_moved_visit(old: int, new: int, settlement: Settlement, due: int) -> None:
    assert after(Outcome.MOVED, paid=old, new_price=new) == settlement
    assert top_up(old, new) == due


def test_every_outcome_of_a_facility_has_its_row() -> None:
    assert set(WILLOW.outcomes) <= {outcome.value for outcome in Outcome}


@pytest.mark.parametrize(("connected", "back"), [(30, 0), (31, 0), (29, 9), (15, 135), (1, 261), (0, 270)], ids=str)
def test_by_the_minute_only_whole_minutes_of_connection_are_kept(connected: int, back: int) -> None:
    by_minute = replace(WILLOW, settle_by_minute=True)
    usual = {"now": START, "start": START, "paid_at": LONG_AGO, "minutes": 30}
    found = money_after(Outcome.COMPLETED, by_minute, paid=270, connected=connected, **usual)  # type: ignore[arg-type]
    assert found == (Settlement(Action.REFUND, back) if back else Settlement(Action.KEEP, 270))


def test_a_cent_that_was_not_full_is_not_kept() -> None:
    by_minute = replace(WILLOW, settle_by_minute=True)
    usual = {"now": START, "start": START, "paid_at": LONG_AGO, "minutes": 30}
    found = money_after(Outcome.COMPLETED, by_minute, paid=100, connected=7, **usual)  # type: ignore[arg-type]
    assert found == Settlement(Action.REFUND, 77)  # 23.33 cents are kept as 23


def test_by_the_visit_the_minutes_do_not_matter() -> None:
    assert after(Outcome.COMPLETED, connected=1, minutes=30) == Settlement(Action.KEEP, 270)
