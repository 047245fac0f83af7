"""Whoever comes second changes nothing: not a place, not another visit, not a promise already made."""

from typing import Any

import pytest

from scheduling.errors import Conflict
from scheduling.lifecycle import State
from scheduling.visits import deciding
from scheduling.visits.visit import must
from tests.scheduling.kit import STAFF, SUNDAY, Record


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
