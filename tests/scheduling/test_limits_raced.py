"""Limits are counted under locks: two requests at the same time cannot both be the last allowed one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from scheduling.policy.errors import Refused
from scheduling.policy.refusals import Refusal
from scheduling.policy.visit_state import LIVE, State
from scheduling.storage.tables import visits
from scheduling.visits import asking
from scheduling.visits.search import Wish
from scheduling.visits.visit import Visit
from tests.scheduling.kit import DARNELL, FAMILY, MARCUS, SATURDAY, SUNDAY, Record, at_once, chat, minutes

pytestmark = pytest.mark.both_databases

Asks = list[tuple[Wish, datetime]]
LATER = SATURDAY + minutes(120)


def _day(record: Record) -> Asks:
    return [(record.wish("Tanya Johnson", MARCUS), SATURDAY), (record.wish("Keisha Johnson", MARCUS), LATER)]


def _resident_week(record: Record) -> Asks:
    record.settings(per_resident_per_week=1)
    return [(record.wish("Tanya Johnson", MARCUS), SATURDAY), (record.wish("Keisha Johnson", MARCUS), SUNDAY)]


def _visitor_week(record: Record) -> Asks:
    record.settings(per_visitor_per_week=1)
    return [(record.wish("Tanya Johnson", MARCUS), SATURDAY), (record.wish("Tanya Johnson", DARNELL), SUNDAY)]


def _open_requests(record: Record) -> Asks:
    record.settings(open_requests_per_visitor=1)
    return [(record.wish("Tanya Johnson", MARCUS), SATURDAY), (record.wish("Tanya Johnson", DARNELL), SUNDAY)]


def _kept_apart(record: Record) -> Asks:
    record.add_family("Rosa Price", record.resident(DARNELL))
    return [(record.wish("Tanya Johnson", MARCUS), SATURDAY), (record.wish("Rosa Price", DARNELL), LATER)]


RACES: dict[Refusal, Callable[[Record], Asks]] = {
    Refusal.RESIDENT_DAY_LIMIT: _day,
    Refusal.RESIDENT_WEEK_LIMIT: _resident_week,
    Refusal.VISITOR_WEEK_LIMIT: _visitor_week,
    Refusal.OPEN_REQUESTS_LIMIT: _open_requests,
    Refusal.KEEP_APART: _kept_apart,
}


@pytest.mark.parametrize("code", RACES)
def test_of_two_at_the_same_moment_one_is_the_last(record: Record, code: Refusal) -> None:
    asks = RACES[code](record)
    outcomes = at_once(*(lambda w=wish, s=start: record.ask_at(s, w) for wish, start in asks))
    (won,) = (each for each in outcomes if isinstance(each, Visit))
    (refused,) = (each for each in outcomes if isinstance(each, Refused))
    assert refused.codes == (code,)
    assert [row.id for row in record.rows(visits) if row.state in LIVE] == [won.id]


@pytest.mark.parametrize("code", RACES)
def test_who_comes_while_another_is_not_done_waits_and_counts_it(postgres_record: Record, code: Refusal) -> None:
    """Without the lock, the second request would not see the first one and would not count it."""
    record = postgres_record
    (wish, start), (second, other) = RACES[code](record)
    with ThreadPoolExecutor(1) as pool:
        with record.db.begin() as tx:
            asking.ask_at(tx, wish, start, chat=chat(wish), actor=FAMILY, now=record.now)
            late = pool.submit(record.ask_at, other, second)
            with pytest.raises(TimeoutError):
                late.result(timeout=0.25)
        with pytest.raises(Refused) as refused:
            late.result(timeout=15)
    assert refused.value.codes == (code,)


@pytest.mark.parametrize("code", RACES)
def test_the_same_is_refused_one_after_the_other(record: Record, code: Refusal) -> None:
    first, second = RACES[code](record)
    record.ask_at(first[1], first[0])
    with pytest.raises(Refused) as refused:
        record.ask_at(second[1], second[0])
    assert refused.value.codes == (code,)


def test_what_is_over_without_a_visit_does_not_count(record: Record) -> None:
    record.give_up(record.asked())
    record.deny(record.asked(SATURDAY))
    assert record.asked(SATURDAY, record.wish("Keisha Johnson", MARCUS)).state is State.REQUESTED


def test_a_visit_that_is_moved_counts_at_both_its_days_and_never_against_itself(record: Record) -> None:
    moving = record.ask_move_to(record.confirmed(), SUNDAY)
    assert moving.state is State.MOVING
    for day in (SATURDAY, SUNDAY):
        with pytest.raises(Refused) as refused:
            record.ask_at(day + minutes(120), record.wish("Keisha Johnson", MARCUS))
        assert Refusal.RESIDENT_DAY_LIMIT in refused.value.codes


def test_counsel_is_neither_counted_nor_limited_but_kept_apart_all_the_same(record: Record) -> None:
    tuesday = SATURDAY - timedelta(days=4, hours=3, minutes=30)  # 9:30, in the legal hours
    legal = record.ask_at(tuesday + timedelta(days=1), record.wish("Dana Whitlock", MARCUS))
    assert (legal.kind, legal.price, legal.flags) == ("legal", 0, ())
    record.settings(per_resident_per_day=1, per_resident_per_week=1)
    family = record.ask_at(SATURDAY)  # the legal visit of the week is not counted
    assert family.kind == "family"
    again = record.ask_at(tuesday + timedelta(days=1, minutes=60), record.wish("Dana Whitlock", MARCUS))
    assert again.state is State.REQUESTED
    with pytest.raises(Refused) as refused:
        record.ask_at(tuesday + timedelta(days=1, minutes=45), record.wish("Dana Whitlock", DARNELL))
    assert Refusal.KEEP_APART in refused.value.codes
