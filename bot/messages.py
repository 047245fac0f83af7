"""Messages in and out, independent of the channel: plain frozen values."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NewType

Json = Any
"""What JSON holds, where it enters."""

ProviderId = NewType("ProviderId", str)
ChannelName = NewType("ChannelName", str)
"""The name of a channel, as stored. Only the adapter of the channel writes it out."""
PHONE: Final = ChannelName("sms")
"""The channel under which people's phone numbers are stored."""


class CarrierKeyword(StrEnum):
    """A word on which a carrier acts by itself: it closes the chat to us, opens it again, or sends its help text."""

    STOP = "stop"
    START = "start"
    HELP = "help"


class DeliveryStatus(StrEnum):
    """How far the provider got with a text of ours. BLOCKED: the person does not want our texts."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Address:
    """A chat: one of their addresses talking to one of ours.

    `theirs` and `ours` are E.164 numbers for SMS; for Telegram `theirs` is the chat id and `ours` the bot's numeric id.
    """

    channel: ChannelName
    theirs: str
    ours: str

    @classmethod
    def from_stored(cls, channel: str, theirs: str, ours: str) -> "Address":
        """The address of a stored row."""
        return cls(ChannelName(channel), theirs, ours)

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
    """One message from a person. `provider_id` is unique per provider and makes a repeated delivery harmless.

    `keyword` is set when the carrier itself already acted on the text (Twilio's opt-out, opt-in and help words).
    `button` is the data of a pressed button, `start_code` the argument of Telegram's /start.
    """

    address: Address
    provider_id: ProviderId
    text: str
    keyword: CarrierKeyword | None = None
    button: str | None = None
    start_code: str | None = None
    contact: Contact | None = None
    media: int = 0

    def to_json(self) -> dict[str, Json]:
        """As stored; `from_json` gives back an equal value."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Json]) -> "Inbound":
        """The message as it was stored, also by an earlier version."""
        keyword, contact = stored.get("keyword"), stored.get("contact")
        return cls(
            address=Address.from_stored(**stored["address"]),
            provider_id=ProviderId(stored["provider_id"]),
            text=stored["text"],
            keyword=CarrierKeyword(keyword) if keyword else None,
            button=stored.get("button"),
            start_code=stored.get("start_code"),
            contact=Contact(**contact) if contact else None,
            media=stored.get("media", 0),
        )


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message: what it says, and the data that comes back when it is pressed (at most 64 bytes)."""

    label: str
    data: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message for a channel to send. `valid_for` is how long the provider may keep trying, in seconds.

    `edits` is the provider id of a message of ours to replace instead of sending a new one (only where a channel can).
    `freeform` is False where the channel's window for free text is closed: only an approved template in `language`
    reaches the person.
    """

    address: Address
    text: str
    buttons: tuple[Button, ...] = ()
    valid_for: int | None = None
    status_url: str | None = None
    contact_button: bool = False
    edits: ProviderId | None = None
    freeform: bool = True
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Sent:
    """What the provider accepted: its id of the message, and the first delivery status."""

    provider_id: ProviderId
    status: DeliveryStatus


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the provider says later about the delivery of a text. `error` is its own code.

    `address` is set when it is about a whole chat rather than one message.
    """

    channel: ChannelName
    provider_id: ProviderId
    status: DeliveryStatus
    error: str | None = None
    at: datetime | None = None
    address: Address | None = None


@dataclass(frozen=True, slots=True)
class WebRequest:
    """One HTTP request as a provider sent it. `path` includes the query; header names are lower-case."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    form: Mapping[str, str] = field(default_factory=dict)
