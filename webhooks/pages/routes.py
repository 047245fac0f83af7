"""The blueprint of the pages of links, and the front page."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter

from bot.texts import say
from handlers.deps import Deps
from handlers.operations import health
from webhooks.http.language import other_language, reader_language
from webhooks.http.limits import GUESS_LIMIT, PAGE_LIMIT, is_not_found
from webhooks.pages.join import join
from webhooks.pages.pay import pay
from webhooks.pages.sandbox import sandbox

MAX_BODY_BYTES = 16_384


def pages(deps: Deps, limits: Limiter, *, demo: bool) -> Blueprint:
    """/, /p/..., /j/..., and the card page of the payment sandbox where it is used."""
    routes = Blueprint("pages", __name__)

    @routes.before_request
    def limit_size() -> None:
        request.max_content_length = MAX_BODY_BYTES

    @routes.get("/")
    def front() -> ResponseReturnValue:
        if demo:
            return redirect("/simulator/")
        return _front(well=all(health.parts(deps).values()))

    pay(deps, routes)
    join(deps, routes)
    if deps.payments is not None and deps.payments.name == "sandbox":
        sandbox(deps, routes)
    limits.limit(PAGE_LIMIT)(routes)
    limits.limit(GUESS_LIMIT, deduct_when=is_not_found)(routes)
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
