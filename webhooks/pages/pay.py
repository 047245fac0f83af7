"""The page behind a pay link: who, when, how much, by when, and one button. Opening it changes nothing."""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from handlers.deps import Deps
from handlers.payments import checkout
from scheduling.policy.vocabulary import LinkPurpose
from webhooks.http.errors import error_page
from webhooks.http.request_value import correlation, record
from webhooks.pages.facts import Opened, chosen_language, open_link
from webhooks.pages.states import opens, pay_state

LOOKS = 24
"""How often the page looks again for the provider's word, every five seconds, before it stops."""
STILL_DUE = ("due", "declined", "left")


def pay(deps: Deps, routes: Blueprint) -> None:
    """GET shows, POST goes to the card page."""

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
    """What the card page said: paid (also `?paid=1`), declined or left; "" for somebody who opened the link."""
    return "paid" if "paid" in request.args else request.args.get("back", "")


def _page(opened: Opened, state: str, token: str) -> Response:
    looks = request.args.get("looks", 0, int)
    words = _words(opened, state)
    again = None
    if state == "checking" and looks < LOOKS:
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


def _words(opened: Opened, state: str) -> dict[str, Any]:
    """The title, what is said above and below the button, and the button."""
    if state in STILL_DUE:
        notes = {
            "declined": [opened.say("page.pay.declined")],
            "left": [opened.say("page.pay.back")],
        }
        return {
            "title": opened.say("page.pay.title"),
            "notes": notes.get(state, []),
            "paragraphs": [opened.say("page.pay.by")],
            "button": opened.say("page.pay.button"),
            "small": opened.say("page.pay.next"),
        }
    paragraphs = [opened.say(f"page.pay.{state}.text")]
    if state == "paid" and opens(opened.whole) > opened.now:
        paragraphs.append(opened.say("page.pay.paid.join"))
    return {"title": opened.say(f"page.pay.{state}.title"), "notes": [], "paragraphs": paragraphs}
