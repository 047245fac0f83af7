"""Moves of visits: a second decision changes nothing, deadlines of a move, and paying while it is open."""

from typing import Any

import pytest

from scheduling.policy.errors import Conflict, Refused
from scheduling.policy.refusals import Refusal
from scheduling.policy.timespan import Span
from scheduling.policy.visit_state import State
from scheduling.visits import deciding, moving, search
from scheduling.visits.visit import Visit, get
from tests.scheduling.kit import FAMILY, MONDAY, SATURDAY, STAFF, SUNDAY, Record, minutes


def test_an_officer_who_is_second_keeps_no_place(postgres_record: Record) -> None:
    record = postgres_record
    visit = record.asked()
    wish = record.wish_of(visit)
    doing: dict[str, Any] = {"revision": visit.revision, "actor": STAFF, "now": record.now}
    with record.db.begin() as tx:
        seen = get(tx, visit.id)
        record.give_up(visit)  # the family withdraws after the officer's card was looked up
        with pytest.raises(Conflict):
            deciding.revise(tx, seen, wish, SUNDAY, **doing)
    assert record.fresh(visit).state is State.WITHDRAWN
    assert record.held(visit) == set()


@pytest.mark.parametrize("state", [State.MOVING, State.MOVING_COUNTERED, State.TOPPING_UP])
def test_a_booked_visit_ends_while_its_move_is_still_open(record: Record, state: State) -> None:
    visit = record.in_state(state)
    record.screen_on(visit)
    record.set_clock(visit.ends)
    done = record.finish(visit)
    assert done is not None
    assert done.state is State.VISITOR_NO_SHOW
    assert record.held(visit) == set()
    assert record.finish(visit) is None
    assert record.expire(visit) is None


def test_a_move_whose_deadline_is_over_is_not_taken(record: Record) -> None:
    booked = record.confirmed()
    record.set_clock(SATURDAY - minutes(31))
    kept = record.keep_new(booked)
    record.set_clock(SATURDAY - minutes(30))
    before = record.everything()
    with pytest.raises(Refused) as refused:
        record.run(lambda tx: moving.ask_move(tx, kept, record.wish_of(kept), actor=FAMILY, now=record.now))
    assert refused.value.codes == (Refusal.UNDECIDABLE,)
    with pytest.raises(Refused):
        record.ask_move_to(kept, SUNDAY + minutes(45))
    assert record.everything() == before
    assert not moving.can_move(kept, now=record.now)


def drop(record: Record, visit: Visit) -> Visit:
    return record.run(lambda tx: moving.drop_move(tx, get(tx, visit.id), actor=FAMILY, now=record.now))


def test_moving_and_not_moving_does_not_put_off_paying(record: Record) -> None:
    visit = record.approved()
    pay_by = visit.deadline
    assert pay_by is not None
    for hours in (1, 5, 9):
        record.set_clock(MONDAY + minutes(hours * 60))
        visit = drop(record, record.ask_move_to(visit))
        assert visit.deadline == pay_by
    record.set_clock(pay_by)
    assert record.expire(visit) is not None


def test_whose_pay_by_passes_while_staff_decide_has_two_hours_once(record: Record) -> None:
    visit = record.approved()
    assert visit.deadline is not None
    moving_ = record.ask_move_to(visit)
    record.set_clock(visit.deadline + minutes(60))
    back = record.deny(moving_)
    assert back.deadline == record.now + minutes(120)
    assert not moving.can_move(back, now=record.now)
    with pytest.raises(Refused):
        record.ask_move_to(back)


def test_an_approved_move_has_a_pay_by_of_its_own(record: Record) -> None:
    visit = record.approved()
    record.set_clock(MONDAY + minutes(20 * 60))
    moved = record.approve(record.ask_move_to(visit))
    assert moved.deadline is not None
    assert visit.deadline is not None
    assert moved.deadline > visit.deadline
    assert moved.pay_by == moved.deadline


def test_who_was_there_at_the_old_time_was_not_at_the_new_one(record: Record) -> None:
    record.settings(join_early=minutes(120))
    visit = record.confirmed()
    record.set_clock(SATURDAY - minutes(100))
    record.joined(visit)
    moved = record.approve(record.ask_move_to(record.fresh(visit)))
    assert (moved.starts, moved.joined_at) == (SUNDAY, None)
    record.screen_on(moved)
    record.set_clock(moved.ends)
    done = record.finish(moved)
    assert done is not None
    assert done.state is State.VISITOR_NO_SHOW


def test_a_long_visit_is_not_offered_into_what_is_taken_hours_later(record: Record) -> None:
    record.settings(lengths=(30, 180), per_resident_per_day=3)
    record.asked(SATURDAY + minutes(165), record.wish("Keisha Johnson"))
    long, first = record.wish(length=180), Span(SATURDAY, SATURDAY + minutes(15))
    with record.db.read() as tx:
        assert Refusal.RESIDENT_BUSY in search.find_refusals(
            tx, long, Span(SATURDAY, SATURDAY + minutes(180)), now=record.now
        )
        assert search.search(tx, long, first, now=record.now) == []
