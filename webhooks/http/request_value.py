"""A request as a plain value, and its row in the request log."""

import logging

from flask import Request, g

from bot.messages import WebRequest
from handlers.deps import Deps
from handlers.operations import request_log

log = logging.getLogger(__name__)


def as_value(request: Request) -> WebRequest:
    """A request as its provider sent it: the path with its query, lower-case header names, the body as bytes."""
    body = request.get_data()  # before the form is read: reading the form consumes it
    query = request.query_string.decode("latin-1")
    headers = {name.lower(): value for name, value in request.headers.items()}
    return WebRequest(f"{request.path}?{query}" if query else request.path, headers, body, request.form.to_dict())


def correlation() -> str:
    """The id of this request, which everything that follows from it carries too."""
    return str(g.correlation)


def record(deps: Deps, provider: str, kind: str, status: int, outcome: str, who: str | None = None) -> None:
    """Write this request's row in the request log. A log that cannot be written does not change the answer."""
    try:
        request_log.record(
            deps, provider=provider, kind=kind, status=status, outcome=outcome, who=who, correlation=correlation()
        )
    except Exception:
        log.exception("request not recorded")
