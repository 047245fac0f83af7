"""A person has at most one place that is held while they choose or that staff offered to them."""

from functools import partial
from typing import Any

import pytest

from scheduling.policy.errors import Refused
from scheduling.policy.refusals import CommandRefusal, Refusal
from scheduling.policy.visit_state import OFFERED, State
from scheduling.storage.tables import visits
from scheduling.visits import asking, moving
from scheduling.visits.visit import get
from tests.scheduling.kit import DARNELL, FAMILY, MARCUS, SATURDAY, SUNDAY, Record, at_once, chat, minutes

pytestmark = pytest.mark.both_databases

FRIDAY = SATURDAY - minutes(20 * 60)  # 5 PM


def undecided_places(record: Record) -> list[int]:
    """Visits with a place that is held for a choice or offered as another time."""
    choosing = {State.CHOOSING, *OFFERED}
    return [row.id for row in record.rows(visits) if row.state in choosing or row.choose_until is not None]


def test_keeping_another_time_gives_the_first_up(record: Record) -> None:
    first = record.keep(SATURDAY)
    second = record.keep(SUNDAY)
    assert record.fresh(first).state is State.WITHDRAWN
    assert record.held(first) == set()
    assert undecided_places(record) == [second.id]


def test_kept_twice_at_once_one_stays(record: Record) -> None:
    wishes = [record.wish("Tanya Johnson", MARCUS), record.wish("Tanya Johnson", DARNELL)]
    outcomes = at_once(lambda: record.keep(SATURDAY, wishes[0]), lambda: record.keep(SUNDAY, wishes[1]))
    assert not [each for each in outcomes if isinstance(each, Exception)]
    assert len(undecided_places(record)) == 1


def test_while_another_time_is_offered_nothing_more_is_kept(record: Record) -> None:
    offered = record.revise(record.asked(), SUNDAY)
    with pytest.raises(Refused) as refused:
        record.keep(FRIDAY, record.wish("Tanya Johnson", DARNELL))
    assert refused.value.codes == (CommandRefusal.OFFER_OPEN,)
    assert undecided_places(record) == [offered.id]


def test_a_number_of_a_list_is_asked_for_all_the_same(record: Record) -> None:
    """A time that is requested at once is not held for a choice: it waits for staff."""
    offered = record.revise(record.asked(), SUNDAY)
    asked = record.ask_at(FRIDAY, record.wish("Tanya Johnson", DARNELL))
    assert asked.state is State.REQUESTED
    assert undecided_places(record) == [offered.id]


def test_a_time_offered_by_staff_replaces_the_one_being_chosen(record: Record) -> None:
    asked = record.asked(SATURDAY)
    choosing = record.keep(FRIDAY, record.wish("Tanya Johnson", DARNELL))
    offered = record.revise(asked, SUNDAY)
    assert record.fresh(choosing).state is State.WITHDRAWN
    assert undecided_places(record) == [offered.id]


def test_staff_offer_one_other_time_to_a_person_and_not_a_second(record: Record) -> None:
    first = record.asked(SATURDAY)
    second = record.asked(FRIDAY, record.wish("Tanya Johnson", DARNELL))
    offered = record.revise(first, SUNDAY)
    with pytest.raises(Refused) as refused:
        record.revise(second, FRIDAY + minutes(60))
    assert refused.value.codes == (CommandRefusal.OFFER_OPEN,)
    assert undecided_places(record) == [offered.id]
    assert record.fresh(second) == second


def test_two_officers_offer_at_once_and_one_time_is_offered(record: Record) -> None:
    first = record.asked(SATURDAY)
    second = record.asked(FRIDAY, record.wish("Tanya Johnson", DARNELL))
    outcomes = at_once(lambda: record.revise(first, SUNDAY), lambda: record.revise(second, FRIDAY + minutes(60)))
    assert [type(each) for each in outcomes if isinstance(each, Exception)] == [Refused]
    assert len(undecided_places(record)) == 1


def test_another_time_for_a_booked_visit_is_the_one_place_too(record: Record) -> None:
    booked = record.confirmed(SATURDAY)
    record.keep_new(booked, SUNDAY)
    kept = record.keep(FRIDAY, record.wish("Tanya Johnson", DARNELL))
    assert record.fresh(booked).new_starts is None
    assert undecided_places(record) == [kept.id]
    record.keep_new(record.fresh(booked), SUNDAY)
    assert record.fresh(kept).state is State.WITHDRAWN
    assert undecided_places(record) == [booked.id]


def test_another_time_for_another_visit_replaces_the_first(record: Record) -> None:
    one = record.confirmed(SATURDAY)
    other = record.confirmed(FRIDAY, record.wish("Tanya Johnson", DARNELL))
    record.keep_new(one, SUNDAY)
    record.keep_new(other, FRIDAY + minutes(45))
    assert record.fresh(one).new_starts is None
    assert undecided_places(record) == [other.id]


def test_each_pending_request_keeps_its_own_place(record: Record) -> None:
    one = record.asked(SATURDAY)
    other = record.asked(FRIDAY, record.wish("Tanya Johnson", DARNELL))
    assert record.held(one)
    assert record.held(other)
    assert undecided_places(record) == []


def test_the_time_it_has_is_no_other_time(record: Record) -> None:
    booked = record.confirmed(SATURDAY)
    with pytest.raises(Refused) as refused:
        record.keep_new(booked, SATURDAY)
    assert refused.value.codes == (Refusal.VISITOR_BUSY,)


@pytest.mark.parametrize("how", ["hold", "ask_at", "hold_new", "ask_move_to"])
def test_a_new_time_that_is_refused_leaves_the_kept_one(record: Record, how: str) -> None:
    """After Refused, the caller continues in the same transaction and tells the nearest times."""
    booked = record.confirmed(SUNDAY) if how in ("hold_new", "ask_move_to") else None
    kept = record.keep(SATURDAY)
    wish = record.wish(moving_=None if booked is None else booked.id)
    off_the_grid = SATURDAY + minutes(7)
    doing: dict[str, Any] = {"actor": FAMILY, "now": record.now}
    with record.db.begin() as tx:
        if booked is None:
            work = partial(getattr(asking, how), tx, wish, off_the_grid, chat=chat(wish), **doing)
        else:
            work = partial(getattr(moving, how), tx, get(tx, booked.id), wish, off_the_grid, **doing)
        with pytest.raises(Refused):
            work()
    assert record.fresh(kept) == kept
    assert record.held(kept)
