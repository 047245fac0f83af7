"""Whoever comes second changes nothing: not a place, not another visit, not a promise already made."""

from typing import Any

import pytest

from scheduling.errors import Conflict, Refused
from scheduling.lifecycle import State
from scheduling.rules import Refusal
from scheduling.visits import deciding, moving
from scheduling.visits.visit import must
from tests.scheduling.kit import FAMILY, SATURDAY, STAFF, SUNDAY, Record, minutes


def test_an_officer_who_is_second_keeps_no_place(postgres_record: Record) -> None:
    record = postgres_record
    visit = record.asked()
    wish = record.wish_of(visit)
    doing: dict[str, Any] = {"revision": visit.revision, "actor": STAFF, "now": record.now}
    with record.db.begin() as tx:
        seen = must(tx, visit.id)
        record.give_up(visit)  # the family withdraws after the officer's card was looked up
        with pytest.raises(Conflict):
            deciding.revise(tx, seen, wish, SUNDAY, **doing)
    assert record.fresh(visit).state is State.WITHDRAWN
    assert record.held(visit) == set()


@pytest.mark.parametrize("state", [State.MOVING, State.MOVING_COUNTERED, State.TOPPING_UP])
def test_a_booked_visit_ends_while_its_move_is_still_open(record: Record, state: State) -> None:
    visit = record.in_state(state)
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
