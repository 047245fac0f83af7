"""The interface of video gateways: what a device needs to join a call, the provider's events, and the names of rooms."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol, Required, TypedDict

from bot.adapters import Finding, Installation
from bot.messages import WebRequest
from scheduling.policy.vocabulary import Side

_ROOM = re.compile(r"v([1-9]\d{0,18})-[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class VideoSeat:
    """The place of a device in a call.

    `room` is made by `room_of`. `name` is what others may read: never a phone number, and for the kiosk only "Kiosk". After
    `until` nobody can enter with what `join` gave.
    """

    room: str
    device: int
    side: Side
    name: str
    until: datetime


class IceServer(TypedDict, total=False):
    """A STUN or TURN server, as browsers take it (RTCIceServer)."""

    urls: Required[list[str]]
    username: str
    credential: str


class IceConfiguration(TypedDict, total=False):
    """How browsers connect to each other (RTCConfiguration); empty where the provider connects them itself."""

    iceServers: list[IceServer]
    iceTransportPolicy: Literal["all", "relay"]


@dataclass(frozen=True, slots=True)
class VideoAccess:
    """What a device gets from the provider to join a call. `join` is for the provider's script on the page."""

    provider: str
    ice: IceConfiguration = field(default_factory=IceConfiguration)
    join: Mapping[str, str | bool] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """The provider's part of an entry, as docs/calls.md describes it."""
        return {"provider": self.provider, "ice": self.ice, "join": dict(self.join)}


@dataclass(frozen=True, slots=True)
class Origins:
    """The servers that the pages of a call may reach besides ours, for their Content-Security-Policy.

    An origin in `frame` also needs camera and microphone in Permissions-Policy.
    """

    connect: tuple[str, ...] = ()
    frame: tuple[str, ...] = ()
    script: tuple[str, ...] = ()


class VideoEventKind(StrEnum):
    """What happened in a room: a device joined, left or published a track, or the whole room was closed."""

    JOINED = "joined"
    LEFT = "left"
    PUBLISHED = "published"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class VideoEvent:
    """One event that a provider reported. `device` is our id of the device; None when it is about the whole room."""

    provider: str
    event_id: str
    kind: VideoEventKind
    room: str
    device: int | None
    at: datetime


class VideoGateway(Protocol):
    """Carries video and sound. What `join` returns goes to a browser, so no secret of the server is in it."""

    name: str
    origins: Origins

    def join(self, seat: VideoSeat, *, now: datetime) -> VideoAccess:
        """What the device needs to join the call."""

    def events(self, request: WebRequest, *, now: datetime) -> list[VideoEvent]:
        """The events of a webhook. Events that we do not use are left out.

        Raises bot.channels.base.Forged unless the provider signed the request, and just now.
        """

    def check(self, installation: Installation) -> list[Finding]:
        """What is wrong at the provider, one sentence each, for `visitline doctor`. Requests to it have a time-out."""


def room_of(secret: str, visit: int) -> str:
    """The room of a visit: always the same, and nobody can guess it without `secret`.

    It is in lower case, because Jitsi turns names of rooms into lower case.
    """
    proof = hmac.new(secret.encode(), f"room of visit {visit}".encode(), hashlib.sha256)
    return f"v{visit}-{proof.hexdigest()[:32]}"


def visit_of(secret: str, room: str) -> int | None:
    """The visit that this room belongs to; None when the room is not ours."""
    found = _ROOM.fullmatch(room)
    if found is None:
        return None
    visit = int(found[1])
    return visit if hmac.compare_digest(room_of(secret, visit), room) else None
