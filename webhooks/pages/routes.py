"""The pages behind links, put together."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter

from bot.texts import say
from handlers.deps import Deps
from handlers.operations import health
from webhooks.http.language import other_language, reader_language
from webhooks.http.limits import GUESSES, PAGES, missed
from webhooks.pages.join import join
from webhooks.pages.pay import pay
from webhooks.pages.sandbox import sandbox

MOST = 16_384
"""Bytes that a page's form may send."""


def pages(deps: Deps, limits: Limiter, *, demo: bool) -> Blueprint:
    """/, /p/..., /j/..., and the sandbox's card page where it takes the money."""
    routes = Blueprint("pages", __name__)

    @routes.before_request
    def small() -> None:
        request.max_content_length = MOST

    @routes.get("/")
    def front() -> ResponseReturnValue:
        if demo:
            return redirect("/simulator/")
        return _front(well=all(health.parts(deps).values()))

    pay(deps, routes)
    join(deps, routes)
    if deps.payments is not None and deps.payments.name == "sandbox":
        sandbox(deps, routes)
    limits.limit(PAGES)(routes)
    limits.limit(GUESSES, deduct_when=missed)(routes)
    return routes


def _front(*, well: bool) -> str:
    language = reader_language()
    state = say("page.front.well" if well else "page.front.slow", language)
    return render_template(
        "plain.html",
        language=language,
        other=other_language(language),
        other_words=say("page.language", language),
        self_url=url_for(".front"),
        title="Visitline",
        paragraphs=[say("page.front.text", language), state],
    )
