"""Calls directly between browsers. They need a STUN and a TURN server, such as coturn, which is both."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

from pydantic import SecretStr

from bot.adapters import Adapter, CoreSettings, Finding, Installation, SettingsGroup
from bot.channels.base import Forged
from bot.messages import WebRequest
from handlers.gateways.video import stun_probe
from handlers.gateways.video.base import IceServer, Origins, VideoAccess, VideoEvent, VideoSeat

MARGIN = timedelta(minutes=15)
"""How long relay credentials outlast the visit. A relay stops when they expire, and a visit may end a little late."""


class BuiltinVideoSettings(CoreSettings):
    """STUN and TURN servers, comma separated. With `relay_only` phone and kiosk never learn each other's address."""

    stun_urls: str = ""
    turn_urls: str = ""
    turn_secret: SecretStr = SecretStr("")
    relay_only: bool = False


class Builtin:
    """A mesh of browsers. Without STUN and TURN servers it works only inside one local network."""

    name = "builtin"
    origins = Origins()

    def __init__(
        self, stun: Sequence[str] = (), relays: Sequence[str] = (), secret: str = "", *, relay_only: bool = False
    ) -> None:
        self._stun, self._relays, self._secret = list(stun), list(relays), secret
        self._policy: Literal["all", "relay"] = "relay" if relay_only else "all"

    def join(self, seat: VideoSeat, *, now: datetime) -> VideoAccess:
        """The servers, and credentials of this device for the relays."""
        servers: list[IceServer] = []
        if self._stun:
            servers.append({"urls": self._stun})
        if self._relays:
            username, credential = self.credentials(str(seat.device), seat.until + MARGIN)
            servers.append({"urls": self._relays, "username": username, "credential": credential})
        return VideoAccess(self.name, ice={"iceServers": servers, "iceTransportPolicy": self._policy})

    def credentials(self, who: str, until: datetime) -> tuple[str, str]:
        """Username and password that coturn accepts until then. It computes the password itself (`use-auth-secret`)."""
        username = f"{int(until.timestamp())}:{who}"
        made = hmac.new(self._secret.encode(), username.encode(), hashlib.sha1)
        return username, base64.b64encode(made.digest()).decode()

    def events(self, request: WebRequest, *, now: datetime) -> list[VideoEvent]:
        """Always raises Forged: there is no provider, and the pages report their calls themselves."""
        raise Forged("calls between browsers send no webhooks")

    def check(self, installation: Installation) -> list[Finding]:
        """Send every server the request that a phone sends. On a public address a missing relay is a finding, too."""
        username, password = self.credentials("doctor", installation.now + timedelta(minutes=5))
        found = [] if installation.loopback or self._relays else [Finding(self._without_relay())]
        told = [(url, stun_probe.asks_address(url)) for url in self._stun]
        told += [(url, stun_probe.asks_relay(url, username, password)) for url in self._relays]
        return [*found, *(Finding(f"Calls: {url}: {trouble}") for url, trouble in told if trouble)]

    def _without_relay(self) -> str:
        if self._stun:
            return (
                "Calls: TURN_URLS is not set. Phones behind strict routers, and a jail's own network, need a relay: set "
                "TURN_URLS and TURN_SECRET (coturn, see docs/going-live.md)."
            )
        return (
            "Calls: neither STUN_URLS nor TURN_URLS is set, so calls reach no further than one network. Set STUN_URLS, "
            "TURN_URLS and TURN_SECRET (coturn, see docs/going-live.md)."
        )


def _build(settings: BuiltinVideoSettings) -> Builtin:
    stun, relays = _addresses(settings.stun_urls, "stun"), _addresses(settings.turn_urls, "turn")
    if settings.relay_only and not relays:
        raise ValueError("RELAY_ONLY is set, but TURN_URLS is not: no call would find a way. Set a relay.")
    return Builtin(stun, relays, settings.turn_secret.get_secret_value(), relay_only=settings.relay_only)


def _addresses(written: str, scheme: str) -> list[str]:
    found = [each.strip() for each in written.split(",") if each.strip()]
    for url in found:
        if not stun_probe.is_url(url) or not url.startswith(scheme):
            name = f"{scheme}_urls".upper()
            raise ValueError(f"{name}: {url!r} is not an address such as {scheme}:calls.example:3478.")
    return found


ADAPTER: Final = Adapter[BuiltinVideoSettings, Builtin](
    name=Builtin.name,
    provider="builtin",
    build=_build,
    groups=(SettingsGroup("turn", ("turn_urls", "turn_secret")),),
)
