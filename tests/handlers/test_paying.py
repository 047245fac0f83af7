"""The pay link, and the events of the provider: found by our own ids, and applied once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from handlers.gateways.payments.base import (
    CheckoutAtProvider,
    CheckoutStatus,
    Order,
    PaymentEvent,
    PaymentEventKind,
)
from handlers.payments import payment_events
from handlers.payments.checkout import NothingToPay, StillComing, TryLater, checkout_url
from handlers.tables import payment_events as table
from scheduling.people import visit_links
from scheduling.policy.lifecycle import Move
from scheduling.policy.visit_state import State
from scheduling.policy.vocabulary import LinkPurpose
from scheduling.storage.tables import checkouts
from scheduling.visits.visit import Visit
from tests.handlers.line import DOWN, Line
from tests.scheduling.kit import MONDAY, SUNDAY, TANYA, at_once


@pytest.fixture
def visit(line: Line) -> Visit:
    found = line.record.approved()
    line.work()
    return found


def link(line: Line, visit: Visit, purpose: LinkPurpose = LinkPurpose.PAY) -> str:
    return line.record.run(lambda tx: visit_links.mint(tx, visit.id, visit.visitor_id, purpose, now=line.now))


def press(line: Line, visit: Visit) -> str:
    return checkout_url(line.deps, link(line, visit), correlation="c")


def tell(line: Line, kind: str, event_id: str = "evt_1", **more: Any) -> str:
    event = PaymentEvent("stripe", event_id, PaymentEventKind(kind), **more)
    outcome = payment_events.apply(line.deps, event, correlation="c")
    line.work()
    return outcome


def the_checkout(line: Line) -> Any:
    return line.record.rows(checkouts)[-1]


def test_pressing_twice_and_on_two_phones_gives_the_same_page(line: Line, visit: Visit) -> None:
    first = press(line, visit)
    assert press(line, visit) == first
    assert at_once(*[lambda: press(line, visit)] * 3) == [first] * 3
    assert len(line.record.rows(checkouts)) == 1
    assert len({order.key for order in line.bank.orders}) == 1


def test_first_pressed_on_two_phones_at_once_it_is_one_order(line: Line, visit: Visit) -> None:
    pages = at_once(*[lambda: press(line, visit)] * 3)
    assert len(set(map(str, pages))) == 1
    assert len({order.key for order in line.bank.orders}) == 1
    assert the_checkout(line).state == "open"


def test_the_order_says_what_it_is_for_and_where_to_come_back_to(line: Line, visit: Visit) -> None:
    token = link(line, visit)
    checkout_url(line.deps, token, correlation="c")
    (order,) = line.bank.orders
    assert (order.amount, order.currency, order.reference) == (270, "usd", visit.reference)
    assert order.return_url == f"http://127.0.0.1:8000/p/{token}"
    assert "Marcus" in order.name
    assert "Johnson" not in order.name


def test_a_checkout_that_expired_before_pay_by_is_replaced(line: Line, visit: Visit) -> None:
    first = press(line, visit)
    line.bank.known[the_checkout(line).provider_id] = CheckoutAtProvider(CheckoutStatus.EXPIRED)
    assert press(line, visit) != first
    assert [row.state for row in line.record.rows(checkouts)] == ["expired", "open"]


def test_a_payment_whose_event_was_lost_is_found_when_somebody_presses_again(line: Line, visit: Visit) -> None:
    press(line, visit)
    line.bank.known[the_checkout(line).provider_id] = CheckoutAtProvider(CheckoutStatus.PAID, payment="pi_9")
    with pytest.raises(NothingToPay):
        press(line, visit)
    assert line.record.fresh(visit).state is State.CONFIRMED
    assert tell(line, "paid", checkout=the_checkout(line).provider_id, payment="pi_9", amount=270) == "known"
    assert line.record.net(visit) == 270


def test_a_bank_that_is_down_charged_nothing(line: Line, visit: Visit) -> None:
    line.bank.down = DOWN
    with pytest.raises(TryLater):
        press(line, visit)
    line.bank.down = None
    press(line, visit)
    assert [order.key for order in line.bank.orders] == [f"visit-{visit.id}-checkout-1"]


@pytest.mark.parametrize("when", ["after pay-by", "moving", "cancelled", "paid"])
def test_where_no_money_is_taken_nothing_is_opened(line: Line, visit: Visit, when: str) -> None:
    if when == "after pay-by":
        line.at(visit.deadline or MONDAY)
    elif when == "moving":
        line.record.ask_move_to(visit, SUNDAY)
    elif when == "cancelled":
        line.record.give_up(visit)
    else:
        line.record.pay(visit)
    with pytest.raises(NothingToPay):
        press(line, visit)
    assert line.bank.orders == []


def test_a_join_link_pays_for_nothing_and_a_revoked_one_neither(line: Line, visit: Visit) -> None:
    with pytest.raises(NothingToPay):
        checkout_url(line.deps, link(line, visit, LinkPurpose.JOIN), correlation="c")
    token = link(line, visit)
    line.record.run(lambda tx: visit_links.revoke(tx, visit.id, visit.visitor_id, now=line.now))
    for each in (token, "A" * 22):
        with pytest.raises(NothingToPay):
            checkout_url(line.deps, each, correlation="c")


def test_an_event_is_applied_once_and_its_outcome_kept(line: Line, visit: Visit) -> None:
    press(line, visit)
    paid = {"checkout": the_checkout(line).provider_id, "payment": "pi_1", "amount": 270}
    assert tell(line, "paid", **paid) == "confirmed"
    assert tell(line, "paid", **paid) == "repeated"
    assert tell(line, "paid", "evt_2", **paid) == "known"
    assert [(row.event_id, row.outcome) for row in line.record.rows(table)] == [
        ("evt_1", "confirmed"), ("evt_2", "known"),
    ]  # fmt: skip
    assert sum("/j/" in text for text in line.sms.to(TANYA)) == 1


def test_an_event_is_found_by_the_key_of_our_order(line: Line, visit: Visit) -> None:
    press(line, visit)
    outcome = tell(line, "paid", order=line.bank.orders[0].key, payment="pi_1", amount=270)
    assert outcome == "confirmed"


def test_events_that_are_not_ours_are_unknown(line: Line) -> None:
    assert tell(line, "paid", checkout="cs_of_somebody_else", payment="pi_1", amount=270) == "unknown"
    assert tell(line, "paid", "evt_2", payment="pi_1", amount=270) == "unknown"
    assert tell(line, "refund_done", "evt_3", refund="re_1") == "unknown"


def test_a_declined_card_gets_a_text_and_the_place_stays(line: Line, visit: Visit) -> None:
    press(line, visit)
    before = len(line.sms.to(TANYA))
    assert tell(line, "failed", checkout=the_checkout(line).provider_id) == "declined"
    assert tell(line, "failed", checkout=the_checkout(line).provider_id) == "repeated"
    assert len(line.sms.to(TANYA)) == before + 1
    assert "/p/" in line.sms.to(TANYA)[-1]
    assert line.record.fresh(visit).state is State.APPROVED


def test_a_card_declined_after_the_visit_was_paid_sends_no_text(line: Line, visit: Visit) -> None:
    press(line, visit)
    checkout = the_checkout(line).provider_id
    tell(line, "paid", checkout=checkout, payment="pi_1", amount=270)
    before = len(line.sms.to(TANYA))
    tell(line, "failed", "evt_2", checkout=checkout)
    assert len(line.sms.to(TANYA)) == before


@pytest.mark.parametrize("late", [False, True])
def test_a_payment_too_many_goes_back_and_the_family_hears_why(line: Line, visit: Visit, late: bool) -> None:
    press(line, visit)
    checkout = the_checkout(line).provider_id
    if late:
        line.at((visit.deadline or MONDAY) + timedelta(minutes=1))
        line.work()
    else:
        tell(line, "paid", checkout=checkout, payment="pi_1", amount=270)
    before = len(line.sms.to(TANYA))
    outcome = tell(line, "paid", "evt_2", checkout=checkout, payment="pi_2", amount=270)
    assert outcome == ("late" if late else "second")
    assert [(payment, amount) for payment, amount, _ in line.bank.refunds] == [("pi_2", 270)]
    (told,) = line.sms.to(TANYA)[before:]
    assert "$2.70" in told


def test_an_expired_checkout_is_closed_and_another_can_be_opened(line: Line, visit: Visit) -> None:
    press(line, visit)
    assert tell(line, "expired", checkout=the_checkout(line).provider_id) == "expired"
    press(line, visit)
    assert [row.state for row in line.record.rows(checkouts)] == ["expired", "open"]


def test_a_refund_that_fails_at_the_bank_later_can_be_seen(line: Line, visit: Visit) -> None:
    gone = line.record.give_up(line.record.pay(visit))
    line.work()
    (refund,) = line.bank.refunds
    assert tell(line, "refund_failed", refund=f"re_{refund[2]}") == "refund failed"
    assert line.record.net(gone) == 270


class SlowBank:
    """Runs `meanwhile` while the bank answers."""

    def __init__(self, line: Line, meanwhile: Callable[[], object]) -> None:
        self._open = line.bank.open
        self._meanwhile = meanwhile

    def __call__(self, order: Order) -> tuple[str, str]:
        answer = self._open(order)
        self._meanwhile()
        return answer


def test_nobody_is_sent_to_pay_when_pay_by_passes_while_the_bank_answers(line: Line, visit: Visit) -> None:
    assert visit.deadline is not None
    pay_by = visit.deadline

    def over() -> None:
        line.at(pay_by)
        line.work()

    line.at(pay_by - timedelta(seconds=3))
    line.bank.open = SlowBank(line, over)  # type: ignore[method-assign]
    with pytest.raises(NothingToPay):
        press(line, visit)
    assert line.record.fresh(visit).state is State.UNPAID
    assert line.bank.expired == [the_checkout(line).provider_id]
    assert the_checkout(line).state == "expired"


@pytest.mark.parametrize("who", ["family", "facility"])
def test_a_top_up_cannot_be_paid_for_a_visit_that_was_cancelled(line: Line, who: str) -> None:
    topping = line.record.topping_up()
    line.work()
    press(line, topping)
    if who == "family":
        line.record.give_up(topping)
    else:
        line.record.moved(topping, Move.FACILITY_CANCEL)
    line.work()
    assert line.bank.expired == [the_checkout(line).provider_id]
    assert the_checkout(line).state == "expired"


def test_while_the_money_is_on_its_way_no_other_checkout_is_opened(line: Line, visit: Visit) -> None:
    press(line, visit)
    line.bank.known[the_checkout(line).provider_id] = CheckoutAtProvider(CheckoutStatus.PENDING)
    with pytest.raises(StillComing):
        press(line, visit)
    assert [row.state for row in line.record.rows(checkouts)] == ["open"]
    tell(line, "paid", checkout=the_checkout(line).provider_id, payment="pi_1", amount=270)
    assert line.record.fresh(visit).state is State.CONFIRMED
