"""LiveKit's webhook, signed by PyJWT, which is independent of our code; and LiveKit's browser client."""

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from handlers.gateways.video.base import room_of
from handlers.gateways.video.jitsi import Jitsi
from handlers.gateways.video.livekit import CLIENT, LiveKit
from handlers.tables import requests
from scheduling.storage.tables import call_devices
from tests.webhooks.app_server import AppServer, application, build

KEY, SECRET = "APIkeyOfTheTests", "a secret that is long enough for HS256"
SERVER_SECRET = "a-key-for-tests-only"
START = datetime(2026, 11, 28, 19, 0, tzinfo=UTC)


def body(kind: str = "participant_joined", *, device: Any = 1, at: datetime = START, **more: Any) -> bytes:
    """A body as LiveKit's server writes it: protocol buffers as JSON, 64-bit numbers as strings, no empty fields."""
    said = {
        "event": kind,
        "room": {"sid": "RM_hycBMAjmt6Ub", "name": more.pop("room", ""), "emptyTimeout": 300, "turnPassword": "x"},
        "participant": {
            "sid": "PA_jyGfrRJcPtAw", "identity": str(device), "state": "ACTIVE", "name": "Tanya",
            "joinedAt": str(int(START.timestamp())),
        },
        "id": "EV_eugWmGhovZmm", "createdAt": str(int(at.timestamp())),
    }  # fmt: skip
    return json.dumps(said | more).encode()


def signed(
    content: bytes, *, key: str = KEY, secret: str = SECRET, now: datetime = START, **more: Any
) -> dict[str, str]:
    claims = {
        "iss": key, "nbf": int(now.timestamp()), "exp": int((now + timedelta(minutes=5)).timestamp()),
        "sha256": base64.b64encode(hashlib.sha256(content).digest()).decode(),
    } | more  # fmt: skip
    claims = {name: value for name, value in claims.items() if value is not None}
    return {"Authorization": jwt.encode(claims, secret, "HS256"), "Content-Type": "application/webhook+json"}


@dataclass
class Call:
    """A visit with two devices in its call, and a client of an application with LiveKit."""

    app_server: AppServer
    web: FlaskClient
    room: str

    def told(self, content: bytes, headers: dict[str, str] | None = None) -> int:
        headers = signed(content, now=self.app_server.now) if headers is None else headers
        return self.web.post("/webhooks/livekit", data=content, headers=headers).status_code

    def says(self, kind: str, device: Any, at: datetime) -> str:
        """Send an event; the outcome by the log."""
        assert self.told(body(kind, device=device, at=at, room=self.room)) == 200
        return self.outcomes()[-1][1]

    def outcomes(self) -> list[tuple[int, str]]:
        with self.app_server.deps.db.read() as tx:
            return [(row.status, row.outcome) for row in tx.execute(sa.select(requests).order_by(requests.c.id))]

    def devices(self) -> list[tuple[datetime, datetime | None, str | None]]:
        columns = call_devices.c.seen_at, call_devices.c.left_at, call_devices.c.left_why
        with self.app_server.deps.db.read() as tx:
            return [tuple(row) for row in tx.execute(sa.select(*columns).order_by(call_devices.c.id))]

    def left(self, why: str, at: datetime) -> None:
        with self.app_server.deps.db.begin() as tx:
            tx.execute(sa.update(call_devices).where(call_devices.c.id == 1).values(left_at=at, left_why=why))


@pytest.fixture
def call(tmp_path: Path) -> Iterator[Call]:
    made = build(tmp_path)
    made.deps = replace(made.deps, video=LiveKit("wss://live.example", KEY, SECRET))
    visit = made.paid()
    made.set_clock(START + timedelta(minutes=10))
    with made.deps.db.begin() as tx:
        for number, side in enumerate(("family", "kiosk"), 1):
            row = {"visit_id": visit.id, "side": side, "key": f"key-{number}", "epoch": 1, "joined_at": START}
            tx.execute(sa.insert(call_devices).values(id=number, seen_at=START, report={}, **row))
    yield Call(made, application(made).test_client(), room_of(SERVER_SECRET, visit.id))
    made.deps.db.close()


def minute(number: float) -> datetime:
    return START + timedelta(minutes=number)


def test_nobody_but_livekit_is_believed(call: Call) -> None:
    now, said = call.app_server.now, body(room=call.room, at=minute(1))
    refused = {
        "nothing": {}, "no token": {"Authorization": "Bearer"}, "three dots": {"Authorization": "a.b.c"},
        "another secret": signed(said, secret="another secret, as long as the first one", now=now),
        "another key": signed(said, key="APIanother", now=now),
        "another body": signed(body(room=call.room, at=minute(2)), now=now),
        "no sum": signed(said, sha256=None, now=now),
        "no end": signed(said, exp=None, now=now),
        "old": signed(said, now=now - timedelta(minutes=7)),
        "of tomorrow": signed(said, now=now + timedelta(days=1)),
        "unsigned": {"Authorization": jwt.encode({"iss": KEY, "exp": 9_999_999_999}, "", "none")},
        "another way of signing": {"Authorization": jwt.encode({"iss": KEY, "exp": 9_999_999_999}, SECRET * 2, "HS512")},
        "letters of elsewhere": {"Authorization": "\u00e9.\u00e9.\u00e9"},
    }  # fmt: skip
    before = call.devices()
    for why, headers in refused.items():
        assert call.told(said, headers) == 403, why
    assert set(call.outcomes()) == {(403, "forged")}
    assert call.devices() == before


def test_a_body_that_was_tampered_with_is_refused(call: Call) -> None:
    said = body(room=call.room, at=minute(1))
    headers = signed(said, now=call.app_server.now)
    assert call.told(said.replace(b'"identity": "1"', b'"identity": "2"'), headers) == 403
    assert call.told(said, headers) == 200


def test_the_same_event_again_changes_nothing(call: Call) -> None:
    said = body(room=call.room, at=minute(1))
    headers = signed(said, now=call.app_server.now)
    assert [call.told(said, headers), call.told(said, headers)] == [200, 200]
    assert call.outcomes() == [(200, "joined"), (200, "old")]
    assert call.devices()[0] == (minute(1), None, None)


def test_a_word_that_changes_something_is_rung(call: Call) -> None:
    before = call.app_server.deps.wakeups.latest_version
    assert call.says("participant_left", 1, minute(-60)) == "old"
    assert call.app_server.deps.wakeups.latest_version == before
    assert call.says("participant_left", 1, minute(1)) == "left"
    assert call.app_server.deps.wakeups.latest_version > before


def test_bearer_before_the_token_is_as_good(call: Call) -> None:
    said = body(room=call.room, at=minute(1))
    headers = signed(said, now=call.app_server.now)
    assert call.told(said, headers | {"Authorization": f"Bearer {headers['Authorization']}"}) == 200


def test_joining_leaving_and_coming_back(call: Call) -> None:
    assert call.says("participant_joined", 1, minute(1)) == "joined"
    assert call.says("track_published", 1, minute(2)) == "published"
    assert call.devices()[0] == (minute(2), None, None)
    assert call.says("participant_left", 1, minute(3)) == "left"
    assert call.devices()[0] == (minute(2), minute(3), "silent")
    assert call.says("participant_joined", 1, minute(4)) == "joined"
    assert call.devices()[0] == (minute(4), None, None)
    assert call.devices()[1] == (START, None, None)


def test_the_order_in_which_they_come_does_not_matter(call: Call) -> None:
    told = [("participant_joined", 1.0), ("participant_left", 3.0), ("participant_joined", 4.0)]
    for kind, at in reversed(told):
        call.says(kind, 1, minute(at))
    assert call.devices()[0] == (minute(4), None, None)
    for kind, at in reversed(told[:2]):
        call.says(kind, 2, minute(at))
    assert call.devices()[1][1:] == (minute(3), "silent")


@pytest.mark.parametrize("why", ["left", "replaced"])
def test_who_left_by_our_own_word_is_not_brought_back(call: Call, why: str) -> None:
    call.left(why, minute(2))
    assert call.says("participant_joined", 1, minute(3)) == "old"
    assert call.says("participant_left", 1, minute(4)) == "old"
    assert call.devices()[0] == (START, minute(2), why)


def test_the_end_of_a_room_is_the_end_for_all_in_it(call: Call) -> None:
    call.left("left", minute(1))
    assert call.says("room_finished", "", minute(5)) == "finished"
    assert [each[1:] for each in call.devices()] == [(minute(1), "left"), (minute(5), "silent")]


def test_no_word_is_from_later_than_now(call: Call) -> None:
    call.says("participant_joined", 1, minute(600))
    assert call.devices()[0][0] == call.app_server.now


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        (body(room="v1-" + "0" * 32), "unknown"),
        (body(room="lobby"), "unknown"),
        (body(room=room_of(SERVER_SECRET, 99)), "unknown"),
        (body(device=3, room=room_of(SERVER_SECRET, 1)), "unknown"),
        (body(device="9" * 30, room=room_of(SERVER_SECRET, 1)), "ignored"),
        (body(device="agent-x", room=room_of(SERVER_SECRET, 1)), "ignored"),
        (body("egress_started", room=room_of(SERVER_SECRET, 1)), "ignored"),
        (body("room_started", room=room_of(SERVER_SECRET, 1)), "ignored"),
        (body(room=room_of(SERVER_SECRET, 1), createdAt="9" * 40), "ignored"),
        (body(room=room_of(SERVER_SECRET, 1), participant=[1]), "ignored"),
        (b"{}", "ignored"),
        (b"[]", "ignored"),
        (b"\xff", "ignored"),
        (b"", "ignored"),
    ],
)
def test_what_means_nothing_here_is_taken_and_changes_nothing(call: Call, content: bytes, outcome: str) -> None:
    before = call.devices()
    assert call.told(content) == 200
    assert call.outcomes() == [(200, outcome)]
    assert call.devices() == before


def test_what_cannot_be_written_down_comes_again(call: Call) -> None:
    with call.app_server.deps.db.begin() as tx:
        tx.execute(sa.text("ALTER TABLE call_devices RENAME TO hidden"))
    assert call.told(body(room=call.room)) == 503
    assert call.outcomes() == [(503, "failed")]


def test_livekits_script_is_the_operators_file_and_no_other(call: Call) -> None:
    folder = call.app_server.deps.settings.data_dir / "static"
    folder.mkdir()
    (folder / CLIENT).write_text("livekit", encoding="utf-8")
    (folder / "other.js").write_text("other", encoding="utf-8")
    with call.web.get(f"/static-extra/{CLIENT}") as answer:
        assert (answer.status_code, answer.get_data(as_text=True)) == (200, "livekit")
        assert "javascript" in answer.headers["Content-Type"]
    for path in ("other.js", "../app_server.db", "..%2fapp_server.db"):
        assert call.web.get(f"/static-extra/{path}").status_code == 404


@pytest.mark.parametrize("path", ["/j/x", "/kiosk", "/calls/x"])
def test_only_the_pages_of_calls_may_reach_the_provider(call: Call, path: str) -> None:
    for there, allowed in ((path, True), ("/p/x", False), ("/console/login", False), ("/healthz", False)):
        policy = call.web.get(there).headers["Content-Security-Policy"]
        assert ("connect-src 'self' wss://live.example https://live.example;" in policy) == allowed
        assert "script-src 'self';" in policy
        assert "frame-src" not in policy


def test_jitsis_frame_may_have_the_camera(app_server: AppServer) -> None:
    app_server.deps = replace(app_server.deps, video=Jitsi("https://meet.example", "visitline", SECRET))
    web = application(app_server).test_client()
    page, elsewhere = web.get("/kiosk").headers, web.get("/p/x").headers
    assert "script-src 'self' https://meet.example;" in page["Content-Security-Policy"]
    assert " frame-src https://meet.example;" in page["Content-Security-Policy"]
    assert (
        'camera=(self "https://meet.example"), microphone=(self "https://meet.example")' in page["Permissions-Policy"]
    )
    assert "meet.example" not in elsewhere["Content-Security-Policy"] + elsewhere["Permissions-Policy"]
    assert "camera=(self), microphone=(self)" in elsewhere["Permissions-Policy"]


def test_without_livekit_there_is_neither(app_server: AppServer, web: FlaskClient) -> None:
    assert web.post("/webhooks/livekit", data=body(), headers=signed(body())).status_code == 404
    assert web.get(f"/static-extra/{CLIENT}").status_code == 404
