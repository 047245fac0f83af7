"""What the calls package knows about a visit: it does not import the visits package."""

from datetime import datetime
from typing import Protocol

from scheduling.policy.ids import TerminalId, VisitId


class VisitOfCall(Protocol):
    """The attributes of a visit that its call needs. Times are aware UTC."""

    @property
    def id(self) -> VisitId: ...
    @property
    def starts(self) -> datetime: ...
    @property
    def ends(self) -> datetime: ...
    @property
    def terminal_id(self) -> TerminalId: ...
    @property
    def joined_at(self) -> datetime | None: ...
