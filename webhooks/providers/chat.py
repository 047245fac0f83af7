"""Webhooks of chat providers: verify, record, handle, answer.

The answer tells the provider what to do next: 403 for a forged request, 200 for what is recorded or will never be of use, 5xx
only when the message could not be recorded and should be sent again. Handling may fail after recording: a job repeats it.
"""

import logging
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Literal

from flask import Blueprint, Response, abort, request

from bot.messages import Address, Inbound, Receipt, WebRequest
from handlers.deps import Deps
from handlers.inbound import inbox
from handlers.logs import mask_number
from handlers.messaging import delivery_receipts
from handlers.operations.request_log import Forged
from webhooks.http.priority import PriorityGate
from webhooks.http.request_value import as_value, correlation, record

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WebhookRoute:
    """One address that a provider posts to, and the body that it expects as an answer."""

    path: str
    provider: str
    channel: Literal["sms", "telegram"]
    kind: str
    thanks: str = ""
    mimetype: str = "text/plain"


ROUTES = (
    WebhookRoute("/webhooks/twilio/messages", "twilio", "sms", "message", "<Response/>", "text/xml"),
    WebhookRoute("/webhooks/twilio/status", "twilio", "sms", "status", "<Response/>", "text/xml"),
    WebhookRoute("/webhooks/telegram", "telegram", "telegram", "update"),
)

TEXT_KINDS = ("message", "update")
"""What a person waits for. A delivery receipt has no priority over calls."""


def chat(deps: Deps, gate: PriorityGate) -> Blueprint:
    """One rule per webhook; 404 for a channel that is not set up."""
    routes = Blueprint("chat", __name__)
    for route in ROUTES:
        routes.post(route.path, endpoint=f"{route.provider}_{route.kind}", defaults={"route": route})(
            _route(deps, gate)
        )
    return routes


def _route(deps: Deps, gate: PriorityGate) -> Callable[[WebhookRoute], Response]:
    def receive(route: WebhookRoute) -> Response:
        channel = deps.channels.get(route.channel)
        if channel is None:
            abort(404)
        said = as_value(request)
        try:
            channel.verify(said)
        except Forged:
            record(deps, route.provider, route.kind, 403, "forged")
            raise
        with gate.sms() if route.kind in TEXT_KINDS else nullcontext():
            outcome, who = _process(deps, route, channel.read(said))
        _acknowledge(channel, said)
        record(deps, route.provider, route.kind, 200, outcome, who)
        return Response(route.thanks, mimetype=route.mimetype)

    return receive


def _process(deps: Deps, route: WebhookRoute, found: list[Inbound | Receipt]) -> tuple[str, str | None]:
    """Record and handle the messages of a request. Returns the outcome for the log, and the sender, masked."""
    outcome, who = "ignored", None
    try:
        for each in found:
            if isinstance(each, Receipt):
                known = delivery_receipts.apply(deps, each, correlation=correlation())
                outcome = each.status if known else "repeated"
                continue
            who = mask_number(each.address.theirs)
            fresh = inbox.receive(deps, each, correlation=correlation())
            outcome = _handle(deps, each.address) if fresh else "repeated"
    except Exception:
        record(deps, route.provider, route.kind, 503, "failed", who)
        raise
    return outcome, who


def _handle(deps: Deps, address: Address) -> str:
    try:
        done = inbox.handle(deps, address)
    except Exception:  # recorded already: the job that went with it tries again
        log.exception("handling failed, a job will do it")
        return "later"
    return "handled" if done else "later"


def _acknowledge(channel: object, said: WebRequest) -> None:
    """Tell the provider that we are done, where it shows the person a busy button until then."""
    tell = getattr(channel, "acknowledge", None)
    if tell is not None:
        tell(said)
