"""Transitions: the only code that writes the state of a visit.

`apply()` looks up the transition in the table, updates the row if it still has the state and revision that the caller saw,
writes the event, releases or shifts places and enqueues the effects, all in the transaction of the caller.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Unpack

import sqlalchemy as sa

from scheduling.facilities import store
from scheduling.policy import lifecycle
from scheduling.policy.deadlines import deadline, pay_by_after_failed_move
from scheduling.policy.errors import Conflict, IllegalMove
from scheduling.policy.facility import Facility
from scheduling.policy.ids import PersonId, VisitId
from scheduling.policy.lifecycle import Effect, Move, PlaceChange, Transition, find_transition
from scheduling.policy.pricing import Action
from scheduling.policy.visit_state import CARRIED, ENDED, OFFERED, PAYABLE, STANDING, UNDECIDED, State
from scheduling.policy.vocabulary import ActorKind
from scheduling.storage.database import Tx, insert
from scheduling.storage.tables import visit_events, visits
from scheduling.visits import decisions, places
from scheduling.visits.effects import enqueue_effect, enqueue_effects
from scheduling.visits.visit import Visit, get
from scheduling.visits.visit_columns import NewVisit, VisitChanges, VisitUpdate
from scheduling.visits.visit_places import release_unneeded


@dataclass(frozen=True, slots=True)
class Actor:
    """Who causes a transition, by which channel, and the correlation id of the request."""

    kind: ActorKind
    person: PersonId | None = None
    channel: str | None = None
    correlation: str | None = None


TIMER = Actor(ActorKind.TIMER)
NO_NEW_TIME: VisitUpdate = {
    "new_starts": None, "new_minutes": None, "new_terminal_id": None, "new_price": None, "choose_until": None,
}  # fmt: skip


def apply(
    tx: Tx,
    visit: Visit,
    move: Move,
    *,
    actor: Actor,
    now: datetime,
    reason: str | None = None,
    note: str | None = None,
    **changes: Unpack[VisitChanges],
) -> Visit:
    """Apply a transition to a visit. Returns the visit after it.

    `changes` are other columns to update (a new place, for example). `reason` is a code, `note` is internal. Raises
    IllegalMove when the table has no such transition, and Conflict when somebody else has changed the state or the revision
    since `visit` was read. Nothing is written in either case.
    """
    transition = find_transition(visit.state, move)
    if transition is None:
        raise IllegalMove(visit.state, move)
    facility = store.rules(tx, visit.facility_id)
    values = {**changes, **_update(visit, transition, facility, now, changes)}
    seen = (visits.c.id == visit.id) & (visits.c.state == visit.state) & (visits.c.revision == visit.revision)
    if tx.execute(sa.update(visits).where(seen).values(values)).rowcount != 1:
        raise Conflict
    after = get(tx, visit.id)
    if move is Move.PAY:
        decisions.follow_payment(tx, after)
    if transition.places is PlaceChange.FREE:
        places.release_all(tx, visit.id)
    else:  # new places were taken before the transition
        release_unneeded(tx, after, facility)
    _record(tx, visit, after, move, actor=actor, now=now, reason=reason, note=note)
    enqueue_effects(tx, after, transition, facility, now=now, correlation=actor.correlation)
    if visit.carries is not None and after.carries is None:
        held = get(tx, visit.carries)
        enqueue_effect(
            tx,
            held,
            Effect.GIVE_BACK_CARRIED,
            facility,
            now=now,
            correlation=actor.correlation,
            mark=f"after.{visit.id}",
        )
    return after


def preview(
    tx: Tx, visit: Visit, move: Move, *, now: datetime, **changes: Unpack[VisitChanges]
) -> tuple[State, datetime | None]:
    """The state and the deadline that `apply` would give a visit. Writes nothing; raises IllegalMove as `apply` does."""
    transition = find_transition(visit.state, move)
    if transition is None:
        raise IllegalMove(visit.state, move)
    if not transition.counts:
        return transition.to, changes.get("deadline", visit.deadline)
    first = _first_start(visit, transition, changes)
    return transition.to, _deadline(visit, transition, store.rules(tx, visit.facility_id), now, first)


def open_visit(tx: Tx, new: NewVisit, *, actor: Actor, now: datetime) -> Visit:
    """Create a visit in `choosing`. The caller takes the places."""
    transition = lifecycle.TABLE[State.NONE, Move.HOLD]
    made = insert(
        tx, visits, **new, state=transition.to, revision=1, created_at=now, changed_at=now, asked_count=0, flags=[]
    )
    visit = get(tx, VisitId(made))
    facility = store.rules(tx, visit.facility_id)
    before = replace(visit, state=State.NONE, revision=0)
    _record(tx, before, visit, Move.HOLD, actor=actor, now=now, reason=None, note=None)
    enqueue_effects(tx, visit, transition, facility, now=now, correlation=actor.correlation)
    return visit


def _update(
    visit: Visit, transition: Transition, facility: Facility, now: datetime, changes: VisitChanges
) -> VisitUpdate:
    """The columns that the transition itself updates: state, revision, shifted place, the one deadline of the new state."""
    revision = visit.revision + transition.counts
    values: VisitUpdate = {"state": transition.to, "changed_at": now, "revision": revision}
    if transition.places is PlaceChange.SHIFT:
        values.update(_shifted(visit, changes))
    if transition.places is not PlaceChange.SAME:
        values.update(NO_NEW_TIME)
    if transition.to in ENDED:
        values.update({"ended_at": now, "choose_until": None})
    booked = visit.state in STANDING or visit.state is State.IN_DOUBT
    if transition.to in CARRIED:
        values["holds"] = booked and facility.outcomes[transition.to] == Action.CARRY
    if transition.to in ENDED and not booked:
        values["carries"] = None  # the money is credit again
    if transition.counts:
        first = _first_start(visit, transition, changes)
        by = _deadline(visit, transition, facility, now, first)
        values["deadline"] = by
        if by is not None and transition.to is State.APPROVED and not _is_payable_as_before(visit, transition):
            values["pay_by"] = by
    return values


def _shifted(visit: Visit, changes: VisitChanges) -> VisitUpdate:
    """The new time as the visit's own. ValueError when the visit has no new time."""
    starts, minutes = changes.get("new_starts", visit.new_starts), changes.get("new_minutes", visit.new_minutes)
    terminal_id = changes.get("new_terminal_id", visit.new_terminal_id)
    price = changes.get("new_price", visit.new_price)
    if starts is None or minutes is None or terminal_id is None or price is None:
        raise ValueError(f"visit {visit.id} has no new time")
    values: VisitUpdate = {"starts": starts, "minutes": minutes, "terminal_id": terminal_id, "price": price}
    if starts != visit.starts:
        values["joined_at"] = None  # Join was pressed for the old time
    return values


def _first_start(visit: Visit, transition: Transition, changes: VisitChanges) -> datetime:
    """The earlier of the starts that the visit has after the transition."""
    new = changes.get("new_starts", visit.new_starts)
    match transition.places:
        case PlaceChange.SHIFT:
            return new or visit.starts
        case PlaceChange.SAME:
            return min(visit.starts, new or visit.starts)
        case _:
            return visit.starts


def _deadline(
    visit: Visit, transition: Transition, facility: Facility, now: datetime, first: datetime
) -> datetime | None:
    """The deadline of the new state; None where it has none."""
    if transition.to not in UNDECIDED | OFFERED | PAYABLE:
        return None
    if visit.pay_by is not None and _is_payable_as_before(visit, transition):
        return pay_by_after_failed_move(now, visit.pay_by, first, facility)
    return deadline(transition.to, now, first, facility)


def _is_payable_as_before(visit: Visit, transition: Transition) -> bool:
    """Whether a move of an unpaid visit was not approved, so that its old time is to be paid by its old pay-by."""
    dropped = transition.places is PlaceChange.DROP
    return transition.to is State.APPROVED and dropped and visit.pay_by is not None


def _record(
    tx: Tx,
    before: Visit,
    after: Visit,
    move: Move,
    *,
    actor: Actor,
    now: datetime,
    reason: str | None,
    note: str | None,
) -> None:
    details = {
        name: [str(old), str(new)]
        for name in ("starts", "minutes", "terminal_id", "price", "new_starts", "new_minutes", "deadline")
        if (old := getattr(before, name)) != (new := getattr(after, name))
    }
    insert(
        tx, visit_events, visit_id=after.id, at=now, actor=actor.kind, person_id=actor.person, channel=actor.channel,
        move=move, old=before.state, new=after.state, revision=after.revision, reason=reason, note=note, details=details,
        correlation=actor.correlation,
    )  # fmt: skip
