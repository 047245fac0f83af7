"""The payment sandbox: a payment page of our own that moves no money. It exists only on a loopback address."""

import secrets
from collections.abc import Mapping
from typing import Final

from bot.adapters import Adapter, CoreSettings
from bot.channels.base import Forged
from bot.messages import WebRequest
from handlers.gateways.payments.base import CheckoutAtProvider, CheckoutStatus, Order, PaymentEvent, RefundAtProvider
from scheduling.policy.vocabulary import EntryState


class SandboxGateway:
    """Its checkouts exist only in our own database. Their ids derive from the order's key, so opening twice gives one."""

    name = "sandbox"

    def __init__(self, url: str) -> None:
        self._url = url

    def verify(self, request: WebRequest) -> None:
        """Always raises Forged: the sandbox page applies its events itself, and posts none."""
        raise Forged("the sandbox sends no webhooks")

    def read(self, request: WebRequest) -> list[PaymentEvent]:
        """No events."""
        return []

    def open(self, order: Order) -> tuple[str, str]:
        """An id for the checkout, and our own page for it."""
        checkout = f"sb_{order.key}"
        return checkout, f"{self._url}/sandbox/{checkout}"

    def state(self, checkout: str) -> CheckoutAtProvider:
        """Always open: whether it is closed is in our own database."""
        return CheckoutAtProvider(CheckoutStatus.OPEN, f"{self._url}/sandbox/{checkout}")

    def expire(self, checkout: str) -> None:
        """Nothing to do: the sandbox stores nothing."""

    def refund(self, payment: str, amount: int, key: str, metadata: Mapping[str, str]) -> RefundAtProvider:
        """A refund that is done at once."""
        return RefundAtProvider(f"sbr_{secrets.token_hex(6)}", EntryState.DONE)

    def find_refund(self, payment: str, key: str) -> RefundAtProvider | None:
        """None: the sandbox stores nothing."""
        return None


ADAPTER: Final = Adapter[CoreSettings, SandboxGateway](
    name=SandboxGateway.name,
    provider="sandbox",
    build=lambda settings: SandboxGateway(settings.url) if settings.loopback else None,
)
