"""What the call needs to know of the visit it belongs to."""

from datetime import datetime
from typing import Protocol

from scheduling.policy.ids import TerminalId, VisitId


class VisitOfCall(Protocol):
    """A visit, as far as its call is concerned. Times are aware UTC."""

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
