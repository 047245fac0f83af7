"""The page of calls: the calls in an officer's units, with buttons to act on them. Opening it changes nothing.

Its link is valid for twelve hours. Every request checks again whether its owner is still an officer, and every button whether
the call is still one of theirs.
"""

from flask import Blueprint, g, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter

from bot.texts import say
from handlers.calls import call_list, supervision
from handlers.calls.supervision import ActionResult
from handlers.deps import Deps
from webhooks.http.errors import api_error, error_page
from webhooks.http.language import reader_language
from webhooks.http.limits import GUESS_LIMIT, by_secret, is_not_found
from webhooks.http.request_value import correlation, record
from webhooks.pages.live_view import DoubtVerdict, OpenedCalls, confirm_end, confirm_verdict, page
from webhooks.pages.words import page_words

PAGE_LIMIT = "120 per minute"
"""By link, because officers share an address. Every open page reloads its list twelve times a minute."""
MAX_BODY_BYTES = 16_384


def live(deps: Deps, limits: Limiter) -> Blueprint:
    """Everything under /calls. Without a valid link no request gets past the first function."""
    routes = Blueprint("live", __name__, url_prefix="/calls")

    @routes.before_request
    def admit_officer() -> ResponseReturnValue | None:
        request.max_content_length = MAX_BODY_BYTES
        token = str((request.view_args or {}).get("token", ""))
        desk = call_list.desk(deps, token)
        if desk is None:
            return _unknown_link()
        g.opened = OpenedCalls(desk, reader_language(desk.language), token)
        return None

    @routes.get("/<token>")
    def calls_page(token: str) -> ResponseReturnValue:  # noqa: ARG001  # `g.opened` is what it opens, here and below
        opened = _opened()
        return make_response(page(opened, call_list.calls_now(deps, opened.desk.officer)))

    @routes.post("/<token>/<ref>/admit")
    def admit(token: str, ref: str) -> ResponseReturnValue:  # noqa: ARG001
        return _done(deps, "admit", ref, supervision.admit(deps, _opened().desk.officer, ref))

    @routes.post("/<token>/<ref>/notice")
    def notice(token: str, ref: str) -> ResponseReturnValue:  # noqa: ARG001
        words = request.form.get("words", "")
        return _done(deps, "notice", ref, supervision.notice(deps, _opened().desk.officer, ref, words))

    @routes.post("/<token>/<ref>/end")
    def end(token: str, ref: str) -> ResponseReturnValue:  # noqa: ARG001
        officer, reason = _opened().desk.officer, request.form.get("reason", "")
        view = call_list.call_now(deps, officer, ref)
        if view is None or view.doubt:
            return _done(deps, "end", ref, ActionResult.GONE)
        if reason not in supervision.REASONS:
            return _done(deps, "end", ref, ActionResult.NO_REASON)
        if request.form.get("sure") != "yes":
            return confirm_end(_opened(), view, reason)
        return _done(deps, "end", ref, supervision.end(deps, officer, ref, reason, correlation()))

    _deciding(deps, routes)
    _watching(deps, routes)
    limits.limit(PAGE_LIMIT, key_func=_link_key)(routes)
    limits.limit(GUESS_LIMIT, deduct_when=is_not_found)(routes)
    return routes


def _deciding(deps: Deps, routes: Blueprint) -> None:
    """Add the route to decide a visit in doubt."""

    @routes.post("/<token>/<ref>/decide")
    def decide(token: str, ref: str) -> ResponseReturnValue:  # noqa: ARG001
        officer, chosen = _opened().desk.officer, request.form.get("verdict", "")
        if chosen not in set(DoubtVerdict):
            return _done(deps, "decide", ref, ActionResult.GONE)
        verdict, view = DoubtVerdict(chosen), call_list.call_now(deps, officer, ref)
        if view is not None and view.doubt and request.form.get("sure") != "yes":
            return confirm_verdict(_opened(), view, verdict)
        took_place = verdict is DoubtVerdict.TOOK_PLACE
        return _done(deps, "decide", ref, supervision.decide(deps, officer, ref, correlation(), took_place=took_place))


def _watching(deps: Deps, routes: Blueprint) -> None:
    """Add the routes to watch a call without being heard, where the facility allows it; never an attorney's visit."""

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
            return api_error("over", opened.say("live.done.gone", ref=ref[:4]), 410)
        return jsonify(entry.to_json())


def _opened() -> OpenedCalls:
    found: OpenedCalls = g.opened
    return found


def _link_key() -> str:
    return by_secret(str((request.view_args or {}).get("token", "")))


def _unknown_link() -> ResponseReturnValue:
    language = reader_language()
    title, text = say("live.gone.title", language), say("live.gone.text", language)
    if request.path.endswith("/enter"):
        return api_error("unknown", text, 404)
    return render_template("plain.html", language=language, title=title, paragraphs=[text]), 404


def _done(deps: Deps, kind: str, ref: str, outcome: ActionResult) -> ResponseReturnValue:
    """Redirect to the list, which says the outcome."""
    record(deps, "page", f"call {kind}", 303, outcome)
    return redirect(_opened().address("calls_page", done=outcome, ref=ref[:4]), 303)
