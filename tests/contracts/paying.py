"""The server with the real Stripe client and our Stripe emulator, whose answers are checked against Stripe's description."""

import json
import time
from typing import Any
from urllib.parse import urlsplit

import httpx
import sqlalchemy as sa

from handlers.gateways.payments.stripe import StripeGateway
from scheduling.storage.tables import checkouts, ledger, visits
from tests.cast import TANYA
from tests.contracts.phones import Phones
from tests.contracts.standing import Standing
from tests.contracts.visiting import approved
from tests.emulators.stripe_emulator import StripeEmulator
from tests.emulators.stripe_objects import signature


class Paying:
    """An approved visit of Tanya's that must be paid."""

    def __init__(self, app_server: Standing, phones: Phones, far: StripeEmulator) -> None:
        self.app_server, self.phones, self.far = app_server, phones, far
        far.webhook = f"{app_server.url}/webhooks/stripe"
        app_server.join([], StripeGateway(far.api_key, far.secret, far.url))
        self.page = app_server.url + approved(phones)

    def presses(self) -> httpx.Response:
        """Press the button of the pay page."""
        return self.app_server.web.post(self.page)

    def session(self) -> str:
        """She presses the button and gets to the card page. Returns its session."""
        answer = self.presses()
        assert answer.status_code == 303
        return self.far.session_of(answer.headers["location"])

    def back_to_the_page(self) -> bool:
        """Whether the button leads back to the pay page, because there is nothing to pay."""
        answer = self.presses()
        return answer.status_code == 303 and answer.headers["location"] == urlsplit(self.page).path

    def pays(self, session: str) -> None:
        """She pays on that page, and everything due is done."""
        self.far.pay(session)
        self.settle()

    def settle(self) -> None:
        """Run what is due on both sides."""
        self.app_server.settle()
        self.far.drain()

    def later(self, **amount: float) -> None:
        """Let time pass, and run what is due then."""
        self.app_server.clock.pass_by(**amount)
        self.settle()

    def heard(self) -> list[str]:
        """The texts that Tanya got."""
        return self.phones.heard(TANYA)

    def state(self) -> str:
        """The state of her visit."""
        return str(self.app_server.rows(visits)[0]["state"])

    def money(self) -> list[tuple[str, int, str]]:
        """The ledger as (kind, amount, state), oldest first."""
        return [(row["kind"], row["amount"], row["state"]) for row in self.app_server.rows(ledger)]

    def checkouts(self) -> list[sa.RowMapping]:
        return self.app_server.rows(checkouts)

    def post(self, event: dict[str, Any], secret: str | None = None, at: float | None = None) -> int:
        """Post an event, and return the status of the answer."""
        body = json.dumps(event).encode()
        signed = signature(body, secret or self.far.secret, int(at or time.time()))
        headers = {"Content-Type": "application/json", "Stripe-Signature": signed}
        return self.app_server.web.post(str(self.far.webhook), content=body, headers=headers).status_code
