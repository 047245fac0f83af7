"""The clock and the reset of a demonstration, for its simulator. They exist in a demonstration only."""

import hmac

from flask import Blueprint, Response, abort, jsonify, request

from handlers.demo import demo_clock
from handlers.deps import Deps
from webhooks.http.json_body import json_object_or_empty

MAX_MINUTES = 60 * 24 * 60


def dev(deps: Deps, token: str) -> Blueprint:
    """/dev/clock and /dev/reset, for requests with `token` in X-Dev-Token."""
    routes = Blueprint("dev", __name__, url_prefix="/dev")

    @routes.before_request
    def admit() -> None:
        if not token or not hmac.compare_digest(request.headers.get("X-Dev-Token", "").encode(), token.encode()):
            abort(403)

    @routes.get("/clock")
    def clock() -> Response:
        return jsonify(demo_clock.view(deps))

    @routes.post("/clock")
    def jump() -> Response:
        asked = json_object_or_empty()
        if asked.get("to") == "next":
            return jsonify(demo_clock.jump(deps, to="next"))
        minutes = asked.get("advance_minutes")
        if not isinstance(minutes, int) or not 0 < minutes <= MAX_MINUTES:
            abort(400)
        return jsonify(demo_clock.jump(deps, minutes=minutes))

    @routes.post("/reset")
    def reset() -> Response:
        demo_clock.reset(deps)
        return jsonify(ok=True)

    return routes
