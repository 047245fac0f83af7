"""What comes in and what goes out, whatever the channel: plain frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NewType

ProviderId = NewType("ProviderId", str)
ChannelName = Literal["sms", "telegram"]


@dataclass(frozen=True, slots=True)
class Address:
    """A chat: one of their addresses talking to one of ours.

    `theirs` and `ours` are E.164 numbers for SMS; for Telegram `theirs` is the chat id and `ours` the bot's numeric id.
    """

    channel: ChannelName
    theirs: str
    ours: str

    @property
    def lane(self) -> str:
        """The outbox lane: what goes to one chat goes out in order."""
        return f"{self.channel}:{self.ours}:{self.theirs}"


@dataclass(frozen=True, slots=True)
class Contact:
    """A shared phone number; `own` is true only when the provider says it is the sender's own."""

    phone: str
    own: bool


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message from a person. `provider_id` is unique per provider and makes a repeat harmless.

    `keyword` is set when the carrier itself already acted on the text (Twilio's opt-out, opt-in and help words).
    `button` is the data of a pressed button, `start_code` the argument of Telegram's /start.
    """

    address: Address
    provider_id: ProviderId
    text: str
    keyword: Literal["stop", "start", "help"] | None = None
    button: str | None = None
    start_code: str | None = None
    contact: Contact | None = None
    media: int = 0
    sender_name: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message: what it says, and the data that comes back when it is pressed (at most 64 bytes)."""

    label: str
    data: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message handed to a channel. `valid_for` is how long the provider may keep trying, in seconds.

    `edits` is the provider id of a message of ours to replace instead of sending a new one (only where a channel can).
    """

    address: Address
    text: str
    buttons: tuple[Button, ...] = ()
    valid_for: int | None = None
    status_url: str | None = None
    contact_button: bool = False
    edits: ProviderId | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """What the provider took: its id, and its first word on delivery."""

    provider_id: ProviderId
    status: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """A later word on delivery. `status` is one of queued sent delivered undelivered failed blocked read."""

    channel: ChannelName
    provider_id: ProviderId
    status: str
    error: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WebRequest:
    """One HTTP request as a provider sent it. `path` includes the query; header names are lower-case."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    form: Mapping[str, str] = field(default_factory=dict)


Json = Any
