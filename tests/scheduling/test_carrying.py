"""Credit pays for a visit once or is refunded once, whatever happens to the new visit."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from scheduling.facilities.file import read_sample
from scheduling.policy.lifecycle import Move
from scheduling.policy.pricing import Action
from scheduling.policy.visit_state import Outcome, State
from scheduling.storage.tables import jobs, ledger, visits
from scheduling.visits import asking, checkouts, credit, deciding, ending
from scheduling.visits.visit import Visit, get
from tests.scheduling.kit import FAMILY, MONDAY, SATURDAY, SUNDAY, Record, at_once, chat, minutes

LONG_AFTER = MONDAY + timedelta(days=60)


def outcomes(record: Record, **changes: str) -> None:
    record.settings(outcomes={**read_sample().facility.outcomes, **changes})


def failed(record: Record, length: int = 30) -> Visit:
    """A booked visit that failed for technical reasons, at a facility that then holds the money."""
    outcomes(record, technical="carry")
    visit = record.moved(record.confirmed(SATURDAY, record.wish(length=length)), Move.FAIL)
    record.settle(visit)
    assert visit.holds
    return visit


def left(record: Record) -> int:
    """Charges less refunds of all visits together."""
    rows = [row for row in record.rows(ledger) if row.state != "failed"]
    return sum(row.amount if row.kind == "charge" else -row.amount for row in rows)


def much_later(record: Record, *which: Visit) -> None:
    """Run every job that refunds unused credit, twice."""
    record.set_clock(LONG_AFTER)
    owed = {row.payload["visit"] for row in record.rows(jobs) if row.kind == "give_back_carried"}
    for visit in [*which, *which]:
        if visit.id in owed:
            record.run(lambda tx, each=visit: credit.refund_unused(tx, get(tx, each.id), now=record.now))  # type: ignore[misc]


def test_it_pays_for_the_next_visit_of_the_same_two(record: Record) -> None:
    first = failed(record)
    second = record.approve(record.asked(SUNDAY))
    assert (second.state, second.carries) == (State.CONFIRMED, first.id)
    assert (record.net(first), record.net(second)) == (0, 270)
    much_later(record, first, second)
    assert left(record) == 270


def test_of_two_asked_at_once_one_is_paid_with_it(postgres_record: Record) -> None:
    record = postgres_record
    first, wish = failed(record), record.wish()

    def ask(start: datetime) -> Callable[[], Visit]:
        return lambda: record.run(
            lambda tx: asking.ask_at(tx, wish, start, chat=chat(wish), actor=FAMILY, now=record.now)
        )

    made = at_once(ask(SUNDAY), ask(SUNDAY + minutes(28 * 60)))
    assert all(isinstance(each, Visit) for each in made)
    assert sorted(row.carries or 0 for row in record.rows(visits)) == [0, 0, first.id]


def test_a_second_failure_holds_it_again(record: Record) -> None:
    first = failed(record)
    second = record.approve(record.asked(SUNDAY))
    second = record.moved(second, Move.FAIL)
    record.settle(second)
    assert (record.net(first), record.net(second)) == (0, 270)
    third = record.deny(record.asked(SUNDAY + minutes(45)))
    much_later(record, first, second, third)
    assert left(record) == 0


def test_moved_dearer_then_cheaper_then_cancelled(record: Record) -> None:
    failed(record, 20)
    visit = record.approve(record.asked(SUNDAY, record.wish(length=20)))
    visit = record.approve(record.ask_move_to(visit, SUNDAY + minutes(45), 30))
    assert visit.state is State.TOPPING_UP
    visit = record.pay(visit)
    assert record.net(visit) == 270
    visit = record.approve(record.ask_move_to(visit, SUNDAY, 20))
    record.settle(visit)
    assert record.net(visit) == 180
    record.give_up(visit)
    for _ in range(2):
        record.settle(visit)
    assert left(record) == 0


def test_a_move_that_makes_it_covered_books_it(record: Record) -> None:
    failed(record, 20)
    visit = record.approved(SUNDAY, record.wish(length=30))
    assert visit.state is State.APPROVED
    moved = record.approve(record.ask_move_to(visit, SUNDAY + minutes(60), 20))
    assert moved.state is State.CONFIRMED, "nothing is due"


def test_cancelled_before_it_was_booked_it_is_held_on(record: Record) -> None:
    first = failed(record, 20)
    record.set_clock(SATURDAY - minutes(300))
    visit = record.approved(SATURDAY, record.wish(length=30))
    assert (visit.state, visit.carries) == (State.APPROVED, first.id)
    record.set_clock(SATURDAY - minutes(100))
    with record.db.read() as tx:
        assert ending.settlement_if_cancelled(tx, get(tx, visit.id), now=record.now).action is Action.NOTHING
    record.settle(record.give_up(visit))
    much_later(record, first, visit)
    assert left(record) == 0


def test_a_request_that_the_facility_takes_away_lets_it_go(record: Record) -> None:
    first = failed(record)
    outcomes(record, technical="carry", facility_cancelled="carry")
    visit = record.moved(record.asked(SUNDAY), Move.FACILITY_CANCEL)
    record.settle(visit)
    assert not visit.holds
    much_later(record, first, visit)
    assert left(record) == 0


@pytest.mark.parametrize(("before", "after"), [("refund", "carry"), ("carry", "keep"), ("carry", "refund")])
def test_a_facility_that_changes_its_mind_meanwhile_keeps_nothing(record: Record, before: str, after: str) -> None:
    outcomes(record, technical=before)
    visit = record.moved(record.confirmed(), Move.FAIL)
    outcomes(record, technical=after)
    record.settle(visit)
    much_later(record, visit)
    assert left(record) == 0


def test_what_is_held_is_said_to_be_held_whatever_the_file_says_now(record: Record) -> None:
    visit = failed(record)
    outcomes(record, technical="keep")
    with record.db.read() as tx:
        assert ending.settlement(tx, get(tx, visit.id), Outcome.TECHNICAL, now=record.now).action is Action.CARRY


def test_a_payment_that_comes_late_goes_back_although_the_rest_is_carried(record: Record) -> None:
    outcomes(record, technical="carry")
    visit = record.topping_up()
    checkout = record.checkout(visit)
    assert visit.deadline is not None
    at = visit.deadline
    record.run(lambda tx: deciding.expire(tx, get(tx, visit.id), now=at))
    visit = record.moved(record.fresh(visit), Move.FAIL)
    record.settle(visit)
    assert record.asked(SUNDAY, record.wish(length=20)).carries == visit.id
    assert record.apply(checkout, "pi_late") == "late"
    assert [row.amount for row in record.rows(ledger) if row.kind == "refund"] == [checkout.amount]


def test_money_of_one_currency_pays_nothing_in_another(record: Record) -> None:
    failed(record)
    record.settings(currency="mxn")
    visit = record.approve(record.asked(SUNDAY))
    assert visit.state is State.APPROVED
    with record.db.read() as tx:
        assert checkouts.due(tx, visit) == visit.price
