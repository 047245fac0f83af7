"""What an officer has decided and what has not taken effect yet: one row a decision, at most one pending for a visit."""

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
    """One decision. `verb` is ok, no or time; `state` is pending, done, undone, or void (the visit had moved on).

    `note` is internal, `words` is what the officer wants the family to read. Those of one answer to a list share a `batch`.
    """

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
    """What was decided about a visit as it is now and has not taken effect yet."""
    mine = (decisions.c.visit_id == visit.id) & (decisions.c.revision == visit.revision)
    return next(iter(_found(tx, mine & (decisions.c.state == DecisionState.PENDING))), None)


def pending_about(tx: Tx, visit: Visit) -> list[Decision]:
    """The same for any revision: one of an earlier revision means nothing any more, and stands in the way of a new one."""
    return _found(tx, (decisions.c.visit_id == visit.id) & (decisions.c.state == DecisionState.PENDING))


def pending_times(tx: Tx, visitor_id: PersonId) -> list[Decision]:
    """Other times that are about to be offered to a visitor."""
    theirs = sa.select(visits.c.id).where(visits.c.visitor_id == visitor_id)
    soon = (decisions.c.state == DecisionState.PENDING) & (decisions.c.verb == Verdict.TIME)
    return _found(tx, soon & decisions.c.visit_id.in_(theirs))


def words_for(tx: Tx, visit: Visit) -> str | None:
    """What the officer wants the family to read who has just denied a visit: the denial made its present revision."""
    mine = (decisions.c.visit_id == visit.id) & (decisions.c.revision == visit.revision - 1)
    done = mine & (decisions.c.state == DecisionState.DONE) & (decisions.c.verb == Verdict.NO)
    query = sa.select(decisions.c.words).where(done).order_by(decisions.c.id.desc()).limit(1)
    return tx.execute(query).scalar()


def pending_of(tx: Tx, person_id: PersonId, *, batch: str | None = None) -> list[Decision]:
    """An officer's decisions that have not taken effect, in the order of their visits; of one answer to a list, or all."""
    mine = (decisions.c.person_id == person_id) & (decisions.c.state == DecisionState.PENDING)
    return _found(tx, mine if batch is None else mine & (decisions.c.batch == batch))


def about(tx: Tx, visit_id: VisitId) -> list[Decision]:
    """Every decision about a visit that was not taken back."""
    return _found(tx, (decisions.c.visit_id == visit_id) & (decisions.c.state != DecisionState.UNDONE))


def of_batch(tx: Tx, batch: str) -> list[Decision]:
    """Everything that was decided by answers to one list."""
    return _found(tx, decisions.c.batch == batch)


def follow_payment(tx: Tx, visit: Visit) -> None:
    """The visit was paid for and is otherwise the same: what was decided about the revision before still holds."""
    mine = (decisions.c.visit_id == visit.id) & (decisions.c.revision == visit.revision - 1)
    tx.execute(
        sa.update(decisions).where(mine & (decisions.c.state == DecisionState.PENDING)).values(revision=visit.revision)
    )


def close(tx: Tx, decision: Decision, state: DecisionState) -> bool:
    """A pending decision is done, undone or void; False when it was closed by somebody else meanwhile."""
    here = (decisions.c.id == decision.id) & (decisions.c.state == DecisionState.PENDING)
    return tx.execute(sa.update(decisions).where(here).values(state=state)).rowcount == 1
