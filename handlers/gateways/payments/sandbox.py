"""Money that is none: a payment page of our own for trying the line out. Exists only on a loopback address."""

import secrets
from collections.abc import Mapping
from typing import Final

from bot.adapters import Adapter, CoreSettings
from bot.channels.base import Forged
from bot.messages import WebRequest
from handlers.gateways.payments.base import Order, PaymentEvent


class SandboxGateway:
    """Checkouts live in our own database: their ids are derived from the order's key, so opening twice is one checkout."""

    name = "sandbox"

    def __init__(self, url: str) -> None:
        self._url = url

    def verify(self, request: WebRequest) -> None:
        """Nobody posts events here: the sandbox page tells us itself."""
        raise Forged("the sandbox sends no webhooks")

    def read(self, request: WebRequest) -> list[PaymentEvent]:
        """Nothing."""
        return []

    def open(self, order: Order) -> tuple[str, str]:
        """A checkout id and our own page for it."""
        checkout = f"sb_{order.key}"
        return checkout, f"{self._url}/sandbox/{checkout}"

    def state(self, checkout: str) -> tuple[str, str | None, str | None]:
        """Open as far as the sandbox knows; our own record closes it."""
        return "open", f"{self._url}/sandbox/{checkout}", None

    def expire(self, checkout: str) -> None:
        """Nothing is kept here."""

    def refund(self, payment: str, amount: int, key: str, metadata: Mapping[str, str]) -> tuple[str, str]:
        """Given back at once."""
        return f"sbr_{secrets.token_hex(6)}", "done"

    def find_refund(self, payment: str, key: str) -> tuple[str, str] | None:
        """Nothing is kept here."""
        return None


ADAPTER: Final = Adapter[CoreSettings, SandboxGateway](
    name=SandboxGateway.name,
    provider="sandbox",
    build=lambda settings: SandboxGateway(settings.url) if settings.loopback else None,
)
