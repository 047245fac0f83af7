"""Transitions: the only code that writes the state of a visit.

`apply()` looks up the step in the table, updates the row if it still has the state and revision that the caller saw, writes
the event, releases or shifts places and enqueues the effects, all in the transaction of the caller.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from scheduling.facilities import store
from scheduling.policy import lifecycle
from scheduling.policy.deadlines import (
    cutoff,
    deadline,
    next_staff_time,
    out_of_quiet,
    pay_by_after_failed_move,
    pay_reminder_at,
)
from scheduling.policy.errors import Conflict, IllegalMove
from scheduling.policy.facility import Facility
from scheduling.policy.ids import PersonId, TerminalId
from scheduling.policy.job_payloads import VisitJob
from scheduling.policy.lifecycle import Effect, Move, Step
from scheduling.policy.pricing import Action
from scheduling.policy.timespan import Span
from scheduling.policy.visit_state import CARRIED, ENDED, OFFERED, PAYABLE, STANDING, UNDECIDED, State
from scheduling.policy.vocabulary import ActorKind
from scheduling.storage import outbox
from scheduling.storage.database import Tx, insert
from scheduling.storage.outbox import Priority
from scheduling.storage.tables import visit_events, visits
from scheduling.visits import decisions, places
from scheduling.visits.credit import CREDIT_EXPIRES_AFTER
from scheduling.visits.places import Place
from scheduling.visits.visit import Visit, get

REMIND_BEFORE = timedelta(minutes=15)
DOUBT_EXPIRES_AFTER = timedelta(days=2)
"""How long staff may decide about a visit in doubt. After that it is decided in favor of the family."""
REMIND_DAY_BEFORE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who causes a transition, by which channel, and the correlation id of the request."""

    kind: ActorKind
    person: PersonId | None = None
    channel: str | None = None
    correlation: str | None = None


TIMER = Actor(ActorKind.TIMER)


def apply(
    tx: Tx,
    visit: Visit,
    move: Move,
    *,
    actor: Actor,
    now: datetime,
    reason: str | None = None,
    note: str | None = None,
    **changes: Any,
) -> Visit:
    """Apply a transition to a visit and return the visit as it is then.

    `changes` are other columns to update (a new place, for example). `reason` is a code, `note` is internal. Raises
    IllegalMove when the table has no such step, and Conflict when the visit is not in the state and revision of `visit` any
    more because somebody else was first. Nothing is written in either case.
    """
    step = lifecycle.step(visit.state, move)
    if step is None:
        raise IllegalMove(visit.state, move)
    facility = store.rules(tx, visit.facility_id)
    values = _values(visit, step, facility, now, changes)
    seen = (visits.c.id == visit.id) & (visits.c.state == visit.state) & (visits.c.revision == visit.revision)
    if tx.execute(sa.update(visits).where(seen).values(values)).rowcount != 1:
        raise Conflict
    after = get(tx, visit.id)
    if move is Move.PAY:
        decisions.follow_payment(tx, after)
    _places(tx, after, step, facility)
    _record(tx, visit, after, move, actor=actor, now=now, reason=reason, note=note)
    _follow(tx, after, step, facility, now, actor)
    if visit.carries is not None and after.carries is None:
        held = get(tx, visit.carries)
        _follow_one(tx, held, Effect.GIVE_BACK_CARRIED, facility, now, actor, mark=f"after.{visit.id}")
    return after


def preview(tx: Tx, visit: Visit, move: Move, *, now: datetime, **changes: Any) -> tuple[State, datetime | None]:
    """The state and the deadline that `apply` would give a visit. Writes nothing; raises IllegalMove as `apply` does."""
    step = lifecycle.step(visit.state, move)
    if step is None:
        raise IllegalMove(visit.state, move)
    values = _values(visit, step, store.rules(tx, visit.facility_id), now, changes)
    return step.to, values.get("deadline", visit.deadline)


def open_visit(tx: Tx, row: dict[str, Any], *, actor: Actor, now: datetime) -> Visit:
    """Create a visit in `choosing`. `row` has all columns that this function does not set. The caller takes the places."""
    step = lifecycle.TABLE[State.NONE, Move.HOLD]
    row = row | {"state": step.to, "revision": 1, "created_at": now, "changed_at": now, "asked_count": 0, "flags": []}
    visit_id = insert(tx, visits, **row)
    visit = get(tx, visit_id)  # type: ignore[arg-type]
    facility = store.rules(tx, visit.facility_id)
    before = replace(visit, state=State.NONE, revision=0)
    _record(tx, before, visit, Move.HOLD, actor=actor, now=now, reason=None, note=None)
    _follow(tx, visit, step, facility, now, actor)
    return visit


def place_of(visit: Visit, facility: Facility) -> Place:
    """The place that the visit holds for its own time."""
    return place_at(visit, visit.terminal_id, visit.span, facility)


def new_place_of(visit: Visit, facility: Facility) -> Place | None:
    """The place that the visit holds for the time it may be moved to."""
    if visit.new_span is None or visit.new_terminal_id is None:
        return None
    return place_at(visit, visit.new_terminal_id, visit.new_span, facility)


def place_at(visit: Visit, terminal_id: TerminalId, span: Span, facility: Facility) -> Place:
    """The place that the visit needs on that terminal at that time."""
    free_after = timedelta(minutes=facility.turnaround)
    return Place(terminal_id, visit.resident_id, (visit.visitor_id,), span, free_after)


_NO_NEW: dict[str, Any] = {"new_starts": None, "new_minutes": None, "new_terminal_id": None, "new_price": None}


def _values(visit: Visit, step: Step, facility: Facility, now: datetime, changes: dict[str, Any]) -> dict[str, Any]:
    """The columns of the update: state, revision, shifted place, and the one deadline of the new state."""
    new = {name: changes.get(name, getattr(visit, name)) for name in _NO_NEW}
    values: dict[str, Any] = {"state": step.to, "changed_at": now, "revision": visit.revision + step.counts} | changes
    if step.places == "shift":
        values |= {name.removeprefix("new_"): value for name, value in new.items()}
        if values["starts"] != visit.starts:
            values["joined_at"] = None  # Join was pressed for the other time
    if step.places != "same":
        values |= {**_NO_NEW, "choose_until": None}
    if step.to in ENDED:
        values |= {"ended_at": now, "choose_until": None}
    booked = visit.state in STANDING or visit.state is State.IN_DOUBT
    if step.to in CARRIED:
        values["holds"] = booked and facility.outcomes[step.to] == Action.CARRY
    if step.to in ENDED and not booked:
        values["carries"] = None  # the money is credit again
    if step.counts:
        starts = (values.get("starts", visit.starts), values.get("new_starts", visit.new_starts))
        values |= _deadlines(visit, step, facility, now, min(start for start in starts if start))
    return values


def _deadlines(visit: Visit, step: Step, facility: Facility, now: datetime, first: datetime) -> dict[str, Any]:
    if step.to not in UNDECIDED | OFFERED | PAYABLE:
        return {"deadline": None}
    by = deadline(step.to, now, first, facility)
    if step.to is not State.APPROVED:
        return {"deadline": by}
    if step.places == "drop" and visit.pay_by is not None:  # a move was not approved: it is to be paid as before
        return {"deadline": pay_by_after_failed_move(now, visit.pay_by, first, facility)}
    return {"deadline": by, "pay_by": by}


def _places(tx: Tx, visit: Visit, step: Step, facility: Facility) -> None:
    """Release what the visit does not need any more. New places were taken before the transition."""
    if step.places == "free":
        places.release_all(tx, visit.id)
        return
    release_unneeded(tx, visit, facility)


def release_unneeded(tx: Tx, visit: Visit, facility: Facility) -> None:
    """Release all but its place, the place it may be moved to, and the time of a pending counter-offer."""
    new = new_place_of(visit, facility)
    places.release_others(
        tx, visit.id, [place_of(visit, facility), *([new] if new else []), *_promised(tx, visit, facility)]
    )


def _promised(tx: Tx, visit: Visit, facility: Facility) -> list[Place]:
    """The place held for a pending decision, on whichever terminal it was taken."""
    there = decisions.pending(tx, visit)
    if there is None or there.starts is None or there.minutes is None:
        return []
    span = Span(there.starts, there.starts + timedelta(minutes=there.minutes))
    held = places.held(tx, visit.id)
    terminals = sorted({which for what, which, _ in held if what == "terminal"})
    found = [place_at(visit, TerminalId(which), span, facility) for which in terminals]
    return [place for place in found if place.rows() <= held]


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


def _follow(tx: Tx, visit: Visit, step: Step, facility: Facility, now: datetime, actor: Actor) -> None:
    """Enqueue the effects of a step. The key of a timer contains the revision or the start that it belongs to."""
    for effect in step.effects:
        mark = visit.starts.timestamp() if effect in _BY_START else f"{visit.revision}.{visit.asked_count}"
        if effect is Effect.FINISH:  # by its end, not its start: the length of a visit can change at the same start
            mark = visit.ends.timestamp()
        if effect in (Effect.LAPSE_CHOICE, Effect.LAPSE_NEW) and visit.choose_until is not None:
            mark = visit.choose_until.timestamp()
        _follow_one(tx, visit, effect, facility, now, actor, mark=mark)


def _follow_one(
    tx: Tx, visit: Visit, effect: Effect, facility: Facility, now: datetime, actor: Actor, *, mark: float | str
) -> None:
    due = _due(effect, visit, facility, now)
    if due is not None:
        outbox.enqueue(
            tx, effect, VisitJob(visit.id, visit.revision, visit.starts),
            now=now, due=due, key=f"{effect}:{visit.id}:{mark}", priority=_PRIORITY.get(effect, Priority.ANSWER),
            correlation=actor.correlation, until=_until(effect, visit),
        )  # fmt: skip


_BY_START = {Effect.REMIND_DAY_BEFORE, Effect.REMIND_SOON}
_PRIORITY = {
    Effect.TELL_FACILITY_CANCELLED: Priority.URGENT, Effect.TELL_STAFF_WITHDRAWN: Priority.URGENT,
    Effect.REMIND_DAY_BEFORE: Priority.REST, Effect.REMIND_SOON: Priority.DEADLINE, Effect.REMIND_TO_PAY: Priority.DEADLINE,
    Effect.LAPSE_CHOICE: Priority.DEADLINE, Effect.LAPSE_NEW: Priority.DEADLINE, Effect.EXPIRE_REQUEST: Priority.DEADLINE,
    Effect.EXPIRE_OFFER: Priority.DEADLINE, Effect.EXPIRE_PAYMENT: Priority.DEADLINE, Effect.FINISH: Priority.DEADLINE,
    Effect.EXPIRE_DOUBT: Priority.DEADLINE, Effect.END_CALL: Priority.URGENT,
}  # fmt: skip


def _until(effect: Effect, visit: Visit) -> datetime | None:
    """When an effect is too late to be useful: a reminder of a visit that has begun helps nobody."""
    if effect in (Effect.REMIND_SOON, Effect.REMIND_DAY_BEFORE):
        return visit.starts
    return visit.deadline if effect is Effect.REMIND_TO_PAY else None


def _due(effect: Effect, visit: Visit, facility: Facility, now: datetime) -> datetime | None:
    """When an effect is due; None when it is not needed any more."""
    if effect in (Effect.LAPSE_CHOICE, Effect.LAPSE_NEW):
        return visit.choose_until
    if effect is Effect.SEND_CARDS:
        opens = next_staff_time(now, facility)
        return opens if opens < cutoff(visit.first_start) else now
    if effect is Effect.ASK_STAFF_AGAIN:
        return visit.deadline if visit.deadline and visit.deadline < cutoff(visit.first_start) else None
    if effect is Effect.EXPIRE_REQUEST:
        return cutoff(visit.first_start)
    if effect in (Effect.EXPIRE_OFFER, Effect.EXPIRE_PAYMENT):
        return visit.deadline
    if effect is Effect.REMIND_TO_PAY:
        return pay_reminder_at(now, visit.deadline, facility) if visit.deadline else None
    if effect is Effect.REMIND_DAY_BEFORE:
        return _later(out_of_quiet(visit.starts - REMIND_DAY_BEFORE, facility), now)
    if effect is Effect.REMIND_SOON:
        return _later(visit.starts - REMIND_BEFORE, now)
    other = {
        Effect.FINISH: visit.ends, Effect.TELL_STILL_WAITING: out_of_quiet(now, facility),
        Effect.EXPIRE_DOUBT: now + DOUBT_EXPIRES_AFTER,
        Effect.GIVE_BACK_CARRIED: max(now, (visit.ended_at or now) + CREDIT_EXPIRES_AFTER),
    }  # fmt: skip
    return other.get(effect, now)


def _later(due: datetime, now: datetime) -> datetime | None:
    return due if due > now else None
