"""The page of the simulator and its JSON API."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, jsonify, render_template, request

from webhooks.simulator.application_client import ApplicationClient, ApplicationUnavailable
from webhooks.simulator.carrier import Carrier
from webhooks.simulator.config import Phone, SimulatorConfig
from webhooks.simulator.store import Store
from webhooks.simulator.view import clock_view, message_view, phone_view, state_of

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
LOOPBACK = ("localhost", "127.0.0.1", "::1")
MAX_MESSAGES = 500
MAX_TEXT_CHARACTERS = 1600
FAULTS = ("busy", "lose")


class RequestRefused(Exception):
    """A request that the page may not make: the HTTP status, and words for a person."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Context:
    """What the routes use. ``wake`` is called when there may be something to post."""

    config: SimulatorConfig
    carrier: Carrier
    store: Store
    application: ApplicationClient
    wake: Callable[[], None]


def not_found_page(app: Flask) -> None:
    """Answer 404 for an unknown address: as JSON for the APIs, else as a page with a link to the phones."""

    @app.errorhandler(404)
    def not_found(_problem: Exception) -> tuple[Response, int]:
        if request.path.startswith("/2010-04-01") or request.path.startswith("/api/"):
            return jsonify(error="There is nothing here."), 404
        home = escape(f"{request.script_root}/")
        page = (
            '<!doctype html><html lang="en"><title>Nothing here</title>'
            f'<h1>There is nothing here</h1><p>The phones are at <a href="{home}">{home}</a>.</p></html>'
        )
        return Response(page), 404


def screen(context: Context) -> Blueprint:
    """The page and its API."""
    pages = Blueprint("screen", __name__)
    _guard(pages, {*LOOPBACK, urlsplit(context.config.signed_base).hostname})
    _reads(pages, context)
    _phones(pages, context)
    _controls(pages, context)
    return pages


def _guard(pages: Blueprint, hosts: set[str | None]) -> None:
    @pages.before_request
    def admit() -> None:
        # DNS rebinding: another site's name that resolves to this machine must not read the phones
        if urlsplit(f"//{request.host}").hostname not in hosts:
            raise RequestRefused(403, "Open the simulator by its own address.")
        if request.method == "POST" and request.headers.get("X-Requested-With") != "simulator":
            raise RequestRefused(403, "Send the header X-Requested-With: simulator.")

    @pages.after_request
    def harden(answer: Response) -> Response:
        answer.headers["Content-Security-Policy"] = POLICY
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "no-referrer"
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @pages.errorhandler(RequestRefused)
    def refused(problem: RequestRefused) -> tuple[Response, int]:
        return jsonify(error=str(problem)), problem.status

    @pages.errorhandler(ApplicationUnavailable)
    def unavailable(problem: ApplicationUnavailable) -> tuple[Response, int]:
        return jsonify(error=str(problem)), 502


def _reads(pages: Blueprint, context: Context) -> None:
    @pages.get("/")
    def page() -> str:
        links = {name: context.config.signed_base + path for name, path in context.config.links.items()}
        return render_template("simulator.html", links=links, our_number=context.config.our_number)

    @pages.get("/api/state")
    def state() -> Response:
        return jsonify(state_of(context.config, context.store, context.application))

    @pages.get("/api/messages")
    def messages() -> Response:
        after, phone = request.args.get("after", 0, int), request.args.get("phone")
        values: list[str | int] = [after, phone] if phone else [after]
        where = "change > ? AND ? IN (sender, recipient)" if phone else "change > ?"
        found = context.store.messages(where, values, order="change", limit=MAX_MESSAGES)
        zone = context.application.clock().zone
        cursor = found[-1].change if found else after
        shown = [message_view(message, zone) for message in found]
        return jsonify(messages=shown, cursor=cursor, epoch=context.store.counter("epoch"))


def _phones(pages: Blueprint, context: Context) -> None:
    @pages.post("/api/phones/<number>/say")
    def say(number: str) -> tuple[Response, int]:
        asked = _body()
        text = str(asked.get("text", ""))
        if context.store.phone(number) is None:
            raise RequestRefused(404, "There is no such phone here.")
        if not text.strip() or len(text) > MAX_TEXT_CHARACTERS:
            raise RequestRefused(400, f"A text has 1 to {MAX_TEXT_CHARACTERS} characters.")
        message = context.carrier.say(number, text, asked.get("to"))
        context.wake()
        return jsonify(message_view(message, context.application.clock().zone)), 201

    @pages.post("/api/phones")
    def add_phone() -> tuple[Response, int]:
        try:
            phone = context.carrier.add_phone(_phone_from(_body()))
        except ValueError as problem:
            raise RequestRefused(400, str(problem)) from problem
        return jsonify(phone_view(phone, context.config, context.store)), 201


def _controls(pages: Blueprint, context: Context) -> None:
    @pages.post("/api/carrier")
    def switch_carrier() -> Response:
        asked = _body()
        if "down" in asked:
            context.carrier.set_down(down=bool(asked["down"]))
        for fault in FAULTS:
            if fault in asked:
                context.store.set_counter(fault, _count(asked[fault]))
        context.wake()
        return jsonify(state_of(context.config, context.store, context.application)["carrier"])

    @pages.post("/api/clock")
    def clock() -> Response:
        context.application.move_clock(_body())
        context.wake()
        return jsonify(clock_view(context.application.clock(), available=context.application.has_clock))

    @pages.post("/api/reset")
    def reset() -> Response:
        context.application.reset()
        context.carrier.start_over()
        return jsonify(ok=True)


def _body() -> Mapping[str, Any]:
    found = request.get_json(silent=True)
    if not isinstance(found, dict):
        raise RequestRefused(400, "Send a JSON object.")
    return found


def _count(value: object) -> int:
    if not isinstance(value, int) or value < 0:
        raise RequestRefused(400, "Give a whole number, 0 or more.")
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
