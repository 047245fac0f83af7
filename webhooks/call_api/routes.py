"""The JSON API of a page in a call, addressed by the key of its device. docs/calls.md describes it."""

import contextlib
from typing import Any, TypeVar

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, TooManyRequests

from bot.texts import say
from handlers.calls import signaling
from handlers.calls.message_parser import InvalidMessages
from handlers.calls.signaling import Heartbeat
from handlers.calls.state_cache import CallStateCache
from handlers.deps import Deps
from webhooks.call_api.stream import StreamSlots, events
from webhooks.http.errors import api_error
from webhooks.http.json_body import json_object
from webhooks.http.language import reader_language
from webhooks.http.limits import GUESS_LIMIT, LocalLimit, client_address, is_not_found
from webhooks.http.request_value import correlation, record

REQUEST_LIMIT = "900 per minute"
"""Of one device: a page without a stream polls every second, and sends candidates besides."""
SEND_LIMIT = "240 per minute"
"""Requests with messages of one device: the restart of a link takes three or four."""
MAX_BODY_BYTES = 131_072
MAX_CURSOR = 2**62
"""No row's id is larger."""
MAX_REPORT_ENTRIES = 24
MAX_REPORT_NAME = 24
MAX_REPORT_TEXT = 48
_Value = TypeVar("_Value")


def call(deps: Deps) -> Blueprint:
    """/call/KEY/..."""
    routes = Blueprint("call", __name__)
    slots, cache, sends = StreamSlots(deps.settings.call_streams), CallStateCache(deps), LocalLimit(SEND_LIMIT)
    _limit(routes)

    @routes.get("/call/<key>/stream")
    def stream(key: str) -> ResponseReturnValue:
        first = cache.read(key, _cursor())
        if first is None:
            return _gone()
        if not slots.take(key):
            return api_error("busy", say("page.busy.text", reader_language()), 503)
        headers = {"X-Accel-Buffering": "no"}
        answer = Response(events(deps, cache, key, first, _cursor()), mimetype="text/event-stream", headers=headers)
        answer.call_on_close(lambda: slots.give_back(key))
        return answer

    @routes.get("/call/<key>/mail")
    def messages(key: str) -> ResponseReturnValue:
        found = cache.read(key, _cursor())
        if found is None:
            return _gone()
        return jsonify(messages=[each.to_json() for each in found.messages], state=found.state.to_json())

    @routes.post("/call/<key>/send")
    def send(key: str) -> ResponseReturnValue:
        sends.hit(key)
        try:
            sent = cache.send(key, json_object().get("messages"))
        except InvalidMessages as error:
            raise BadRequest from error
        return jsonify(ok=True) if sent else _gone()

    @routes.post("/call/<key>/beat")
    def heartbeat(key: str) -> ResponseReturnValue:
        state = cache.heartbeat(key, _heartbeat(json_object()))
        return _gone() if state is None else jsonify(state.to_json())

    @routes.post("/call/<key>/leave")
    def leave(key: str) -> ResponseReturnValue:
        signaling.leave(deps, key)
        return jsonify({})

    @routes.post("/call/<key>/not-them")
    def not_them(key: str) -> ResponseReturnValue:
        state = signaling.not_them(deps, key, correlation=correlation())
        record(deps, "page", "not-them", 404 if state is None else 200, "unknown" if state is None else "stopped")
        return _gone() if state is None else jsonify(state.to_json())

    return routes


def _limit(routes: Blueprint) -> None:
    """Limit the size and the number of requests, by key and by guesses of a client."""
    requests, guesses = LocalLimit(REQUEST_LIMIT), LocalLimit(GUESS_LIMIT)

    @routes.before_request
    def check() -> None:
        request.max_content_length = MAX_BODY_BYTES
        guesses.check(client_address())
        requests.hit(str((request.view_args or {}).get("key", "")))

    @routes.after_request
    def count_guesses(answer: Response) -> Response:
        if is_not_found(answer):
            with contextlib.suppress(TooManyRequests):  # the next request is refused
                guesses.hit(client_address())
        return answer


def _gone() -> ResponseReturnValue:
    """The answer to an unknown key."""
    return api_error("gone", say("over.gone", reader_language()), 404)


def _cursor() -> int:
    return min(max(request.args.get("after", 0, int), 0), MAX_CURSOR)


def _heartbeat(body: dict[str, Any]) -> Heartbeat:
    """A heartbeat, with no more of its report than we ask for. Numbers are measurements; bool is not a number here."""
    sent = body.get("report")
    entries = sent.items() if isinstance(sent, dict) else ()
    report = {name: value for name, value in entries if isinstance(value, str | bool)}
    figures = {name: value for name, value in entries if type(value) in (int, float)}
    short = {name: value[:MAX_REPORT_TEXT] if isinstance(value, str) else value for name, value in report.items()}
    return Heartbeat(body.get("seen") is True, body.get("heard") is True, _few(short), _few(figures))


def _few(values: dict[str, _Value]) -> dict[str, _Value]:
    return {name[:MAX_REPORT_NAME]: value for name, value in list(values.items())[:MAX_REPORT_ENTRIES]}
