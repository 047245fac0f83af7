"""Webhook of the payment provider: verify, apply, answer."""

from flask import Blueprint, Response, abort, request

from handlers.deps import Deps
from handlers.operations.request_log import Forged
from handlers.payments import payment_events
from webhooks.http.request_value import as_value, correlation, record


def payments(deps: Deps) -> Blueprint:
    """The webhook of the provider that is set up; 404 for others."""
    routes = Blueprint("payments", __name__)

    @routes.post("/webhooks/stripe")
    def stripe() -> Response:
        gateway = deps.payments
        if gateway is None or gateway.name != "stripe":
            abort(404)
        said = as_value(request)
        try:
            gateway.verify(said)
            outcomes = [payment_events.apply(deps, event, correlation=correlation()) for event in gateway.read(said)]
        except Forged:
            record(deps, "stripe", "event", 403, "forged")
            raise
        except Exception:  # not applied: Stripe sends it again
            record(deps, "stripe", "event", 503, "failed")
            raise
        record(deps, "stripe", "event", 200, ", ".join(outcomes) or "ignored")
        return Response("", mimetype="text/plain")

    return routes
