"""Jitsi Meet: a server of one's own carries the call in a frame. All of Jitsi is in this file and its page's script."""

from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.adapters import Adapter, CoreSettings, Finding, Installation, SettingsGroup, server_address
from bot.channels.base import Forged
from bot.messages import WebRequest
from handlers.gateways.video import jwt
from handlers.gateways.video.base import Origins, Seat, VideoEvent
from scheduling.policy.vocabulary import Side

TIMEOUT = 10.0
BEFORE = timedelta(seconds=30)
"""Tokens are good a little before they are made: its clock may be behind ours."""


class JitsiSettings(CoreSettings):
    """The server, and the application whose tokens it accepts."""

    jitsi_url: str = ""
    jitsi_app_id: str = ""
    jitsi_app_secret: SecretStr = SecretStr("")


class Jitsi:
    """`url` is the server's https:// address; its name is the domain that tokens are for."""

    name = "jitsi"

    def __init__(self, url: str, app_id: str, secret: str) -> None:
        parts = urlsplit(url)
        self._secure, self._host, self._domain = parts.scheme == "https", parts.netloc, parts.hostname or ""
        self._base = f"{parts.scheme}://{parts.netloc}"
        self._app, self._secret = app_id, secret
        self.origins = Origins(frame=(self._base,), script=(self._base,))

    def join(self, seat: Seat, *, now: datetime) -> dict[str, Any]:
        """A token for this room. Nobody in a call is its moderator: a moderator mutes and removes others."""
        # Texts only: mod_presence_identity writes each value into XML as it is.
        user = {"id": str(seat.device), "name": seat.name, "moderator": "false"}
        claims = {
            "aud": "jitsi", "iss": self._app, "sub": self._domain, "room": seat.room,
            "nbf": int((now - BEFORE).timestamp()), "exp": int(seat.until.timestamp()), "context": {"user": user},
        }  # fmt: skip
        join = {
            "url": self._base, "domain": self._host, "room": seat.room, "token": jwt.sign(claims, self._secret),
            "script": f"{self._base}/external_api.js", "receive": seat.side == Side.WATCHER,
        }  # fmt: skip
        return {"provider": self.name, "ice": {}, "join": join}

    def events(self, request: WebRequest, *, now: datetime) -> list[VideoEvent]:
        """Jitsi Meet itself posts nothing: the pages tell us."""
        raise Forged("Jitsi sends no webhooks")

    def check(self, installation: Installation) -> list[Finding]:
        """Whether its script is there. Tokens are looked at only when somebody joins."""
        connection = (HTTPSConnection if self._secure else HTTPConnection)(self._host, timeout=TIMEOUT)
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
