"""A visit as read from the database: one frozen value that every package uses."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta

import sqlalchemy as sa

from scheduling.policy.ids import FacilityId, PersonId, ResidentId, TerminalId, VisitId
from scheduling.policy.timespan import Span
from scheduling.policy.visit_state import LIVE, State
from scheduling.policy.vocabulary import VisitFlag, VisitKind
from scheduling.storage.database import Tx
from scheduling.storage.tables import visits


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit. Times are aware UTC, money is in minor units. `new_*` is the new place while the visit is being moved."""

    id: VisitId
    facility_id: FacilityId
    reference: str
    kind: VisitKind
    visitor_id: PersonId
    resident_id: ResidentId
    relation: str
    channel: str
    theirs: str
    ours: str
    state: State
    revision: int
    starts: datetime
    minutes: int
    terminal_id: TerminalId
    price: int
    currency: str
    new_starts: datetime | None
    new_minutes: int | None
    new_terminal_id: TerminalId | None
    new_price: int | None
    deadline: datetime | None
    pay_by: datetime | None
    choose_until: datetime | None
    asked_at: datetime | None
    asked_count: int
    joined_at: datetime | None
    flags: tuple[VisitFlag, ...]
    created_at: datetime
    changed_at: datetime
    ended_at: datetime | None
    carries: VisitId | None
    holds: bool

    @property
    def ends(self) -> datetime:
        """When the visit ends."""
        return self.starts + timedelta(minutes=self.minutes)

    @property
    def span(self) -> Span:
        """The time of the visit, without turnaround."""
        return Span(self.starts, self.ends)

    @property
    def new_span(self) -> Span | None:
        """The time of the new place, while there is one."""
        if self.new_starts is None or self.new_minutes is None:
            return None
        return Span(self.new_starts, self.new_starts + timedelta(minutes=self.new_minutes))

    @property
    def asked_new(self) -> bool:
        """Whether staff decide about another time or have offered one. False while the family is still choosing it."""
        return self.new_starts is not None and self.choose_until is None

    @property
    def wanted(self) -> Span:
        """The time in question: the new one while the visit is being moved, else its own."""
        return self.new_span if self.asked_new and self.new_span is not None else self.span

    @property
    def wanted_minutes(self) -> int:
        """The length in question, in minutes."""
        return self.wanted.minutes

    @property
    def first_start(self) -> datetime:
        """The earlier of the two starts in question. Everything about the visit must be settled before it."""
        return min(self.starts, self.wanted.start)

    @property
    def live(self) -> bool:
        """Whether it holds a place."""
        return self.state in LIVE


_NAMES = tuple(field.name for field in fields(Visit))


def from_row(row: sa.RowMapping) -> Visit:
    """The visit in a row of the `visits` table."""
    values = {name: row[name] for name in _NAMES}
    values["state"] = State(values["state"])
    values["kind"] = VisitKind(values["kind"])
    values["flags"] = tuple(map(VisitFlag, values["flags"] or ()))
    return Visit(**values)


def find(tx: Tx, visit_id: VisitId, *, lock: bool = False) -> Visit | None:
    """The visit with this id, or None. With `lock` nobody else can change it until the transaction ends."""
    # With FOR NO KEY UPDATE, rows that only refer to the visit (heartbeats, signaling messages) can still be inserted. Their
    # transactions hold a device, which a device that joins the call locks after the visit: waiting here could deadlock.
    query = sa.select(visits).where(visits.c.id == visit_id)
    row = tx.execute(query.with_for_update(key_share=True) if lock else query).mappings().first()
    return None if row is None else from_row(row)


def get(tx: Tx, visit_id: VisitId, *, lock: bool = False) -> Visit:
    """The visit with this id, locked if asked; LookupError when there is none."""
    found = find(tx, visit_id, lock=lock)
    if found is None:
        raise LookupError(f"no visit {visit_id}")
    return found
