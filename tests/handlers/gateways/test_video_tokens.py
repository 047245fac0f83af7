"""Tokens and rooms: read as LiveKit and Jitsi read them, and compared with what they document."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from bot.adapters import Installation
from handlers.gateways.video.base import Origins, VideoSeat, room_of, visit_of
from handlers.gateways.video.builtin import MARGIN, Builtin
from handlers.gateways.video.jitsi import Jitsi
from handlers.gateways.video.livekit import LiveKit
from scheduling.policy.vocabulary import Side

NOW = datetime.now(UTC).replace(
    microsecond=0
)  # PyJWT reads the real clock, so tokens last longer than any run of tests
KEY, SECRET = "APIkeyOfTheTests", "a secret that is long enough for HS256"
OTHER = "another secret, as long as the first one is"
SEAT = VideoSeat(room_of("app_server", 7), 17, Side.FAMILY, "Tanya", NOW + timedelta(hours=12))
WATCHER = replace(SEAT, device=19, side=Side.WATCHER, name="Officer Reed")


def livekit_token(seat: VideoSeat = SEAT, now: datetime = NOW, url: str = "wss://live.example") -> str:
    return str(LiveKit(url, KEY, SECRET).join(seat, now=now).join["token"])


def jitsi_token(seat: VideoSeat = SEAT, now: datetime = NOW) -> str:
    return str(Jitsi("https://meet.example", "visitline", SECRET).join(seat, now=now).join["token"])


def livekit_says(token: str, secret: str = SECRET, key: str = KEY) -> dict[str, Any]:
    """Check a token as LiveKit's server does: HS256 with the key's secret, this issuer, valid now."""
    return jwt.decode(token, secret, ["HS256"], issuer=key, options={"require": ["exp", "nbf", "iss", "sub"]})


def jitsi_says(token: str, secret: str = SECRET, room: str = SEAT.room) -> dict[str, Any]:
    """Check a token as Prosody's modules do: signature, issuer, audience, valid now, and the room that is joined."""
    claims = jwt.decode(token, secret, ["HS256"], issuer="visitline", audience="jitsi", options={"require": ["exp"]})
    if claims["room"] not in ("*", room):
        raise jwt.InvalidTokenError("another room")
    return claims


def test_a_livekit_token_says_what_is_published_and_no_more() -> None:
    assert livekit_says(livekit_token()) == {
        "iss": KEY, "sub": "17", "name": "Tanya", "nbf": int((NOW - timedelta(seconds=30)).timestamp()),
        "exp": int((NOW + timedelta(hours=12)).timestamp()),
        "video": {
            "roomJoin": True, "room": SEAT.room, "canPublish": True, "canSubscribe": True, "canPublishData": False,
        },
    }  # fmt: skip
    assert jwt.get_unverified_header(livekit_token()) == {"alg": "HS256", "typ": "JWT"}


@pytest.mark.parametrize("token", [livekit_token(), jitsi_token()], ids=["livekit", "jitsi"])
def test_a_token_is_signed_as_rfc_7515_says(token: str) -> None:
    """Checked without PyJWT, which also makes the tokens: base64url without padding, HMAC-SHA256 over the first two parts."""
    content, _, signature = token.rpartition(".")
    proof = hmac.digest(SECRET.encode(), content.encode(), "sha256")
    assert base64.urlsafe_b64encode(proof).rstrip(b"=").decode() == signature
    head, claims = (json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in content.split("."))
    assert (head["alg"], claims["exp"]) == ("HS256", int(SEAT.until.timestamp()))


def test_a_watcher_at_livekit_publishes_nothing_but_is_visible() -> None:
    assert livekit_says(livekit_token(WATCHER))["video"] == {
        "roomJoin": True, "room": SEAT.room, "canPublish": False, "canSubscribe": True, "canPublishData": False,
    }  # fmt: skip


def test_a_livekit_token_opens_nothing_with_another_secret_or_key_or_time() -> None:
    with pytest.raises(jwt.InvalidSignatureError):
        livekit_says(livekit_token(), OTHER)
    with pytest.raises(jwt.InvalidIssuerError):
        livekit_says(livekit_token(), key="APIother")
    with pytest.raises(jwt.ExpiredSignatureError):
        livekit_says(livekit_token(replace(SEAT, until=NOW - timedelta(seconds=1))))
    with pytest.raises(jwt.ImmatureSignatureError):
        livekit_says(livekit_token(now=NOW + timedelta(days=1)))


@pytest.mark.parametrize(
    ("url", "shown", "reached"),
    [
        ("wss://live.example/", "wss://live.example", ("wss://live.example", "https://live.example")),
        ("https://live.example", "wss://live.example", ("wss://live.example", "https://live.example")),
        ("ws://127.0.0.1:7880", "ws://127.0.0.1:7880", ("ws://127.0.0.1:7880", "http://127.0.0.1:7880")),
    ],
)
def test_the_page_is_told_where_livekit_is(url: str, shown: str, reached: tuple[str, ...]) -> None:
    gateway = LiveKit(url, KEY, SECRET)
    entry = gateway.join(SEAT, now=NOW)
    assert (entry.provider, entry.ice, entry.join["url"]) == ("livekit", {}, shown)
    assert entry.join["script"] == "/static-extra/livekit-client.umd.min.js"
    assert gateway.origins == Origins(connect=reached)


def test_a_jitsi_token_says_what_is_published() -> None:
    assert jitsi_says(jitsi_token()) == {
        "aud": "jitsi", "iss": "visitline", "sub": "meet.example", "room": SEAT.room,
        "nbf": int((NOW - timedelta(seconds=30)).timestamp()),
        "exp": int((NOW + timedelta(hours=12)).timestamp()),
        "context": {"user": {"id": "17", "name": "Tanya", "moderator": "false"}},
    }  # fmt: skip


def test_a_jitsi_token_opens_no_other_room_and_not_for_long() -> None:
    with pytest.raises(jwt.InvalidSignatureError):
        jitsi_says(jitsi_token(), OTHER)
    with pytest.raises(jwt.InvalidTokenError, match="another room"):
        jitsi_says(jitsi_token(), room=room_of("app_server", 8))
    with pytest.raises(jwt.ExpiredSignatureError):
        jitsi_says(jitsi_token(replace(SEAT, until=NOW - timedelta(seconds=1))))
    with pytest.raises(jwt.ImmatureSignatureError):
        jitsi_says(jitsi_token(now=NOW + timedelta(days=1)))


@pytest.mark.parametrize("side", ["family", "kiosk", "watcher"])
def test_nobody_moderates_a_jitsi_call(side: Any) -> None:
    user = jitsi_says(jitsi_token(replace(SEAT, side=side)))["context"]["user"]
    assert user["moderator"] == "false"
    assert all(isinstance(value, str) for value in user.values())  # mod_presence_identity accepts nothing else


def test_the_page_is_told_where_jitsi_is() -> None:
    gateway = Jitsi("https://meet.example:8443/", "visitline", SECRET)
    entry = gateway.join(WATCHER, now=NOW)
    assert {**entry.join, "token": ""} == {
        "url": "https://meet.example:8443", "domain": "meet.example:8443", "room": SEAT.room, "token": "",
        "script": "https://meet.example:8443/external_api.js", "receive": True,
    }  # fmt: skip
    assert gateway.origins == Origins(frame=("https://meet.example:8443",), script=("https://meet.example:8443",))
    assert jitsi_says(str(entry.join["token"]))["sub"] == "meet.example"


def test_the_mesh_gets_servers_and_credentials_that_last_for_the_visit() -> None:
    gateway = Builtin(["stun:calls.example:3478"], ["turn:calls.example:3478", "turns:calls.example"], SECRET)
    entry = gateway.join(SEAT, now=NOW)
    stun, relay = entry.ice["iceServers"]
    username = f"{int((SEAT.until + MARGIN).timestamp())}:17"
    proof = hmac.digest(SECRET.encode(), username.encode(), "sha1")
    assert stun == {"urls": ["stun:calls.example:3478"]}
    assert relay == {
        "urls": ["turn:calls.example:3478", "turns:calls.example"], "username": username,
        "credential": base64.b64encode(proof).decode(),
    }  # fmt: skip
    assert (entry.provider, entry.join, entry.ice["iceTransportPolicy"]) == ("builtin", {}, "all")


def test_relay_only_is_told_to_the_browser() -> None:
    ice = Builtin([], ["turn:calls.example"], SECRET, relay_only=True).join(SEAT, now=NOW).ice
    assert ice["iceTransportPolicy"] == "relay"


def test_without_servers_there_are_none() -> None:
    assert Builtin().join(SEAT, now=NOW).ice == {"iceServers": [], "iceTransportPolicy": "all"}
    assert Builtin().check(Installation("http://127.0.0.1:8000", loopback=True, now=NOW)) == []


@pytest.mark.parametrize(
    "gateway",
    [
        LiveKit("wss://live.example", KEY, SECRET),
        Jitsi("https://meet.example", "visitline", SECRET),
        Builtin(["stun:a.example"], ["turn:a.example"], SECRET),
    ],
    ids=lambda gateway: str(gateway.name),
)
def test_no_secret_goes_to_a_browser(gateway: Any) -> None:
    assert SECRET not in json.dumps(gateway.join(SEAT, now=NOW).to_json())


def test_a_room_is_the_visits_alone_and_not_to_be_guessed() -> None:
    room = room_of("app_server", 7)
    assert room == room_of("app_server", 7) == room.lower()
    assert visit_of("app_server", room) == 7
    assert len({room, room_of("app_server", 8), room_of("another server", 7)}) == 3
    forged = f"v7-{hashlib.sha256(b'guess').hexdigest()[:32]}"
    for stranger in (forged, room.upper(), room[:-1], room + "0", f"v07{room[2:]}", "v7", "", "lobby"):
        assert visit_of("app_server", stranger) is None, stranger
    assert visit_of("another server", room) is None
