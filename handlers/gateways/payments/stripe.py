"""Stripe Checkout: the hosted page takes the card, so no card data ever comes here. All of Stripe is in this file."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeVar

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
from handlers.gateways.payments.base import GatewayDown, GatewayRefused, KeyReused, Order, PaymentEvent

T = TypeVar("T")
TIMEOUT = 10.0
_KINDS: dict[str, Any] = {
    "checkout.session.completed": "paid",
    "checkout.session.async_payment_succeeded": "paid",
    "checkout.session.async_payment_failed": "failed",
    "checkout.session.expired": "expired",
    "payment_intent.payment_failed": "failed",
    "refund.updated": "refund",
    "charge.refund.updated": "refund",
    "refund.failed": "refund",
}
_REFUNDS: dict[str, Any] = {"succeeded": "refund_done", "failed": "refund_failed", "canceled": "refund_failed"}


class StripeSettings(CoreSettings):
    """The account that takes and gives back money. `stripe_api_base_url` points the client elsewhere."""

    stripe_api_key: SecretStr = SecretStr("")
    stripe_api_base_url: str = ""
    stripe_webhook_secret: SecretStr = SecretStr("")

    _stripe_base = field_validator("stripe_api_base_url")(web_address)


class StripeGateway:
    """The official client; `api_base_url` points it elsewhere. Repeated calls carry the same idempotency key."""

    name = "stripe"

    def __init__(self, api_key: str, webhook_secret: str, api_base_url: str | None = None) -> None:
        self._key, self._secret, self._base = api_key, webhook_secret, api_base_url
        self._made: Any = None

    @property
    def _client(self) -> Any:
        if self._made is None:
            import stripe

            addresses: Any = {"api": self._base} if self._base else {}
            http = stripe.RequestsClient(timeout=TIMEOUT)
            # No retries inside the client: they would double the time-out, and two calls must fit into a lease.
            self._made = stripe.StripeClient(
                self._key, base_addresses=addresses, http_client=http, max_network_retries=0
            )
        return self._made

    def verify(self, request: WebRequest) -> None:
        """Stripe's signature, not older than five minutes; else Forged."""
        import stripe

        signature = request.headers.get("stripe-signature", "")
        try:
            stripe.WebhookSignature.verify_header(request.body.decode(), signature, self._secret, tolerance=300)
        except (stripe.SignatureVerificationError, UnicodeDecodeError) as error:
            raise Forged("the signature is not Stripe's") from error

    def read(self, request: WebRequest) -> list[PaymentEvent]:
        """The event of a verified request; kinds we have no use for give none."""
        try:
            event = json.loads(request.body)
            kind = _KINDS.get(event["type"])
            thing = event["data"]["object"]
            return [] if kind is None else _read(event["id"], event["type"], kind, thing)
        except (ValueError, KeyError, TypeError):
            return []

    def open(self, order: Order) -> tuple[str, str]:
        """A Checkout Session for this order: its id and page."""
        params: dict[str, Any] = {
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
            "locale": order.language,
            "payment_intent_data": {"metadata": {"visit": order.reference, "order": order.key}},
            "metadata": {"visit": order.reference},
        }
        # A payer waits at the page, and no lease runs: one try more is better than "try later".
        options = {"idempotency_key": order.key, "max_network_retries": 1}
        made = _call(lambda: self._client.v1.checkout.sessions.create(params, options))
        return str(made.id), str(made.url)

    def state(self, checkout: str) -> tuple[str, str | None, str | None]:
        """open, pending, paid or expired, with the page or the payment. Some methods take days after the session is over."""
        found = _call(lambda: self._client.v1.checkout.sessions.retrieve(checkout))
        if found.status == "complete":
            paid = found.payment_status == "paid"
            return ("paid", None, str(found.payment_intent)) if paid else ("pending", None, None)
        return ("open", str(found.url), None) if found.status == "open" else ("expired", None, None)

    def expire(self, checkout: str) -> None:
        """Close it. Stripe refuses when it is complete or expired already, which is as good."""
        try:
            _call(lambda: self._client.v1.checkout.sessions.expire(checkout))
        except GatewayRefused:
            if self.state(checkout)[0] == "open":
                raise

    def clock(self) -> datetime:
        """Stripe's own time, asked with a call that needs the rights we need anyway. For `doctor`.

        Raises GatewayDown (not reached, or the key is refused) and GatewayRefused.
        """
        listed = _call(lambda: self._client.v1.checkout.sessions.list({"limit": 1}))
        return parsedate_to_datetime(listed.last_response.headers["Date"])

    def check(self, installation: Installation) -> list[Finding]:
        """Whether Stripe takes the key, and whether its clock agrees with ours."""
        try:
            theirs = self.clock()
        except (GatewayDown, GatewayRefused) as error:
            return [Finding(f"Stripe: {str(error).partition(':')[0]}. Check STRIPE_API_KEY and the network.")]
        test_key = self._key.startswith(("sk_test_", "rk_test_")) and not installation.loopback
        note = Finding("Stripe: STRIPE_API_KEY is a test key: no real money is taken.", wrong=False)
        return [*clock_skew("Stripe", theirs, installation.now), *([note] if test_key else [])]

    def refund(self, payment: str, amount: int, key: str, metadata: Mapping[str, str]) -> tuple[str, str]:
        """A refund of part or all of a payment."""
        params = {"payment_intent": payment, "amount": amount, "metadata": {**metadata, "key": key}}
        made = _call(lambda: self._client.v1.refunds.create(params, {"idempotency_key": key}))
        return _as_told(made)

    def find_refund(self, payment: str, key: str) -> tuple[str, str] | None:
        """What Stripe has of that payment under our key. It forgets idempotency keys after a day, metadata never."""
        made = _call(lambda: self._client.v1.refunds.list({"payment_intent": payment, "limit": 100}))
        return next((_as_told(each) for each in made.data if _key(each) == key), None)


def _as_told(refund: Any) -> tuple[str, str]:
    state = {"refund_done": "done", "refund_failed": "failed"}.get(_REFUNDS.get(refund.status, ""), "pending")
    return str(refund.id), state


def _key(refund: Any) -> str:
    """Refunds from before they had keys in their metadata carry the number of their row, of which the key was made."""
    about = refund.metadata.to_dict() if refund.metadata else {}
    return str(about.get("key") or f"refund-{about.get('ledger')}")


def _read(event_id: str, name: str, kind: Any, thing: Mapping[str, Any]) -> list[PaymentEvent]:
    if kind == "refund":
        return _read_refund(event_id, thing)
    if name.startswith("payment_intent."):
        order = (thing.get("metadata") or {}).get("order")
        return [] if not order else [PaymentEvent("stripe", event_id, "failed", order=str(order))]
    if kind == "paid" and thing.get("payment_status") != "paid":
        return []
    return [
        PaymentEvent(
            "stripe", event_id, kind, checkout=str(thing["id"]), payment=str(thing.get("payment_intent") or "") or None,
            amount=int(thing.get("amount_total") or 0),
        )
    ]  # fmt: skip


def _read_refund(event_id: str, thing: Mapping[str, Any]) -> list[PaymentEvent]:
    kind = _REFUNDS.get(str(thing.get("status")))
    if kind is None:
        return []
    row = str((thing.get("metadata") or {}).get("ledger") or "")
    payment = str(thing.get("payment_intent") or "") or None
    ours = int(row) if row.isascii() and row.isdigit() else None
    return [PaymentEvent("stripe", event_id, kind, refund=str(thing["id"]), payment=payment, ledger=ours)]


def _call(ask: Callable[[], T]) -> T:
    """One call; Stripe's errors as ours: worth another try, or not."""
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
