"""Stripe Checkout. Cards are entered on Stripe's hosted page, so no card data reaches us. All of Stripe is in this file."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final, Literal, TypeVar, cast

from pydantic import SecretStr, field_validator

from bot.adapters import (
    Adapter,
    CoreSettings,
    Finding,
    Installation,
    SettingsGroup,
    WebhookRoute,
    clock_skew,
    web_address,
)
from bot.channels.base import Forged
from bot.messages import WebRequest
from handlers.gateways.payments.base import (
    CheckoutAtProvider,
    CheckoutStatus,
    GatewayDown,
    GatewayRefused,
    KeyReused,
    Order,
    PaymentEvent,
    PaymentEventKind,
    RefundAtProvider,
)
from scheduling.policy.vocabulary import EntryState

if TYPE_CHECKING:
    from stripe import Refund, StripeClient
    from stripe.params.checkout import SessionCreateParams

T = TypeVar("T")
TIMEOUT_SECONDS = 10.0
_REFUND_STATES = {"succeeded": EntryState.DONE, "failed": EntryState.FAILED, "canceled": EntryState.FAILED}


class StripeSettings(CoreSettings):
    """The account for payments and refunds. `stripe_api_base_url` points the client at another server."""

    stripe_api_key: SecretStr = SecretStr("")
    stripe_api_base_url: str = ""
    stripe_webhook_secret: SecretStr = SecretStr("")

    _stripe_base = field_validator("stripe_api_base_url")(web_address)


class StripeGateway:
    """Calls Stripe through its official client. Repeated calls carry the same idempotency key."""

    name = "stripe"

    def __init__(self, api_key: str, webhook_secret: str, api_base_url: str | None = None) -> None:
        self._key, self._secret, self._base = api_key, webhook_secret, api_base_url
        self._made: StripeClient | None = None

    @property
    def _client(self) -> "StripeClient":
        if self._made is None:
            import stripe

            http = stripe.RequestsClient(timeout=TIMEOUT_SECONDS)
            # No retries inside the client: they would double the time-out, and two calls must fit into a lease.
            self._made = stripe.StripeClient(
                self._key, base_addresses={"api": self._base} if self._base else {}, http_client=http,
                max_network_retries=0,
            )  # fmt: skip
        return self._made

    def verify(self, request: WebRequest) -> None:
        """Raise Forged unless the signature is Stripe's and at most five minutes old."""
        import stripe

        signature = request.headers.get("stripe-signature", "")
        try:
            stripe.WebhookSignature.verify_header(request.body.decode(), signature, self._secret, tolerance=300)
        except (stripe.SignatureVerificationError, UnicodeDecodeError) as error:
            raise Forged("the signature is not Stripe's") from error

    def read(self, request: WebRequest) -> list[PaymentEvent]:
        """The event of a verified request. Types of events that we do not use give none."""
        try:
            event = json.loads(request.body)
            reader, thing = EVENT_READERS.get(event["type"]), event["data"]["object"]
            found = None if reader is None else reader(str(event["id"]), thing)
        except (ValueError, KeyError, TypeError):
            return []
        return [] if found is None else [found]

    def open(self, order: Order) -> tuple[str, str]:
        """Create a Checkout Session for this order; its id and page."""
        params: SessionCreateParams = {
            "mode": "payment",
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": order.currency,
                        "unit_amount": order.amount,
                        "product_data": {"name": order.name},
                    },
                }
            ],
            "success_url": order.return_url + "?back=paid",
            "cancel_url": order.return_url + "?back=left",
            "client_reference_id": order.reference,
            "locale": cast('Literal["en", "es"]', order.language),  # Stripe has every language that we have
            "payment_intent_data": {"metadata": {"visit": order.reference, "order": order.key}},
            "metadata": {"visit": order.reference},
        }
        # A payer waits at the page, and no lease runs: one more try is better than "try later".
        made = _call(
            lambda: self._client.v1.checkout.sessions.create(
                params, {"idempotency_key": order.key, "max_network_retries": 1}
            )
        )
        return str(made.id), str(made.url)

    def state(self, checkout: str) -> CheckoutAtProvider:
        """The checkout as Stripe has it. With some payment methods it stays pending for days after the session."""
        found = _call(lambda: self._client.v1.checkout.sessions.retrieve(checkout))
        match found.status:
            case "open":
                return CheckoutAtProvider(CheckoutStatus.OPEN, url=str(found.url))
            case "complete" if found.payment_status == "paid":
                return CheckoutAtProvider(CheckoutStatus.PAID, payment=str(found.payment_intent))
            case "complete":
                return CheckoutAtProvider(CheckoutStatus.PENDING)
            case _:
                return CheckoutAtProvider(CheckoutStatus.EXPIRED)

    def expire(self, checkout: str) -> None:
        """Close the checkout. Stripe refuses when it is complete or expired already; then nothing is left to do."""
        try:
            _call(lambda: self._client.v1.checkout.sessions.expire(checkout))
        except GatewayRefused:
            if self.state(checkout).status is CheckoutStatus.OPEN:
                raise

    def clock(self) -> datetime:
        """Stripe's time, for `doctor`. The call needs no rights of the key but those that we need anyway.

        Raises GatewayDown (not reached, or the key is refused) and GatewayRefused.
        """
        listed = _call(lambda: self._client.v1.checkout.sessions.list({"limit": 1}))
        assert listed.last_response is not None
        return parsedate_to_datetime(listed.last_response.headers["Date"])

    def check(self, installation: Installation) -> list[Finding]:
        """Find out whether Stripe accepts the key, and whether its clock agrees with ours."""
        try:
            theirs = self.clock()
        except (GatewayDown, GatewayRefused) as error:
            return [Finding(f"Stripe: {str(error).partition(':')[0]}. Check STRIPE_API_KEY and the network.")]
        test_key = self._key.startswith(("sk_test_", "rk_test_")) and not installation.loopback
        note = Finding("Stripe: STRIPE_API_KEY is a test key: no real money is taken.", wrong=False)
        return [*clock_skew("Stripe", theirs, installation.now), *([note] if test_key else [])]

    def refund(self, payment: str, amount: int, key: str, metadata: Mapping[str, str]) -> RefundAtProvider:
        """Refund a part or all of a payment."""
        about = {**metadata, "key": key}
        made = _call(
            lambda: self._client.v1.refunds.create(
                {"payment_intent": payment, "amount": amount, "metadata": about}, {"idempotency_key": key}
            )
        )
        return _refund_of(made)

    def find_refund(self, payment: str, key: str) -> RefundAtProvider | None:
        """The refund of this payment with our key in its metadata. Stripe keeps metadata, but idempotency keys only a day."""
        made = _call(lambda: self._client.v1.refunds.list({"payment_intent": payment, "limit": 100}))
        return next((_refund_of(each) for each in made.data if _key(each) == key), None)


def _refund_of(refund: "Refund") -> RefundAtProvider:
    return RefundAtProvider(str(refund.id), _REFUND_STATES.get(refund.status or "", EntryState.PENDING))


def _key(refund: "Refund") -> str:
    """Our key of a refund. Older refunds have none in their metadata: theirs was made of the number of their ledger row."""
    about = refund.metadata.to_dict() if refund.metadata else {}
    return str(about.get("key") or f"refund-{about.get('ledger')}")


_StripeObject = Mapping[str, object]
"""The object of an event, as JSON."""


def _text(thing: _StripeObject, name: str) -> str:
    return str(thing.get(name) or "")


def _metadata(thing: _StripeObject) -> _StripeObject:
    found = thing.get("metadata")
    return found if isinstance(found, Mapping) else {}


def _session_event(event_id: str, session: _StripeObject, kind: PaymentEventKind) -> PaymentEvent:
    return PaymentEvent(
        "stripe", event_id, kind, checkout=str(session["id"]), payment=_text(session, "payment_intent") or None,
        amount=int(_text(session, "amount_total") or 0),
    )  # fmt: skip


def _session_paid(event_id: str, session: _StripeObject) -> PaymentEvent | None:
    """None while the money has not arrived: another event follows."""
    paid = session.get("payment_status") == "paid"
    return _session_event(event_id, session, PaymentEventKind.PAID) if paid else None


def _session_failed(event_id: str, session: _StripeObject) -> PaymentEvent:
    return _session_event(event_id, session, PaymentEventKind.FAILED)


def _session_expired(event_id: str, session: _StripeObject) -> PaymentEvent:
    return _session_event(event_id, session, PaymentEventKind.EXPIRED)


def _payment_failed(event_id: str, intent: _StripeObject) -> PaymentEvent | None:
    """The checkout is found by the key of our order. None for a payment that is not ours."""
    order = _text(_metadata(intent), "order")
    return PaymentEvent("stripe", event_id, PaymentEventKind.FAILED, order=order) if order else None


def _refund_updated(event_id: str, refund: _StripeObject) -> PaymentEvent | None:
    """None while the refund is pending."""
    state = _REFUND_STATES.get(_text(refund, "status"))
    if state is None:
        return None
    kind = PaymentEventKind.REFUND_DONE if state is EntryState.DONE else PaymentEventKind.REFUND_FAILED
    row = _text(_metadata(refund), "ledger")
    return PaymentEvent(
        "stripe", event_id, kind, refund=str(refund["id"]), payment=_text(refund, "payment_intent") or None,
        ledger=int(row) if row.isascii() and row.isdigit() else None,
    )  # fmt: skip


EVENT_READERS: Mapping[str, Callable[[str, _StripeObject], PaymentEvent | None]] = {
    "checkout.session.completed": _session_paid,
    "checkout.session.async_payment_succeeded": _session_paid,
    "checkout.session.async_payment_failed": _session_failed,
    "checkout.session.expired": _session_expired,
    "payment_intent.payment_failed": _payment_failed,
    "refund.updated": _refund_updated,
    "charge.refund.updated": _refund_updated,
    "refund.failed": _refund_updated,
}
"""Stripe's type of an event -> what reads its object."""


def _call(ask: Callable[[], T]) -> T:
    """Make one call. Stripe's errors become GatewayDown (try again), KeyReused or GatewayRefused."""
    import stripe

    try:
        return ask()
    except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:
        raise GatewayDown(type(error).__name__) from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        raise GatewayDown(f"{type(error).__name__}: check STRIPE_API_KEY") from error
    except stripe.IdempotencyError as error:
        raise KeyReused("idempotency_error") from error
    except stripe.StripeError as error:
        raise GatewayRefused(f"{error.code or type(error).__name__}") from error


def _build(settings: StripeSettings) -> StripeGateway | None:
    key, secret = settings.stripe_api_key.get_secret_value(), settings.stripe_webhook_secret.get_secret_value()
    return StripeGateway(key, secret, settings.stripe_api_base_url or None) if key else None


ADAPTER: Final = Adapter[StripeSettings, StripeGateway](
    name=StripeGateway.name,
    provider="stripe",
    build=_build,
    groups=(SettingsGroup("stripe", ("stripe_api_key", "stripe_webhook_secret"), ("stripe_api_base_url",)),),
    routes=(WebhookRoute("/webhooks/stripe", "event"),),
)
