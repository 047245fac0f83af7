"""What scheduling knows of a chat. The one class for it is `bot.messages.Address`, which scheduling does not import."""

from typing import Protocol


class ChatAddress(Protocol):
    """Where a family is answered: the channel, their address and ours."""

    @property
    def channel(self) -> str: ...
    @property
    def theirs(self) -> str: ...
    @property
    def ours(self) -> str: ...
