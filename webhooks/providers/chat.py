"""Providers of talk: verify, record, handle, answer.

The answer says what the provider should do next: 403 to a forger, 200 for what is recorded or never of use, 5xx only
when the message could not be recorded and should come again. Handling may fail after recording: a job does it again.
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
class Door:
    """One address a provider posts to, and the body that pleases it."""

    path: str
    provider: str
    channel: Literal["sms", "telegram"]
    kind: str
    thanks: str = ""
    mimetype: str = "text/plain"


DOORS = (
    Door("/webhooks/twilio/messages", "twilio", "sms", "message", "<Response/>", "text/xml"),
    Door("/webhooks/twilio/status", "twilio", "sms", "status", "<Response/>", "text/xml"),
    Door("/webhooks/telegram", "telegram", "telegram", "update"),
)

TEXTS = ("message", "update")
"""What a person waits for; a receipt does not go before the calls."""


def chat(deps: Deps, turns: PriorityGate) -> Blueprint:
    """One route per door; a channel that is not set up has none (404)."""
    routes = Blueprint("chat", __name__)
    for door in DOORS:
        routes.post(door.path, endpoint=f"{door.provider}_{door.kind}", defaults={"door": door})(_route(deps, turns))
    return routes


def _route(deps: Deps, turns: PriorityGate) -> Callable[[Door], Response]:
    def arrive(door: Door) -> Response:
        channel = deps.channels.get(door.channel)
        if channel is None:
            abort(404)
        said = as_value(request)
        try:
            channel.verify(said)
        except Forged:
            record(deps, door.provider, door.kind, 403, "forged")
            raise
        with turns.first() if door.kind in TEXTS else nullcontext():
            outcome, who = _take(deps, door, channel.read(said))
        _acknowledge(channel, said)
        record(deps, door.provider, door.kind, 200, outcome, who)
        return Response(door.thanks, mimetype=door.mimetype)

    return arrive


def _take(deps: Deps, door: Door, found: list[Inbound | Receipt]) -> tuple[str, str | None]:
    """Record and handle what a request said: the outcome for the log, and the sender, masked."""
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
        record(deps, door.provider, door.kind, 503, "failed", who)
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
    """Some providers show a person that we are still busy until they are told that we are not."""
    tell = getattr(channel, "acknowledge", None)
    if tell is not None:
        tell(said)
