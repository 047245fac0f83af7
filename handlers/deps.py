"""The dependencies of all handlers in one frozen value, built from the settings or by a test."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.channels.base import NO_CAPABILITIES, Capabilities, Channel
from bot.messages import PHONE, Address, ChannelName
from handlers.gateways.payments.base import PaymentGateway
from handlers.gateways.video.base import VideoGateway
from handlers.gateways.video.builtin import Builtin
from handlers.send_rate import SendRate
from handlers.settings import Settings
from handlers.wakeups import Wakeups
from scheduling.storage.database import Database


def wall_clock() -> datetime:
    """The time of the machine's clock, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Deps:
    """The dependencies. `now` is the only clock of the application. `payments` is None where visits cost nothing."""

    db: Database
    settings: Settings
    now: Callable[[], datetime] = wall_clock
    channels: Mapping[ChannelName, Channel] = field(default_factory=dict)
    payments: PaymentGateway | None = None
    wakeups: Wakeups = field(default_factory=Wakeups)
    pace: SendRate = field(default_factory=SendRate)
    video: VideoGateway = field(default_factory=Builtin)

    def capabilities(self, channel: ChannelName) -> Capabilities:
        """The capabilities of a channel; none when it is not set up."""
        found = self.channels.get(channel)
        return NO_CAPABILITIES if found is None else found.capabilities

    def stored_address(self, address: Address) -> tuple[ChannelName, str]:
        """The channel and address under which people of a chat are stored: the phone number, if its addresses are numbers."""
        phone = address.channel == PHONE or self.capabilities(address.channel).phone_addresses
        return (PHONE if phone else address.channel), address.theirs
