"""Decisions of officers. Each is one row; at most one per visit is pending, which means not in effect yet."""

from dataclasses import dataclass, fields
from datetime import datetime

import sqlalchemy as sa

from scheduling.policy.denials import DenialReason
from scheduling.policy.ids import PersonId, VisitId
from scheduling.policy.vocabulary import DecisionState, Verdict
from scheduling.storage.database import Tx
from scheduling.storage.tables import decisions, visits
from scheduling.visits.visit import Visit


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision. `note` is internal; `words` are for the family. Decisions of one answer to a list share a `batch`."""

    id: int
    visit_id: VisitId
    revision: int
    person_id: PersonId
    channel: str | None
    verb: Verdict
    letter: DenialReason | None
    note: str | None
    words: str | None
    starts: datetime | None
    minutes: int | None
    batch: str | None
    at: datetime
    due: datetime
    state: DecisionState
    correlation: str | None


_NAMES = tuple(field.name for field in fields(Decision))


def _decision(row: sa.RowMapping) -> Decision:
    letter = row["letter"]
    words = {
        "verb": Verdict(row["verb"]), "state": DecisionState(row["state"]),
        "letter": None if letter is None else DenialReason(letter),
    }  # fmt: skip
    return Decision(**{name: row[name] for name in _NAMES} | words)


def _found(tx: Tx, condition: sa.ColumnElement[bool]) -> list[Decision]:
    query = sa.select(decisions).where(condition).order_by(decisions.c.visit_id, decisions.c.id)
    return [_decision(row) for row in tx.execute(query).mappings()]


def get(tx: Tx, decision_id: int) -> Decision:
    """The decision with this id; LookupError when there is none."""
    found = _found(tx, decisions.c.id == decision_id)
    if not found:
        raise LookupError(f"no decision {decision_id}")
    return found[0]


def pending(tx: Tx, visit: Visit) -> Decision | None:
    """The pending decision about the present revision of a visit."""
    mine = (decisions.c.visit_id == visit.id) & (decisions.c.revision == visit.revision)
    return next(iter(_found(tx, mine & (decisions.c.state == DecisionState.PENDING))), None)


def pending_about(tx: Tx, visit: Visit) -> list[Decision]:
    """Pending decisions about any revision. One about an earlier revision has no effect, but prevents a new one."""
    return _found(tx, (decisions.c.visit_id == visit.id) & (decisions.c.state == DecisionState.PENDING))


def pending_times(tx: Tx, visitor_id: PersonId) -> list[Decision]:
    """Pending decisions that will offer another time to a visitor."""
    theirs = sa.select(visits.c.id).where(visits.c.visitor_id == visitor_id)
    soon = (decisions.c.state == DecisionState.PENDING) & (decisions.c.verb == Verdict.TIME)
    return _found(tx, soon & decisions.c.visit_id.in_(theirs))


def words_for(tx: Tx, visit: Visit) -> str | None:
    """The words for the family in the denial that led to the present revision of a visit."""
    mine = (decisions.c.visit_id == visit.id) & (decisions.c.revision == visit.revision - 1)
    done = mine & (decisions.c.state == DecisionState.DONE) & (decisions.c.verb == Verdict.NO)
    query = sa.select(decisions.c.words).where(done).order_by(decisions.c.id.desc()).limit(1)
    return tx.execute(query).scalar()


def pending_of(tx: Tx, person_id: PersonId, *, batch: str | None = None) -> list[Decision]:
    """The pending decisions of an officer in order of visits: all, or those of one answer to a list."""
    mine = (decisions.c.person_id == person_id) & (decisions.c.state == DecisionState.PENDING)
    return _found(tx, mine if batch is None else mine & (decisions.c.batch == batch))


def about(tx: Tx, visit_id: VisitId) -> list[Decision]:
    """Every decision about a visit except those undone."""
    return _found(tx, (decisions.c.visit_id == visit_id) & (decisions.c.state != DecisionState.UNDONE))


def of_batch(tx: Tx, batch: str) -> list[Decision]:
    """Every decision made by answers to one list."""
    return _found(tx, decisions.c.batch == batch)


def follow_payment(tx: Tx, visit: Visit) -> None:
    """Move a pending decision to the revision after a payment, which changes nothing that was decided about."""
    mine = (decisions.c.visit_id == visit.id) & (decisions.c.revision == visit.revision - 1)
    tx.execute(
        sa.update(decisions).where(mine & (decisions.c.state == DecisionState.PENDING)).values(revision=visit.revision)
    )


def close(tx: Tx, decision: Decision, state: DecisionState) -> bool:
    """Set the final state of a pending decision. False when somebody else has closed it meanwhile."""
    here = (decisions.c.id == decision.id) & (decisions.c.state == DecisionState.PENDING)
    return tx.execute(sa.update(decisions).where(here).values(state=state)).rowcount == 1
