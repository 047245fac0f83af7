"""The ledger: each report of a provider is applied once, in any order, and refunds never exceed payments."""

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.policy.errors import Conflict
from scheduling.policy.pricing import Action
from scheduling.policy.visit_state import PAYABLE, State
from scheduling.policy.vocabulary import CheckoutState, EntryState
from scheduling.storage.tables import checkouts as checkout_rows
from scheduling.storage.tables import jobs
from scheduling.storage.tables import ledger as rows
from scheduling.visits import checkouts, ending, ledger
from scheduling.visits.checkouts import Checkout
from scheduling.visits.visit import Visit, get
from tests.scheduling.kit import MONDAY, SATURDAY, SUNDAY, Record, at_once, minutes, open_record

PRICE = 270


def kinds(record: Record) -> list[tuple[str, int, str]]:
    return [(row.kind, row.amount, row.reason) for row in record.rows(rows)]


def refunds(record: Record) -> list[tuple[str, int]]:
    """(payment, amount) of each refund job."""
    return [(row.payload["payment"], row.payload["amount"]) for row in record.rows(jobs) if row.kind == "refund"]


def test_a_payment_books_the_visit_and_its_repeat_changes_nothing(record: Record) -> None:
    checkout = record.checkout(record.approved())
    assert record.apply(checkout, "pi_1") == "confirmed"
    before = record.everything()
    assert record.apply(checkout, "pi_1") == "known"
    assert record.everything() == before
    assert kinds(record) == [("charge", PRICE, "checkout")]


def test_one_fact_told_twice_at_once_is_applied_once(record: Record) -> None:
    checkout = record.checkout(record.approved())
    outcomes = at_once(*[lambda: record.apply(checkout, "pi_1")] * 3)
    assert sorted(map(str, outcomes)) == ["confirmed", "known", "known"]
    assert kinds(record) == [("charge", PRICE, "checkout")]


def test_two_payments_at_once_book_once_and_the_other_goes_back(record: Record) -> None:
    """Pay the same visit from two phones with two cards."""
    checkout = record.checkout(record.approved())
    outcomes = at_once(lambda: record.apply(checkout, "pi_1"), lambda: record.apply(checkout, "pi_2"))
    assert sorted(map(str, outcomes)) == ["confirmed", "second"]
    visit = record.fresh(must_visit(record, checkout))
    assert visit.state is State.CONFIRMED
    assert record.net(visit) == PRICE
    assert [amount for _, amount in refunds(record)] == [PRICE]


def must_visit(record: Record, checkout: Checkout) -> Visit:
    with record.db.read() as tx:
        return get(tx, checkout.visit_id)


def test_a_second_payment_goes_back_at_once_and_whole(record: Record) -> None:
    approved = record.approved()
    checkout = record.checkout(approved)
    record.apply(checkout, "pi_1")
    assert record.apply(checkout, "pi_2") == "second"
    assert refunds(record) == [("pi_2", PRICE)]
    assert record.net(approved) == PRICE
    assert record.apply(checkout, "pi_2") == "known"
    assert refunds(record) == [("pi_2", PRICE)]


def test_a_payment_after_the_end_goes_back(record: Record) -> None:
    checkout = record.checkout(record.approved())
    visit = must_visit(record, checkout)
    record.set_clock(visit.deadline or MONDAY)
    record.expire(visit)
    assert record.apply(checkout, "pi_1") == "late"
    assert refunds(record) == [("pi_1", PRICE)]
    assert record.net(visit) == 0
    assert record.fresh(visit).state is State.UNPAID


def test_a_payment_that_is_too_small_goes_back_and_one_too_large_is_given_change(record: Record) -> None:
    checkout = record.checkout(record.approved())
    assert record.apply(checkout, "pi_small", PRICE - 1) == "second"
    visit = must_visit(record, checkout)
    assert (visit.state, record.net(visit)) == (State.APPROVED, 0)
    assert record.apply(checkout, "pi_large", PRICE + 30) == "confirmed"
    assert refunds(record) == [("pi_small", PRICE - 1), ("pi_large", 30)]
    assert record.net(visit) == PRICE


def test_paid_while_staff_decide_on_another_time_the_move_goes_on(record: Record) -> None:
    approved = record.approved()
    checkout = record.checkout(approved)
    moving = record.ask_move_to(approved)
    assert moving.state is State.MOVING_UNPAID
    assert record.apply(checkout, "pi_1") == "confirmed"
    assert record.fresh(moving).state is State.MOVING
    assert record.approve(record.fresh(moving)).state is State.CONFIRMED


def test_a_longer_time_is_topped_up_and_only_then_taken(record: Record) -> None:
    visit = record.topping_up()
    assert (visit.price, visit.new_price, record.net(visit)) == (180, 270, 180)
    with record.db.read() as tx:
        assert checkouts.due(tx, visit) == 90
    moved = record.pay(visit, "pi_more")
    assert (moved.state, moved.starts, moved.minutes, moved.price) == (State.CONFIRMED, SUNDAY, 30, 270)
    assert record.net(moved) == 270


def test_a_top_up_not_paid_leaves_visit_and_money_where_they_were(record: Record) -> None:
    visit = record.topping_up()
    record.set_clock(visit.deadline or MONDAY)
    back = record.expire(visit)
    assert back is not None
    assert (back.state, back.starts, back.minutes, record.net(back)) == (State.CONFIRMED, SATURDAY, 20, 180)


def test_a_shorter_time_gives_the_difference_back_once(record: Record) -> None:
    visit = record.approve(record.ask_move_to(record.confirmed(), SUNDAY, 20))
    assert (visit.state, visit.price) == (State.CONFIRMED, 180)
    assert record.settle(visit).action is Action.REFUND
    record.settle(visit)
    assert [amount for _, amount in refunds(record)] == [90]
    assert record.net(visit) == 180


def test_a_refund_comes_out_of_the_newest_payment_first_and_out_of_two_where_one_is_not_enough(record: Record) -> None:
    visit = record.pay(record.topping_up(), "pi_second")
    gone = record.give_up(visit)
    assert record.settle(gone).amount == 270
    first = next(row.reference for row in record.rows(rows) if row.kind == "charge")
    assert refunds(record) == [("pi_second", 90), (first, 180)]
    assert record.net(gone) == 0
    record.settle(gone)
    assert len(refunds(record)) == 2


def test_a_refund_that_failed_can_be_seen_and_is_money_we_still_have(record: Record) -> None:
    gone = record.give_up(record.confirmed())
    record.settle(gone)
    (back,) = (row for row in record.rows(rows) if row.kind == "refund")
    assert (back.state, record.net(gone)) == ("pending", 0)
    record.run(lambda tx: ledger.refund_settled(tx, back.id, EntryState.DONE, "re_1"))
    found = record.run(lambda tx: ledger.find_refund(tx, "re_1"))
    assert found == ledger.Refund(back.id, gone.id, 270, "usd", back.key)
    assert record.run(lambda tx: ledger.refund_settled(tx, back.id, EntryState.FAILED, "re_1"))
    assert [row.state for row in record.rows(rows) if row.kind == "refund"] == ["failed"]
    assert record.net(gone) == PRICE
    assert record.run(lambda tx: ledger.find_refund(tx, "re_of_somebody_else")) is None


def test_what_is_kept_is_not_given_back(record: Record) -> None:
    visit = record.confirmed()
    record.set_clock(SATURDAY - minutes(60))  # in the last two hours, and long after paying
    gone = record.give_up(visit)
    assert record.settle(gone).action is Action.KEEP
    assert refunds(record) == []
    assert record.net(gone) == PRICE


def test_the_outcome_counts_as_of_the_end_however_late_it_is_settled(record: Record) -> None:
    visit = record.confirmed()
    record.set_clock(SATURDAY - minutes(121))
    gone = record.give_up(visit)
    record.set_clock(SATURDAY + timedelta(days=2))
    assert record.settle(gone).action is Action.REFUND


def test_a_visit_has_one_open_checkout_at_a_time(record: Record) -> None:
    visit = record.approved()
    with record.db.begin() as tx:
        first = checkouts.open_checkout(tx, visit, "stripe", now=record.now)
        again = checkouts.open_checkout(tx, visit, "stripe", now=record.now)
        assert again == first
        checkouts.opened(tx, first, "cs_1", "https://cards.example/1")
        assert checkouts.open_checkout(tx, visit, "stripe", now=record.now).provider_id == "cs_1"
        assert checkouts.by_key(tx, first.idempotency_key) == checkouts.checkout_of(tx, "cs_1")
        checkouts.close_checkout(tx, "cs_1", CheckoutState.EXPIRED)
        second = checkouts.open_checkout(tx, visit, "stripe", now=record.now)
    assert (first.number, second.number) == (1, 2)
    assert first.idempotency_key != second.idempotency_key
    assert first.amount == second.amount == PRICE


def test_two_who_press_pay_at_once_get_the_same_checkout(record: Record) -> None:
    visit = record.approved()
    opened = at_once(*[lambda: record.run(lambda tx: checkouts.open_checkout(tx, visit, "stripe", now=record.now))] * 3)
    assert {each.id for each in opened if isinstance(each, Checkout)} == {record.rows(checkout_rows)[0].id}
    assert len(record.rows(checkout_rows)) == 1
    assert not [each for each in opened if isinstance(each, Exception)]


def test_a_paid_checkout_is_not_expired_by_a_late_word(record: Record) -> None:
    checkout = record.checkout(record.approved())
    record.apply(checkout, "pi_1")
    assert checkout.provider_id is not None
    with record.db.begin() as tx:
        closed = checkouts.close_checkout(tx, checkout.provider_id, CheckoutState.EXPIRED)
    assert closed is not None
    assert closed.state == "paid"


def test_nothing_is_due_but_where_money_is_taken(record: Record) -> None:
    asked = record.asked()
    with record.db.begin() as tx:
        assert checkouts.due(tx, asked) == 0
        with pytest.raises(ValueError, match="nothing is due"):
            checkouts.open_checkout(tx, asked, "stripe", now=record.now)


@pytest.mark.parametrize("key", ["", "visit-1", "visit-x-checkout-1", "refund-3", "visit-1-checkout-2-more"])
def test_a_key_that_is_not_ours_finds_nothing(sqlite_record: Record, key: str) -> None:
    with sqlite_record.db.read() as tx:
        assert checkouts.by_key(tx, key) is None


# Any reports in any order.

FACTS = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), st.integers(1, 4), st.sampled_from([1, 90, 180, 269, 270, 271, 540])),
        st.tuples(st.just("settle"), st.just(0), st.just(0)),
        st.tuples(st.just("give up"), st.just(0), st.just(0)),
        st.tuples(st.just("expire"), st.just(0), st.just(0)),
        st.tuples(st.just("move"), st.just(0), st.sampled_from([20, 30])),
        st.tuples(st.just("approve"), st.just(0), st.just(0)),
        st.tuples(st.just("refund word"), st.integers(0, 3), st.sampled_from([0, 1])),
    ),
    max_size=12,
)


@contextmanager
def copied(template: Path) -> Iterator[Record]:
    with tempfile.TemporaryDirectory() as folder:
        record = open_record(f"sqlite:///{shutil.copy(template, Path(folder) / 'record.db')}")
        yield record
        record.db.close()


def carry_out(record: Record, visit: Visit, checkout: Checkout, fact: tuple[str, int, int]) -> None:
    what, which, amount = fact
    now = record.fresh(visit)
    if what == "pay":
        record.apply(checkout, f"pi_{which}", amount)
    elif what == "settle":
        record.settle(now)
    elif what == "give up" and now.live:
        record.give_up(now)
    elif what == "expire" and now.state in PAYABLE:
        record.set_clock(now.deadline or record.now)
        record.expire(now)
        record.set_clock(MONDAY)
    elif what == "move" and now.state in (State.CONFIRMED, State.APPROVED):
        record.ask_move_to(now, SUNDAY if now.starts == SATURDAY else SATURDAY, amount)
    elif what == "approve" and now.state in (State.MOVING, State.MOVING_UNPAID):
        record.approve(now)
    elif what == "refund word":
        backs = [row for row in record.rows(rows) if row.kind == "refund" and row.state == "pending"]
        for back in backs[which : which + 1]:
            state = (EntryState.DONE, EntryState.FAILED)[amount]
            with record.db.begin() as tx:
                ledger.refund_settled(tx, back.id, state, f"re_{back.id}")


@settings(max_examples=30)
@given(facts=FACTS)
def test_whatever_is_told_in_whatever_order_no_visit_gives_back_more_than_it_took(
    sqlite_template: Path, facts: list[tuple[str, int, int]]
) -> None:
    with copied(sqlite_template) as record:
        checkout = record.checkout(record.approved())
        visit = must_visit(record, checkout)
        for fact in facts:
            carry_out(record, visit, checkout, fact)
            left: dict[str, int] = defaultdict(int)
            for row in record.rows(rows):
                if row.kind == "charge":
                    left[row.reference] += row.amount
                elif row.state != "failed":
                    left[row.reference.rpartition("#")[0]] -= row.amount
            assert all(each >= 0 for each in left.values())
            assert record.net(visit) == sum(left.values())
            charges = [row.reference for row in record.rows(rows) if row.kind == "charge"]
            assert len(charges) == len(set(charges))


def test_who_loses_a_race_is_told_to_look_again(record: Record) -> None:
    """When a payment and the pay-by come at the same time, one of them takes effect and never both."""
    approved = record.approved()
    checkout = record.checkout(approved)
    record.set_clock(approved.deadline or MONDAY)
    outcomes = at_once(lambda: record.apply(checkout, "pi_1"), lambda: str(record.expire(approved) is not None))
    visit = record.fresh(approved)
    assert visit.state in (State.CONFIRMED, State.UNPAID)
    if isinstance(outcomes[0], Conflict):
        assert record.apply(checkout, "pi_1") == "late"
    assert record.net(visit) == (PRICE if visit.state is State.CONFIRMED else 0)


def test_a_payment_that_went_back_does_not_begin_the_quarter_of_an_hour_anew(record: Record) -> None:
    visit = record.confirmed()
    record.set_clock(SATURDAY - minutes(60))
    assert record.apply(record_checkout(record), "pi_again") == "second"
    gone = record.give_up(record.fresh(visit))
    assert record.settle(gone).action is Action.KEEP
    assert refunds(record) == [("pi_again", PRICE)]


def record_checkout(record: Record) -> Checkout:
    """The checkout at which the visit was paid."""
    with record.db.read() as tx:
        found = checkouts.checkout_of(tx, record.rows(checkout_rows)[-1].provider_id)
    assert found is not None
    return found


@pytest.mark.parametrize(("before", "back"), [(60, [90]), (24 * 60, [270])])
def test_moved_to_a_cheaper_time_and_cancelled_in_the_same_breath(record: Record, before: int, back: list[int]) -> None:
    """The difference is refunded whatever happens to the rest, and the family is told that amount."""
    booked = record.confirmed()
    record.approve(record.ask_move_to(booked, SATURDAY + minutes(60), 20))
    record.set_clock(SATURDAY + minutes(60) - minutes(before))
    with record.db.read() as tx:
        told = ending.settlement_if_cancelled(tx, get(tx, booked.id), now=record.now)
    gone = record.give_up(record.fresh(booked))
    assert record.settle(gone) == told
    assert told.amount == (180 if before == 60 else 270)
    record.settle(gone)
    assert [amount for _, amount in refunds(record)] == back
