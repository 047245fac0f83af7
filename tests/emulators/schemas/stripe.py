"""Stripe's API, as far as Checkout, refunds and their webhooks use it."""

from tests.emulators.schemas.notation import (
    BOOLEAN,
    INTEGER,
    NAME_TO_STRING,
    STRING,
    Schema,
    array,
    one_of,
    or_null,
    record,
    ref,
)

_SESSION = {
    "id": STRING,
    "object": one_of("checkout.session"),
    "amount_subtotal": or_null(INTEGER),
    "amount_total": or_null(INTEGER),
    "automatic_tax": record("enabled", {"enabled": BOOLEAN, "status": or_null(one_of("complete", "failed"))}),
    "cancel_url": STRING,
    "client_reference_id": or_null(STRING),
    "created": INTEGER,
    "currency": or_null(STRING),
    "customer_email": or_null(STRING),
    "expires_at": INTEGER,
    "livemode": BOOLEAN,
    "locale": or_null(one_of("auto", "en", "es")),
    "metadata": or_null(NAME_TO_STRING),
    "mode": one_of("payment"),
    "payment_intent": or_null(STRING),
    "payment_method_types": array(STRING),
    "payment_status": one_of("paid", "unpaid", "no_payment_required"),
    "shipping_options": {"type": "array", "maxItems": 0},
    "status": or_null(one_of("open", "complete", "expired")),
    "success_url": STRING,
    "url": or_null(STRING),
}
_CARD_ERROR = record("type", {"type": one_of("card_error"), "code": STRING, "decline_code": STRING, "message": STRING})
_INTENT = {
    "id": STRING,
    "object": one_of("payment_intent"),
    "amount": INTEGER,
    "amount_received": INTEGER,
    "capture_method": one_of("automatic", "manual"),
    "confirmation_method": one_of("automatic", "manual"),
    "created": INTEGER,
    "currency": STRING,
    "last_payment_error": or_null(_CARD_ERROR),
    "livemode": BOOLEAN,
    "metadata": NAME_TO_STRING,
    "payment_method_types": array(STRING),
    "status": one_of("requires_payment_method", "requires_action", "processing", "succeeded", "canceled"),
}
_REFUND = {
    "id": STRING,
    "object": one_of("refund"),
    "amount": INTEGER,
    "charge": or_null(STRING),
    "created": INTEGER,
    "currency": STRING,
    "metadata": or_null(NAME_TO_STRING),
    "payment_intent": or_null(STRING),
    "reason": or_null(one_of("duplicate", "fraudulent", "requested_by_customer")),
    "status": or_null(one_of("pending", "requires_action", "succeeded", "failed", "canceled")),
}
_PERSON = {"address": or_null(record("", {})), "email": or_null(STRING), "name": or_null(STRING)}
_CHARGE = {
    "id": STRING,
    "object": one_of("charge"),
    "amount": INTEGER,
    "amount_captured": INTEGER,
    "amount_refunded": INTEGER,
    "billing_details": record("*", {**_PERSON, "phone": or_null(STRING)}),
    "captured": BOOLEAN,
    "created": INTEGER,
    "currency": STRING,
    "disputed": BOOLEAN,
    "livemode": BOOLEAN,
    "metadata": NAME_TO_STRING,
    "paid": BOOLEAN,
    "payment_intent": or_null(STRING),
    "refunded": BOOLEAN,
    "refunds": record(
        "*", {"object": one_of("list"), "data": array(ref("refund")), "has_more": BOOLEAN, "url": STRING}
    ),
    "status": one_of("succeeded", "pending", "failed"),
}
_EVENT = {
    "id": STRING,
    "object": one_of("event"),
    "api_version": or_null(STRING),
    "created": INTEGER,
    "data": {"type": "object", "properties": {"object": {"type": "object"}}, "required": ["object"]},
    "livemode": BOOLEAN,
    "pending_webhooks": INTEGER,
    "request": or_null(record("*", {"id": or_null(STRING), "idempotency_key": or_null(STRING)})),
    "type": STRING,
}

DESCRIPTION: Schema = {
    "openapi": "3.0.1",
    "info": {"title": "Checkout and refunds", "version": "1"},
    "paths": {},
    "components": {
        "schemas": {
            "checkout.session": record("*", _SESSION),
            "payment_intent": record("*", _INTENT),
            "charge": record("*", _CHARGE),
            "refund": record("*", _REFUND),
            "event": record("*", _EVENT),
        }
    },
}
