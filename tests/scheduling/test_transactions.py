"""Writing transactions: all or nothing, times in UTC, and run again after a lost race."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from scheduling.storage import database
from scheduling.storage.database import Tx, lock
from scheduling.storage.tables import closures, residents
from tests.scheduling.kit import CHICAGO, DARNELL, MARCUS, MONDAY, Record, at_once

pytestmark = pytest.mark.both_databases


def test_a_moment_comes_back_as_the_same_moment_in_utc(record: Record) -> None:
    local = datetime(2026, 11, 1, 1, 30, fold=1, tzinfo=CHICAGO)
    with record.db.begin() as tx:
        tx.execute(sa.update(closures).values(starts=local))
    (row,) = record.rows(closures)
    assert (row.starts, row.starts.tzinfo) == (local.astimezone(UTC), UTC)


def test_a_naive_moment_is_refused(record: Record) -> None:
    with pytest.raises(Exception, match="naive"), record.db.begin() as tx:
        tx.execute(sa.update(closures).values(starts=MONDAY.replace(tzinfo=None)))
    assert record.rows(closures)[0].starts.tzinfo is UTC


def test_reading_cannot_write(sqlite_record: Record) -> None:
    with pytest.raises(DBAPIError, match="readonly"), sqlite_record.db.read() as tx:
        tx.execute(sa.delete(closures))


def test_what_raises_leaves_nothing(record: Record) -> None:
    before = record.everything()

    def work(tx: Tx) -> None:
        tx.execute(sa.delete(closures))
        raise LookupError

    with pytest.raises(LookupError):
        record.run(work)
    assert record.everything() == before


def test_a_reader_sees_what_was_committed_and_nothing_half_done(record: Record) -> None:
    with record.db.begin() as tx:
        tx.execute(sa.delete(closures))
        assert len(record.rows(closures)) == 1
    assert record.rows(closures) == []


def test_a_deadlock_is_tried_again_and_both_get_through(postgres_record: Record) -> None:
    """Two transactions lock the same rows in opposite order: PostgreSQL aborts one, which then runs all its work again."""
    record = postgres_record
    pair = [record.resident(MARCUS), record.resident(DARNELL)]
    meet, through, tries = threading.Barrier(2), threading.Event(), []

    def crossing(order: list[int]) -> None:
        def work(tx: Tx) -> None:
            tries.append(order)
            if (
                len(tries) > 2
            ):  # on a busy machine the loser would run again before the winner continues, and lose again
                through.wait(60)
            tx.execute(sa.select(residents.c.id).where(residents.c.id == order[0]).with_for_update())
            if len(tries) <= 2:
                meet.wait(60)
            tx.execute(sa.select(residents.c.id).where(residents.c.id == order[1]).with_for_update())

        record.run(work)
        through.set()

    assert at_once(lambda: crossing(list(pair)), lambda: crossing(list(reversed(pair)))) == [None, None]
    assert len(tries) == 3


def test_a_name_that_looked_free_to_two_is_chosen_again_by_the_second(postgres_record: Record) -> None:
    """Two choose the same name, like a reference of a visit: it is free when they look and taken when the second writes."""
    record, meet, tries = postgres_record, threading.Barrier(2), list[int]()

    def work(tx: Tx) -> str:
        number = str(tx.execute(sa.select(sa.func.count()).select_from(residents)).scalar_one())
        tries.append(1)
        if len(tries) <= 2:
            meet.wait(60)
        fields = {"facility_id": record.facility, "number": number, "name": "X", "unit": "B", "held": True}
        tx.execute(sa.insert(residents).values(**fields))
        return number

    assert sorted(map(str, at_once(lambda: record.run(work), lambda: record.run(work)))) == ["3", "4"]
    assert len(tries) == 3


def test_whatever_else_fails_is_not_tried_again(record: Record) -> None:
    tries: list[int] = []

    def work(tx: Tx) -> None:
        tries.append(1)
        tx.execute(sa.text("SELECT nothing FROM nowhere"))

    with pytest.raises(DBAPIError):
        record.run(work)
    assert len(tries) == 1
    assert database.RETRIES == 3


def test_locks_are_taken_in_one_order(postgres_record: Record) -> None:
    """Rows are locked in the same order whatever the order of the ids, so that there is no deadlock."""
    record = postgres_record
    everyone = {row.id for row in record.rows(residents)}

    def locks() -> None:
        record.run(lambda tx: lock(tx, residents, everyone))

    assert at_once(*[locks] * 6) == [None] * 6


def test_writers_queue_on_sqlite(sqlite_record: Record) -> None:
    record = sqlite_record

    def adds() -> None:
        def work(tx: Tx) -> None:
            ends = tx.execute(sa.select(closures.c.ends)).scalar_one()
            tx.execute(sa.update(closures).values(ends=ends + timedelta(hours=1)))

        for _ in range(5):
            record.run(work)

    before = record.rows(closures)[0].ends
    assert at_once(*[adds] * 4) == [None] * 4
    assert record.rows(closures)[0].ends == before + timedelta(hours=20)


def test_a_change_by_another_is_cheap_to_notice(sqlite_record: Record) -> None:
    seen = sqlite_record.db.version()
    assert sqlite_record.db.version() == seen
    sqlite_record.settings(turnaround=10)
    assert sqlite_record.db.version() != seen
