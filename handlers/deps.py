"""Everything a handler may use, in one frozen value: built from the environment, or by a test in one line."""

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
    """The real time."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Deps:
    """`now` is the only clock of the application. `channels` are by name. `payments` is None where
    visits cost nothing. `video` carries the calls."""

    db: Database
    settings: Settings
    now: Callable[[], datetime] = wall_clock
    channels: Mapping[ChannelName, Channel] = field(default_factory=dict)
    payments: PaymentGateway | None = None
    wakeups: Wakeups = field(default_factory=Wakeups)
    pace: SendRate = field(default_factory=SendRate)
    video: VideoGateway = field(default_factory=Builtin)

    def capabilities(self, channel: ChannelName) -> Capabilities:
        """What a channel can do; nothing where it is not set up."""
        found = self.channels.get(channel)
        return NO_CAPABILITIES if found is None else found.capabilities

    def stored_address(self, address: Address) -> tuple[ChannelName, str]:
        """The channel and address under which the people of a chat are stored: their phone number where the chat has it."""
        phone = address.channel == PHONE or self.capabilities(address.channel).phone_addresses
        return (PHONE if phone else address.channel), address.theirs
