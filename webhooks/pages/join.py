"""The page of a join link. Pressing its button marks the family as present; opening it changes nothing."""

from typing import Any

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.texts import say
from handlers.calls import joining, provider_events
from handlers.calls.joining import CannotEnter, EntryRefusal
from handlers.deps import Deps
from scheduling.policy.vocabulary import LinkPurpose
from webhooks.http.errors import api_error, error_page
from webhooks.http.json_body import json_object_or_empty
from webhooks.http.language import reader_language
from webhooks.http.request_value import correlation, record
from webhooks.pages.facts import Opened, chosen_language, open_link
from webhooks.pages.states import JoinState, join_state, opens, was_moved
from webhooks.pages.words import words

RELOAD_WITHIN_SECONDS = 3600
"""Before the opening: from then on a browser without scripts reloads the page when it opens."""
MAX_SAFE_INTEGER = 2**53
"""The largest exact integer of JavaScript."""
COOKIE = "visitline_phone"
COOKIE_SECONDS = 30 * 24 * 3600
STATUS = {
    EntryRefusal.UNKNOWN: 404,
    EntryRefusal.EARLY: 403,
    EntryRefusal.UNBOOKED: 403,
    EntryRefusal.ELSEWHERE: 409,
    EntryRefusal.OVERTAKEN: 409,
    EntryRefusal.OVER: 410,
}
TEXTS = {EntryRefusal.UNKNOWN: "page.unknown.text", EntryRefusal.OVERTAKEN: "enter.elsewhere"}
"""The text about a refusal; all others are `enter.VALUE`."""
WITH_TITLE = (JoinState.OVER, JoinState.CANCELLED)
WITH_CALL = (JoinState.EARLY, JoinState.OPEN, JoinState.JOINED)
CAN_JOIN = (JoinState.OPEN, JoinState.JOINED)
PARAGRAPHS = {
    JoinState.UNBOOKED: ["page.join.unpaid"],
    JoinState.EARLY: ["page.join.early", "page.join.prepare"],
    JoinState.OPEN: ["page.join.open"],
    JoinState.JOINED: ["page.join.joined"],
}


def join(deps: Deps, routes: Blueprint) -> None:
    """GET shows the page, POST marks the family as present, and POST to /enter enters the call."""

    @routes.get("/j/<token>")
    def join_page(token: str) -> ResponseReturnValue:
        opened = open_link(deps, token, LinkPurpose.JOIN)
        if opened is None:
            return error_page("unknown"), 404
        return _with_cookie(deps, _page(deps, opened, join_state(opened.whole, opened.now), token))

    @routes.post("/j/<token>/enter")
    def enter_now(token: str) -> ResponseReturnValue:
        body = json_object_or_empty()
        how, at = str(body.get("as") or ""), body.get("at")
        tried = at if isinstance(at, int) and 0 < at < MAX_SAFE_INTEGER else 0
        browser = request.cookies.get(COOKIE) or joining.new_browser_id()
        try:
            entry = joining.enter_family(deps, token, browser, how, correlation=correlation(), at=tried)
        except CannotEnter as refused:
            record(deps, "page", "enter", STATUS[refused.why], refused.why)
            return _refused(refused)
        except Exception:
            record(deps, "page", "enter", 500, "failed")
            raise
        record(deps, "page", "enter", 200, "entered")
        return _with_cookie(deps, make_response(jsonify(entry.to_json())), browser)

    @routes.post("/j/<token>")
    def join_now(token: str) -> ResponseReturnValue:
        if open_link(deps, token, LinkPurpose.JOIN) is None:
            record(deps, "page", "join", 404, "unknown")
            return error_page("unknown"), 404
        try:
            joined = provider_events.join(deps, token, correlation=correlation())
        except Exception:
            record(deps, "page", "join", 500, "failed")
            raise
        record(deps, "page", "join", 303, "joined" if joined else "not now")
        return redirect(url_for(".join_page", token=token, **chosen_language()), 303)


def _refused(refused: CannotEnter) -> Response:
    text = say(TEXTS.get(refused.why, f"enter.{refused.why}"), reader_language())
    room = {"room": refused.room} if refused.why is EntryRefusal.ELSEWHERE else {}
    return api_error(refused.why, text, STATUS[refused.why], **room)


def _with_cookie(deps: Deps, answer: Response, browser: str | None = None) -> Response:
    """Set the cookie by which the phone is recognized.

    The page sets it before the phone enters, too: the answer to an entry may be lost, and the same phone ask again.
    """
    browser = browser or request.cookies.get(COOKIE) or joining.new_browser_id()
    answer.set_cookie(
        COOKIE, browser, max_age=COOKIE_SECONDS, path="/j/", httponly=True, samesite="Lax",
        secure=deps.settings.url.startswith("https:"),
    )  # fmt: skip
    return answer


def _call(deps: Deps, opened: Opened, token: str) -> dict[str, Any]:
    """What the page's scripts need before the call."""
    return {
        "enter": url_for(".enter_now", token=token, **chosen_language()),
        "minutes": opened.facts["minutes"],
        "kbps": opened.whole.facility.video_kbps,
        "ice": joining.network_test_servers(deps, opened.whole),
        "words": words(opened.say),
    }


def _page(deps: Deps, opened: Opened, state: JoinState, token: str) -> Response:
    at = opens(opened.whole)
    wait = int((at - opened.now).total_seconds()) + 1
    return make_response(
        render_template(
            "join.html",
            **opened.frame(),
            **_words(opened, state),
            state=state,
            token=token,
            opens=at,
            now=opened.now,
            again_in=wait if state is JoinState.EARLY and wait <= RELOAD_WITHIN_SECONDS else None,
            action=url_for(".join_page", token=token, **chosen_language()) if state in CAN_JOIN else None,
            call=_call(deps, opened, token) if state in WITH_CALL else None,
        )
    )


def _words(opened: Opened, state: JoinState) -> dict[str, Any]:
    """The texts of the page in this state."""
    if state in WITH_TITLE:
        title, text = (opened.say(f"page.join.{state}.{part}") for part in ("title", "text"))
        paragraphs = [text] if opened.happened is None else [opened.happened]
        return {"title": title, "notes": [], "paragraphs": paragraphs, "receipt": opened.receipt}
    legal = opened.facts["legal"]
    notes = ["page.join.moved"] if was_moved(opened.history) else []
    return {
        "title": opened.say("page.join.title"),
        "notes": [opened.say(key) for key in notes],
        "paragraphs": [opened.say(key) for key in PARAGRAPHS[state]],
        "button": opened.say("page.join.button"),
        "small": legal or opened.say("page.join.recording"),
        "noscript": opened.say("page.join.noscript_here" if state is JoinState.JOINED else "page.join.noscript"),
        "by_itself": opened.say("page.join.by_itself"),
        "opens_words": opened.say("page.join.opens"),
    }
