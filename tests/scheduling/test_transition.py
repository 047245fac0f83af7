"""Transitions: every entry of the table, every move that is not in it, and actors who come too late."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from scheduling.facilities import store
from scheduling.policy.errors import Conflict, IllegalMove
from scheduling.policy.lifecycle import TABLE, Move, PlaceChange, Transition
from scheduling.policy.visit_state import ENDED, OFFERED, PAYABLE, UNDECIDED, State
from scheduling.policy.vocabulary import ActorKind
from scheduling.storage.database import Tx
from scheduling.storage.tables import jobs, visit_events
from scheduling.visits import asking, transition
from scheduling.visits.places import held
from scheduling.visits.transition import Actor
from scheduling.visits.visit import Visit, get
from scheduling.visits.visit_columns import VisitChanges
from scheduling.visits.visit_places import new_place_of, place_of
from tests.scheduling.kit import SUNDAY, Record, minutes

WHO = Actor(ActorKind.STAFF, channel="sms", correlation="c-1")
ELSEWHERE = SUNDAY + minutes(90)
NEEDS_A_PLACE = {Move.HOLD_NEW, Move.ASK_MOVE, Move.REVISE}
STATES = [state for state in State if state is not State.NONE]


def prepared(tx: Tx, visit: Visit, move: Move, record: Record) -> VisitChanges:
    """The changes that commands make: a taken new place for the moves that need one, and how often staff were asked."""
    if move is Move.ASK_AGAIN:
        return {"asked_count": visit.asked_count + 1}
    if move not in NEEDS_A_PLACE:
        return {}
    wish = record.wish_in(tx, visit.visitor_id, visit.resident_id, visit.wanted_minutes, visit.id)
    terminals = [each.id for each in store.terminals_of(tx, visit.facility_id, wish.resident.unit)]
    taken = asking.hold_second_place(tx, visit, wish, terminals, ELSEWHERE)
    given: VisitChanges = {
        "new_starts": taken["new_starts"], "new_minutes": taken["new_minutes"],
        "new_terminal_id": taken["new_terminal_id"], "new_price": taken["new_price"],
    }  # fmt: skip
    if move is Move.HOLD_NEW:
        given["choose_until"] = record.now + minutes(10)
    return given


def last_id(tx: Tx, table: sa.Table) -> int:
    return int(tx.execute(sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0))).scalar_one())


def check_row(before: Visit, after: Visit, step: Transition, now: datetime) -> None:
    assert after.state is step.to
    assert after.revision == before.revision + step.counts
    assert after.changed_at == now
    assert (after.ended_at == now) is (step.to in ENDED)
    if step.counts:
        assert (after.deadline is not None) is (step.to in UNDECIDED | OFFERED | PAYABLE)
        assert after.deadline is None or now < after.deadline
    else:
        assert after.deadline == before.deadline


def check_places(tx: Tx, before: Visit, after: Visit, step: Transition, given: VisitChanges) -> None:
    facility = store.rules(tx, after.facility_id)
    new = new_place_of(after, facility)
    needed = set() if step.to in ENDED else place_of(after, facility).rows() | (new.rows() if new else set())
    assert held(tx, after.id) == needed
    asked_for = given.get("new_starts", before.new_starts)
    if step.places is PlaceChange.SHIFT:
        assert after.starts == asked_for
    else:
        assert (after.starts, after.terminal_id) == (before.starts, before.terminal_id)
    assert after.new_starts == (asked_for if step.places is PlaceChange.SAME else None)


def moves_as_the_table_has_it(tx: Tx, visit: Visit, move: Move, record: Record) -> None:
    step = TABLE[visit.state, move]
    given = prepared(tx, visit, move, record)
    events, queue = last_id(tx, visit_events), last_id(tx, jobs)
    after = transition.apply(tx, visit, move, actor=WHO, now=record.now, reason="b", note="at court", **given)
    assert after == get(tx, visit.id)
    check_row(visit, after, step, record.now)
    check_places(tx, visit, after, step, given)
    (event,) = tx.execute(sa.select(visit_events).where(visit_events.c.id > events)).all()
    assert (event.move, event.old, event.new, event.revision) == (move, visit.state, step.to, after.revision)
    assert (event.actor, event.channel, event.correlation) == ("staff", "sms", "c-1")
    assert (event.reason, event.note, event.at) == ("b", "at court", record.now)
    made = tx.execute(sa.select(jobs).where(jobs.c.id > queue)).all()
    assert Counter(job.kind for job in made) == Counter(step.effects)
    assert {job.payload["visit"] for job in made} <= {visit.id}
    assert {job.payload["revision"] for job in made} <= {after.revision}
    assert {job.correlation for job in made} <= {"c-1"}
    assert all(job.due >= record.now for job in made)


def is_too_late(record: Record, visit: Visit, move: Move) -> None:
    """An actor who saw the visit at another revision gets Conflict."""
    changes: VisitChanges = {}
    if move in NEEDS_A_PLACE:
        changes = {
            "new_starts": ELSEWHERE, "new_minutes": 30, "new_terminal_id": visit.terminal_id, "new_price": visit.price,
        }  # fmt: skip
    for revision in (visit.revision - 1, visit.revision + 1):
        seen = replace(visit, revision=revision)
        with pytest.raises(Conflict):
            record.run(lambda tx, seen=seen: transition.apply(tx, seen, move, actor=WHO, now=record.now, **changes))  # type: ignore[misc]


def is_illegal(record: Record, visit: Visit, move: Move) -> None:
    with pytest.raises(IllegalMove) as refused:
        record.run(lambda tx: transition.apply(tx, visit, move, actor=WHO, now=record.now))
    assert (refused.value.state, refused.value.move) == (visit.state, move)


@pytest.mark.parametrize("state", STATES)
def test_a_state_has_the_moves_of_the_table_and_no_others_and_only_for_who_saw_it(record: Record, state: State) -> None:
    visit = record.in_state(state)
    before = record.everything()
    for move in Move:
        if (state, move) in TABLE:
            record.tried(lambda tx, move=move: moves_as_the_table_has_it(tx, visit, move, record))  # type: ignore[misc]
            is_too_late(record, visit, move)
        else:
            is_illegal(record, visit, move)
    assert record.everything() == before


def test_the_table_is_walked_whole() -> None:
    """Every entry starts from one of the tested states, or creates the visit."""
    assert {state for state, _ in TABLE} - set(STATES) == {State.NONE}
    assert {step.to for step in TABLE.values()} == set(STATES)


def test_opening_a_visit_is_a_step_of_the_table_too(record: Record) -> None:
    visit = record.keep()
    (event,) = record.events(visit)
    assert (event.old, event.new, event.move, event.revision) == ("none", "choosing", "keep", 1)
    assert record.queued() == Counter(TABLE[State.NONE, Move.HOLD].effects)


def test_whoever_saw_another_state_writes_nothing(record: Record) -> None:
    """The revision alone is not enough: the state can differ at the same revision."""
    seen = record.asked()
    record.deny(seen)
    before = record.everything()
    with pytest.raises(Conflict):
        record.run(lambda tx: transition.apply(tx, seen, Move.APPROVE, actor=WHO, now=record.now))
    assert record.everything() == before


def test_an_event_says_what_changed_and_nothing_else(record: Record) -> None:
    visit = record.revise(record.asked())
    details = record.events(visit)[-1].details
    assert details["starts"] == [str(SUNDAY - timedelta(days=1)), str(SUNDAY)]
    assert set(details) <= {"starts", "terminal_id", "deadline"}


def test_a_longer_visit_at_the_same_start_is_finished_at_its_own_end(record: Record) -> None:
    """The timer of the shorter visit must not end the longer one, and the longer one must not stay open for ever."""
    visit = record.pay(
        record.approve(
            record.ask_move_to(
                record.confirmed(wish=record.wish(length=20)), length=30, start=SUNDAY - timedelta(days=1)
            )
        )
    )
    assert visit.state is State.CONFIRMED
    ends = {row.due for row in record.rows(jobs) if row.kind == "finish"}
    assert visit.ends in ends


def test_a_reminder_after_the_fact_is_not_put(record: Record) -> None:
    """A visit that is booked after its day-before reminder was due gets none."""
    asked = record.asked()
    record.set_clock(asked.starts - timedelta(hours=20))
    visit = record.pay(record.approve(record.fresh(asked)))
    assert visit.state is State.CONFIRMED
    waiting = record.queued()
    assert waiting["remind_day_before"] == 0
    assert waiting["remind_soon"] == waiting["finish"] == 1
