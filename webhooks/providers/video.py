"""Webhook of the video provider: verify, apply, answer; and its browser client, a file that the operator installs."""

from flask import Blueprint, Response, abort, request, send_from_directory

from handlers.calls import provider_events
from handlers.deps import Deps
from handlers.gateways.video import livekit
from handlers.operations.request_log import Forged
from webhooks.http.request_value import as_value, correlation, record


def video(deps: Deps) -> Blueprint:
    """The webhook and the browser client of the provider that is set up; 404 for others."""
    routes = Blueprint("video", __name__)

    @routes.post("/webhooks/livekit")
    def webhook() -> Response:
        if deps.video.name != "livekit":
            abort(404)
        try:
            events = deps.video.events(as_value(request), now=deps.now())
            outcomes = provider_events.apply(deps, events, correlation=correlation())
        except Forged:
            record(deps, "livekit", "event", 403, "forged")
            raise
        except Exception:  # not applied: LiveKit sends it again
            record(deps, "livekit", "event", 503, "failed")
            raise
        record(deps, "livekit", "event", 200, ", ".join(outcomes) or "ignored")
        return Response("", mimetype="text/plain")

    @routes.get(livekit.SCRIPT)
    def script() -> Response:
        if deps.video.name != "livekit":
            abort(404)
        return send_from_directory(deps.settings.data_dir.absolute() / "static", livekit.CLIENT)

    return routes
