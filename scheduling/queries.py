"""Read-only queries for pages, lists and the console. Times are aware UTC, money is in minor units."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from scheduling.facilities import store
from scheduling.people import people, visit_links
from scheduling.people.people import Person, Resident
from scheduling.policy.facility import Facility
from scheduling.policy.ids import FacilityId, PersonId, VisitId
from scheduling.policy.lifecycle import Move
from scheduling.policy.timespan import Span
from scheduling.policy.visit_state import LIVE, ON_BOARD, UNDECIDED, State
from scheduling.policy.vocabulary import ActorKind, DecisionState, EntryKind, EntryState, LinkPurpose
from scheduling.storage.database import Tx
from scheduling.storage.tables import decisions, ledger, residents, visit_events, visits
from scheduling.visits import checkouts
from scheduling.visits.visit import Visit, find, from_row, get


@dataclass(frozen=True, slots=True)
class VisitDetails:
    """A visit with everything that a text or a page says about it."""

    visit: Visit
    facility: Facility
    visitor: Person
    resident: Resident
    terminal: str
    due: int


@dataclass(frozen=True, slots=True)
class LinkView:
    """What the page behind a link may show. A `revoked` link, or one of a visit long over, shows nothing of the visit."""

    details: VisitDetails
    person_id: PersonId
    revoked: bool


@dataclass(frozen=True, slots=True)
class Event:
    """One event in the history of a visit."""

    at: datetime
    actor: ActorKind
    person: str | None
    channel: str | None
    move: Move
    old: State
    new: State
    reason: str | None
    note: str | None
    details: dict[str, list[str]]
    correlation: str | None


def details(tx: Tx, visit: Visit) -> VisitDetails:
    """A visit with its facility, people, terminal and the amount due."""
    facility = store.rules(tx, visit.facility_id)
    visitor, resident = people.get(tx, visit.visitor_id), people.resident(tx, visit.resident_id)
    asked = visit.new_terminal_id if visit.asked_new else None
    terminal = store.terminal_name(tx, asked or visit.terminal_id)
    return VisitDetails(visit, facility, visitor, resident, terminal, checkouts.due(tx, visit))


def by_id(tx: Tx, visit_id: VisitId) -> VisitDetails | None:
    """The details of the visit with this id; None when there is none."""
    visit = find(tx, visit_id)
    return None if visit is None else details(tx, visit)


def revision(tx: Tx, visit_id: VisitId) -> int | None:
    """The present revision of a visit. Cards and jobs about an earlier revision are out of date."""
    return tx.execute(sa.select(visits.c.revision).where(visits.c.id == visit_id)).scalar()


def by_link(tx: Tx, token: str, purpose: LinkPurpose, *, now: datetime) -> LinkView | None:
    """What a link shows now; None when the token is unknown."""
    grant = visit_links.find(tx, token, purpose)
    if grant is None:
        return None
    visit = get(tx, grant.visit_id)
    long_over = visit.ended_at is not None and visit.ended_at + visit_links.VISIBLE_AFTER_END <= now
    return LinkView(details(tx, visit), grant.person_id, long_over or grant.revoked_at is not None)


def by_reference(tx: Tx, facility_id: FacilityId, reference: str) -> Visit | None:
    """The visit that a reference means now: the live one, else the latest."""
    same = (visits.c.facility_id == facility_id) & (visits.c.reference == reference.upper())
    query = sa.select(visits).where(same).order_by(visits.c.ended_at.is_not(None), visits.c.id.desc()).limit(1)
    row = tx.execute(query).mappings().first()
    return None if row is None else from_row(row)


def _all(tx: Tx, condition: sa.ColumnElement[bool]) -> list[Visit]:
    rows = tx.execute(sa.select(visits).where(condition).order_by(visits.c.starts, visits.c.id)).mappings()
    return [from_row(row) for row in rows]


def live_of(tx: Tx, person_ids: Sequence[PersonId]) -> list[Visit]:
    """The live visits and requests of these people, in order of time, without places held while choosing."""
    mine = visits.c.visitor_id.in_(person_ids) & visits.c.state.in_(sorted(LIVE - {State.CHOOSING}))
    return _all(tx, mine)


def latest_of(tx: Tx, person_ids: Sequence[PersonId]) -> Visit | None:
    """The visit of these people that changed last, live or ended."""
    mine = visits.c.visitor_id.in_(person_ids) & (visits.c.state != State.CHOOSING)
    row = tx.execute(sa.select(visits).where(mine).order_by(visits.c.changed_at.desc()).limit(1)).mappings().first()
    return None if row is None else from_row(row)


def has_later_visit(tx: Tx, visit: Visit) -> bool:
    """Whether the visitor chose or asked for anything after this visit, whatever happened to it."""
    later = sa.select(visits.c.id).where((visits.c.visitor_id == visit.visitor_id) & (visits.c.id > visit.id))
    return tx.execute(later.limit(1)).first() is not None


def refunds_total(tx: Tx, visit_id: VisitId) -> int:
    """The sum of the refunds of a visit in minor units, without those that failed."""
    refunds = (
        (ledger.c.visit_id == visit_id) & (ledger.c.kind == EntryKind.REFUND) & (ledger.c.state != EntryState.FAILED)
    )
    return int(tx.execute(sa.select(sa.func.coalesce(sa.func.sum(ledger.c.amount), 0)).where(refunds)).scalar_one())


def undecided(tx: Tx, facility_id: FacilityId, units: Sequence[str] | None = None) -> list[Visit]:
    """The visits that wait for staff (of these units), oldest request first. Leaves out visits with a pending decision."""
    mine = (visits.c.facility_id == facility_id) & visits.c.state.in_(sorted(UNDECIDED))
    if units is not None:
        mine &= visits.c.resident_id.in_(sa.select(residents.c.id).where(residents.c.unit.in_(units)))
    same = (decisions.c.visit_id == visits.c.id) & (decisions.c.revision == visits.c.revision)
    decided = sa.exists().where(same & (decisions.c.state == DecisionState.PENDING))
    rows = tx.execute(sa.select(visits).where(mine & ~decided).order_by(visits.c.asked_at, visits.c.id)).mappings()
    return [from_row(row) for row in rows]


def board(tx: Tx, facility_id: FacilityId, day: Span) -> list[Visit]:
    """The visits on the board of a day, in order of time. Visits that were never booked and have ended are left out."""
    here = (visits.c.facility_id == facility_id) & (visits.c.starts >= day.start) & (visits.c.starts < day.end)
    return _all(tx, here & visits.c.state.in_(sorted(ON_BOARD)))


def history(tx: Tx, visit_id: VisitId) -> list[Event]:
    """The events of a visit, oldest first."""
    return _events(tx, visit_events.c.visit_id == visit_id)


def last_event(tx: Tx, visit_id: VisitId, move: Move) -> Event:
    """The latest event of this move in a visit's history; LookupError when there was none."""
    found = _events(tx, (visit_events.c.visit_id == visit_id) & (visit_events.c.move == move))
    if not found:
        raise LookupError(f"no {move} of visit {visit_id}")
    return found[-1]


def by_correlation(tx: Tx, correlation: str) -> list[tuple[str, Event]]:
    """The events that one request caused, each with the reference of its visit."""
    mine = sa.select(visits.c.id, visits.c.reference).join(visit_events, visit_events.c.visit_id == visits.c.id)
    rows = tx.execute(mine.where(visit_events.c.correlation == correlation).distinct()).all()
    return [(row.reference, event) for row in rows for event in history(tx, row.id) if event.correlation == correlation]


def _events(tx: Tx, condition: sa.ColumnElement[bool]) -> list[Event]:
    rows = tx.execute(sa.select(visit_events).where(condition).order_by(visit_events.c.id)).all()
    return [
        Event(
            row.at, ActorKind(row.actor), None if row.person_id is None else people.get(tx, row.person_id).name, row.channel,
            Move(row.move), State(row.old), State(row.new), row.reason, row.note, row.details, row.correlation,
        )
        for row in rows
    ]  # fmt: skip
