"""What a provider of money must be able to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from bot.messages import WebRequest


class GatewayDown(Exception):
    """The provider did not answer, or not clearly: trying again with the same key is safe."""


class GatewayRefused(Exception):
    """The provider said no, and will say it again."""


class KeyReused(GatewayRefused):
    """The provider knows this key from an order or a refund that differs: only another key opens anything."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a checkout is for. `key` makes opening it twice harmless; `name` is what the payer reads on the hosted page."""

    key: str
    name: str
    amount: int
    currency: str
    language: str
    return_url: str
    reference: str


@dataclass(frozen=True, slots=True)
class PaymentEvent:
    """One word from the provider. `checkout`, `payment` and `refund` are its ids, `order` is the key we gave the
    order and `ledger` the row we gave the refund; `amount` is in minor units."""

    provider: str
    event_id: str
    kind: Literal["paid", "failed", "expired", "refund_done", "refund_failed"]
    checkout: str | None = None
    payment: str | None = None
    order: str | None = None
    refund: str | None = None
    ledger: int | None = None
    amount: int = 0


class PaymentGateway(Protocol):
    """Takes and gives back money. Calls raise GatewayDown or GatewayRefused."""

    name: str

    def verify(self, request: WebRequest) -> None:
        """Raise bot.channels.base.Forged unless the provider signed this."""

    def read(self, request: WebRequest) -> list[PaymentEvent]:
        """The events in a verified request; what we have no use for gives none."""

    def open(self, order: Order) -> tuple[str, str]:
        """Open a checkout: its id at the provider, and the page to send the payer to. May raise KeyReused, too."""

    def state(self, checkout: str) -> tuple[str, str | None, str | None]:
        """What the provider has: open, pending (the payer is done, the money is still on its way), paid or expired; the
        page, while open; the payment, when paid."""

    def expire(self, checkout: str) -> None:
        """Close an open checkout; one that is closed already is fine."""

    def refund(self, payment: str, amount: int, key: str, metadata: Mapping[str, str]) -> tuple[str, str]:
        """Give money back: the refund's id, and done, pending or failed. May raise KeyReused, too."""

    def find_refund(self, payment: str, key: str) -> tuple[str, str] | None:
        """The refund of that payment that was asked for with this key, as `refund` tells it; None when there is none."""
