"""Login to the console: one password, a session in a signed cookie, a CSRF token in every form."""

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter

from handlers.deps import Deps
from webhooks.http.limits import LOGIN_LIMIT, is_forbidden
from webhooks.http.request_value import record

MAX_BODY_BYTES = 65_536


def guard(deps: Deps, routes: Blueprint) -> None:
    """Require a session for every route but the login, and the session's CSRF token for every POST."""

    @routes.before_request
    def admit() -> ResponseReturnValue | None:
        request.max_content_length = MAX_BODY_BYTES
        if request.method == "POST" and not _same(request.form.get("csrf", ""), session.get("csrf", "")):
            abort(403)
        if request.endpoint == f"{routes.name}.login" or _is_logged_in(deps):
            return None
        wanted = request.full_path if request.method == "GET" else None
        return redirect(url_for(".login", next=wanted), 303)

    @routes.context_processor
    def csrf_token() -> dict[str, str]:
        return {"csrf": _csrf_token()}


def login(deps: Deps, routes: Blueprint, limits: Limiter, *, demo: bool) -> None:
    """Add the routes to log in and out."""

    def form(*, wrong: bool) -> str:
        closed = not deps.settings.console_password.get_secret_value()
        return render_template("console/login.html", wrong=wrong, closed=closed, demo=demo and not closed)

    @routes.route("/login", methods=["GET", "POST"])
    @limits.limit(LOGIN_LIMIT, methods=["POST"], deduct_when=is_forbidden)
    def login() -> ResponseReturnValue:
        password = deps.settings.console_password.get_secret_value()
        if request.method == "GET":
            return form(wrong=False)
        if not password or not _same(request.form.get("password", ""), password):
            record(deps, "console", "login", 403, "refused")
            return form(wrong=True), 403
        session.clear()
        session.permanent = True
        session["staff"] = _password_proof(deps)
        record(deps, "console", "login", 303, "welcome")
        return redirect(_console_page(request.args.get("next", "")), 303)

    @routes.post("/logout")
    def logout() -> ResponseReturnValue:
        session.clear()
        return redirect(url_for(".login"), 303)


def _is_logged_in(deps: Deps) -> bool:
    return bool(deps.settings.console_password.get_secret_value()) and _same(
        session.get("staff", ""), _password_proof(deps)
    )


def _password_proof(deps: Deps) -> str:
    """What a session keeps to prove that its password was right: a new password ends every session."""
    key = deps.settings.secret_key.get_secret_value().encode()
    return hmac.new(key, deps.settings.console_password.get_secret_value().encode(), hashlib.sha256).hexdigest()


def _csrf_token() -> str:
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(16)
    return str(session["csrf"])


def _same(given: str, expected: str) -> bool:
    return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())


def _console_page(address: str) -> str:
    """Where to go after the login: a page of the console, never another site."""
    parts = urlsplit(address)
    inside = not parts.scheme and not parts.netloc and parts.path.startswith("/console/")
    return address if inside else url_for(".log")
