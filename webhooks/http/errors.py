"""Error answers: the status, and words that help. JSON in one shape for APIs, pages for people."""

import logging
from http import HTTPStatus

from flask import Flask, Response, jsonify, render_template, request
from werkzeug.exceptions import HTTPException

from bot.texts import say
from handlers.operations.request_log import Forged
from webhooks.http.language import reader_language

log = logging.getLogger(__name__)
API_PREFIXES = ("/webhooks/", "/call/", "/kiosk/", "/dev/", "/healthz", "/readyz", "/metrics")
API_SUFFIX = "/enter"
"""Pages of families and officers enter a call at an address of their own link."""
CONSOLE_PREFIX = "/console"
TEXTS = {404: "nothing", 405: "nothing", 429: "busy"}
"""Status -> the text for a person; all others are "error"."""
CODES = {
    400: "bad_request",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    429: "too_many_requests",
    503: "unavailable",
}
"""Status -> the code of an API error; all others are "failed"."""


def errors(app: Flask) -> None:
    """Answer every failure of the application."""

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
        # 503 asks a provider to send the request again, which is right: nothing was recorded.
        return answer(503 if request.path.startswith("/webhooks/") else 500)


def answer(status: int) -> Response:
    """The plain answer for a status."""
    if request.path.startswith(API_PREFIXES) or request.path.endswith(API_SUFFIX):
        text = say(f"page.{TEXTS.get(status, 'error')}.text", reader_language())
        return api_error(CODES.get(status, "failed"), text, status)
    if request.path.startswith(CONSOLE_PREFIX):
        phrase = HTTPStatus(status).phrase
        response = Response(render_template("console/plain.html", status=status, phrase=phrase))
    else:
        response = Response(error_page(TEXTS.get(status, "error")))
    response.status_code = status
    return response


def api_error(code: str, text: str, status: int, **more: object) -> Response:
    """The one shape of an API error: `code` for the program, `text` for the person who reads it."""
    response = jsonify(error=code, text=text, **more)
    response.status_code = status
    return response


def error_page(which: str, language: str | None = None) -> str:
    """A page with one of our plain sentences about what went wrong: "unknown", "nothing", "busy" or "error"."""
    language = language or reader_language()
    title, text = (say(f"page.{which}.{part}", language) for part in ("title", "text"))
    return render_template("plain.html", language=language, title=title, paragraphs=[text])
