"""The bench's clients against a small server: texts are signed and on time, and a call's messages arrive both ways."""

import json
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, jsonify, request
from twilio.request_validator import RequestValidator

from tests.bench.webhook import percentile
from tests.emulators.served import Served

TOKEN, URL = "token-of-the-carrier", "https://visits.example/webhooks/twilio/messages"


class SmallAppServer:
    """Records what the clients send. One device gets a stream; the others are answered 503."""

    def __init__(self) -> None:
        self.texts: list[dict[str, str]] = []
        self.polls: Counter[str] = Counter()
        self.beats: Counter[str] = Counter()
        self.mail: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._ids = iter(range(1, 10_000))
        app = Flask(__name__)
        app.post("/webhooks/twilio/messages")(self._text)
        app.post("/kiosk/poll")(self._poll)
        app.get("/call/<key>/stream")(self._stream)
        app.get("/call/<key>/mail")(self._mail)
        app.post("/call/<key>/send")(self._send)
        app.post("/call/<key>/beat")(self._beat)
        self.served = Served(app)
        self.port = int(self.served.url.rpartition(":")[2])

    def _text(self) -> str:
        form = request.form.to_dict()
        assert RequestValidator(TOKEN).validate(URL, form, request.headers["X-Twilio-Signature"])
        self.texts.append(form)
        return "<Response/>"

    def _poll(self) -> Response:
        self.polls[request.cookies["visitline_kiosk"]] += 1
        return jsonify(state="idle", every=10)

    def _send(self, key: str) -> Response:
        for each in request.get_json()["messages"]:
            said = {"id": next(self._ids), "from": key, "from_epoch": 1, "to_epoch": each["to_epoch"]}
            self.mail[f"device-{each['to']}"].append(said | {"kind": each["kind"], "body": each["body"]})
        return jsonify(ok=True)

    def _since(self, key: str, after: int) -> list[dict[str, Any]]:
        return [each for each in self.mail[key] if each["id"] > after]

    def _mail(self, key: str) -> Response:
        return jsonify(messages=self._since(key, int(request.args["after"])), state={})

    def _stream(self, key: str) -> Response:
        if key != "device-1":
            return Response(status=503)

        def events() -> Iterator[str]:
            after, end = 0, time.monotonic() + 6
            while time.monotonic() < end:
                for each in self._since(key, after):
                    after = each["id"]
                    yield f"id: {after}\nevent: message\ndata: {json.dumps(each)}\n\n"
                time.sleep(0.02)

        return Response(events(), mimetype="text/event-stream")

    def _beat(self, key: str) -> Response:
        self.beats[key] += 1
        return jsonify(phase="call")


@pytest.fixture
def small() -> Iterator[SmallAppServer]:
    made = SmallAppServer()
    yield made
    made.served.close()


def run(**spec: Any) -> dict[str, Any]:
    client = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("load.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert client.stdin is not None
    client.stdin.write(json.dumps(spec) + "\n")
    client.stdin.flush()
    time.sleep(spec["seconds"] if spec["does"] == "crowd" else 0)
    said, _ = client.communicate(timeout=30)
    assert client.returncode == 0
    told: dict[str, Any] = json.loads(said)
    return told


def test_texts_are_signed_each_is_another_and_they_keep_time(small: SmallAppServer) -> None:
    began = time.monotonic()
    told = run(
        does="texts", port=small.port, rate=20, seconds=1, first=5, run="b" * 12, phones=["+15550200001", "+15550200002"],
        words=["visits", "¿cuándo?"], to="+15551234567", sid="AC1", token=TOKEN, url=URL, path="/webhooks/twilio/messages",
    )  # fmt: skip
    assert told["answers"]["text"] == {"200": 20}
    assert len(told["times"]["text"]) == 20
    assert len({each["MessageSid"] for each in small.texts}) == 20
    assert {each["Body"] for each in small.texts} == {"visits", "¿cuándo?"}
    assert time.monotonic() - began > 0.95


def test_kiosks_poll_and_a_calls_messages_arrive_by_stream_and_by_mail(small: SmallAppServer) -> None:
    kiosks = [{"cookie": f"visitline_kiosk={n}", "address": f"10.0.0.{n}"} for n in range(5)]
    devices = [
        {"key": f"device-{n}", "peer": 3 - n, "peer_epoch": 1, "offers": n == 2, "address": "10.1.0.1", "offset": 0.1}
        for n in (1, 2)
    ]
    told = run(does="crowd", port=small.port, seconds=4, within=0.1, kiosks=kiosks, devices=devices)
    # Polls are spread over ten seconds: two of five kiosks have polled within four.
    assert sum(small.polls.values()) == 2
    assert told["answers"]["kiosk state"] == {"idle": 2}
    assert told["answers"]["stream opened"] == {"200": 1, "503": 1}
    assert small.beats == {"device-1": 1, "device-2": 1}
    assert [each["kind"] for each in small.mail["device-1"]] == ["offer"] + 4 * ["candidate"]
    assert sorted(each["kind"] for each in small.mail["device-2"]) == ["answer"] + 4 * ["candidate"]
    assert len(told["times"]["signal by stream"]) == len(told["times"]["signal by mail"]) == 5


def test_percentiles() -> None:
    times = [number / 1000 for number in range(1, 101)]
    assert (percentile(times, 50), percentile(times, 99), percentile(times[:1], 99), percentile([], 99)) == (
        50,
        99,
        1,
        0,
    )
