"""Twilio's REST API for messages, as far as the application uses it. Addresses in answers are relative to its host."""

import hmac
import re
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, jsonify, request

from webhooks.simulator.carrier import Carrier, TwilioError
from webhooks.simulator.config import SimulatorConfig
from webhooks.simulator.rows import Message
from webhooks.simulator.segments import count_segments
from webhooks.simulator.store import Store

VERSION = "2010-04-01"
HOST = "https://api.twilio.com"
FILTERS = ("To", "From", "DateSent", "DateSent<", "DateSent>")


def twilio_rest(config: SimulatorConfig, carrier: Carrier, store: Store, wake: Callable[[], None]) -> Blueprint:
    """The routes under /2010-04-01. ``wake`` is called when there is something to post."""
    rest = Blueprint("twilio", __name__, url_prefix=f"/{VERSION}/Accounts/<account>")

    @rest.before_request
    def admit() -> None:
        if carrier.down:
            raise TwilioError(503, 20503, "Service unavailable")
        given, wanted = request.authorization, (config.account_sid, config.auth_token)
        sid = str((request.view_args or {}).get("account", ""))
        pairs = zip((given.username or "", given.password or "") if given else ("", ""), wanted, strict=True)
        if sid != config.account_sid or not all(hmac.compare_digest(a.encode(), b.encode()) for a, b in pairs):
            raise TwilioError(401, 20003, "Authenticate")

    @rest.post("/Messages.json")
    def create(account: str) -> tuple[Response, int]:
        if _take_one(store, "busy"):
            raise TwilioError(429, 20429, "Too Many Requests")
        message = carrier.accept(request.form, request.form.getlist("MediaUrl"))
        wake()
        if _take_one(store, "lose"):
            raise TwilioError(500, 20500, "Internal Server Error")
        return jsonify(resource(message, account)), 201

    @rest.get("/Messages/<sid>.json")
    def fetch(account: str, sid: str) -> Response:
        message = store.message(sid)
        if message is None:
            raise TwilioError(404, 20404, f"The requested resource {request.path} was not found")
        return jsonify(resource(message, account))

    @rest.get("/Messages.json")
    def listing(account: str) -> Response:
        return jsonify(page_of(store, account, request.args.to_dict()))

    return rest


def answer_in_twilios_shape(app: Flask) -> None:
    """Answer a TwilioError with Twilio's error body, wherever it was raised."""

    @app.errorhandler(TwilioError)
    def refused(problem: TwilioError) -> tuple[Response, int]:
        more = f"https://www.twilio.com/docs/errors/{problem.code}"
        body = {"code": problem.code, "message": problem.message, "more_info": more, "status": problem.status}
        return jsonify(body), problem.status


def resource(message: Message, account_sid: str) -> dict[str, Any]:
    """Twilio's Message resource."""
    uri = f"/{VERSION}/Accounts/{account_sid}/Messages/{message.sid}"
    return {
        "account_sid": account_sid,
        "api_version": VERSION,
        "body": message.body,
        "date_created": format_datetime(message.created),
        "date_sent": format_datetime(message.sent) if message.sent else None,
        "date_updated": format_datetime(message.updated),
        "direction": message.direction,
        "error_code": message.error_code,
        "error_message": message.note if message.error_code else None,
        "from": message.sender,
        "messaging_service_sid": None,
        "num_media": str(len(message.media)),
        "num_segments": str(count_segments(message.body).count),
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.recipient,
        "uri": f"{uri}.json",
    }


def page_of(store: Store, account_sid: str, asked: dict[str, str]) -> dict[str, Any]:
    """One page, newest first. The page token names the newest message of page 0, so that new texts do not shift pages."""
    size = min(1000, max(1, _number(asked.get("PageSize"), 50)))
    page = max(0, _number(asked.get("Page"), 0))
    where, values = _conditions(asked)
    anchor = store.message(asked.get("PageToken", "")[2:])
    if anchor is not None:
        where, values = f"{where} AND id <= ?", [*values, anchor.id]
    found = store.messages(where, values, order="id DESC", limit=size + 1, offset=page * size)
    shown, more = found[:size], len(found) > size
    first = anchor or (shown[0] if shown else None)
    kept = {name: asked[name] for name in FILTERS if name in asked} | {"PageSize": str(size)}

    def address(number: int) -> str:
        token = {"PageToken": f"PA{first.sid}"} if first and number else {}
        query = urlencode({**kept, "Page": number, **token})
        return f"/{VERSION}/Accounts/{account_sid}/Messages.json?{query}"

    return {
        "messages": [resource(message, account_sid) for message in shown],
        "page": page,
        "page_size": size,
        "start": page * size,
        "end": page * size + max(0, len(shown) - 1),
        # Twilio's description requires absolute URIs here; clients join the two below to a host
        "uri": HOST + address(page),
        "first_page_uri": HOST + address(0),
        "previous_page_uri": address(page - 1) if page else None,
        "next_page_uri": address(page + 1) if more else None,
    }


def _conditions(asked: dict[str, str]) -> tuple[str, list[str | int]]:
    where = ["1 = 1"]
    values: list[str | int] = []
    for name, column in (("To", "recipient"), ("From", "sender")):
        if asked.get(name):
            where.append(f"{column} = ?")
            values.append(asked[name])
    for name in ("DateSent", "DateSent<", "DateSent>"):
        if asked.get(name):
            start, end = _span(asked[name], day=name == "DateSent")
            if name != "DateSent<":
                where.append("coalesce(sent, created) >= ?")
                values.append(start.isoformat())
            if name != "DateSent>":
                where.append("coalesce(sent, created) < ?")
                values.append(end.isoformat())
    return " AND ".join(where), values


def _span(text: str, *, day: bool) -> tuple[datetime, datetime]:
    """The span of a text in a format that Twilio takes: a day in GMT if `day` or if it is a date, else one second."""
    moment = _parsed(text).replace(microsecond=0)
    if day or re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        start = datetime.combine(moment.date(), time(), UTC)
        return start, start + timedelta(days=1)
    return moment, moment + timedelta(seconds=1)


def _parsed(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        try:
            found = parsedate_to_datetime(text)
        except ValueError:
            raise TwilioError(400, 20001, f"Invalid date: {text}") from None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isdigit() else default


def _take_one(store: Store, fault: str) -> bool:
    """Consume one of the requested faults, if any is left."""
    with store.transaction():
        left = store.counter(fault)
        if left:
            store.set_counter(fault, left - 1)
        return left > 0
