"""The page and its JSON."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, jsonify, render_template, request

from webhooks.simulator.carrier import Carrier
from webhooks.simulator.config import Phone, SimulatorConfig
from webhooks.simulator.house import House, HouseUnavailable
from webhooks.simulator.store import Store
from webhooks.simulator.view import clock_view, message_view, phone_view, state_of

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
LOOPBACK = ("localhost", "127.0.0.1", "::1")
MOST_AT_ONCE = 500
LONGEST_SAID = 1600
FAULTS = ("busy", "lose")


class Unwelcome(Exception):
    """A request the screen does not take: HTTP status and words for a person."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Desk:
    """What the routes work with. ``wake`` is called when there may be something to post."""

    config: SimulatorConfig
    carrier: Carrier
    store: Store
    house: House
    wake: Callable[[], None]


def nothing_here(app: Flask) -> None:
    """An address that is no page: said plainly, with the way to the phones."""

    @app.errorhandler(404)
    def nothing(_problem: Exception) -> tuple[Response, int]:
        if request.path.startswith("/2010-04-01") or request.path.startswith("/api/"):
            return jsonify(error="There is nothing here."), 404
        home = escape(f"{request.script_root}/")
        page = (
            '<!doctype html><html lang="en"><title>Nothing here</title>'
            f'<h1>There is nothing here</h1><p>The phones are at <a href="{home}">{home}</a>.</p></html>'
        )
        return Response(page), 404


def screen(desk: Desk) -> Blueprint:
    """The page and what it asks for."""
    pages = Blueprint("screen", __name__)
    _guard(pages, {*LOOPBACK, urlsplit(desk.config.signed_base).hostname})
    _reads(pages, desk)
    _phones(pages, desk)
    _levers(pages, desk)
    return pages


def _guard(pages: Blueprint, hosts: set[str | None]) -> None:
    @pages.before_request
    def admit() -> None:
        # another site's name that resolves to this machine must not read the phones
        if urlsplit(f"//{request.host}").hostname not in hosts:
            raise Unwelcome(403, "Open the simulator by its own address.")
        if request.method == "POST" and request.headers.get("X-Requested-With") != "simulator":
            raise Unwelcome(403, "Send the header X-Requested-With: simulator.")

    @pages.after_request
    def harden(answer: Response) -> Response:
        answer.headers["Content-Security-Policy"] = POLICY
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "no-referrer"
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @pages.errorhandler(Unwelcome)
    def unwelcome(problem: Unwelcome) -> tuple[Response, int]:
        return jsonify(error=str(problem)), problem.status

    @pages.errorhandler(HouseUnavailable)
    def unavailable(problem: HouseUnavailable) -> tuple[Response, int]:
        return jsonify(error=str(problem)), 502


def _reads(pages: Blueprint, desk: Desk) -> None:
    @pages.get("/")
    def page() -> str:
        links = {name: desk.config.signed_base + path for name, path in desk.config.links.items()}
        return render_template("simulator.html", links=links, our_number=desk.config.our_number)

    @pages.get("/api/state")
    def state() -> Response:
        return jsonify(state_of(desk.config, desk.store, desk.house))

    @pages.get("/api/messages")
    def messages() -> Response:
        after, phone = request.args.get("after", 0, int), request.args.get("phone")
        values: list[str | int] = [after, phone] if phone else [after]
        where = "change > ? AND ? IN (sender, recipient)" if phone else "change > ?"
        found = desk.store.messages(where, values, order="change", limit=MOST_AT_ONCE)
        zone = desk.house.clock().zone
        cursor = found[-1].change if found else after
        shown = [message_view(message, zone) for message in found]
        return jsonify(messages=shown, cursor=cursor, epoch=desk.store.counter("epoch"))


def _phones(pages: Blueprint, desk: Desk) -> None:
    @pages.post("/api/phones/<number>/say")
    def say(number: str) -> tuple[Response, int]:
        asked = _body()
        text = str(asked.get("text", ""))
        if desk.store.phone(number) is None:
            raise Unwelcome(404, "There is no such phone here.")
        if not text.strip() or len(text) > LONGEST_SAID:
            raise Unwelcome(400, f"A text has 1 to {LONGEST_SAID} characters.")
        message = desk.carrier.say(number, text, asked.get("to"))
        desk.wake()
        return jsonify(message_view(message, desk.house.clock().zone)), 201

    @pages.post("/api/phones")
    def add_phone() -> tuple[Response, int]:
        try:
            phone = desk.carrier.add_phone(_phone_from(_body()))
        except ValueError as problem:
            raise Unwelcome(400, str(problem)) from problem
        return jsonify(phone_view(phone, desk.config, desk.store)), 201


def _levers(pages: Blueprint, desk: Desk) -> None:
    @pages.post("/api/carrier")
    def levers() -> Response:
        asked = _body()
        if "down" in asked:
            desk.carrier.set_down(down=bool(asked["down"]))
        for fault in FAULTS:
            if fault in asked:
                desk.store.set_counter(fault, _count(asked[fault]))
        desk.wake()
        return jsonify(state_of(desk.config, desk.store, desk.house)["carrier"])

    @pages.post("/api/clock")
    def clock() -> Response:
        desk.house.move_clock(_body())
        desk.wake()
        return jsonify(clock_view(desk.house.clock(), available=desk.house.has_clock))

    @pages.post("/api/reset")
    def reset() -> Response:
        desk.house.reset()
        desk.carrier.start_over()
        return jsonify(ok=True)


def _body() -> Mapping[str, Any]:
    found = request.get_json(silent=True)
    if not isinstance(found, dict):
        raise Unwelcome(400, "Send a JSON object.")
    return found


def _count(value: object) -> int:
    if not isinstance(value, int) or value < 0:
        raise Unwelcome(400, "Give a whole number, 0 or more.")
    return value


def _phone_from(asked: Mapping[str, Any]) -> Phone:
    number = "".join(str(asked.get("number", "")).split())
    return Phone(
        number,
        str(asked.get("name") or number)[:60],
        str(asked.get("role") or "family")[:20],
        str(asked.get("language") or "en")[:8],
        tuple(str(text) for text in asked.get("suggestions", ()))[:8],
        bool(asked.get("reachable", True)),
    )
