"""The error table: what went wrong -> the status, and words that help. Pages for people, JSON for machines."""

import logging
from http import HTTPStatus

from flask import Flask, Response, jsonify, render_template, request
from werkzeug.exceptions import HTTPException

from bot.texts import say
from handlers.operations.request_log import Forged
from webhooks.http.language import reader_language

log = logging.getLogger(__name__)
MACHINES = ("/webhooks/", "/kiosk/", "/dev/", "/healthz", "/readyz", "/metrics")
CONSOLE = "/console"
WORDS = {404: "nothing", 405: "nothing", 429: "busy"}
"""Status -> which of our texts a person reads; all others are "error"."""


def errors(app: Flask) -> None:
    """Answer every failure by this table."""

    @app.errorhandler(Forged)
    def forged(_problem: Forged) -> Response:
        return answer(403)

    @app.errorhandler(HTTPException)
    def known(problem: HTTPException) -> Response:
        status = problem.code or 500
        return problem.get_response() if status < 400 else answer(status)  # type: ignore[return-value]

    @app.errorhandler(Exception)
    def unknown(problem: Exception) -> Response:
        log.error("request failed", exc_info=problem)
        # To a provider 503 says "bring it again", which is what we mean: nothing was recorded.
        return answer(503 if request.path.startswith("/webhooks/") else 500)


def answer(status: int) -> Response:
    """The plain answer for a status."""
    phrase = HTTPStatus(status).phrase
    if request.path.startswith(MACHINES):
        response = jsonify(error=phrase)
    elif request.path.startswith(CONSOLE):
        response = Response(render_template("console/plain.html", status=status, phrase=phrase))
    else:
        response = Response(error_page(WORDS.get(status, "error")))
    response.status_code = status
    return response


def error_page(which: str, language: str | None = None) -> str:
    """A page with one of our plain sentences about what went wrong: "unknown", "nothing", "busy" or "error"."""
    language = language or reader_language()
    title, text = (say(f"page.{which}.{part}", language) for part in ("title", "text"))
    return render_template("plain.html", language=language, title=title, paragraphs=[text])
