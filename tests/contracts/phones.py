"""Phones of the simulator's carrier in this process. The server's Twilio code talks to it over HTTP in both directions."""

from pathlib import Path

from bot.channels.twilio import TwilioSms
from tests.cast import OURS, Member
from tests.contracts.standing import Standing
from tests.emulators.served import Served
from webhooks.simulator import SimulatorConfig, create_simulator

SID, TOKEN = "AC" + "5" * 32, "carrier-auth-token"


class Phones:
    """All phones. Each `says` goes all the way: signed webhook, answer, delivery receipts."""

    def __init__(self, app_server: Standing, folder: Path) -> None:
        self._app_server = app_server
        config = SimulatorConfig(
            application_url=app_server.url, db_path=str(folder / "carrier.db"), account_sid=SID, auth_token=TOKEN,
            our_number=OURS, step_seconds=0,
        )  # fmt: skip
        self.simulator = create_simulator(config)
        self._served = Served(self.simulator)
        self.url = self._served.url
        self.channel = TwilioSms(SID, TOKEN, app_server.url, self.url)
        app_server.deliveries.append(self.simulator.drain)

    def says(self, who: Member, words: str) -> None:
        """Send a text from this phone, and run everything that it makes due."""
        self.simulator.carrier.say(who.phone, words)
        self._app_server.settle()

    def heard(self, who: Member) -> list[str]:
        """All texts that this phone got, oldest first."""
        found = self.simulator.store.messages("recipient = ? AND status = 'delivered'", [who.phone], limit=-1)
        return [message.body for message in sorted(found, key=lambda message: message.id)]

    def close(self) -> None:
        """Close the carrier."""
        self._served.close()
        self.simulator.close()
