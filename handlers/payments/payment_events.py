"""Applies the events of a payment provider: paid, declined, expired, refunded.

An event counts only if our own ids find what it is about. Each is applied once, however often it is reported.
"""

import logging
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.texts import say
from bot.wording import Money
from handlers.deps import Deps
from handlers.gateways.payments.base import PaymentEvent, PaymentEventKind
from handlers.messaging import text_facts
from handlers.messaging.sending import OutboundText, queue
from handlers.tables import payment_events
from handlers.work import Work, run
from scheduling import queries
from scheduling.policy.deadlines import out_of_quiet
from scheduling.policy.ids import VisitId
from scheduling.policy.visit_state import PAYABLE
from scheduling.policy.vocabulary import CheckoutState, EntryState, LinkPurpose, PaymentResult
from scheduling.storage.database import Tx, insert_or_ignore
from scheduling.visits import checkouts, ledger
from scheduling.visits.checkouts import Checkout
from scheduling.visits.ledger import Refund

log = logging.getLogger(__name__)
FAILED_REFUND_NOTICE_LIFETIME = timedelta(days=2)
"""How long the text that a refund failed may wait to be sent."""


def apply(deps: Deps, event: PaymentEvent, *, correlation: str) -> str:
    """Apply one event. Returns the outcome for the log: what it did, "repeated", or "unknown" if it is not about us."""

    def transact(work: Work) -> str:
        row = {
            "provider": event.provider, "event_id": event.event_id, "kind": event.kind, "at": work.now,
            "outcome": "", "correlation": correlation,
        }  # fmt: skip
        if insert_or_ignore(work.tx, payment_events, [row]) == 0:
            return "repeated"
        outcome = _apply(work, event)
        mine = (payment_events.c.provider == event.provider) & (payment_events.c.event_id == event.event_id)
        work.tx.execute(sa.update(payment_events).where(mine).values(outcome=outcome))
        return outcome

    outcome = run(deps, transact, correlation=correlation)
    deps.wakeups.notify_workers()
    return outcome


def _apply(work: Work, event: PaymentEvent) -> str:
    if event.kind in (PaymentEventKind.REFUND_DONE, PaymentEventKind.REFUND_FAILED):
        return _refunded(work, event)
    tx = work.tx
    checkout = checkouts.checkout_of(tx, event.checkout) if event.checkout else checkouts.by_key(tx, event.order or "")
    if checkout is None:
        return "unknown"
    if event.kind is PaymentEventKind.EXPIRED:
        checkouts.close_checkout(tx, checkout.provider_id or "", CheckoutState.EXPIRED)
        return "expired"
    if event.kind is PaymentEventKind.FAILED:
        _declined(work, checkout, event)
        return "declined"
    return paid(work, checkout, event.payment or event.event_id, event.amount)


def _refunded(work: Work, event: PaymentEvent) -> str:
    found = None
    if event.refund is not None:
        found = ledger.find_refund(work.tx, event.refund, ledger_id=event.ledger, payment=event.payment)
    if found is None:
        return "unknown"
    state = EntryState.DONE if event.kind is PaymentEventKind.REFUND_DONE else EntryState.FAILED
    settle_refund(work, found, state, event.refund)
    return f"refund {state}"


def settle_refund(work: Work, refund: Refund, state: EntryState, provider_id: str | None) -> None:
    """Record that a refund is done, pending or failed. A failure is reported once, to operators and to the family."""
    if not ledger.refund_settled(work.tx, refund.id, state, provider_id) or state is not EntryState.FAILED:
        return
    log.error(
        "refund %s of visit %s failed: %s %s are owed", refund.id, refund.visit_id, refund.amount, refund.currency
    )
    details = queries.by_id(work.tx, refund.visit_id)
    if details is not None:
        now = work.now
        due = out_of_quiet(now, details.facility)
        price = Money(refund.amount, refund.currency)
        _notify(
            work, refund.visit_id, "refund_failed", f"refund_failed:{refund.id}", due=due,
            until=due + FAILED_REFUND_NOTICE_LIFETIME, price=price,
        )  # fmt: skip


def paid(work: Work, checkout: Checkout, payment: str, amount: int) -> str:
    """Apply a payment: the visit is confirmed, or the payment is refunded and the family is told why."""
    outcome = checkouts.apply_payment(work.tx, checkout, payment, amount, now=work.now, correlation=work.correlation)
    if outcome in (PaymentResult.SECOND, PaymentResult.LATE):
        key = "second_payment_refunded" if outcome == PaymentResult.SECOND else _too_late(work.tx, checkout)
        price = Money(amount, checkout.currency)
        _notify(work, checkout.visit_id, key, f"{key}:{payment}", price=price)
    return outcome


def _too_late(tx: Tx, checkout: Checkout) -> str:
    """The text about a payment after pay-by. If it was the difference for a move, the visit stands as it was."""
    details = queries.by_id(tx, checkout.visit_id)
    return "top_up_too_late" if details is not None and details.visit.live else "paid_too_late"


def _declined(work: Work, checkout: Checkout, event: PaymentEvent) -> None:
    """Tell the family that a card was declined. The place is still held, and anybody may pay with the link."""
    details = queries.by_id(work.tx, checkout.visit_id)
    if details is not None and details.visit.state in PAYABLE:
        link = text_facts.link(work, details.visit, LinkPurpose.PAY)
        _notify(work, checkout.visit_id, "card_declined", f"declined:{event.event_id}", link=link)


def _notify(
    work: Work,
    visit_id: VisitId,
    about: str,
    key: str,
    *,
    due: datetime | None = None,
    until: datetime | None = None,
    **more: object,
) -> None:
    details = queries.by_id(work.tx, visit_id)
    if details is None:
        return
    lang = text_facts.language(work.tx, details)
    words = say(about, lang, **(text_facts.of_visit(details, lang, work.now) | more))
    text = OutboundText(text_facts.address_of(details.visit), about, words, visit=details.visit.id)
    queue(work, text, due=due, until=until, key=key)
