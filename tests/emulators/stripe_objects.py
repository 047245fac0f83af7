"""Builds Stripe's objects, reads its forms, and signs its webhooks."""

import hashlib
import hmac
import re
from collections.abc import Iterable
from typing import Any

Thing = dict[str, Any]


class StripeError(Exception):
    """An error answer: HTTP status, Stripe's error type and message."""

    def __init__(self, status: int, kind: str, message: str, **more: str) -> None:
        super().__init__(message)
        self.status = status
        self.body: Thing = {"error": {"type": kind, "message": message, **more}}


def invalid(message: str, **more: str) -> StripeError:
    """A request that Stripe would refuse."""
    return StripeError(400, "invalid_request_error", message, **more)


def read_form(pairs: Iterable[tuple[str, str]]) -> Thing:
    """Read Stripe's bracket notation: `line_items[0][price_data]=1` becomes nested dicts, with indexes as keys."""
    form: Thing = {}
    for name, value in pairs:
        head, *rest = re.findall(r"[^\[\]]+", name)
        place = form
        for part, following in zip([head, *rest], rest, strict=False):
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                raise invalid(f"Invalid {following} in {name}", param=name)
        place[[head, *rest][-1]] = value
    return form


def signature(body: bytes, secret: str, at: int) -> str:
    """The Stripe-Signature header of a webhook, scheme v1."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def _priced(form: Thing) -> tuple[int, str]:
    total, currencies = 0, set()
    for line in form.get("line_items", {}).values():
        data = line.get("price_data")
        if data is None:
            raise invalid("You must provide `line_items[0][price_data]`.", param="line_items")
        if "name" not in data.get("product_data", {}):
            raise invalid("Missing required param: line_items[0][price_data][product_data][name].", param="line_items")
        total += int(data["unit_amount"]) * int(line.get("quantity", "0"))
        currencies.add(data["currency"].lower())
    if len(currencies) != 1 or total <= 0:
        raise invalid("Line items must have one currency and a positive total.", param="line_items")
    return total, currencies.pop()


def new_session(form: Thing, *, session_id: str, url: str, now: int) -> Thing:
    """A Checkout Session as Stripe makes it from a request; raises the error that Stripe would answer."""
    if form.get("mode") != "payment":
        raise invalid("Missing or unknown mode.", param="mode")
    if not form.get("success_url"):
        raise invalid("Missing required param: success_url.", param="success_url")
    total, currency = _priced(form)
    expires_at = int(form.get("expires_at", now + 24 * 3600))
    if not now + 1800 <= expires_at <= now + 24 * 3600:
        raise invalid(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from now.", param="expires_at"
        )
    reference = form.get("client_reference_id")
    return {
        "id": session_id,
        "object": "checkout.session",
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "status": None},
        "cancel_url": form.get("cancel_url", ""),
        "client_reference_id": reference,
        "created": now,
        "currency": currency,
        "customer_email": form.get("customer_email"),
        "expires_at": expires_at,
        "livemode": False,
        "locale": form.get("locale"),
        "metadata": form.get("metadata", {}),
        "mode": "payment",
        # Null until somebody pays: since API 2022-08-01 the intent is made only then.
        "payment_intent": None,
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "shipping_options": [],
        "status": "open",
        "success_url": form["success_url"],
        "url": url,
    }


def new_intent(session: Thing, form: Thing, *, intent_id: str, now: int) -> Thing:
    """The PaymentIntent of a session that is not yet paid."""
    return {
        "id": intent_id,
        "object": "payment_intent",
        "amount": session["amount_total"],
        "amount_received": 0,
        "capture_method": "automatic",
        "confirmation_method": "automatic",
        "created": now,
        "currency": session["currency"],
        "last_payment_error": None,
        "livemode": False,
        "metadata": form.get("payment_intent_data", {}).get("metadata", {}),
        "payment_method_types": ["card"],
        "status": "requires_payment_method",
    }


def new_charge(intent: Thing, *, charge_id: str, now: int) -> Thing:
    """A successful charge."""
    return {
        "id": charge_id,
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"],
        "amount_refunded": 0,
        "billing_details": {"address": None, "email": None, "name": None, "phone": None},
        "captured": True,
        "created": now,
        "currency": intent["currency"],
        "disputed": False,
        "livemode": False,
        "metadata": intent["metadata"],
        "paid": True,
        "payment_intent": intent["id"],
        "refunded": False,
        "refunds": page([], f"/v1/charges/{charge_id}/refunds"),
        "status": "succeeded",
    }


def new_refund(form: Thing, charge: Thing, *, refund_id: str, now: int) -> Thing:
    """A refund of all or part of the rest of a charge; raises the error that Stripe would answer."""
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise invalid(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = int(form.get("amount", left))
    if not 0 < amount <= left:
        raise invalid(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left}).", param="amount")
    return {
        "id": refund_id,
        "object": "refund",
        "amount": amount,
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "metadata": form.get("metadata", {}),
        "payment_intent": charge["payment_intent"],
        "reason": form.get("reason"),
        "status": "succeeded",
    }


def page(data: list[Thing], url: str) -> Thing:
    """A list answer with everything on one page."""
    return {"object": "list", "data": data, "has_more": False, "url": url}
