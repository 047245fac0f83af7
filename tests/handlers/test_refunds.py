"""Refunds: retried until the provider answers, settled in any order of events, and failures reported."""

import logging
from collections.abc import Mapping
from typing import Any

import pytest

from bot import sms
from handlers.gateways.payments.base import GatewayRefused, PaymentEvent, PaymentEventKind, RefundAtProvider
from handlers.operations import health
from handlers.payments import payment_events
from scheduling.policy.vocabulary import EntryState
from scheduling.storage import outbox
from scheduling.storage.tables import jobs, ledger
from tests.handlers.line import DOWN, Line
from tests.scheduling.kit import TANYA, minutes

DAY = 24 * 60


def waiting(line: Line, kind: str) -> list[Any]:
    return [row for row in line.record.rows(jobs) if row.kind == kind]


def the_refund(line: Line) -> Any:
    (back,) = (row for row in line.record.rows(ledger) if row.kind == "refund")
    return back


def tell(line: Line, kind: str, event_id: str = "evt_1", **more: Any) -> str:
    event = PaymentEvent("stripe", event_id, PaymentEventKind(kind), **more)
    outcome = payment_events.apply(line.deps, event, correlation="c")
    line.work()
    return outcome


def hours_pass(line: Line, hours: int) -> None:
    for _ in range(hours):
        line.wait(60)
        line.work()


def test_a_refund_waits_for_a_bank_that_is_down_for_days(line: Line) -> None:
    gone = line.record.give_up(line.record.confirmed())
    line.bank.down = DOWN
    line.work()
    hours_pass(line, 72)
    (row,) = waiting(line, "refund")
    assert (row.state, row.error) == ("queued", "no answer")
    assert row.attempts > outbox.MAX_ATTEMPTS
    assert row.due - line.now <= minutes(30)
    line.bank.down = None
    hours_pass(line, 1)
    assert [(payment, amount) for payment, amount, _ in line.bank.refunds] == [("pi_1", 270)]
    assert (the_refund(line).state, line.record.net(gone)) == ("done", 0)


def test_a_refund_outlives_an_error_of_ours_too(line: Line) -> None:
    line.record.give_up(line.record.confirmed())
    line.bank.down = RuntimeError("something of ours")
    line.work()
    hours_pass(line, 24)
    assert [row.state for row in waiting(line, "refund")] == ["queued"]
    line.bank.down = None
    hours_pass(line, 1)
    assert the_refund(line).state == "done"


@pytest.mark.parametrize("state", ["done", "failed"])
def test_the_event_of_a_refund_may_come_before_the_answer(line: Line, state: str) -> None:
    """Stripe may post its event before it answers our call. The event is found by its ledger row; the answer is ignored."""
    gone = line.record.give_up(line.record.confirmed())
    told: list[str] = []

    def refund(payment: str, amount: int, key: str, metadata: Mapping[str, str]) -> RefundAtProvider:
        kind = PaymentEventKind(f"refund_{state}")
        event = PaymentEvent("stripe", "evt_1", kind, refund="re_1", payment=payment, ledger=int(metadata["ledger"]))
        told.append(payment_events.apply(line.deps, event, correlation="c"))
        return RefundAtProvider("re_1", EntryState.PENDING)

    line.bank.refund = refund  # type: ignore[method-assign]
    line.work()
    assert told == [f"refund {state}"]
    assert (the_refund(line).state, the_refund(line).provider_id) == (state, "re_1")
    assert line.record.net(gone) == (0 if state == "done" else 270)


def test_a_ledger_row_is_accepted_only_for_its_own_payment(line: Line) -> None:
    line.record.settle(line.record.give_up(line.record.confirmed()))
    row = the_refund(line).id
    assert tell(line, "refund_failed", refund="re_x", payment="pi_of_another_server", ledger=row) == "unknown"
    line.work()
    assert tell(line, "refund_failed", "evt_2", refund="re_x", payment="pi_1", ledger=row) == "unknown"
    assert the_refund(line).state == "done"


def fails(line: Line, how: str) -> None:
    if how == "refused":
        line.bank.down = GatewayRefused("charge_disputed")
        line.work()
        return
    line.work()
    for number in range(3):  # one failure, reported by three events
        tell(line, "refund_failed", f"evt_{number}", refund=the_refund(line).provider_id)


@pytest.mark.parametrize("how", ["refused", "event"])
def test_a_refund_that_fails_is_known_to_all_who_must_know(
    line: Line, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    gone = line.record.give_up(line.record.confirmed())
    with caplog.at_level(logging.ERROR):
        fails(line, how)
        line.work()
    assert (the_refund(line).state, line.record.net(gone)) == ("failed", 270)
    assert [record for record in caplog.records if "270 usd are owed" in record.getMessage()]
    trouble = health.trouble(line.deps)
    assert (trouble.failed_refunds, trouble.any) == (1, True)
    (told,) = [text for text in line.sms.to(TANYA) if "could not go back" in text]
    for fact in ("$2.70", "Marcus", "Sat Nov 28", "1:00 PM", gone.reference, "+1 555 123 4500"):
        assert fact in told
    assert sms.segments(sms.fold(told)) <= 2


def test_a_failure_is_final_and_is_shown_for_thirty_days(line: Line) -> None:
    line.record.give_up(line.record.confirmed())
    line.work()
    refund = the_refund(line).provider_id
    tell(line, "refund_failed", "evt_1", refund=refund)
    tell(line, "refund_done", "evt_2", refund=refund)
    assert the_refund(line).state == "failed"
    line.wait(29 * DAY)
    assert health.trouble(line.deps).failed_refunds == 1
    line.wait(2 * DAY)
    assert health.trouble(line.deps).failed_refunds == 0


def test_at_night_the_family_hears_of_it_in_the_morning(line: Line) -> None:
    line.record.give_up(line.record.confirmed())
    line.work()
    line.wait(13 * 60)  # 11 PM
    told = len(line.sms.to(TANYA))
    tell(line, "refund_failed", refund=the_refund(line).provider_id)
    assert len(line.sms.to(TANYA)) == told
    line.wait(10 * 60)
    line.work()
    assert "could not go back" in line.sms.to(TANYA)[-1]
