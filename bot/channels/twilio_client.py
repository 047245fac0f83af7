"""Types of what we use of Twilio's client, which ships none, and of the parameters that it takes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, TypedDict, Unpack


class Addresses(TypedDict):
    """Both numbers of a message."""

    to: str
    from_: str


class MessageParameters(TypedDict, total=False):
    """What a message is created with: a `body`, or an approved template (`content_sid`) and its variables as JSON.

    `validity_period` is in seconds.
    """

    to: str
    from_: str
    body: str
    content_sid: str
    content_variables: str
    validity_period: int
    status_callback: str


class TwilioMessage(Protocol):
    """A message as Twilio has it."""

    sid: str | None
    status: str | None
    body: str | None
    date_created: datetime | None


class Messages(Protocol):
    """The list of messages of the account."""

    def create(self, **parameters: Unpack[MessageParameters]) -> TwilioMessage:
        """Send a message."""

    def list(self, *, to: str, from_: str, limit: int) -> Sequence[TwilioMessage]:
        """The newest messages between two numbers."""


class IncomingNumber(Protocol):
    """One of the account's numbers."""

    sms_url: str | None
    sms_fallback_url: str | None


class IncomingNumbers(Protocol):
    """The list of the account's numbers."""

    def list(self, *, phone_number: str, limit: int) -> Sequence[IncomingNumber]:
        """The account's numbers that are this one."""


class ConnectionPool(Protocol):
    """The pooled connections."""

    def close(self) -> None:
        """Close them."""


class HttpClient(Protocol):
    """What the client sends its requests with."""

    session: ConnectionPool


class RestClient(Protocol):
    """The client of Twilio's REST API."""

    messages: Messages
    incoming_phone_numbers: IncomingNumbers
    http_client: HttpClient


class Validator(Protocol):
    """The check of signatures of webhooks."""

    def validate(self, uri: str, params: dict[str, str], signature: str) -> bool:
        """Whether Twilio signed this address and these parameters."""
