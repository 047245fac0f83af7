"""Checkouts: opened once for whoever presses the link, also after a lost answer, and closed at the provider."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from handlers.gateways.payments.base import KeyReused, Order, PaymentEvent, PaymentEventKind
from handlers.payments import payment_events
from handlers.payments.checkout import NothingToPay, TryLater, checkout_url
from scheduling.people import visit_links
from scheduling.policy.visit_state import State
from scheduling.policy.vocabulary import LinkPurpose
from scheduling.storage.tables import checkouts, jobs
from scheduling.visits import ending
from scheduling.visits.visit import Visit, get
from tests.handlers.line import DOWN, Line, open_line
from tests.scheduling.kit import FAMILY, MONDAY, TANYA, Record, at_once
from tests.waiting import eventually

WAITS_FOR_US = sa.text("SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")
"""Finds transactions that wait for a lock of this one: other tests use the same server."""


def waiting(line: Line, kind: str) -> list[Any]:
    return [row for row in line.record.rows(jobs) if row.kind == kind]


def tell(line: Line, kind: str, event_id: str = "evt_1", **more: Any) -> str:
    event = PaymentEvent("stripe", event_id, PaymentEventKind(kind), **more)
    outcome = payment_events.apply(line.deps, event, correlation="c")
    line.work()
    return outcome


def hours_pass(line: Line, hours: int) -> None:
    for _ in range(hours):
        line.wait(60)
        line.work()


def test_a_checkout_is_closed_whenever_the_bank_answers_again(line: Line) -> None:
    visit = line.record.approved()
    checkout = line.record.checkout(visit)
    line.at(visit.deadline or MONDAY)
    line.bank.down = DOWN
    line.work()
    hours_pass(line, 24)
    assert [row.state for row in waiting(line, "expire_checkout")] == ["queued"]
    line.bank.down = None
    hours_pass(line, 1)
    assert line.bank.expired == [checkout.provider_id]


def link(line: Line, visit: Visit) -> str:
    return line.record.run(lambda tx: visit_links.mint(tx, visit.id, visit.visitor_id, LinkPurpose.PAY, now=line.now))


def like_stripe(line: Line, *, loses: int = 0) -> list[str]:
    """Let the bank refuse a key that it knows from another order, and lose its first `loses` answers. Returns the keys."""
    known: dict[str, Order] = {}
    keys: list[str] = []
    opens = line.bank.open

    def open_(order: Order) -> tuple[str, str]:
        keys.append(order.key)
        if known.setdefault(order.key, order) != order:
            raise KeyReused("idempotency_error")
        if len(keys) <= loses:
            raise DOWN
        return opens(order)

    line.bank.open = open_  # type: ignore[method-assign]
    return keys


def test_another_link_after_a_lost_answer_opens_the_next_checkout(any_line: Line) -> None:
    line = any_line
    visit = line.record.approved()
    keys = like_stripe(line, loses=1)
    with pytest.raises(TryLater):
        checkout_url(line.deps, link(line, visit), correlation="c")
    page = checkout_url(line.deps, link(line, visit), correlation="c")
    assert keys == [f"visit-{visit.id}-checkout-{number}" for number in (1, 1, 2)]
    assert [(row.number, row.state) for row in line.record.rows(checkouts)] == [(1, "expired"), (2, "open")]
    assert checkout_url(line.deps, link(line, visit), correlation="c") == page


def test_the_same_link_after_a_lost_answer_opens_the_same_checkout(line: Line) -> None:
    visit = line.record.approved()
    keys = like_stripe(line, loses=1)
    token = link(line, visit)
    with pytest.raises(TryLater):
        checkout_url(line.deps, token, correlation="c")
    checkout_url(line.deps, token, correlation="c")
    assert [row.state for row in line.record.rows(checkouts)] == ["open"]
    assert len(set(keys)) == 1


def test_keys_that_are_all_used_end_in_try_later(line: Line) -> None:
    visit = line.record.approved()

    def used(order: Order) -> tuple[str, str]:
        raise KeyReused(order.key)

    line.bank.open = used  # type: ignore[method-assign]
    with pytest.raises(TryLater):
        checkout_url(line.deps, link(line, visit), correlation="c")
    assert [row.state for row in line.record.rows(checkouts)] == ["expired"] * 3


def test_two_links_pressed_at_once_lead_to_pages_that_are_known(any_line: Line) -> None:
    """Each page that is handed out belongs to a checkout that we find again when it is paid."""
    line = any_line
    visit = line.record.approved()
    like_stripe(line)
    pages = at_once(*[lambda: checkout_url(line.deps, link(line, visit), correlation="c")] * 4)
    assert not [each for each in pages if isinstance(each, Exception) and not isinstance(each, TryLater)]
    known = {row.url for row in line.record.rows(checkouts) if row.state == "open"}
    assert {page for page in pages if isinstance(page, str)} <= known
    assert len(known) == 1


def test_pressed_while_the_visit_is_being_cancelled_there_is_nothing_to_pay(postgres_record: Record) -> None:
    """The press has read the link and waits for the lock on the visit, which is being cancelled: nothing is due then."""
    line = open_line(postgres_record)
    visit = line.record.approved()
    token = link(line, visit)
    with ThreadPoolExecutor(1) as pool:
        with line.record.db.begin() as tx:
            ending.cancel(tx, get(tx, visit.id), actor=FAMILY, now=line.now)
            press = pool.submit(checkout_url, line.deps, token, correlation="c")
            eventually(lambda: tx.execute(WAITS_FOR_US).all())
            assert not press.done()
        with pytest.raises(NothingToPay):
            press.result(10)
    assert line.bank.orders == []


def test_the_difference_paid_too_late_is_late_and_the_visit_stands(line: Line) -> None:
    visit = line.record.topping_up()
    checkout = line.record.checkout(visit)
    line.at(visit.deadline or MONDAY)
    line.work()
    assert line.record.fresh(visit).state is State.CONFIRMED
    before = len(line.sms.to(TANYA))
    outcome = tell(line, "paid", checkout=checkout.provider_id, payment="pi_late", amount=checkout.amount)
    assert outcome == "late"
    (told,) = line.sms.to(TANYA)[before:]
    assert "came after the new time was released" in told
    assert "stands: Sat Nov 28, 1:00 PM" in told
    assert ("pi_late", checkout.amount) in [(payment, amount) for payment, amount, _ in line.bank.refunds]


def test_a_second_payment_at_a_checkout_that_was_replaced_is_second(line: Line) -> None:
    visit = line.record.approved()
    first = line.record.checkout(visit)
    tell(line, "expired", "evt_0", checkout=first.provider_id)
    line.record.apply(line.record.checkout(visit), "pi_1")
    assert tell(line, "paid", checkout=first.provider_id, payment="pi_2", amount=270) == "second"
