"""The interface of payment gateways: orders, checkouts and refunds at a provider, and the events that it reports."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from bot.messages import WebRequest
from scheduling.policy.vocabulary import EntryState


class GatewayDown(Exception):
    """The provider did not answer, or its answer was unclear. It is safe to try again with the same key."""


class GatewayRefused(Exception):
    """The provider refused, and would refuse again."""


class KeyReused(GatewayRefused):
    """The provider knows this idempotency key from another order or refund. Only a new key can succeed."""


class PaymentEventKind(StrEnum):
    """What an event of a provider reports."""

    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"
    REFUND_DONE = "refund_done"
    REFUND_FAILED = "refund_failed"


class CheckoutStatus(StrEnum):
    """The status of a checkout at the provider. `PENDING`: the payer is done, but the money has not arrived yet."""

    OPEN = "open"
    PENDING = "pending"
    PAID = "paid"
    EXPIRED = "expired"


class CheckoutAtProvider(NamedTuple):
    """A checkout as the provider has it. `url` is its page, set while it is open; `payment` is set when it is paid."""

    status: CheckoutStatus
    url: str | None = None
    payment: str | None = None


class RefundAtProvider(NamedTuple):
    """A refund as the provider has it: its id there, and its state."""

    id: str
    state: EntryState


@dataclass(frozen=True, slots=True)
class Order:
    """What a checkout is for.

    `key` is the idempotency key: opening the same order twice gives one checkout. `name` is what the payer reads on the
    hosted page. `amount` is in minor units.
    """

    key: str
    name: str
    amount: int
    currency: str
    language: str
    return_url: str
    reference: str


@dataclass(frozen=True, slots=True)
class PaymentEvent:
    """One event that a provider reported.

    `checkout`, `payment` and `refund` are ids of the provider. `order` is the key that we gave the order, and `ledger` the
    row of the ledger that we gave with the refund. `amount` is in minor units.
    """

    provider: str
    event_id: str
    kind: PaymentEventKind
    checkout: str | None = None
    payment: str | None = None
    order: str | None = None
    refund: str | None = None
    ledger: int | None = None
    amount: int = 0


class PaymentGateway(Protocol):
    """Takes payments and gives refunds. Its methods raise GatewayDown or GatewayRefused."""

    name: str

    def verify(self, request: WebRequest) -> None:
        """Raise bot.channels.base.Forged unless the provider signed this request."""

    def read(self, request: WebRequest) -> list[PaymentEvent]:
        """The events of a verified request. Events that we do not use are left out."""

    def open(self, order: Order) -> tuple[str, str]:
        """Open a checkout. Returns its id at the provider, and the page to send the payer to. May also raise KeyReused."""

    def state(self, checkout: str) -> CheckoutAtProvider:
        """The checkout as the provider has it now."""

    def expire(self, checkout: str) -> None:
        """Close an open checkout. Does nothing to one that is closed."""

    def refund(self, payment: str, amount: int, key: str, metadata: Mapping[str, str]) -> RefundAtProvider:
        """Refund a part or all of a payment. May also raise KeyReused."""

    def find_refund(self, payment: str, key: str) -> RefundAtProvider | None:
        """The refund of this payment that was requested with this key; None when there is none."""
