"""What the pay link leads to: the visit's one open checkout at the provider, opened when there is none."""

from bot.texts import say
from handlers.deps import Deps
from handlers.gateways.payments.base import (
    CheckoutAtProvider,
    CheckoutStatus,
    GatewayDown,
    GatewayRefused,
    KeyReused,
    Order,
)
from handlers.messaging import text_facts
from handlers.payments.payment_events import paid
from handlers.work import Work, run
from scheduling import queries
from scheduling.policy.ids import VisitId
from scheduling.policy.job_payloads import VisitJob
from scheduling.policy.vocabulary import CheckoutState, LinkPurpose
from scheduling.queries import VisitDetails
from scheduling.storage import outbox
from scheduling.storage.outbox import Job
from scheduling.visits import checkouts
from scheduling.visits.checkouts import Checkout
from scheduling.visits.visit import get

MAX_CHECKOUTS_TRIED = 3


class NothingToPay(Exception):
    """The visit behind the link takes no payment now; its page says why."""


class StillComing(NothingToPay):
    """The payer is done, but the money has not arrived yet: nothing more is to be paid meanwhile."""


class TryLater(Exception):
    """The payment provider did not answer; nothing was charged."""


def checkout_url(deps: Deps, token: str, *, correlation: str) -> str:
    """The hosted page to send the payer to. Pressing the link twice, or on two phones, gives the same page.

    Raises NothingToPay and TryLater. A checkout is replaced when the provider expired it before pay-by. It is also replaced
    when the provider knows its key from another order: the answer to that one was lost, and it was opened from another
    link, which has another return address.
    """
    for _ in range(MAX_CHECKOUTS_TRIED):
        details, checkout = run(deps, lambda work: _open_checkout(work, token), correlation=correlation)
        url = _at_provider(deps, details, checkout, token, correlation)
        if url is not None:
            return url
    raise TryLater


def _open_checkout(work: Work, token: str) -> tuple[VisitDetails, Checkout]:
    view = queries.by_link(work.tx, token, LinkPurpose.PAY, now=work.now)
    if view is None or view.revoked or work.deps.payments is None:
        raise NothingToPay
    # Locked: the amount due must not change until the checkout is open.
    details = queries.details(work.tx, get(work.tx, view.details.visit.id, lock=True))
    late = details.visit.deadline is not None and details.visit.deadline <= work.now
    if details.due <= 0 or late:
        raise NothingToPay
    return details, checkouts.open_checkout(work.tx, details.visit, work.deps.payments.name, now=work.now)


def _at_provider(deps: Deps, details: VisitDetails, checkout: Checkout, token: str, correlation: str) -> str | None:
    """The page of this checkout; None when another must be opened in its place. No transaction is open here."""
    assert deps.payments is not None
    try:
        if checkout.provider_id is None:
            opened = deps.payments.open(_order(deps, details, checkout, token))
            if deps.db.run(lambda tx: checkouts.opened(tx, checkout, *opened)):
                return opened[1]
            # The visit stopped taking payments while the provider answered: nobody must pay at this checkout.
            deps.payments.expire(opened[0])
            return None
        found = deps.payments.state(checkout.provider_id)
    except GatewayDown as error:
        raise TryLater from error
    except KeyReused:
        deps.db.run(lambda tx: checkouts.abandon_opening(tx, checkout))
        return None
    except GatewayRefused as error:
        raise NothingToPay from error
    if found.status is CheckoutStatus.OPEN:
        return found.url
    if found.status is CheckoutStatus.PENDING:
        raise StillComing
    run(deps, lambda work: _catch_up(work, checkout, found), correlation=correlation)
    if found.status is CheckoutStatus.PAID:
        raise NothingToPay
    return None


def _catch_up(work: Work, checkout: Checkout, found: CheckoutAtProvider) -> None:
    """Apply what the provider has and we do not know yet: its webhook is late, or was lost."""
    if found.status is CheckoutStatus.PAID and found.payment is not None:
        paid(work, checkout, found.payment, checkout.amount)
    else:
        checkouts.close_checkout(work.tx, checkout.provider_id or "", CheckoutState.EXPIRED)


def _order(deps: Deps, details: VisitDetails, checkout: Checkout, token: str) -> Order:
    lang = details.visitor.language or details.facility.languages[0]
    start = text_facts.local(details.visit.wanted.start, details.facility)
    name = say("page.pay.order", lang, resident=details.resident.first_name, start=start)
    return Order(
        key=checkout.idempotency_key, name=name, amount=checkout.amount, currency=checkout.currency, language=lang,
        return_url=f"{deps.settings.url}/p/{token}", reference=details.visit.reference,
    )  # fmt: skip


def run_expiry(deps: Deps, job: Job) -> None:
    """The job that closes a visit's open checkouts. It is tried again for as long as the provider does not answer."""
    try:
        expire_checkouts(deps, job.read(VisitJob).visit)
    except (GatewayDown, GatewayRefused) as error:
        message, down = str(error), isinstance(error, GatewayDown)
        deps.db.run(lambda tx: outbox.reschedule(tx, job, now=deps.now(), error=message, lasts=down))
        return
    deps.db.run(lambda tx: outbox.mark_done(tx, job, now=deps.now()))


def expire_checkouts(deps: Deps, visit_id: VisitId) -> None:
    """Close the open checkouts of a visit that takes no payment any more, and those of its older revisions.

    Those of an older revision are never handed out again, so nobody must be able to pay at them. Raises GatewayDown.
    """
    for checkout in deps.db.run(lambda tx: checkouts.stale_checkouts(tx, get(tx, visit_id, lock=True))):
        if checkout.provider_id is not None and deps.payments is not None and deps.payments.name == checkout.provider:
            _expire(deps, checkout.provider_id)


def _expire(deps: Deps, provider_id: str) -> None:
    assert deps.payments is not None
    deps.payments.expire(provider_id)
    deps.db.run(lambda tx: checkouts.close_checkout(tx, provider_id, CheckoutState.EXPIRED))
