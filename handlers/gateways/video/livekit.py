"""LiveKit: the operator's own server, or LiveKit's cloud, carries the call. All of LiveKit is in this file and its script."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.adapters import Adapter, CoreSettings, Finding, Installation, SettingsGroup, WebhookRoute, server_address
from bot.channels.base import Forged
from bot.messages import WebRequest
from handlers.gateways.video.base import Origins, VideoAccess, VideoEvent, VideoEventKind, VideoSeat
from scheduling.policy.vocabulary import Side

TIMEOUT_SECONDS = 10.0
CLIENT = "livekit-client.umd.min.js"
"""LiveKit's client for browsers: the file in `dist` of the npm package `livekit-client`.

The operator puts it into `DATA_DIR/static`.
"""
SCRIPT = f"/static-extra/{CLIENT}"
CLOCK_TOLERANCE = timedelta(seconds=30)
"""Tokens are valid from this long before now: the server's clock may be behind ours."""
LEEWAY_SECONDS = 60
"""How far the server's clock may differ from ours when it sends an event."""
_KINDS = {
    "participant_joined": VideoEventKind.JOINED,
    "participant_left": VideoEventKind.LEFT,
    "participant_connection_aborted": VideoEventKind.LEFT,
    "track_published": VideoEventKind.PUBLISHED,
    "room_finished": VideoEventKind.FINISHED,
}


class LiveKitSettings(CoreSettings):
    """The server, and the key and secret that sign tokens for it."""

    livekit_url: str = ""
    livekit_api_key: str = ""
    livekit_api_secret: SecretStr = SecretStr("")


class LiveKit:
    """`url` is the server's wss:// address.

    The identity of a device at LiveKit is our id of it. A second connection with the same identity ends the first.
    """

    name = "livekit"

    def __init__(self, url: str, key: str, secret: str) -> None:
        self._url, self._key, self._secret = url.rstrip("/"), key, secret
        parts = urlsplit(self._url)
        self._secure, self._host = parts.scheme in ("wss", "https"), parts.netloc
        # When the server refuses the socket, its client requests the reason over https.
        self.origins = Origins(connect=tuple(f"{scheme}://{self._host}" for scheme in self._schemes))

    @property
    def _schemes(self) -> tuple[str, str]:
        return ("wss", "https") if self._secure else ("ws", "http")

    def join(self, seat: VideoSeat, *, now: datetime) -> VideoAccess:
        """A token for this room only. A watcher publishes nothing, but the others see that they are there."""
        grant: dict[str, str | bool] = {
            "roomJoin": True, "room": seat.room, "canPublish": seat.side != Side.WATCHER, "canSubscribe": True,
            "canPublishData": False,
        }  # fmt: skip
        token = self._token(str(seat.device), grant, now, seat.until, name=seat.name)
        return VideoAccess(
            self.name, join={"url": f"{self._schemes[0]}://{self._host}", "token": token, "script": SCRIPT}
        )

    def _token(self, subject: str, grant: Mapping[str, str | bool], now: datetime, until: datetime, **more: str) -> str:
        import jwt

        claims = {"iss": self._key, "sub": subject, "nbf": _seconds(now - CLOCK_TOLERANCE), "exp": _seconds(until)}
        return jwt.encode({**claims, "video": grant, **more}, self._secret, "HS256")

    def events(self, request: WebRequest, *, now: datetime) -> list[VideoEvent]:
        """The events of a webhook. Its token is valid for five minutes, and only for this body."""
        told = base64.b64encode(hashlib.sha256(request.body).digest()).decode()
        if not hmac.compare_digest(self._signed_digest(request, now).encode(), told.encode()):
            raise Forged("the token is for another body")
        try:
            return _read(json.loads(request.body))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
            return []

    def _signed_digest(self, request: WebRequest, now: datetime) -> str:
        """The digest that the token of a request names. Forged unless LiveKit signed the token and it is valid now."""
        import jwt

        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        # PyJWT compares times with the clock of the machine; ours is `now`, so they are checked here.
        try:
            claims = jwt.decode(
                token, self._secret, ["HS256"], issuer=self._key,
                options={"verify_exp": False, "verify_nbf": False, "verify_iat": False, "require": ["exp", "iss"]},
            )  # fmt: skip
            start, end = float(claims.get("nbf", 0)), float(claims["exp"])
        except (jwt.InvalidTokenError, ValueError, TypeError) as error:
            raise Forged("the token is not LiveKit's") from error
        if not start - LEEWAY_SECONDS <= now.timestamp() <= end + LEEWAY_SECONDS:
            raise Forged("the token is not valid now")
        return str(claims.get("sha256", ""))

    def check(self, installation: Installation) -> list[Finding]:
        """Whether the server accepts our key. It is asked for a list of its rooms, which changes nothing."""
        until = installation.now + timedelta(minutes=1)
        token = self._token("doctor", {"roomList": True}, installation.now, until)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection = (HTTPSConnection if self._secure else HTTPConnection)(self._host, timeout=TIMEOUT_SECONDS)
        try:
            connection.request("POST", "/twirp/livekit.RoomService/ListRooms", b"{}", headers)
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


def _read(event: Mapping[str, object]) -> list[VideoEvent]:
    kind = _KINDS.get(str(event["event"]))
    identity, room = _part(event, "participant", "identity"), _part(event, "room", "name")
    device = int(identity) if identity.isascii() and identity.isdigit() and len(identity) < 19 else None
    whole_room = kind is VideoEventKind.FINISHED
    if kind is None or not room or (device is None and not whole_room):
        return []
    # The JSON of protocol buffers has integers of 64 bits as strings.
    at = datetime.fromtimestamp(int(str(event["createdAt"])), UTC)
    return [VideoEvent("livekit", str(event.get("id") or ""), kind, room, None if whole_room else device, at)]


def _part(event: Mapping[str, object], name: str, field: str) -> str:
    part = event.get(name)
    return str(part.get(field) or "") if isinstance(part, Mapping) else ""


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
