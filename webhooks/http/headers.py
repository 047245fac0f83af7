"""What every answer carries: its correlation id, and the rules a browser has to keep."""

from flask import Flask, Response, g, request

from handlers import logs
from handlers.gateways.video.base import Origins
from handlers.settings import Settings

POLICY = (
    "default-src 'none'; script-src {script}; style-src 'self'; img-src 'self' data:; connect-src {connect};{frame}"
    " base-uri 'none'; frame-ancestors 'none'; form-action {forms}"
)
CALLS = ("/j/", "/kiosk", "/calls/")
"""Pages with a call in them: they alone may reach the provider of video."""
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",  # a page's address is a key: no other site may see it
    "Cross-Origin-Opener-Policy": "same-origin",
}


def headers(app: Flask, settings: Settings, origins: Origins) -> None:
    """Put them on every answer of this application. `origins` are those of the provider of video."""
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
        beyond = origins if request.path.startswith(CALLS) else Origins()
        response.headers["Content-Security-Policy"] = _policy(beyond, forms)
        devices = " ".join(["self", *(f'"{each}"' for each in beyond.frame)])
        allowed = f"geolocation=(), payment=(), camera=({devices}), microphone=({devices})"
        response.headers["Permissions-Policy"] = allowed
        for name, value in FIXED.items():
            response.headers.setdefault(name, value)
        if secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if not response.cache_control.immutable:  # only files whose address contains their version are kept
            response.headers["Cache-Control"] = "no-store"
        return response


def _policy(beyond: Origins, forms: str) -> str:
    script, connect = (" ".join(["'self'", *more]) for more in (beyond.script, beyond.connect))
    frame = f" frame-src {' '.join(beyond.frame)};" if beyond.frame else ""
    return POLICY.format(script=script, connect=connect, frame=frame, forms=forms)
