"""What a provider of video must be able to do, and the names of its rooms."""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from bot.adapters import Finding, Installation
from bot.messages import WebRequest
from scheduling.policy.vocabulary import Side

_ROOM = re.compile(r"v([1-9]\d{0,18})-[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Seat:
    """A device's place in a call. `room` is from `room_of`; `name` is what others may read: never a number, and for the
    kiosk only "Kiosk"; after `until` nobody new gets in with what `join` gave."""

    room: str
    device: int
    side: Side
    name: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Origins:
    """What the pages of a call may reach beyond this server, for their Content-Security-Policy. A host of `frame` needs
    camera and microphone in Permissions-Policy, too."""

    connect: tuple[str, ...] = ()
    frame: tuple[str, ...] = ()
    script: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VideoEvent:
    """One word from the provider: `device` is the id that we gave it, None where a whole room is meant."""

    provider: str
    event_id: str
    kind: Literal["joined", "left", "published", "finished"]
    room: str
    device: int | None
    at: datetime


class VideoGateway(Protocol):
    """Carries pictures and sound. What `join` gives goes to a browser: no secret of the server is in it."""

    name: str
    origins: Origins

    def join(self, seat: Seat, *, now: datetime) -> dict[str, Any]:
        """The part of an entry (docs/calls.md) that is the provider's: `provider`, `ice` and `join`."""

    def events(self, request: WebRequest, *, now: datetime) -> list[VideoEvent]:
        """The events of a webhook; what we have no use for gives none. Forged unless the provider signed it just now."""

    def check(self, installation: Installation) -> list[Finding]:
        """What is wrong at the provider, one sentence each, for `visitline doctor`. Asks it with a time-out."""


def room_of(secret: str, visit: int) -> str:
    """The room of a visit: always the same, and not to be guessed without `secret`. Lower case: Jitsi makes it so."""
    proof = hmac.new(secret.encode(), f"room of visit {visit}".encode(), hashlib.sha256)
    return f"v{visit}-{proof.hexdigest()[:32]}"


def visit_of(secret: str, room: str) -> int | None:
    """The visit whose room this is; None when it is none of ours."""
    found = _ROOM.fullmatch(room)
    if found is None:
        return None
    visit = int(found[1])
    return visit if hmac.compare_digest(room_of(secret, visit), room) else None
