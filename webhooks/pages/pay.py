"""The page of a pay link: who, when, how much, by when, and one button. Opening it changes nothing."""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from handlers.deps import Deps
from handlers.payments import checkout
from scheduling.policy.vocabulary import LinkPurpose
from webhooks.http.errors import error_page
from webhooks.http.request_value import correlation, record
from webhooks.pages.facts import Opened, chosen_language, open_link
from webhooks.pages.states import PayState, opens, pay_state

MAX_RELOADS = 24
"""While the provider has not confirmed a payment, the page reloads this often, every five seconds."""
STILL_DUE = (PayState.DUE, PayState.DECLINED, PayState.LEFT)
NOTES = {PayState.DECLINED: ["page.pay.declined"], PayState.LEFT: ["page.pay.back"]}


def pay(deps: Deps, routes: Blueprint) -> None:
    """GET shows the page, POST redirects to the card page."""

    @routes.get("/p/<token>")
    def pay_page(token: str) -> ResponseReturnValue:
        opened = open_link(deps, token, LinkPurpose.PAY)
        if opened is None:
            return error_page("unknown"), 404
        state = pay_state(opened.whole, opened.now, _came_back())
        return _page(opened, state, token)

    @routes.post("/p/<token>")
    def pay_now(token: str) -> ResponseReturnValue:
        opened = open_link(deps, token, LinkPurpose.PAY)
        if opened is None:
            record(deps, "page", "pay", 404, "unknown")
            return error_page("unknown"), 404
        try:
            url = checkout.checkout_url(deps, token, correlation=correlation())
        except checkout.NothingToPay as why:
            record(deps, "page", "pay", 303, "nothing to pay")
            back = "paid" if isinstance(why, checkout.StillComing) else None
            return redirect(url_for(".pay_page", token=token, back=back, **chosen_language()), 303)
        except checkout.TryLater:
            record(deps, "page", "pay", 503, "failed")
            return error_page("error", opened.language), 503
        except Exception:
            record(deps, "page", "pay", 500, "failed")
            raise
        record(deps, "page", "pay", 303, "to the card page")
        return redirect(url, 303)


def _came_back() -> str:
    """What the card page reported: paid (also `?paid=1`), declined or left; "" for somebody who opened the link."""
    return "paid" if "paid" in request.args else request.args.get("back", "")


def _page(opened: Opened, state: PayState, token: str) -> Response:
    looks = request.args.get("looks", 0, int)
    words = _words(opened, state)
    again = None
    if state is PayState.CHECKING and looks < MAX_RELOADS:
        again = url_for(".pay_page", token=token, back="paid", looks=looks + 1, **chosen_language())
    action = url_for(".pay_page", token=token, **chosen_language()) if state in STILL_DUE else None
    return make_response(
        render_template(
            "pay.html",
            **opened.frame(),
            **words,
            back=opened.say("page.pay.back_to_card", price=opened.back) if opened.back.minor else None,
            state=state,
            again=again,
            action=action,
            token=token,
        )
    )


def _words(opened: Opened, state: PayState) -> dict[str, Any]:
    """The title, the texts above and below the button, and the button."""
    if state in STILL_DUE:
        return {
            "title": opened.say("page.pay.title"),
            "notes": [opened.say(key) for key in NOTES.get(state, [])],
            "paragraphs": [opened.say("page.pay.by")],
            "button": opened.say("page.pay.button"),
            "small": opened.say("page.pay.next"),
        }
    paragraphs = [opened.say(f"page.pay.{state}.text")]
    if state is PayState.PAID and opens(opened.whole) > opened.now:
        paragraphs.append(opened.say("page.pay.paid.join"))
    return {"title": opened.say(f"page.pay.{state}.title"), "notes": [], "paragraphs": paragraphs}
