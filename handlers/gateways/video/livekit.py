"""LiveKit: a server of one's own, or its cloud, carries the call. All of LiveKit is in this file and its page's script."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.adapters import Adapter, CoreSettings, Finding, Installation, SettingsGroup, WebhookRoute, server_address
from bot.channels.base import Forged
from bot.messages import WebRequest
from handlers.gateways.video import jwt
from handlers.gateways.video.base import Origins, Seat, VideoEvent
from scheduling.policy.vocabulary import Side

TIMEOUT = 10.0
CLIENT = "livekit-client.umd.min.js"
"""LiveKit's own client for browsers, as npm's `livekit-client` has it in `dist`: the operator puts it into
`DATA_DIR/static`."""
SCRIPT = f"/static-extra/{CLIENT}"
BEFORE = timedelta(seconds=30)
"""Tokens are good a little before they are made: its clock may be behind ours."""
_KINDS: dict[str, Any] = {
    "participant_joined": "joined",
    "participant_left": "left",
    "participant_connection_aborted": "left",
    "track_published": "published",
    "room_finished": "finished",
}


class LiveKitSettings(CoreSettings):
    """The server, and the key with which tokens for it are signed."""

    livekit_url: str = ""
    livekit_api_key: str = ""
    livekit_api_secret: SecretStr = SecretStr("")


class LiveKit:
    """`url` is the server's wss:// address. A device's identity there is its id here: a second one with it ends the first."""

    name = "livekit"

    def __init__(self, url: str, key: str, secret: str) -> None:
        self._url, self._key, self._secret = url.rstrip("/"), key, secret
        parts = urlsplit(self._url)
        self._secure, self._host = parts.scheme in ("wss", "https"), parts.netloc
        # Its client asks over https what was wrong when the socket is refused.
        self.origins = Origins(connect=tuple(f"{scheme}://{self._host}" for scheme in self._schemes))

    @property
    def _schemes(self) -> tuple[str, str]:
        return ("wss", "https") if self._secure else ("ws", "http")

    def join(self, seat: Seat, *, now: datetime) -> dict[str, Any]:
        """A token for this room and nothing else; who watches sends nothing, and is seen to be there."""
        watches = seat.side == Side.WATCHER
        grant: dict[str, Any] = {"roomJoin": True, "room": seat.room}
        grant |= {"canPublish": not watches, "canSubscribe": True, "canPublishData": False}
        claims = {
            "iss": self._key, "sub": str(seat.device), "name": seat.name, "nbf": _seconds(now - BEFORE),
            "exp": _seconds(seat.until), "video": grant,
        }  # fmt: skip
        token = jwt.sign(claims, self._secret)
        return {
            "provider": self.name, "ice": {},
            "join": {"url": f"{self._schemes[0]}://{self._host}", "token": token, "script": SCRIPT},
        }  # fmt: skip

    def events(self, request: WebRequest, *, now: datetime) -> list[VideoEvent]:
        """Its token is good for five minutes and names the body: nothing else can be sent with it."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        claims = jwt.read(token, self._secret, issuer=self._key, now=now)
        told = base64.b64encode(hashlib.sha256(request.body).digest()).decode()
        if not hmac.compare_digest(str(claims.get("sha256", "")).encode(), told.encode()):
            raise Forged("the token is for another body")
        try:
            return _read(json.loads(request.body))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
            return []

    def check(self, installation: Installation) -> list[Finding]:
        """Whether it takes our key: a list of its rooms is asked for, which changes nothing."""
        claims = {
            "iss": self._key, "sub": "doctor", "nbf": _seconds(installation.now - BEFORE),
            "exp": _seconds(installation.now + timedelta(minutes=1)), "video": {"roomList": True},
        }  # fmt: skip
        asked = {"Authorization": f"Bearer {jwt.sign(claims, self._secret)}", "Content-Type": "application/json"}
        connection = (HTTPSConnection if self._secure else HTTPConnection)(self._host, timeout=TIMEOUT)
        try:
            connection.request("POST", "/twirp/livekit.RoomService/ListRooms", b"{}", asked)
            status = connection.getresponse().status
        except (OSError, HTTPException) as error:
            return [
                Finding(f"Calls: LiveKit does not answer ({type(error).__name__}). Check LIVEKIT_URL and the network.")
            ]
        finally:
            connection.close()
        if status in (401, 403):
            return [
                Finding(
                    "Calls: LiveKit refuses our key. Check LIVEKIT_API_KEY and LIVEKIT_API_SECRET, and both clocks."
                )
            ]
        if status == 200:
            return []
        return [Finding(f"Calls: LiveKit answers {status}. Is LIVEKIT_URL the address of a LiveKit server?")]


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _read(said: dict[str, Any]) -> list[VideoEvent]:
    kind = _KINDS.get(said["event"])
    identity = str((said.get("participant") or {}).get("identity") or "")
    room = str((said.get("room") or {}).get("name") or "")
    device = int(identity) if identity.isascii() and identity.isdigit() and len(identity) < 19 else None
    if kind is None or not room or (device is None and kind != "finished"):
        return []
    # Protocol buffers write whole numbers of 64 bits as texts.
    at = datetime.fromtimestamp(int(said["createdAt"]), UTC)
    return [VideoEvent("livekit", str(said.get("id") or ""), kind, room, device if kind != "finished" else None, at)]


def _build(settings: LiveKitSettings) -> LiveKit | None:
    if not settings.livekit_url:
        return None
    url = server_address("LIVEKIT_URL", settings.livekit_url, ("wss", "ws", "https", "http"))
    file = settings.data_dir / "static" / CLIENT
    if not file.is_file():
        raise ValueError(
            f"VIDEO=livekit, but {file} is not there: put LiveKit's client for browsers there, the file dist/{CLIENT} of "
            "the npm package livekit-client."
        )
    return LiveKit(url, settings.livekit_api_key, settings.livekit_api_secret.get_secret_value())


ADAPTER: Final = Adapter[LiveKitSettings, LiveKit](
    name=LiveKit.name,
    provider="livekit",
    build=_build,
    groups=(
        SettingsGroup(
            "livekit",
            ("livekit_url", "livekit_api_key", "livekit_api_secret"),
            hints=(
                ("livekit_url", "the wss:// address of the LiveKit server"),
                ("livekit_api_key", "a key of the LiveKit server"),
                ("livekit_api_secret", "the secret of that key"),
            ),
        ),
    ),
    routes=(WebhookRoute("/webhooks/livekit", "event"),),
    files=((SCRIPT, CLIENT),),
)
