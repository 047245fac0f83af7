"""The one route of all providers' webhooks: verify, read, record or apply, answer.

The answer says what the provider should do next: 403 to a forger, 200 for what is recorded or never of use, 5xx only
when something could not be recorded and should come again. Handling a message may fail after recording: a job does it
again. Which paths there are, and which adapters read them, is declared by the adapters (`handlers/adapters.py`).
"""

import logging
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial

from flask import Blueprint, Response, abort, request, send_from_directory

from bot.channels.base import Channel
from bot.messages import Address, Receipt, WebRequest
from handlers import adapters
from handlers.calls import provider_events
from handlers.deps import Deps
from handlers.gateways.payments.base import PaymentGateway
from handlers.gateways.video.base import VideoGateway
from handlers.inbound import inbox
from handlers.logs import mask_number
from handlers.messaging import delivery_receipts
from handlers.operations.request_log import Forged
from handlers.payments import payment_events
from webhooks.http.priority import PriorityGate
from webhooks.http.request_value import as_value, correlation, record

log = logging.getLogger(__name__)


Reader = Callable[[WebRequest, list[str]], list[str]]
"""Verifies and takes in a request: an outcome for the log for each thing in it. It appends masked senders to the list
before it records what they wrote, so that a failure names them, too."""


def provider_webhooks(deps: Deps, gate: PriorityGate) -> Blueprint:
    """One route for each path that an adapter declares, and the files that pages load from an adapter's operator.

    A path whose provider is not set up answers 404.
    """
    blueprint = Blueprint("webhooks", __name__)
    for path in adapters.paths():
        blueprint.post(path, endpoint=path.strip("/").replace("/", "_"))(_webhook(deps, gate, path))
    for adapter in adapters.VIDEO:
        for path, file in adapter.files:
            blueprint.get(path, endpoint=f"{adapter.name}_{file.partition('.')[0]}")(_file(deps, adapter.name, file))
    return blueprint


def _webhook(deps: Deps, gate: PriorityGate, path: str) -> Callable[[], Response]:
    def receive() -> Response:
        return _receive(deps, gate, path)

    return receive  # a function with a name: the rate limiter asks for it


def _receive(deps: Deps, gate: PriorityGate, path: str) -> Response:
    route, adapter = adapters.route(path)
    readers = _readers(deps, path)
    if not readers:
        abort(404)
    arrived, senders, outcomes = as_value(request), list[str](), list[str]()

    def log_request(status: int, outcome: str) -> None:
        record(deps, adapter.provider, route.kind, status, outcome, senders[-1] if senders else None)

    try:
        with gate.sms() if route.person_waits else nullcontext():
            for read in readers:
                outcomes += read(arrived, senders)
    except Forged:
        log_request(403, "forged")
        raise
    except Exception:  # not recorded or not applied: the provider brings it again
        log_request(503, "failed")
        raise
    log_request(200, ", ".join(outcomes) or "ignored")
    return Response(route.answer, mimetype=route.mimetype)


def _readers(deps: Deps, path: str) -> list[Reader]:
    """What reads a request to this path: the channels and gateways that are set up and declare it."""
    declaring = {each.name for each in adapters.ADAPTERS if any(route.path == path for route in each.routes)}
    readers: list[Reader] = [
        partial(_take_messages, deps, channel) for channel in deps.channels.values() if channel.name in declaring
    ]
    if deps.payments is not None and deps.payments.name in declaring:
        readers.append(partial(_take_payments, deps, deps.payments))
    if deps.video.name in declaring:
        readers.append(partial(_take_video, deps, deps.video))
    return readers


def _take_messages(deps: Deps, channel: Channel, arrived: WebRequest, senders: list[str]) -> list[str]:
    channel.verify(arrived)
    outcomes = []
    for message in channel.read(arrived):
        if isinstance(message, Receipt):
            known = delivery_receipts.apply(deps, message, correlation=correlation())
            outcomes.append(message.status if known else "repeated")
        else:
            senders.append(mask_number(message.address.theirs))
            fresh = inbox.receive(deps, message, correlation=correlation())
            outcomes.append(_handle(deps, message.address) if fresh else "repeated")
    channel.acknowledge(arrived)
    return outcomes


def _handle(deps: Deps, address: Address) -> str:
    try:
        done = inbox.handle(deps, address)
    except Exception:  # recorded already: the job that was enqueued with it tries again
        log.exception("handling failed, a job will do it")
        return "later"
    return "handled" if done else "later"


def _take_payments(deps: Deps, gateway: PaymentGateway, arrived: WebRequest, _senders: list[str]) -> list[str]:
    gateway.verify(arrived)
    return [payment_events.apply(deps, event, correlation=correlation()) for event in gateway.read(arrived)]


def _take_video(deps: Deps, gateway: VideoGateway, arrived: WebRequest, _senders: list[str]) -> list[str]:
    return provider_events.apply(deps, gateway.events(arrived, now=deps.now()), correlation=correlation())


def _file(deps: Deps, gateway: str, file: str) -> Callable[[], Response]:
    def send() -> Response:
        if deps.video.name != gateway:
            abort(404)
        return send_from_directory(deps.settings.data_dir.absolute() / "static", file)

    return send
