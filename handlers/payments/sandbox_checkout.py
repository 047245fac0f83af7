"""The payment page of the sandbox: what it shows, and what its two buttons do."""

import secrets
from typing import NamedTuple

from bot.texts import say
from handlers.deps import Deps
from handlers.gateways.payments.base import PaymentEvent, PaymentEventKind
from handlers.messaging import text_facts
from handlers.payments import payment_events
from handlers.work import Work, run
from scheduling import queries
from scheduling.policy.vocabulary import CheckoutState, LinkPurpose
from scheduling.visits import checkouts


class CheckoutView(NamedTuple):
    """What the page of a sandbox checkout shows."""

    name: str
    amount: int
    currency: str
    language: str
    state: CheckoutState


def view(deps: Deps, checkout_id: str) -> CheckoutView | None:
    """A checkout as the page shows it; None when there is none with this id."""
    with deps.db.read() as tx:
        checkout = checkouts.checkout_of(tx, checkout_id)
        details = None if checkout is None else queries.by_id(tx, checkout.visit_id)
        if checkout is None or details is None or checkout.provider != "sandbox":
            return None
        lang = text_facts.language(tx, details)
    start = text_facts.local(details.visit.wanted.start, details.facility)
    name = say("page.pay.order", lang, resident=details.resident.first_name, start=start)
    return CheckoutView(name, checkout.amount, checkout.currency, lang, checkout.state)


def pay_page(deps: Deps, checkout_id: str) -> str:
    """The address of the visit's pay page, by a new link."""

    def transact(work: Work) -> str:
        checkout = checkouts.checkout_of(work.tx, checkout_id)
        assert checkout is not None
        details = queries.by_id(work.tx, checkout.visit_id)
        assert details is not None
        return text_facts.link(work, details.visit, LinkPurpose.PAY)

    return run(deps, transact)


def pay(deps: Deps, checkout_id: str, *, correlation: str) -> str:
    """Pay, and return the page to go back to. Paying twice makes a second payment, as a real card does."""
    with deps.db.read() as tx:
        checkout = checkouts.checkout_of(tx, checkout_id)
    assert checkout is not None
    mark = secrets.token_hex(6)
    event = PaymentEvent(
        "sandbox", f"evt_{mark}", PaymentEventKind.PAID, checkout=checkout_id, payment=f"pay_{mark}",
        amount=checkout.amount,
    )  # fmt: skip
    payment_events.apply(deps, event, correlation=correlation)
    return pay_page(deps, checkout_id) + "?back=paid"


def decline(deps: Deps, checkout_id: str, *, correlation: str) -> str:
    """Decline the card, and return the page to go back to."""
    event = PaymentEvent("sandbox", f"evt_{secrets.token_hex(6)}", PaymentEventKind.FAILED, checkout=checkout_id)
    payment_events.apply(deps, event, correlation=correlation)
    return pay_page(deps, checkout_id) + "?back=declined"
