"""The Flask application: its blueprints, limits and headers."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from flask import Flask

from bot.texts import say
from handlers.deps import Deps
from webhooks.call_api.routes import call
from webhooks.console.routes import console
from webhooks.demo_control import dev
from webhooks.http.errors import errors
from webhooks.http.headers import headers
from webhooks.http.limits import limiter
from webhooks.http.priority import PriorityGate
from webhooks.http.static_files import static_files
from webhooks.pages.kiosk import kiosk
from webhooks.pages.live import live
from webhooks.pages.routes import pages
from webhooks.probes import probes
from webhooks.providers.webhooks import provider_webhooks

STATIC = Path(__file__).parent / "static"
MAX_REQUEST_BYTES = 1_048_576
"""Enough for the largest request, an event of a provider."""


def create_app(deps: Deps, *, demo: bool = False, dev_token: str = "") -> Flask:
    """The application on these dependencies. Reads no environment and starts no thread.

    With `demo`, /dev serves the clock and the reset to requests with `dev_token`, and the front page redirects to
    /simulator/, which the caller mounts.
    """
    app = Flask(__name__, static_folder=None)
    secure = deps.settings.url.startswith("https:")
    app.config.update(
        SECRET_KEY=deps.settings.secret_key.get_secret_value() or None,
        MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_REQUEST_BYTES,
        SESSION_COOKIE_NAME="visitline",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_PATH="/console",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
    )
    static_files(app, STATIC)
    app.jinja_env.globals["say"] = say
    headers(app, deps.settings, deps.video.origins)
    limits = limiter(app, deps.settings)
    errors(app)
    gate = PriorityGate()
    app.register_blueprint(provider_webhooks(deps, gate))
    app.register_blueprint(pages(deps, limits, demo=demo))
    gated = replace(deps, db=deps.db.gated(gate))
    calls = call(gated)
    limits.exempt(calls)  # it counts by itself: its requests are too frequent to ask Redis for each
    app.register_blueprint(calls)
    app.register_blueprint(kiosk(gated, limits))
    app.register_blueprint(live(deps, limits))
    app.register_blueprint(console(deps, limits, demo=demo))
    app.register_blueprint(probes(app, deps, limits))
    if demo:
        app.register_blueprint(dev(deps, dev_token))
    return app
