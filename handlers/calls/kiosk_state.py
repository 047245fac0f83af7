"""What a kiosk shows, as frozen values with the JSON that its page reads. Field names are the JSON keys."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import ClassVar

POLL_SECONDS = 10
"""Seconds from one poll to the next."""
POLL_SECONDS_WHILE_WAITING = 3
"""The same while the resident waits for an officer."""


class ScreenState(StrEnum):
    """Which of its screens a kiosk shows."""

    PAIRING = "pairing"
    IDLE = "idle"
    RING = "ring"
    CALL = "call"


class Proof(StrEnum):
    """What admits a resident to a call: the button alone, their PIN, or an officer."""

    BUTTON = "button"
    PIN = "pin"
    OFFICER = "officer"


@dataclass(frozen=True, slots=True)
class Announcement:
    """A visit as the screen announces it: the resident's short name and the start, in words. Never who visits."""

    name: str
    at: str


@dataclass(frozen=True, slots=True)
class _Screen:
    state: ClassVar[ScreenState]

    def to_json(self) -> dict[str, object]:
        """The state as docs/calls.md describes it."""
        return {"state": self.state, **asdict(self)}


@dataclass(frozen=True, slots=True)
class Pairing(_Screen):
    """A kiosk that waits to be paired shows its code."""

    state: ClassVar[ScreenState] = ScreenState.PAIRING
    code: str
    every: int = POLL_SECONDS


@dataclass(frozen=True, slots=True)
class Idle(_Screen):
    """Nothing rings. `next` is the visit that is announced, if any; `clock` is the time at the facility, in words."""

    state: ClassVar[ScreenState] = ScreenState.IDLE
    terminal: str
    clock: str
    next: Announcement | None = None
    every: int = POLL_SECONDS


@dataclass(frozen=True, slots=True)
class Ringing(_Screen):
    """A visit waits for its resident. `quiet`: they were admitted before, so the screen makes no sound."""

    state: ClassVar[ScreenState] = ScreenState.RING
    terminal: str
    clock: str
    visit: Announcement
    needs: Proof
    asked: bool
    quiet: bool
    language: str
    every: int


@dataclass(frozen=True, slots=True)
class InCall(_Screen):
    """The resident was admitted: the page enters the call."""

    state: ClassVar[ScreenState] = ScreenState.CALL
    language: str
    every: int = POLL_SECONDS


KioskState = Pairing | Idle | Ringing | InCall
