"""The ledger: charges and refunds.

A refund is decided here and executed by an outbox job that names its row.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from scheduling.policy.ids import VisitId
from scheduling.policy.job_payloads import JobKind, RefundJob
from scheduling.policy.vocabulary import EntryKind, EntryState
from scheduling.storage import outbox
from scheduling.storage.database import Tx, insert
from scheduling.storage.outbox import Priority
from scheduling.storage.tables import ledger, visits

_CORRECTIONS = ("not_needed", "surplus", "moved")
"""Reasons of refunds that correct an overpayment and are not refunds of the price."""


@dataclass(frozen=True, slots=True)
class Charge:
    """A payment, with the amount that is left of it after refunds."""

    reference: str
    provider: str
    currency: str
    at: datetime
    left: int


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund by its row in the ledger; `amount` in minor units. `key` is its idempotency key at the provider: the same for
    every attempt, and unique across databases."""

    id: int
    visit_id: VisitId
    amount: int
    currency: str
    key: str


def _visits_paid_together(tx: Tx, visit_id: VisitId, *, given_away: bool = False) -> list[int]:
    """The visit and those whose money pays for it. Empty while its own money pays for another visit, unless `given_away`
    asks for the history."""
    if not given_away and tx.execute(sa.select(visits.c.id).where(visits.c.carries == visit_id)).first() is not None:
        return []
    found, carries = [int(visit_id)], visits.c.carries
    while (before := tx.execute(sa.select(carries).where(visits.c.id == found[-1])).scalar()) is not None:
        found.append(int(before))
    return found


def _of(tx: Tx, visit_id: VisitId, *, given_away: bool = False) -> sa.ColumnElement[bool]:
    return ledger.c.visit_id.in_(_visits_paid_together(tx, visit_id, given_away=given_away))


def net_paid(tx: Tx, visit_id: VisitId) -> int:
    """Charges less refunds of a visit in minor units. Pending refunds count as refunded. Credit that pays for the visit is
    its own, and no longer belongs to the visit it was charged for."""
    signed = sa.case((ledger.c.kind == EntryKind.CHARGE, ledger.c.amount), else_=-ledger.c.amount)
    mine = _of(tx, visit_id) & (ledger.c.state != EntryState.FAILED)
    return int(tx.execute(sa.select(sa.func.coalesce(sa.func.sum(signed), 0)).where(mine)).scalar_one())


def paid_at(tx: Tx, visit_id: VisitId) -> datetime | None:
    """When the last payment arrived that was not refunded entirely."""
    return max((charge.at for charge in _charges(tx, visit_id) if charge.left > 0), default=None)


def paid_total(tx: Tx, visit_id: VisitId) -> int:
    """What was paid for the visit: charges less corrections of overpayments. Refunds of the price are not subtracted."""
    signed = sa.case((ledger.c.kind == EntryKind.CHARGE, ledger.c.amount), else_=-ledger.c.amount)
    mine = _of(tx, visit_id, given_away=True) & (
        (ledger.c.kind == EntryKind.CHARGE) | ledger.c.reason.in_(_CORRECTIONS)
    )
    return int(tx.execute(sa.select(sa.func.coalesce(sa.func.sum(signed), 0)).where(mine)).scalar_one())


def refund_for_move(tx: Tx, visit_id: VisitId, price: int, since: datetime) -> int:
    """What a move at `since` to a time of this price refunds, whether the refund is entered already or not yet."""
    moved = (ledger.c.visit_id == visit_id) & (ledger.c.reason == "moved") & (ledger.c.at >= since)
    decided = tx.execute(sa.select(sa.func.coalesce(sa.func.sum(ledger.c.amount), 0)).where(moved)).scalar_one()
    return int(decided) + max(0, net_paid(tx, visit_id) - price)


def refund(
    tx: Tx,
    visit_id: VisitId,
    amount: int,
    reason: str,
    *,
    now: datetime,
    correlation: str | None = None,
    payment: str | None = None,
) -> None:
    """Decide a refund, newest payment first, with one ledger row and one job per payment. With `payment`, only that payment
    is refunded, whichever visit its money pays for by now."""
    charges = _charges(tx, visit_id, given_away=payment is not None)
    for charge in reversed([each for each in charges if payment in (None, each.reference)]):
        part = min(amount, charge.left)
        if part <= 0:
            continue
        amount -= part
        mine = _of(tx, visit_id, given_away=payment is not None)
        number = tx.execute(sa.select(sa.func.count()).select_from(ledger).where(mine)).scalar_one()
        made = insert(
            tx, ledger, visit_id=visit_id, kind=EntryKind.REFUND, amount=part, currency=charge.currency,
            provider=charge.provider, reference=f"{charge.reference}#{number}", state=EntryState.PENDING, reason=reason,
            at=now, key=_fresh_key(),
        )  # fmt: skip
        payload = RefundJob(made, charge.reference, part)
        outbox.enqueue(
            tx,
            JobKind.REFUND,
            payload,
            now=now,
            key=f"refund:{made}",
            priority=Priority.DEADLINE,
            correlation=correlation,
        )


def _charges(tx: Tx, visit_id: VisitId, *, given_away: bool = False) -> list[Charge]:
    mine = _of(tx, visit_id, given_away=given_away)
    rows = tx.execute(sa.select(ledger).where(mine).order_by(ledger.c.id)).all()
    back: dict[str, int] = {}
    for row in rows:
        if row.kind == EntryKind.REFUND and row.state != EntryState.FAILED:
            payment = row.reference.rpartition("#")[0]
            back[payment] = back.get(payment, 0) + row.amount
    return [
        Charge(row.reference, row.provider, row.currency, row.at, row.amount - back.get(row.reference, 0))
        for row in rows
        if row.kind == EntryKind.CHARGE
    ]


def find_refund(tx: Tx, provider_id: str, *, ledger_id: int | None = None, payment: str | None = None) -> Refund | None:
    """A refund by the provider's id, or by the id of our row: the provider may report it before its answer is stored.

    The id of our row is accepted only when the row has no other id of the provider and belongs to that payment.
    """
    refunds = sa.select(ledger).where(ledger.c.kind == EntryKind.REFUND)
    row = tx.execute(refunds.where(ledger.c.provider_id == provider_id)).mappings().first()
    if row is None and ledger_id is not None:
        row = tx.execute(refunds.where((ledger.c.id == ledger_id) & ledger.c.provider_id.is_(None))).mappings().first()
        if row is not None and payment is not None and row["reference"].rpartition("#")[0] != payment:
            return None
    return None if row is None else _refund(row)


def refund_of(tx: Tx, ledger_id: int) -> Refund:
    """The refund in a ledger row."""
    mine = (ledger.c.id == ledger_id) & (ledger.c.kind == EntryKind.REFUND)
    return _refund(tx.execute(sa.select(ledger).where(mine)).mappings().one())


def new_key(tx: Tx, ledger_id: int) -> None:
    """Give a refund a new key because the provider uses its key for something else."""
    tx.execute(sa.update(ledger).where(ledger.c.id == ledger_id).values(key=_fresh_key()))


def _fresh_key() -> str:
    return f"refund-{secrets.token_hex(12)}"


def _refund(row: sa.RowMapping) -> Refund:
    # Rows from before keys existed were sent to the provider with their id as key.
    key = row["key"] or f"refund-{row['id']}"
    return Refund(row["id"], VisitId(row["visit_id"]), row["amount"], row["currency"], key)


def refund_settled(tx: Tx, ledger_id: int, state: EntryState, provider_id: str | None) -> bool:
    """Store the state of a refund. False when it is not new.

    Reports may arrive in any order: failed is final, and a refund never becomes pending again.
    """
    mine = (ledger.c.id == ledger_id) & (ledger.c.kind == EntryKind.REFUND)
    if provider_id is not None:
        tx.execute(sa.update(ledger).where(mine).values(provider_id=provider_id))
    before = {EntryState.DONE: (EntryState.PENDING,), EntryState.FAILED: (EntryState.PENDING, EntryState.DONE)}.get(
        state, ()
    )
    return tx.execute(sa.update(ledger).where(mine & ledger.c.state.in_(before)).values(state=state)).rowcount == 1
