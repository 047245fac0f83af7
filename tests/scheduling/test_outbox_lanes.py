"""Outbox lanes: what an idle worker waits for, jobs that are never given up, and what is retained when they are over."""

from datetime import timedelta
from typing import Any

import pytest

from scheduling.storage import outbox
from scheduling.storage.tables import jobs
from tests.scheduling.kit import Record, minutes

pytestmark = pytest.mark.both_databases


def put(record: Record, kind: str, **more: Any) -> None:
    record.run(lambda tx: outbox.enqueue(tx, kind, {"body": kind}, now=record.now, **more))


def next_kind(record: Record) -> str | None:
    with record.db.read() as tx:
        found = outbox.next_due(tx)
    return None if found is None else found[1]


def test_what_stands_behind_another_is_not_waited_for(record: Record) -> None:
    put(record, "first", lane="sms:a")
    put(record, "second", lane="sms:a")
    assert next_kind(record) == "first"
    (first,) = record.run(lambda tx: outbox.claim(tx, now=record.now))
    assert next_kind(record) is None  # it is leased
    record.run(lambda tx: outbox.reschedule(tx, first, now=record.now, error="down", after=600))
    with record.db.read() as tx:
        assert outbox.next_due(tx) == (record.now + timedelta(seconds=600), "first", {"body": "first"})
    put(record, "elsewhere", lane="sms:b", due=record.now + minutes(1))
    assert next_kind(record) == "elsewhere"


def test_a_text_for_tomorrow_does_not_hide_todays(record: Record) -> None:
    put(record, "reminder", lane="sms:a", due=record.now + timedelta(days=1))
    put(record, "answer", lane="sms:a")
    assert next_kind(record) == "answer"


def test_a_job_that_lasts_is_never_given_up(record: Record) -> None:
    put(record, "refund")
    for _ in range(3 * outbox.MAX_ATTEMPTS):
        (job,) = record.run(lambda tx: outbox.claim(tx, now=record.now))
        assert record.run(lambda tx, job=job: outbox.reschedule(tx, job, now=record.now, error="down", lasts=True))  # type: ignore[misc]
        (row,) = record.rows(jobs)
        assert row.state == "queued"
        assert row.due - record.now <= timedelta(seconds=outbox.BACKOFF[-1])
        record.set_clock(row.due)


def test_what_is_kept_of_a_job_is_what_its_settling_says(record: Record) -> None:
    for kind in ("done", "dead", "again"):
        put(record, kind, until=record.now + minutes(1))
    done, dead, again = record.run(lambda tx: outbox.claim(tx, now=record.now))
    rest = {"body": "..."}
    record.run(lambda tx: outbox.mark_done(tx, done, now=record.now, payload=rest))
    record.run(lambda tx: outbox.reschedule(tx, dead, now=record.now, error="no", after=600, payload=rest))
    record.run(lambda tx: outbox.reschedule(tx, again, now=record.now, error="no", after=6, payload=rest))
    assert [(row.state, row.payload["body"]) for row in record.rows(jobs)] == [
        ("done", "..."), ("dead", "..."), ("queued", "again"),
    ]  # fmt: skip


def test_a_lane_is_with_one_worker_though_an_older_row_of_it_falls_due_meanwhile(postgres_record: Record) -> None:
    """A worker has claimed the newer job and not committed yet, and the older job becomes due before the other claims."""
    record = postgres_record
    put(record, "older", lane="sms:a", due=record.now + timedelta(seconds=1))
    put(record, "newer", lane="sms:a")
    with record.db.begin() as one:
        first = outbox.claim(one, now=record.now)
        with record.db.begin() as other:
            second = outbox.claim(other, now=record.now + timedelta(seconds=1))
    assert [job.kind for job in first] == ["newer"]
    assert second == []
    record.run(lambda tx: outbox.mark_done(tx, first[0], now=record.now))
    assert [job.kind for job in record.run(lambda tx: outbox.claim(tx, now=record.now + timedelta(seconds=1)))] == [
        "older"
    ]
