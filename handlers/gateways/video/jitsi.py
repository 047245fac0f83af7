"""Jitsi Meet: the operator's own server carries the call, in a frame. All of Jitsi is in this file and its page's script."""

from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.adapters import Adapter, CoreSettings, Finding, Installation, SettingsGroup, server_address
from bot.channels.base import Forged
from bot.messages import WebRequest
from handlers.gateways.video.base import Origins, VideoAccess, VideoEvent, VideoSeat
from scheduling.policy.vocabulary import Side

TIMEOUT_SECONDS = 10.0
CLOCK_TOLERANCE = timedelta(seconds=30)
"""Tokens are valid from this long before now: the server's clock may be behind ours."""


class JitsiSettings(CoreSettings):
    """The server, and the id and secret of the application whose tokens it accepts."""

    jitsi_url: str = ""
    jitsi_app_id: str = ""
    jitsi_app_secret: SecretStr = SecretStr("")


class Jitsi:
    """`url` is the server's https:// address. Its host name is the domain that tokens are for."""

    name = "jitsi"

    def __init__(self, url: str, app_id: str, secret: str) -> None:
        parts = urlsplit(url)
        self._secure, self._host, self._domain = parts.scheme == "https", parts.netloc, parts.hostname or ""
        self._base = f"{parts.scheme}://{parts.netloc}"
        self._app, self._secret = app_id, secret
        self.origins = Origins(frame=(self._base,), script=(self._base,))

    def join(self, seat: VideoSeat, *, now: datetime) -> VideoAccess:
        """A token for this room. Nobody in a call is its moderator: a moderator can mute and remove others."""
        import jwt

        # Strings only: mod_presence_identity writes each value into XML as it is.
        user = {"id": str(seat.device), "name": seat.name, "moderator": "false"}
        claims = {
            "aud": "jitsi", "iss": self._app, "sub": self._domain, "room": seat.room,
            "nbf": int((now - CLOCK_TOLERANCE).timestamp()), "exp": int(seat.until.timestamp()), "context": {"user": user},
        }  # fmt: skip
        token = jwt.encode(claims, self._secret, "HS256")
        return VideoAccess(self.name, join={
            "url": self._base, "domain": self._host, "room": seat.room, "token": token,
            "script": f"{self._base}/external_api.js", "receive": seat.side == Side.WATCHER,
        })  # fmt: skip

    def events(self, request: WebRequest, *, now: datetime) -> list[VideoEvent]:
        """Always raises Forged: Jitsi Meet posts no events, and the pages report their calls themselves."""
        raise Forged("Jitsi sends no webhooks")

    def check(self, installation: Installation) -> list[Finding]:
        """Whether the server has its script. Whether it accepts our tokens shows only when somebody joins."""
        connection = (HTTPSConnection if self._secure else HTTPConnection)(self._host, timeout=TIMEOUT_SECONDS)
        try:
            connection.request("GET", "/external_api.js")
            status = connection.getresponse().status
        except (OSError, HTTPException) as error:
            return [Finding(f"Calls: Jitsi does not answer ({type(error).__name__}). Check JITSI_URL and the network.")]
        finally:
            connection.close()
        if status == 200:
            return []
        return [Finding(f"Calls: Jitsi has no /external_api.js ({status}). Is JITSI_URL a Jitsi server's?")]


def _build(settings: JitsiSettings) -> Jitsi | None:
    if not settings.jitsi_url:
        return None
    url = server_address("JITSI_URL", settings.jitsi_url, ("https", "http"))
    return Jitsi(url, settings.jitsi_app_id, settings.jitsi_app_secret.get_secret_value())


ADAPTER: Final = Adapter[JitsiSettings, Jitsi](
    name=Jitsi.name,
    provider="jitsi",
    build=_build,
    groups=(
        SettingsGroup(
            "jitsi",
            ("jitsi_url", "jitsi_app_id", "jitsi_app_secret"),
            hints=(
                ("jitsi_url", "the https:// address of the Jitsi server"),
                ("jitsi_app_id", "its app_id"),
                ("jitsi_app_secret", "its app_secret"),
            ),
        ),
    ),
)
