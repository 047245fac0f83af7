"""What every chat channel can do and how it may fail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from bot.messages import ChannelName, Inbound, Json, Outgoing, Receipt, Sent, WebRequest


class Forged(Exception):
    """The request does not come from the provider. It is answered with 403."""


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
    """What a channel can do. Callers ask this, never the channel's name.

    `buttons`, `edits`: a message can carry buttons, and a sent one can be replaced.
    `segments`: a text costs by GSM-7 segment, and our number may send only so many a second, so we pace it.
    `carrier_answers_keywords`: the carrier itself answers HELP, STOP and START, so we stay silent.
    `sender_proven`: nobody can forge the sender.
    `phone_addresses`: the sender's address is their phone number, and it is known who has that phone.
    `contact_button`: a person can be asked to share their phone number with one tap.
    `freeform_window`: how long after the person's last message we may write what we like; later only an approved
    template reaches them. None where there is no such limit.
    """

    buttons: bool
    edits: bool
    segments: bool
    carrier_answers_keywords: bool
    sender_proven: bool
    phone_addresses: bool
    contact_button: bool
    freeform_window: timedelta | None = None


NO_CAPABILITIES = Capabilities(
    buttons=False,
    edits=False,
    segments=False,
    carrier_answers_keywords=False,
    sender_proven=False,
    phone_addresses=False,
    contact_button=False,
)
"""The capabilities of a channel that is not set up, or no longer."""


class Channel(Protocol):
    """One provider. The inbound half is pure; `send` and `find` use the network and are safe from any thread."""

    @property
    def name(self) -> ChannelName:
        """The name under which its messages are stored."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""

    @property
    def ours(self) -> str | None:
        """Our one address on this channel, whatever the facility; None where each facility has a number of its own."""

    @property
    def status_path(self) -> str | None:
        """The path at which the provider posts delivery receipts; None where it posts none."""

    def verify(self, request: WebRequest) -> None:
        """Raise Forged unless the provider signed this request."""

    def read(self, request: WebRequest) -> list[Inbound | Receipt]:
        """What a verified request says to this channel; [] for anything else. Never raises on odd input."""

    def acknowledge(self, request: WebRequest) -> None:
        """Tell the provider that a request was handled, where a person sees a spinner until then. Does not wait."""

    def send(self, outgoing: Outgoing) -> Sent:
        """Send one message by the provider. Raises Permanent, Later or Unknown, nothing else."""

    def find(self, outgoing: Outgoing, since: datetime) -> Sent | None:
        """Whether the provider got this message since then (after Unknown). Raises Later when it cannot be asked."""

    def close(self) -> None:
        """Close connections and threads. The channel is not used afterwards."""


@runtime_checkable
class PollableChannel(Channel, Protocol):
    """A channel that can be asked for what came in, where its provider cannot reach us."""

    def poll(self, offset: int | None, timeout: int = 25) -> tuple[list[dict[str, Json]], int | None]:
        """The updates after `offset`, waiting up to `timeout` seconds, and the offset to ask with next time."""

    def as_request(self, update: Mapping[str, Json]) -> WebRequest:
        """An update in the form of a webhook, for `read`."""
