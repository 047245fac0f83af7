"""The page of a kiosk, its polls, and the admission of its resident.

A kiosk is known by its cookie alone. Only an officer's text pairs it, so there is nothing to guess here. All kiosks of a
jail may share one address, so requests are counted by kiosk.
"""

from flask import Blueprint, Response, jsonify, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter

from bot.texts import LANGUAGES, say
from handlers.calls import kiosk_admission, kiosk_screen
from handlers.calls.idle_kiosk_cache import IdleKioskCache
from handlers.calls.kiosk_admission import Admission, NotAdmitted
from handlers.deps import Deps
from webhooks.http.errors import api_error
from webhooks.http.json_body import json_object_or_empty
from webhooks.http.language import reader_language
from webhooks.http.limits import LocalLimit, by_secret, client_address
from webhooks.http.request_value import correlation, record
from webhooks.pages.words import page_words

COOKIE = "visitline_kiosk"
COOKIE_SECONDS = 400 * 24 * 3600
"""The longest that browsers keep a cookie."""
POLL_LIMIT = "120 per minute"
ENTER_LIMIT = "20 per minute"
NEW_KIOSK_LIMIT = "60 per minute;600 per hour;2000 per day"
"""New kiosks of one address: there are many on the day on which a prison installs all of its own."""
STATUS = {Admission.OVER: 410}
"""All other refusals are 403."""
MAX_PIN_CHARACTERS = 16
MAX_BODY_BYTES = 4_096


def kiosk(deps: Deps, limits: Limiter) -> Blueprint:
    """/kiosk and the requests of its page."""
    routes = Blueprint("kiosk", __name__, url_prefix="/kiosk")

    polls, idle_kiosks = LocalLimit(POLL_LIMIT), IdleKioskCache(deps)

    @routes.before_request
    def limit_size() -> None:
        request.max_content_length = MAX_BODY_BYTES

    @routes.get("")
    @limits.limit(POLL_LIMIT, key_func=_kiosk_key)
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

    @limits.limit(NEW_KIOSK_LIMIT, key_func=client_address)
    def begin() -> Response:
        secret, state = kiosk_screen.begin(deps)
        return _with_cookie(deps, jsonify(state.to_json()), secret)

    @routes.post("/poll")
    def poll() -> ResponseReturnValue:
        polls.hit(_kiosk_key())
        secret = request.cookies.get(COOKIE, "")
        state = idle_kiosks.state(secret) or kiosk_screen.poll(deps, secret)
        return begin() if state is None else jsonify(state.to_json())

    @routes.post("/enter")
    @limits.limit(ENTER_LIMIT, key_func=_kiosk_key)
    def enter() -> ResponseReturnValue:
        secret, pin = request.cookies.get(COOKIE, ""), json_object_or_empty().get("pin")
        try:
            entry = kiosk_admission.enter(
                deps, secret, None if pin is None else str(pin)[:MAX_PIN_CHARACTERS], correlation=correlation()
            )
        except NotAdmitted as refused:
            status = STATUS.get(refused.why, 403)
            record(deps, "page", "kiosk", status, refused.why)
            return api_error(refused.why, refused.text, status)
        except Exception:
            record(deps, "page", "kiosk", 500, "failed")
            raise
        record(deps, "page", "kiosk", 200, "entered")
        return _with_cookie(deps, make_response(jsonify(entry.to_json())), secret)  # a kiosk in use keeps its cookie

    return routes


def _kiosk_key() -> str:
    """By whom to count: the kiosk, or its address while it has no cookie."""
    return by_secret(request.cookies.get(COOKIE, ""))


def _with_cookie(deps: Deps, answer: Response, secret: str) -> Response:
    answer.set_cookie(
        COOKIE, secret, max_age=COOKIE_SECONDS, path="/kiosk", httponly=True, samesite="Strict",
        secure=deps.settings.url.startswith("https:"),
    )  # fmt: skip
    return answer
