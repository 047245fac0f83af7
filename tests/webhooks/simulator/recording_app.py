"""A application nobody wrote for visits: it takes webhooks, checks their signature, and can be slow, broken or gone."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, Response, jsonify, request
from twilio.request_validator import RequestValidator

from tests.emulators.served import Served

ACCOUNT = "AC" + "5" * 32
TOKEN = "a-token-of-tests"
DEV_TOKEN = "a-dev-token-of-tests"
LINE = "+15551234567"
PUBLIC = "https://visits.example.org"
MONDAY = datetime(2026, 11, 23, 13, 4, tzinfo=ZoneInfo("America/Chicago"))


@dataclass
class RecordingApp:
    """``url`` is where it listens. ``inbound`` and ``statuses`` hold what arrived with a good signature."""

    public_url: str = PUBLIC
    now: datetime = MONDAY
    inbound: list[dict[str, str]] = field(default_factory=list)
    statuses: list[dict[str, str]] = field(default_factory=list)
    forged: int = 0
    resets: int = 0
    next_answers: list[tuple[int, str]] = field(default_factory=list)
    next_due: tuple[datetime, str] | None = None
    url: str = ""

    def __post_init__(self) -> None:
        app = Flask("recording_app")
        app.add_url_rule("/webhooks/twilio/messages", view_func=self._messages, methods=["POST"])
        app.add_url_rule("/webhooks/twilio/status", view_func=self._status, methods=["POST"])
        app.add_url_rule("/dev/clock", view_func=self._clock, methods=["GET", "POST"])
        app.add_url_rule("/dev/reset", view_func=self._reset, methods=["POST"])
        self._server = Served(app)
        self.url = self._server.url

    def close(self) -> None:
        self._server.close()

    def _signed(self) -> bool:
        signature = request.headers.get("X-Twilio-Signature", "")
        url = self.public_url + request.path
        good = bool(RequestValidator(TOKEN).validate(url, request.form.to_dict(), signature))
        self.forged += not good
        return good

    def _messages(self) -> Response:
        if not self._signed():
            return Response(status=403)
        self.inbound.append(request.form.to_dict())
        status, body = self.next_answers.pop(0) if self.next_answers else (200, "<Response/>")
        return Response(body, status, mimetype="text/xml")

    def _status(self) -> Response:
        if not self._signed():
            return Response(status=403)
        self.statuses.append(request.form.to_dict())
        return Response(status=204)

    def _clock(self) -> tuple[Response, int]:
        if request.headers.get("X-Dev-Token") != DEV_TOKEN:
            return jsonify(error="not yours"), 403
        if request.method == "POST":
            self._move(request.get_json())
        due = {"at": self.next_due[0].isoformat(), "what": self.next_due[1]} if self.next_due else None
        return jsonify(now=self.now.isoformat(), zone="America/Chicago", next=due), 200

    def _move(self, asked: dict[str, Any]) -> None:
        if asked.get("to") == "next" and self.next_due:
            self.now, self.next_due = self.next_due[0], None
        else:
            self.now += timedelta(minutes=int(asked.get("advance_minutes", 0)))

    def _reset(self) -> tuple[Response, int]:
        if request.headers.get("X-Dev-Token") != DEV_TOKEN:
            return jsonify(error="not yours"), 403
        self.resets += 1
        self.now = MONDAY
        return jsonify(ok=True), 200
