"""Places: which terminals, residents and visitors are taken at which times.

A unique index over (what, which, quantum) is the only protection against double booking.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from scheduling.policy.errors import PlaceTaken
from scheduling.policy.ids import PersonId, ResidentId, TerminalId, VisitId
from scheduling.policy.timespan import EPOCH, QUANTUM, Span, quanta
from scheduling.policy.vocabulary import PlaceKind
from scheduling.storage.database import Tx, insert_or_ignore
from scheduling.storage.tables import places

Row = tuple[PlaceKind, int, int]


@dataclass(frozen=True, slots=True)
class Place:
    """What a visit needs: a terminal (with turnaround), and the resident and every visitor for its length."""

    terminal_id: TerminalId
    resident_id: ResidentId
    visitor_ids: tuple[PersonId, ...]
    span: Span
    turnaround: timedelta

    def rows(self) -> set[Row]:
        """Its rows: (what, which, quantum)."""
        used = Span(self.span.start, self.span.end + self.turnaround)
        people: list[tuple[PlaceKind, int]] = [(PlaceKind.RESIDENT, self.resident_id)]
        people += [(PlaceKind.VISITOR, visitor_id) for visitor_id in self.visitor_ids]
        rows: set[Row] = {(PlaceKind.TERMINAL, self.terminal_id, quantum) for quantum in quanta(used)}
        return rows | {(what, which, quantum) for what, which in people for quantum in quanta(self.span)}


def take(tx: Tx, visit_id: VisitId, place: Place) -> None:
    """Take what the visit does not hold yet. PlaceTaken, with nothing taken, when another visit holds a part of it."""
    wanted = sorted(place.rows() - held(tx, visit_id))
    with tx.begin_nested() as savepoint:
        rows = [{"what": w, "which": i, "quantum": q, "visit_id": visit_id} for w, i, q in wanted]
        if insert_or_ignore(tx, places, rows) != len(rows):
            savepoint.rollback()
            raise PlaceTaken


def held(tx: Tx, visit_id: VisitId) -> set[Row]:
    """The rows a visit holds."""
    query = sa.select(places.c.what, places.c.which, places.c.quantum).where(places.c.visit_id == visit_id)
    return {(PlaceKind(row.what), row.which, row.quantum) for row in tx.execute(query)}


def release_others(tx: Tx, visit_id: VisitId, needed: Iterable[Place]) -> None:
    """Release every row of the visit that none of these places needs."""
    wanted: set[Row] = set().union(*(place.rows() for place in needed))
    for what, which, quantum in sorted(held(tx, visit_id) - wanted):
        here = (places.c.what == what) & (places.c.which == which) & (places.c.quantum == quantum)
        tx.execute(sa.delete(places).where(here & (places.c.visit_id == visit_id)))


def release_all(tx: Tx, visit_id: VisitId) -> None:
    """Release everything the visit holds."""
    tx.execute(sa.delete(places).where(places.c.visit_id == visit_id))


def taken(tx: Tx, what: PlaceKind, which: int, window: Span, *, but: VisitId | None = None) -> list[Span]:
    """The taken times of one terminal, resident or visitor in a window, without the rows of the visit `but`."""
    found = quanta(window)
    if not len(found):
        return []
    # One index lookup for each `which`: a range over it would scan the whole history of a terminal.
    query = sa.select(places.c.quantum).where(
        (places.c.what == what) & (places.c.which == which) & places.c.quantum.between(found[0], found[-1])
    )
    if but is not None:
        query = query.where(places.c.visit_id != but)
    return _spans(tx.execute(query.order_by(places.c.quantum)).scalars().all())


def _spans(found: Sequence[int]) -> list[Span]:
    spans: list[Span] = []
    for quantum in found:
        start = _at(quantum)
        if spans and spans[-1].end == start:
            spans[-1] = Span(spans[-1].start, start + QUANTUM)
        else:
            spans.append(Span(start, start + QUANTUM))
    return spans


def _at(quantum: int) -> datetime:
    return EPOCH + quantum * QUANTUM
