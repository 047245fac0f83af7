"""What the page of a call asks while it is in it: JSON, by the key of its device. docs/calls.md is the description."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, TooManyRequests

from bot.texts import say
from handlers.calls import signaling
from handlers.calls.signaling import Beat, Read
from handlers.calls.state_cache import CallStateCache
from handlers.deps import Deps
from webhooks.http.language import reader_language
from webhooks.http.limits import GUESSES, Here, missed, reader
from webhooks.http.request_value import correlation, record

PACE = "900 per minute"
"""What one device may ask: a page that finds no stream asks every second, and trickles candidates besides."""
SENDS = "240 per minute"
"""So often one device may send letters: a restart of a link takes three or four."""
LARGEST = 131_072
LATEST = 2**62
"""No row's number is larger."""
STREAMS = 2
"""Of one device: the one it has, and the one it opens when that has fallen silent."""
TOGETHER = 0.03
"""Seconds in which letters that come one after the other are read together."""
STILL_HERE = 8.0
"""Seconds after which a stream says something, be it nothing: its page takes one that is silent for 20 for dead."""
STREAM_LASTS = 55.0
"""Seconds of one stream; its page opens the next at once."""
_TIMERS = ("now", "starts_in", "ends_in")


def call(deps: Deps) -> Blueprint:
    """/call/KEY/..."""
    routes = Blueprint("call", __name__)
    seats = _Seats(deps.settings.call_streams)
    lately = CallStateCache(deps)
    pace, sends, guesses = Here(PACE), Here(SENDS), Here(GUESSES)

    @routes.before_request
    def within_limits() -> None:
        request.max_content_length = LARGEST
        guesses.check(reader())
        pace.hit(str((request.view_args or {}).get("key", "")))

    @routes.after_request
    def count_guesses(answer: Response) -> Response:
        if missed(answer):
            with contextlib.suppress(TooManyRequests):  # the next one is told so
                guesses.hit(reader())
        return answer

    @routes.get("/call/<key>/stream")
    def stream(key: str) -> ResponseReturnValue:
        first = lately.read(key, _cursor())
        if first is None:
            return gone()
        if not seats.take(key):
            return jsonify(error="busy", text=say("page.busy.text", reader_language())), 503
        headers = {"X-Accel-Buffering": "no"}
        answer = Response(_events(deps, lately, key, first, _cursor()), mimetype="text/event-stream", headers=headers)
        answer.call_on_close(lambda: seats.give_back(key))
        return answer

    @routes.get("/call/<key>/mail")
    def letters(key: str) -> ResponseReturnValue:
        found = lately.read(key, _cursor())
        return gone() if found is None else jsonify(messages=found.messages, state=found.state)

    @routes.post("/call/<key>/send")
    def send(key: str) -> ResponseReturnValue:
        sends.hit(key)
        return jsonify(ok=True) if _sent(lately, key) else gone()

    @routes.post("/call/<key>/beat")
    def beat(key: str) -> ResponseReturnValue:
        state = lately.beat(key, _beat())
        return gone() if state is None else jsonify(state)

    @routes.post("/call/<key>/leave")
    def leave(key: str) -> ResponseReturnValue:
        signaling.leave(deps, key)
        return jsonify({})

    @routes.post("/call/<key>/not-them")
    def not_them(key: str) -> ResponseReturnValue:
        state = signaling.not_them(deps, key, correlation=correlation())
        record(deps, "page", "not-them", 404 if state is None else 200, "unknown" if state is None else "stopped")
        return gone() if state is None else jsonify(state)

    return routes


def gone() -> tuple[Response, int]:
    """A key of nobody."""
    return jsonify(error="gone", text=say("over.gone", reader_language())), 404


def _cursor() -> int:
    return min(max(request.args.get("after", 0, int), 0), LATEST)


def _body() -> dict[str, Any]:
    """The object that was sent. NaN and the like are no JSON: passed on, they would make the other side deaf."""
    try:
        body = json.loads(request.get_data(), parse_constant=_refuse)
    except ValueError as error:
        raise BadRequest from error
    if not isinstance(body, dict):
        raise BadRequest
    return body


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no JSON")


def _sent(lately: CallStateCache, key: str) -> bool:
    try:
        return lately.send(key, _body().get("messages"))
    except signaling.NotLetters as error:
        raise BadRequest from error


def _beat() -> Beat:
    body = _body()
    told = _dict(body, "report")
    report = {name: value for name, value in told.items() if isinstance(value, str | bool)}
    figures = {name: value for name, value in told.items() if type(value) in (int, float)}
    return Beat(body.get("seen") is True, body.get("heard") is True, _short(report), _short(figures))


def _dict(body: dict[str, Any], name: str) -> dict[str, Any]:
    found = body.get(name)
    return found if isinstance(found, dict) else {}


def _short(values: dict[str, Any]) -> dict[str, Any]:
    """No more of a report than we ask for."""
    few = list(values.items())[:24]
    return {name[:24]: value[:48] if isinstance(value, str) else value for name, value in few}


def _events(deps: Deps, lately: CallStateCache, key: str, first: Read, cursor: int) -> Iterator[str]:
    """Server-sent events until the call is over for this device, this process stops, or the stream has lasted its time."""
    ends, said = time.monotonic() + STREAM_LASTS, None
    yield "retry: 1000\n\n"
    with deps.wakeups.subscribe(first.topic, first.own) as heard:
        rung = deps.wakeups.version(first.topic)
        while (found := lately.read(key, cursor)) is not None:
            for message in found.messages:
                cursor = message["id"]
                yield _letter(message)
            shown = {name: value for name, value in found.state.items() if name not in _TIMERS}
            if shown != said:
                said = shown
                yield f"event: state\ndata: {json.dumps(found.state)}\n\n"
            if found.state["over"] is not None or deps.wakeups.closed:
                return
            if time.monotonic() >= ends:
                yield "event: again\ndata: 1\n\n"  # a stream that only breaks off is one that the page waits to open again
                return
            if len(found.messages) >= signaling.FULL:
                continue
            until = min(time.monotonic() + lately.left(key), ends)
            while (left := until - time.monotonic()) > 0 and not deps.wakeups.closed:
                if not heard.wait(min(left, STILL_HERE)):
                    yield ": \n\n"  # finds out whether anybody is still there, and says that we are
                    continue
                time.sleep(TOGETHER)
                heard.clear()
                if deps.wakeups.version(first.topic) != rung:
                    break
                for message in _letters(deps, found, cursor):  # only that: how the call stands has not changed
                    cursor = message["id"]
                    yield _letter(message)
            heard.clear()
            rung = deps.wakeups.version(first.topic)


def _letters(deps: Deps, found: Read, cursor: int) -> Iterator[dict[str, Any]]:
    """All there are now, a transaction for each answer's worth: who reads slowly holds none."""
    while letters := signaling.letters(deps, found, cursor):
        yield from letters
        if len(letters) < signaling.FULL:
            return
        cursor = letters[-1]["id"]


def _letter(message: dict[str, Any]) -> str:
    return f"id: {message['id']}\nevent: message\ndata: {json.dumps(message)}\n\n"


class _Seats:
    """The threads that are set apart for streams, and how many each device has of them."""

    def __init__(self, count: int) -> None:
        self._lock, self._free, self._taken = threading.Lock(), count, dict[str, int]()

    def take(self, key: str) -> bool:
        """One for this device; False when none is free, or it has its own already."""
        with self._lock:
            if self._free < 1 or self._taken.get(key, 0) >= STREAMS:
                return False
            self._free -= 1
            self._taken[key] = self._taken.get(key, 0) + 1
            return True

    def give_back(self, key: str) -> None:
        """Its stream is over."""
        with self._lock:
            self._free += 1
            self._taken[key] -= 1
            if not self._taken[key]:
                del self._taken[key]
