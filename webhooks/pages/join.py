"""The page behind a join link. Pressing its button is the mark of presence; opening it changes nothing."""

from typing import Any

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.texts import say
from handlers.calls import joining, provider_events
from handlers.deps import Deps
from scheduling.policy.vocabulary import LinkPurpose
from webhooks.http.errors import error_page
from webhooks.http.language import reader_language
from webhooks.http.request_value import correlation, record
from webhooks.pages.facts import Opened, chosen_language, open_link
from webhooks.pages.states import join_state, opens, was_moved
from webhooks.pages.words import words

NEAR = 3600
"""Seconds before the opening from which the page opens by itself in a browser without scripts, too."""
HEADED = ("over", "cancelled")
COOKIE = "visitline_phone"
KEPT = 30 * 24 * 3600
"""Seconds for which a phone is known again."""
STATUS = {"unknown": 404, "early": 403, "unbooked": 403, "elsewhere": 409, "over": 410, "overtaken": 409}
LIVE = ("early", "open", "joined")


def join(deps: Deps, routes: Blueprint) -> None:
    """GET shows, POST marks the visitor as here."""

    @routes.get("/j/<token>")
    def join_page(token: str) -> ResponseReturnValue:
        opened = open_link(deps, token, LinkPurpose.JOIN)
        if opened is None:
            return error_page("unknown"), 404
        return _known(deps, _page(deps, opened, join_state(opened.whole, opened.now), token))

    @routes.post("/j/<token>/enter")
    def enter_now(token: str) -> ResponseReturnValue:
        body = request.get_json(force=True, silent=True)
        how, at = (body.get("as"), body.get("at")) if isinstance(body, dict) else (None, None)
        tried = at if isinstance(at, int) and 0 < at < 2**53 else 0
        browser = request.cookies.get(COOKIE) or joining.fresh_browser()
        try:
            entry = joining.enter_family(deps, token, browser, str(how or ""), correlation=correlation(), at=tried)
        except joining.CannotEnter as refused:
            record(deps, "page", "enter", STATUS[refused.why], refused.why)
            return _refused(refused)
        except Exception:
            record(deps, "page", "enter", 500, "failed")
            raise
        record(deps, "page", "enter", 200, "entered")
        return _known(deps, make_response(jsonify(entry)), browser)

    @routes.post("/j/<token>")
    def join_now(token: str) -> ResponseReturnValue:
        if open_link(deps, token, LinkPurpose.JOIN) is None:
            record(deps, "page", "join", 404, "unknown")
            return error_page("unknown"), 404
        try:
            here = provider_events.join(deps, token, correlation=correlation())
        except Exception:
            record(deps, "page", "join", 500, "failed")
            raise
        record(deps, "page", "join", 303, "joined" if here else "not now")
        return redirect(url_for(".join_page", token=token, **chosen_language()), 303)


def _refused(refused: joining.CannotEnter) -> tuple[Response, int]:
    """Why this phone cannot enter, with a sentence."""
    key = {"unknown": "page.unknown.text", "overtaken": "enter.elsewhere"}.get(refused.why, f"enter.{refused.why}")
    words = {"error": refused.why, "text": say(key, reader_language())}
    if refused.why == "elsewhere":
        return jsonify(**words, room=refused.room), STATUS[refused.why]
    return jsonify(words), STATUS[refused.why]


def _known(deps: Deps, answer: Response, browser: str | None = None) -> Response:
    """Let the phone be known again: before it enters, too, for an answer may be lost and the same phone ask again."""
    browser = browser or request.cookies.get(COOKIE) or joining.fresh_browser()
    answer.set_cookie(
        COOKIE, browser, max_age=KEPT, path="/j/", httponly=True, samesite="Lax",
        secure=deps.settings.url.startswith("https:"),
    )  # fmt: skip
    return answer


def _call(deps: Deps, opened: Opened, token: str) -> dict[str, Any]:
    """What the page's scripts need before the call."""
    return {
        "enter": url_for(".enter_now", token=token, **chosen_language()),
        "minutes": opened.facts["minutes"],
        "kbps": opened.whole.facility.video_kbps,
        "ice": joining.for_a_test(deps, opened.whole),
        "words": words(opened.say),
    }


def _page(deps: Deps, opened: Opened, state: str, token: str) -> Response:
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
            again_in=wait if state == "early" and wait <= NEAR else None,
            action=url_for(".join_page", token=token, **chosen_language()) if state in ("open", "joined") else None,
            call=_call(deps, opened, token) if state in LIVE else None,
        )
    )


def _words(opened: Opened, state: str) -> dict[str, Any]:
    """The title, and what is said in this state."""
    if state in HEADED:
        title, text = (opened.say(f"page.join.{state}.{part}") for part in ("title", "text"))
        paragraphs = [text] if opened.happened is None else [opened.happened]
        return {"title": title, "notes": [], "paragraphs": paragraphs, "receipt": opened.receipt}
    paragraphs = {
        "unbooked": ["page.join.unpaid"],
        "early": ["page.join.early", "page.join.prepare"],
        "open": ["page.join.open"],
        "joined": ["page.join.joined"],
    }[state]
    legal = opened.facts["legal"]
    notes = ["page.join.moved"] if was_moved(opened.history) else []
    return {
        "title": opened.say("page.join.title"),
        "notes": [opened.say(key) for key in notes],
        "paragraphs": [opened.say(key) for key in paragraphs],
        "button": opened.say("page.join.button"),
        "small": legal or opened.say("page.join.recording"),
        "noscript": opened.say("page.join.noscript_here" if state == "joined" else "page.join.noscript"),
        "by_itself": opened.say("page.join.by_itself"),
        "opens_words": opened.say("page.join.opens"),
    }
