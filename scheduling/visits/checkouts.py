"""Checkouts and payments: the amount due, the one open checkout of a visit, and the effect of a payment.

A payment that a provider reports is applied once, however often and in whatever order the reports arrive.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from scheduling.policy.ids import VisitId
from scheduling.policy.lifecycle import Move, find_transition
from scheduling.policy.visit_state import PAYABLE, State
from scheduling.policy.vocabulary import ActorKind, CheckoutState, EntryKind, EntryState, PaymentResult
from scheduling.storage.database import Tx, insert, insert_or_ignore, lock
from scheduling.storage.tables import checkouts, ledger, visits
from scheduling.visits import transition
from scheduling.visits.ledger import net_paid, refund
from scheduling.visits.transition import Actor
from scheduling.visits.visit import Visit, get


@dataclass(frozen=True, slots=True)
class Checkout:
    """An attempt to pay at a provider. `provider_id` and `url` are None until the provider has answered."""

    id: int
    visit_id: VisitId
    revision: int
    number: int
    provider: str
    provider_id: str | None
    url: str | None
    amount: int
    currency: str
    state: CheckoutState

    @property
    def idempotency_key(self) -> str:
        """The same for every attempt to open this checkout, so that the provider opens it once."""
        return f"visit-{self.visit_id}-checkout-{self.number}"


def due(tx: Tx, visit: Visit) -> int:
    """The amount to pay by the pay link now, in minor units; 0 when nothing is due."""
    if visit.state not in PAYABLE:
        return 0
    price = visit.new_price if visit.state is State.TOPPING_UP and visit.new_price is not None else visit.price
    return max(0, price - net_paid(tx, visit.id))


def open_checkout(tx: Tx, visit: Visit, provider: str, *, now: datetime) -> Checkout:
    """The one open checkout of the visit for the amount due now, created if needed. ValueError when nothing is due."""
    lock(tx, visits, {visit.id})  # when two phones press at once, both get the same checkout
    amount = due(tx, visit)
    if amount <= 0:
        raise ValueError("nothing is due")
    mine = checkouts.c.visit_id == visit.id
    for row in tx.execute(
        sa.select(checkouts).where(mine & checkouts.c.state.in_((CheckoutState.OPENING, CheckoutState.OPEN)))
    ).mappings():
        if row["amount"] == amount and row["provider"] == provider and row["revision"] == visit.revision:
            return _checkout(row)
    last = tx.execute(sa.select(sa.func.coalesce(sa.func.max(checkouts.c.number), 0)).where(mine)).scalar_one()
    fields = {
        "visit_id": visit.id,
        "revision": visit.revision,
        "number": last + 1,
        "provider": provider,
        "amount": amount,
    }
    made = insert(tx, checkouts, **fields, currency=visit.currency, state=CheckoutState.OPENING, created_at=now)
    return _checkout(tx.execute(sa.select(checkouts).where(checkouts.c.id == made)).mappings().one())


def opened(tx: Tx, checkout: Checkout, provider_id: str, url: str) -> bool:
    """Store what the provider answered. False when the checkout expired meanwhile, so that nobody may be sent to its page."""
    mine = checkouts.c.id == checkout.id
    # When two phones open it at once, the second answer may arrive after the payment.
    unknown = mine & checkouts.c.provider_id.is_(None)
    tx.execute(sa.update(checkouts).where(unknown).values(provider_id=provider_id, url=url))
    tx.execute(
        sa.update(checkouts).where(mine & (checkouts.c.state == CheckoutState.OPENING)).values(state=CheckoutState.OPEN)
    )
    return bool(tx.execute(sa.select(checkouts.c.state).where(mine)).scalar_one() != CheckoutState.EXPIRED)


def abandon_opening(tx: Tx, checkout: Checkout) -> None:
    """Expire a checkout whose key the provider will never answer; the next one has another key. An open one stays open."""
    mine = (checkouts.c.id == checkout.id) & (checkouts.c.state == CheckoutState.OPENING)
    tx.execute(sa.update(checkouts).where(mine).values(state=CheckoutState.EXPIRED))


def close_checkout(tx: Tx, provider_id: str, state: CheckoutState) -> Checkout | None:
    """Mark a checkout as expired or paid. None when the provider's id is unknown."""
    here = checkouts.c.provider_id == provider_id
    tx.execute(sa.update(checkouts).where(here & (checkouts.c.state != CheckoutState.PAID)).values(state=state))
    return checkout_of(tx, provider_id)


def checkout_of(tx: Tx, provider_id: str) -> Checkout | None:
    """The checkout with this id of the provider."""
    row = tx.execute(sa.select(checkouts).where(checkouts.c.provider_id == provider_id)).mappings().first()
    return None if row is None else _checkout(row)


def by_key(tx: Tx, key: str) -> Checkout | None:
    """The checkout with this idempotency key."""
    parts = key.split("-")
    if len(parts) != 4 or not (parts[1].isdigit() and parts[3].isdigit()):
        return None
    mine = (checkouts.c.visit_id == int(parts[1])) & (checkouts.c.number == int(parts[3]))
    row = tx.execute(sa.select(checkouts).where(mine)).mappings().first()
    return None if row is None else _checkout(row)


def stale_checkouts(tx: Tx, visit: Visit) -> list[Checkout]:
    """Open checkouts for an amount that is not due any more, which the caller must close at the provider.

    A checkout that the provider is just opening is expired here. `opened` then returns False, and nobody is sent to it.
    """
    due_now = (checkouts.c.amount == due(tx, visit)) & (checkouts.c.revision == visit.revision)
    stale = (checkouts.c.visit_id == visit.id) & ~due_now
    tx.execute(
        sa.update(checkouts)
        .where(stale & (checkouts.c.state == CheckoutState.OPENING))
        .values(state=CheckoutState.EXPIRED)
    )
    rows = tx.execute(sa.select(checkouts).where(stale & (checkouts.c.state == CheckoutState.OPEN))).mappings()
    return [_checkout(row) for row in rows]


def _checkout(row: sa.RowMapping) -> Checkout:
    return Checkout(**{name: row[name] for name in Checkout.__slots__} | {"state": CheckoutState(row["state"])})


def apply_payment(
    tx: Tx, checkout: Checkout, payment: str, amount: int, *, now: datetime, correlation: str | None = None
) -> PaymentResult:
    """Apply a payment of `amount` for this checkout, once, although the provider may report it several times.

    Refunds a payment that is not needed, and what is paid above the price.
    """
    charge = {
        "visit_id": checkout.visit_id, "kind": EntryKind.CHARGE, "amount": amount, "currency": checkout.currency,
        "provider": checkout.provider, "reference": payment, "state": EntryState.DONE, "reason": "checkout", "at": now,
    }  # fmt: skip
    lock(tx, visits, {checkout.visit_id})  # with two payments at once, the second sees that the first was enough
    if insert_or_ignore(tx, ledger, [charge]) == 0:
        return PaymentResult.KNOWN
    expired = (
        tx.execute(sa.select(checkouts.c.state).where(checkouts.c.id == checkout.id)).scalar_one()
        == CheckoutState.EXPIRED
    )
    tx.execute(sa.update(checkouts).where(checkouts.c.id == checkout.id).values(state=CheckoutState.PAID))
    visit = get(tx, checkout.visit_id)
    owed = visit.new_price if visit.state is State.TOPPING_UP and visit.new_price is not None else visit.price
    if find_transition(visit.state, Move.PAY) is not None and net_paid(tx, visit.id) >= owed:
        surplus = net_paid(tx, visit.id) - owed
        transition.apply(tx, visit, Move.PAY, actor=Actor(ActorKind.PAYMENT, correlation=correlation), now=now)
        if surplus:
            refund(tx, visit.id, surplus, "surplus", now=now, correlation=correlation)
        return PaymentResult.CONFIRMED
    refund(tx, visit.id, amount, "not_needed", now=now, correlation=correlation, payment=payment)
    late = not visit.live or (expired and not _replaced(tx, checkout))
    return PaymentResult.LATE if late else PaymentResult.SECOND


def _replaced(tx: Tx, checkout: Checkout) -> bool:
    """Whether the amount of this checkout was paid at another one."""
    others = (checkouts.c.visit_id == checkout.visit_id) & (checkouts.c.id != checkout.id)
    paid = others & (checkouts.c.revision == checkout.revision) & (checkouts.c.state == CheckoutState.PAID)
    return tx.execute(sa.select(checkouts.c.id).where(paid).limit(1)).first() is not None
