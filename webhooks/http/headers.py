"""Headers of every answer: its correlation id, and the security policy for browsers."""

from flask import Flask, Response, g, request

from handlers import logs
from handlers.gateways.video.base import Origins
from handlers.settings import Settings

POLICY = (
    "default-src 'none'; script-src {script}; style-src 'self'; img-src 'self' data:; connect-src {connect};{frame}"
    " base-uri 'none'; frame-ancestors 'none'; form-action {forms}"
)
CALL_PAGES = ("/j/", "/kiosk", "/calls/")
"""Pages with a call in them: only these may reach the provider of video."""
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",  # a page's address is a secret: no other site may see it
    "Cross-Origin-Opener-Policy": "same-origin",
}


def headers(app: Flask, settings: Settings, origins: Origins) -> None:
    """Set them on every answer of this application. `origins` are those of the provider of video."""
    secure = settings.url.startswith("https:")
    # A form's answer may redirect to the page of the card company, and Chromium applies form-action to redirects too.
    forms = "'self' https:" if secure else "'self' https: http:"

    @app.before_request
    def begin() -> None:
        g.correlation = logs.new_correlation()
        logs.bind(g.correlation)

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.get("correlation", "")
        allowed_origins = origins if request.path.startswith(CALL_PAGES) else Origins()
        response.headers["Content-Security-Policy"] = _policy(allowed_origins, forms)
        devices = " ".join(["self", *(f'"{each}"' for each in allowed_origins.frame)])
        allowed = f"geolocation=(), payment=(), camera=({devices}), microphone=({devices})"
        response.headers["Permissions-Policy"] = allowed
        for name, value in FIXED.items():
            response.headers.setdefault(name, value)
        if secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if not response.cache_control.immutable:  # only files whose address contains their version are kept
            response.headers["Cache-Control"] = "no-store"
        return response


def _policy(allowed_origins: Origins, forms: str) -> str:
    script, connect = (" ".join(["'self'", *more]) for more in (allowed_origins.script, allowed_origins.connect))
    frame = f" frame-src {' '.join(allowed_origins.frame)};" if allowed_origins.frame else ""
    return POLICY.format(script=script, connect=connect, frame=frame, forms=forms)
