"""What every answer carries: its correlation id, and the rules a browser has to keep."""

from flask import Flask, Response, g, request

from handlers import logs
from handlers.settings import Settings

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " base-uri 'none'; frame-ancestors 'none'; form-action {forms}"
)
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",  # a page's address is a key: no other site may see it
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), payment=(), camera=(self), microphone=(self)",
}


def headers(app: Flask, settings: Settings) -> None:
    """Put them on every answer of this application."""
    secure = settings.url.startswith("https:")
    # A form's answer may lead to the card company's page, and Chromium holds form-action against that, too.
    forms = "'self' https:" if secure else "'self' https: http:"

    @app.before_request
    def begin() -> None:
        g.correlation = logs.new_correlation()
        logs.bind(g.correlation)

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.get("correlation", "")
        response.headers["Content-Security-Policy"] = POLICY.format(forms=forms)
        for name, value in FIXED.items():
            response.headers.setdefault(name, value)
        if secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-store"
        return response
