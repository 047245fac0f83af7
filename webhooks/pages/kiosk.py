"""The screen in a unit: its page, what it asks every few seconds, and letting its resident in.

A screen is known by its cookie alone. What pairs it is an officer's text, so there is nothing to guess here; and a jail has
one address for all its screens, so they are counted one by one.
"""

from flask import Blueprint, Response, jsonify, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter

from bot.texts import LANGUAGES, say
from handlers.calls import kiosk_screen
from handlers.calls.idle_kiosk_cache import IdleKioskCache
from handlers.deps import Deps
from webhooks.http.language import reader_language
from webhooks.http.limits import Here, by_secret, reader
from webhooks.http.request_value import correlation, record
from webhooks.pages.words import page_words

COOKIE = "visitline_kiosk"
KEPT = 400 * 24 * 3600
"""Seconds: as long as browsers keep a cookie at most."""
POLLS = "120 per minute"
TRIES = "20 per minute"
BEGINS = "60 per minute;600 per hour;2000 per day"
"""Screens that begin anew at one address: on the day a prison puts all of theirs up it is many."""
STATUS = {"over": 410}
LONGEST_PIN = 16
MOST = 4_096
"""Bytes that a screen may send."""


def kiosk(deps: Deps, limits: Limiter) -> Blueprint:
    """/kiosk and what its page asks."""
    routes = Blueprint("kiosk", __name__, url_prefix="/kiosk")

    polls, resting = Here(POLLS), IdleKioskCache(deps)

    @routes.before_request
    def small() -> None:
        request.max_content_length = MOST

    @routes.get("")
    @limits.limit(POLLS, key_func=_screen)
    def kiosk_page() -> str:
        language = reader_language()
        return render_template(
            "kiosk.html",
            title="Visitline",
            language=language,
            words={each: page_words(each, "kiosk.", "call.") for each in LANGUAGES},
            noscript=say("kiosk.noscript", language),
            poll_url=url_for(".poll"),
            enter_url=url_for(".enter"),
        )

    @limits.limit(BEGINS, key_func=reader)
    def begin() -> Response:
        secret, state = kiosk_screen.begin(deps)
        return _with_cookie(deps, jsonify(state), secret)

    @routes.post("/poll")
    def poll() -> ResponseReturnValue:
        polls.hit(_screen())
        secret = request.cookies.get(COOKIE, "")
        state = resting.state(secret) or kiosk_screen.poll(deps, secret)
        return begin() if state is None else jsonify(state)

    @routes.post("/enter")
    @limits.limit(TRIES, key_func=_screen)
    def enter() -> ResponseReturnValue:
        body, secret = request.get_json(force=True, silent=True), request.cookies.get(COOKIE, "")
        pin = body.get("pin") if isinstance(body, dict) else None
        try:
            entry = kiosk_screen.enter(
                deps, secret, None if pin is None else str(pin)[:LONGEST_PIN], correlation=correlation()
            )
        except kiosk_screen.NotIn as refused:
            status = STATUS.get(refused.code, 403)
            record(deps, "page", "kiosk", status, refused.code)
            return jsonify(error=refused.code, text=refused.text), status
        except Exception:
            record(deps, "page", "kiosk", 500, "failed")
            raise
        record(deps, "page", "kiosk", 200, "entered")
        return _with_cookie(deps, make_response(jsonify(entry)), secret)  # so that a screen in use is never forgotten

    return routes


def _screen() -> str:
    """Whom to count: the screen; one without a cookie by its address."""
    return by_secret(request.cookies.get(COOKIE, ""))


def _with_cookie(deps: Deps, answer: Response, secret: str) -> Response:
    answer.set_cookie(
        COOKIE, secret, max_age=KEPT, path="/kiosk", httponly=True, samesite="Strict",
        secure=deps.settings.url.startswith("https:"),
    )  # fmt: skip
    return answer
