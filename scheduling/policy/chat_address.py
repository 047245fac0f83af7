"""The address of a chat as a protocol. Its class is `bot.messages.Address`, which scheduling does not import."""

from typing import Protocol


class ChatAddress(Protocol):
    """The address at which a family gets answers: the channel, their address and ours."""

    @property
    def channel(self) -> str: ...
    @property
    def theirs(self) -> str: ...
    @property
    def ours(self) -> str: ...
