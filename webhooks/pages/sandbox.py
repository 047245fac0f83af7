"""The card page of the payment sandbox, only where the sandbox is the provider: no money moves."""

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from bot.texts import Money, say
from handlers.deps import Deps
from handlers.payments import sandbox_checkout
from scheduling.policy.vocabulary import CheckoutState
from webhooks.http.errors import error_page
from webhooks.http.language import other_language, reader_language
from webhooks.http.request_value import correlation, record


def sandbox(deps: Deps, routes: Blueprint) -> None:
    """The card page with its two outcomes, as a hosted card page has."""

    @routes.get("/sandbox/<checkout>")
    def card_page(checkout: str) -> ResponseReturnValue:
        found = sandbox_checkout.view(deps, checkout)
        if found is None:
            return error_page("unknown"), 404
        language, price = reader_language(found.language), Money(found.amount, found.currency)
        buttons = {
            "pay": say("page.sandbox.pay", language, price=price),
            "decline": say("page.sandbox.decline", language),
        }
        if found.state != CheckoutState.OPEN:
            buttons = {"back": say("page.sandbox.return", language)}
        key = {CheckoutState.OPEN: "text", CheckoutState.PAID: "paid"}.get(found.state, "closed")
        return render_template(
            "sandbox.html",
            language=language,
            other=other_language(language),
            other_words=say("page.language", language),
            title=say("page.sandbox.title", language),
            text=say(f"page.sandbox.{key}", language, price=price),
            name=found.name,
            actions=[(url_for(f".card_{what}", checkout=checkout), what, words) for what, words in buttons.items()],
        )

    @routes.post("/sandbox/<checkout>/pay")
    def card_pay(checkout: str) -> ResponseReturnValue:
        return _end(deps, checkout, "paid", sandbox_checkout.pay)

    @routes.post("/sandbox/<checkout>/back")
    def card_back(checkout: str) -> ResponseReturnValue:
        if sandbox_checkout.view(deps, checkout) is None:
            return error_page("unknown"), 404
        return redirect(sandbox_checkout.pay_page(deps, checkout), 303)

    @routes.post("/sandbox/<checkout>/decline")
    def card_decline(checkout: str) -> ResponseReturnValue:
        return _end(deps, checkout, "declined", sandbox_checkout.decline)


def _end(deps: Deps, checkout: str, outcome: str, act: Callable[..., str]) -> ResponseReturnValue:
    if sandbox_checkout.view(deps, checkout) is None:
        record(deps, "sandbox", "event", 404, "unknown")
        return error_page("unknown"), 404
    back = act(deps, checkout, correlation=correlation())
    record(deps, "sandbox", "event", 303, outcome)
    return redirect(back, 303)
