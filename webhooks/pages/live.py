"""The page of calls: what an officer sees of the calls in his units, and the buttons. Opening it changes nothing.

Its link is his for twelve hours; every button asks anew whether he still is an officer and whether the call is still his.
"""

import re
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, g, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter

from bot.texts import LANGUAGES, say
from handlers.calls import supervision
from handlers.calls.supervision import CallView, Desk
from handlers.deps import Deps
from webhooks.http.errors import error_page
from webhooks.http.language import other_language, reader_language
from webhooks.http.limits import GUESSES, by_secret, missed
from webhooks.http.request_value import correlation, record
from webhooks.pages.words import page_words

LOOKS = "120 per minute"
"""By link, for officers share an address: every open page looks twelve times a minute."""
MOST = 16_384
"""Bytes that a form may send."""
DONE = ("admitted", "already", "noticed", "cleared", "too_long", "ended", "no_reason", "decided", "own", "gone")
VERDICTS = ("took_place", "give_back")
_REF = re.compile("[A-Z0-9]{4}")


@dataclass(frozen=True, slots=True)
class _Opened:
    """The page somebody opened: who, in which language, by which link."""

    desk: Desk
    language: str
    token: str

    def say(self, key: str, **facts: object) -> str:
        return say(key, self.language, **facts)

    def address(self, endpoint: str, **parts: Any) -> str:
        """An address of this link, in the language that was chosen on it."""
        if (chosen := request.args.get("lang")) in LANGUAGES:
            parts["lang"] = chosen
        return url_for(f".{endpoint}", token=self.token, **parts)


def live(deps: Deps, limits: Limiter) -> Blueprint:
    """Everything under /calls. Whoever has no good link comes no further than the first function."""
    routes = Blueprint("live", __name__, url_prefix="/calls")

    @routes.before_request
    def admit_officer() -> ResponseReturnValue | None:
        request.max_content_length = MOST
        token = str((request.view_args or {}).get("token", ""))
        desk = supervision.desk(deps, token)
        if desk is None:
            return _gone()
        g.opened = _Opened(desk, reader_language(desk.language), token)
        return None

    @routes.get("/<token>")
    def calls_page(token: str) -> ResponseReturnValue:  # noqa: ARG001  # `g.opened` is what it opens, here and below
        return _page(deps, _opened())

    @routes.post("/<token>/<ref>/admit")
    def admit(token: str, ref: str) -> ResponseReturnValue:  # noqa: ARG001
        return _done(deps, "admit", ref, supervision.admit(deps, _opened().desk.officer, ref, correlation()))

    @routes.post("/<token>/<ref>/notice")
    def notice(token: str, ref: str) -> ResponseReturnValue:  # noqa: ARG001
        words = request.form.get("words", "")
        return _done(deps, "notice", ref, supervision.notice(deps, _opened().desk.officer, ref, words, correlation()))

    @routes.post("/<token>/<ref>/end")
    def end(token: str, ref: str) -> ResponseReturnValue:  # noqa: ARG001
        officer, reason = _opened().desk.officer, request.form.get("reason", "")
        view = supervision.call_now(deps, officer, ref)
        if view is None or view.doubt or reason not in supervision.REASONS:
            return _done(deps, "end", ref, "gone" if view is None or view.doubt else "no_reason")
        if request.form.get("sure") != "yes":
            return _sure(_opened(), view, reason)
        return _done(deps, "end", ref, supervision.end(deps, officer, ref, reason, correlation()))

    @routes.post("/<token>/<ref>/decide")
    def decide(token: str, ref: str) -> ResponseReturnValue:  # noqa: ARG001
        officer, verdict = _opened().desk.officer, request.form.get("verdict", "")
        if verdict not in VERDICTS:
            return _done(deps, "decide", ref, "gone")
        view = supervision.call_now(deps, officer, ref)
        if view is not None and view.doubt and request.form.get("sure") != "yes":
            return _sure_verdict(_opened(), view, verdict)
        done = supervision.decide(deps, officer, ref, correlation(), took_place=verdict == "took_place")
        return _done(deps, "decide", ref, done)

    _watching(deps, routes)
    limits.limit(LOOKS, key_func=_link)(routes)
    limits.limit(GUESSES, deduct_when=missed)(routes)
    return routes


def _watching(deps: Deps, routes: Blueprint) -> None:
    """To watch a call without being heard: only where the facility does that, and never an attorney's."""

    @routes.get("/<token>/watch/<ref>")
    def watch_page(token: str, ref: str) -> ResponseReturnValue:  # noqa: ARG001
        opened = _opened()
        if supervision.watch(deps, opened.desk.officer, ref) is None:
            return error_page("nothing", opened.language), 404
        return render_template(
            "watch.html",
            language=opened.language,
            title=opened.say("live.watch"),
            facility=opened.desk.facility.name,
            words=page_words(opened.language, "call."),
            enter_url=opened.address("watch_enter", ref=ref),
            back_url=opened.address("calls_page"),
            back=opened.say("live.back"),
        )

    @routes.post("/<token>/watch/<ref>/enter")
    def watch_enter(token: str, ref: str) -> ResponseReturnValue:  # noqa: ARG001
        opened = _opened()
        entry = supervision.enter_watch(deps, opened.desk.officer, ref)
        record(deps, "page", "watch", 410 if entry is None else 200, "over" if entry is None else "entered")
        if entry is None:
            return jsonify(error="over", text=opened.say("live.done.gone", ref=ref[:4])), 410
        return jsonify(entry)


def _opened() -> _Opened:
    found: _Opened = g.opened
    return found


def _link() -> str:
    return by_secret(str((request.view_args or {}).get("token", "")))


def _gone() -> ResponseReturnValue:
    language = reader_language()
    if request.path.endswith("/enter"):
        return jsonify(error="unknown", text=say("live.gone.text", language)), 404
    title, text = say("live.gone.title", language), say("live.gone.text", language)
    return render_template("plain.html", language=language, title=title, paragraphs=[text]), 404


def _done(deps: Deps, kind: str, ref: str, outcome: str) -> ResponseReturnValue:
    """Back to the list, which says what became of it."""
    record(deps, "page", f"call {kind}", 303, outcome)
    return redirect(_opened().address("calls_page", done=outcome, ref=ref[:4]), 303)


def _page(deps: Deps, opened: _Opened) -> Response:
    calls = [_shown(opened, view) for view in supervision.calls_now(deps, opened.desk.officer)]
    part = "part" in request.args
    return make_response(
        render_template(
            "calls/list.html" if part else "calls/page.html",
            **_frame(opened),
            title=opened.say("live.title"),
            calls=calls,
            nothing=opened.say("live.none"),
            done=_said(opened),
            stale=opened.say("live.stale"),
            part_url=opened.address("calls_page", part=1),
            longest=supervision.LONGEST,
            labels={name: opened.say(f"live.{name}") for name in ("notice", "notice_button", "reason", "choose", "end")}
            | {name: opened.say(f"live.{name}") for name in ("took_place", "give_back", "watch")},
            reasons=[(each, opened.say(f"live.reason.{each}")) for each in supervision.REASONS],
        )
    )


def _frame(opened: _Opened) -> dict[str, Any]:
    other = other_language(opened.language)
    return {
        "language": opened.language,
        "other": other,
        "other_words": say("page.language", opened.language),
        "facility": opened.desk.facility.name,
    }


def _said(opened: _Opened) -> str | None:
    """What became of the button that was pressed: one of our own sentences about a reference, nothing else."""
    done, ref = request.args.get("done", ""), request.args.get("ref", "")
    return opened.say(f"live.done.{done}", ref=ref) if done in DONE and _REF.fullmatch(ref) else None


def _sure(opened: _Opened, view: CallView, reason: str) -> str:
    """Nothing has happened yet: is he sure?"""
    why = opened.say(f"live.reason.{reason}")
    ask = opened.say("live.sure", ref=view.ref, resident=view.resident, why=why)
    return _question(opened, ask, "live.end", "live.sure_button", opened.address("end", ref=view.ref), "reason", reason)


def _sure_verdict(opened: _Opened, view: CallView, verdict: str) -> str:
    """Money hangs on it: is he sure? What the family said is said once more."""
    said = opened.say("live.said_no") if view.said_no else None
    ask = opened.say(
        f"live.sure_{verdict}", ref=view.ref, visitor=view.visitor, said=said, count=view.minutes_connected
    )
    action = opened.address("decide", ref=view.ref)
    return _question(opened, ask, f"live.{verdict}", f"live.{verdict}", action, "verdict", verdict)


def _question(opened: _Opened, ask: str, title: str, button: str, action: str, what: str, value: str) -> str:
    return render_template(
        "calls/sure.html",
        **_frame(opened) | {"other": None},
        title=opened.say(title),
        ask=ask,
        button=opened.say(button),
        action=action,
        what=what,
        value=value,
        back=opened.say("live.back"),
        back_url=opened.address("calls_page"),
    )


def _shown(opened: _Opened, view: CallView) -> dict[str, Any]:
    """One call as its card says it, and what can be done about it."""
    can = {"admit": view.admitted is None, "notice": True, "end": True}
    if view.doubt:
        can = {"decide": True}
    if view.own:
        can = {}
    actions = {name: opened.address(name, ref=view.ref) for name, yes in can.items() if yes}
    if view.watchable:
        actions["watch"] = opened.address("watch_page", ref=view.ref)
    return {
        "ref": view.ref,
        "who": opened.say("live.who", visitor=view.visitor, name=view.resident, number=view.number),
        "where": opened.say("live.where", ref=view.ref, terminal=view.terminal, unit=view.unit),
        "when": _when(opened, view),
        "tags": _tags(opened, view),
        "lines": _lines(opened, view),
        "actions": actions,
        "admit": opened.say("live.admit", resident=view.resident),
        "words": view.notice or "",
    }


def _when(opened: _Opened, view: CallView) -> str:
    if view.doubt:
        return opened.say("live.was", start=view.starts, end=view.ends)
    if view.begun:
        return opened.say("live.left", end=view.ends, count=view.minutes_left)
    return opened.say("live.begins", start=view.starts, count=view.minutes_left)


def _tags(opened: _Opened, view: CallView) -> list[tuple[str, str]]:
    """(tone, words): what is to be seen at a glance. No colour says anything that the words do not."""
    if view.doubt:
        found = [("wait", "doubt"), *([("bad", "said_no")] if view.said_no else [])]
    else:
        connected = ("ok", "connected") if view.connected else ("bad" if view.begun else "", "not_connected")
        screen = ("", "screen_on") if view.screen_on else ("bad", "screen_off")
        found = [connected, screen, *([("wait", "watched")] if view.watched else [])]
    found += [("", "legal")] if view.legal else []
    found += [("wait", "own")] if view.own else []
    found += [("bad", "trouble")] if view.trouble_at is not None and not view.doubt else []
    waits = view.asked and not view.doubt
    asks = [("bad", opened.say("live.asks", terminal=view.terminal))] if waits else []
    said = {"at": view.trouble_at}
    return [*asks, *((tone, opened.say(f"live.{key}", **said)) for tone, key in found)]


def _lines(opened: _Opened, view: CallView) -> list[str]:
    let_in = opened.say("live.not_let_in" if view.admitted is None else f"live.let_in.{view.admitted}")
    phone, screen = opened.say(f"live.phone.{view.phone}"), opened.say(f"live.screen.{view.screen}")
    lines = [let_in, opened.say("live.says", phone_says=phone, screen_says=screen)]
    if view.doubt:
        return [opened.say("live.minutes", count=view.minutes_connected), *lines]
    here = [opened.say("live.phones", count=view.phones)]
    here += [opened.say("live.resident_in")] if view.kiosk_in else []
    notice = [opened.say("live.notice_now", said=view.notice)] if view.notice else []
    return [", ".join(here), *lines, *notice]
