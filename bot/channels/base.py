"""What every chat channel can do and how it may fail."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.messages import ChannelName, Inbound, Outgoing, Receipt, Sent, WebRequest


class Forged(Exception):
    """The request does not come from the provider: answer 403."""


class Permanent(Exception):
    """Never try this message again. `opted_out`: the person does not want (or blocked) our messages."""

    def __init__(self, code: str | None, reason: str = "", *, opted_out: bool = False) -> None:
        super().__init__(f"{code}: {reason}" if reason else str(code))
        self.code = code
        self.opted_out = opted_out


class Later(Exception):
    """The provider did not take it. Try again, after `retry_after` seconds when it says so."""

    def __init__(self, reason: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Unknown(Exception):
    """The answer was lost: the provider may have taken it. Ask `find` before sending again."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do. `segments`: texts cost by GSM-7 segment. `sender_proven`: nobody can forge the sender.

    `carrier_answers_keywords`: the carrier itself answers HELP, STOP and START, so we stay silent.
    """

    max_length: int
    buttons: bool
    edits: bool
    segments: bool
    carrier_answers_keywords: bool
    sender_proven: bool


class Channel(Protocol):
    """One provider. The inbound half is pure; `send` and `find` use the network and are safe from any thread."""

    name: ChannelName
    capabilities: Capabilities

    def verify(self, request: WebRequest) -> None:
        """Raise Forged unless the provider signed this request."""

    def read(self, request: WebRequest) -> list[Inbound | Receipt]:
        """The messages and receipts in a verified request; [] for anything else. Never raises on malformed input."""

    def send(self, outgoing: Outgoing) -> Sent:
        """Send one message by the provider. Raises Permanent, Later or Unknown, nothing else."""

    def find(self, outgoing: Outgoing, since: datetime) -> Sent | None:
        """Whether the provider got this message since then (after Unknown). Raises Later when it cannot be asked."""

    def close(self) -> None:
        """Close connections and threads. The channel is not used afterwards."""
