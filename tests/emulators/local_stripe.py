"""localstripe, a Stripe that others wrote: it signs webhooks on its own account of the scheme. Bound to loopback."""

import sys

from tests.emulators.processes import Child, free_port
from tests.emulators.served import caller

# Its own command listens on all addresses and keeps its store in one file for all of the machine: neither suits a test.
_PROGRAM = """
import sys
from aiohttp import web
from localstripe import resources, server
resources.store.dump_to_disk = lambda: None
web.run_app(server.app, host="127.0.0.1", port=int(sys.argv[1]))
"""


class LocalStripe:
    """One running localstripe; it posts events about a second after what caused them."""

    api_key = "sk_test_local"

    def __init__(self) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        # A warning of its own about asyncio is not ours to fail on.
        self._child = Child([sys.executable, "-W", "ignore", "-c", _PROGRAM, str(port)], port=port)
        self._client = caller()

    def post_events_to(self, webhook: str, secret: str) -> None:
        """From now on events are signed with `secret` and posted to this URL."""
        answer = self._client.post(f"{self.url}/_config/webhooks/ours", json={"url": webhook, "secret": secret})
        answer.raise_for_status()

    def cause_event(self, description: str = "a visitor") -> None:
        """Make something happen: a customer, hence the event `customer.created`."""
        answer = self._client.post(
            f"{self.url}/v1/customers", data={"description": description}, auth=(self.api_key, "")
        )
        answer.raise_for_status()

    def close(self) -> None:
        """Stop it."""
        self._client.close()
        self._child.stop()
