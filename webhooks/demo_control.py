"""The demonstration's clock and reset, for the simulator beside us. They exist in a demonstration only."""

import hmac
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from handlers.demo import demo_clock
from handlers.deps import Deps

MOST_MINUTES = 60 * 24 * 60


def dev(deps: Deps, token: str) -> Blueprint:
    """/dev/clock and /dev/reset; whoever asks must show `token` in X-Dev-Token."""
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
        asked = _body()
        if asked.get("to") == "next":
            return jsonify(demo_clock.jump(deps, to="next"))
        minutes = asked.get("advance_minutes")
        if not isinstance(minutes, int) or not 0 < minutes <= MOST_MINUTES:
            abort(400)
        return jsonify(demo_clock.jump(deps, minutes=minutes))

    @routes.post("/reset")
    def reset() -> Response:
        demo_clock.reset(deps)
        return jsonify(ok=True)

    return routes


def _body() -> dict[str, Any]:
    found = request.get_json(silent=True)
    return found if isinstance(found, dict) else {}
