"""Each refund has an idempotency key of its own, and is looked up at the provider before it is asked for again."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from handlers.gateways.payments.base import GatewayRefused, KeyReused, RefundAtProvider
from scheduling.policy.vocabulary import EntryState
from scheduling.storage.tables import ledger
from scheduling.visits.visit import Visit
from tests.handlers.line import DOWN, Line
from tests.scheduling.kit import TANYA


def the_refund(line: Line) -> Any:
    (back,) = (row for row in line.record.rows(ledger) if row.kind == "refund")
    return back


class Stripe:
    """The bank behaves as Stripe does: a key serves one refund and is forgotten after a day, refunds are listed forever."""

    def __init__(self, line: Line, *, keys: tuple[str, ...] = (), loses: int = 0) -> None:
        self.keys, self.loses, self.made = set(keys), loses, list[tuple[str, str]]()
        line.bank.refund = self.refund  # type: ignore[method-assign]
        line.bank.find_refund = self.find_refund  # type: ignore[method-assign]

    def refund(self, payment: str, amount: int, key: str, metadata: Mapping[str, str]) -> RefundAtProvider:
        assert amount == 270
        assert metadata["ledger"]
        if key in self.keys:
            raise KeyReused("idempotency_error")
        if any(of == payment for of, _ in self.made):
            raise GatewayRefused("charge_already_refunded")
        self.keys.add(key)
        self.made.append((payment, key))
        if self.loses:
            self.loses -= 1
            raise DOWN
        return RefundAtProvider(f"re_{len(self.made)}", EntryState.DONE)

    def find_refund(self, payment: str, key: str) -> RefundAtProvider | None:
        return RefundAtProvider("re_1", EntryState.DONE) if (payment, key) in self.made else None


def cancelled(line: Line) -> Visit:
    return line.record.give_up(line.record.confirmed())


def told(line: Line) -> list[str]:
    return [text for text in line.sms.to(TANYA) if "could not go back" in text]


def test_no_two_databases_have_the_same_key(line: Line) -> None:
    cancelled(line)
    line.work()
    (_, _, key) = line.bank.refunds[0]
    assert key == the_refund(line).key
    assert len(key) > len("refund-") + 20


def test_a_key_that_somebody_else_used_is_replaced_and_the_money_goes_back(line: Line) -> None:
    line.record.settle(cancelled(line))
    with line.record.db.begin() as tx:  # as stored by a version before there were keys: known by its number
        tx.execute(sa.update(ledger).where(ledger.c.kind == "refund").values(key=None))
    bank = Stripe(line, keys=(f"refund-{the_refund(line).id}",))
    line.work()
    assert (the_refund(line).state, told(line)) == ("pending", [])
    line.wait(1)
    line.work()
    assert (the_refund(line).state, told(line)) == ("done", [])
    assert len(bank.made) == 1


def test_an_answer_lost_for_two_days_is_one_refund(line: Line) -> None:
    cancelled(line)
    bank = Stripe(line, loses=1)
    line.work()
    bank.keys.clear()  # more than a day later Stripe knows no key of ours
    line.wait(48 * 60)
    line.work()
    assert (the_refund(line).state, the_refund(line).provider_id, told(line)) == ("done", "re_1", [])
    assert len(bank.made) == 1


def test_a_key_used_for_this_very_refund_is_its_answer(line: Line) -> None:
    line.record.settle(cancelled(line))
    bank = Stripe(line)
    bank.keys.add(the_refund(line).key)
    bank.made.append(("pi_1", the_refund(line).key))  # done, and then the database was restored to a minute before
    line.work()
    assert (the_refund(line).state, the_refund(line).provider_id) == ("done", "re_1")
    assert len(bank.made) == 1
