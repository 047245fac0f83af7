"""localstripe, a Stripe emulator by other authors with its own code for signing webhooks. Bound to loopback."""

import sys

from tests.emulators.processes import Child, free_port
from tests.emulators.served import caller

# Its command listens on all addresses and stores everything in one file per machine: neither suits a test.
_PROGRAM = """
import sys
from aiohttp import web
from localstripe import resources, server
resources.store.dump_to_disk = lambda: None
web.run_app(server.app, host="127.0.0.1", port=int(sys.argv[1]))
"""


class LocalStripe:
    """One running localstripe. It posts an event about a second after its cause."""

    api_key = "sk_test_local"

    def __init__(self) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        # Its own warning about asyncio must not fail our tests.
        self._child = Child([sys.executable, "-W", "ignore", "-c", _PROGRAM, str(port)], port=port)
        self._client = caller()

    def post_events_to(self, webhook: str, secret: str) -> None:
        """Post events to this URL from now on, signed with `secret`."""
        answer = self._client.post(f"{self.url}/_config/webhooks/ours", json={"url": webhook, "secret": secret})
        answer.raise_for_status()

    def cause_event(self, description: str = "a visitor") -> None:
        """Create a customer, which causes the event `customer.created`."""
        answer = self._client.post(
            f"{self.url}/v1/customers", data={"description": description}, auth=(self.api_key, "")
        )
        answer.raise_for_status()

    def close(self) -> None:
        """Stop it."""
        self._client.close()
        self._child.stop()
