"""The outbox: order within a lane, one lease at a time, no job lost and none done twice."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from scheduling.policy.vocabulary import JobState
from scheduling.storage import outbox
from scheduling.storage.outbox import BACKOFF, LEASE_DURATION, MAX_ATTEMPTS, Job, Priority
from scheduling.storage.tables import jobs
from tests.scheduling.kit import Record, at_once, minutes

pytestmark = pytest.mark.both_databases

SECOND = timedelta(seconds=1)


def put(record: Record, kind: str = "send", **more: Any) -> bool:
    return record.run(lambda tx: outbox.enqueue(tx, kind, {"for": kind}, now=record.now, **more))


def claim(record: Record, **more: Any) -> list[Job]:
    return record.run(lambda tx: outbox.claim(tx, now=record.now, **more))


def kinds(found: list[Job]) -> list[str]:
    return [job.kind for job in found]


def done(record: Record, job: Job) -> bool:
    return record.run(lambda tx: outbox.mark_done(tx, job, now=record.now))


def again(record: Record, job: Job, **more: Any) -> bool:
    return record.run(lambda tx: outbox.reschedule(tx, job, now=record.now, error="no", **more))


def state(record: Record, job: Job) -> Any:
    with record.db.read() as tx:
        return tx.execute(sa.select(jobs).where(jobs.c.id == job.id)).one()


def test_a_key_is_used_once_whatever_became_of_its_job(record: Record) -> None:
    assert put(record, key="told:1")
    assert not put(record, key="told:1")
    (job,) = claim(record)
    assert not put(record, key="told:1")
    assert done(record, job)
    assert not put(record, key="told:1")
    assert len(record.rows(jobs)) == 1


def test_the_same_key_at_once_is_one_job(record: Record) -> None:
    assert sorted(map(bool, at_once(*[lambda: put(record, key="told:1")] * 4))) == [False, False, False, True]


def test_what_is_not_due_stays(record: Record) -> None:
    put(record, due=record.now + SECOND)
    assert claim(record) == []
    record.set_clock(record.now + SECOND)
    assert len(claim(record)) == 1


def test_the_most_pressing_go_first(record: Record) -> None:
    for kind, cls in (("rest", Priority.REST), ("deadline", Priority.DEADLINE), ("answer", Priority.ANSWER)):
        put(record, kind, priority=cls)
    put(record, "stop", priority=Priority.URGENT)
    put(record, "older answer", priority=Priority.ANSWER, due=record.now - minutes(1))
    assert kinds(claim(record)) == ["stop", "older answer", "answer", "deadline", "rest"]


def test_a_limit_and_kinds_narrow_a_claim(record: Record) -> None:
    for kind in ("send", "send", "refund"):
        put(record, kind)
    assert kinds(claim(record, limit=1)) == ["send"]
    assert kinds(claim(record, kinds=["refund"])) == ["refund"]


def test_one_chat_gets_its_texts_in_order_whatever_their_class(record: Record) -> None:
    put(record, "first", lane="sms:a", priority=Priority.REST)
    put(record, "second", lane="sms:a", priority=Priority.URGENT)
    put(record, "other chat", lane="sms:b", priority=Priority.REST)
    assert kinds(claim(record)) == ["first", "other chat"]
    assert claim(record) == []  # the first is leased


def test_a_text_on_its_second_try_is_waited_for(record: Record) -> None:
    put(record, "first", lane="sms:a")
    put(record, "second", lane="sms:a", priority=Priority.URGENT)
    (first,) = claim(record)
    assert again(record, first, after=60)
    record.set_clock(record.now + 30 * SECOND)
    assert claim(record) == []
    record.set_clock(record.now + 30 * SECOND)
    (first,) = claim(record)
    assert (first.kind, first.attempts) == ("first", 2)
    done(record, first)
    assert kinds(claim(record)) == ["second"]


def test_a_text_for_tomorrow_does_not_hold_up_todays(record: Record) -> None:
    put(record, "reminder", lane="sms:a", due=record.now + timedelta(days=1))
    put(record, "answer", lane="sms:a")
    assert kinds(claim(record)) == ["answer"]


@pytest.mark.parametrize("outcome", [JobState.DONE, JobState.DROPPED, JobState.DEAD])
def test_a_lane_goes_on_after_whatever_end(record: Record, outcome: JobState) -> None:
    put(record, "first", lane="sms:a")
    put(record, "second", lane="sms:a")
    (first,) = claim(record)
    assert record.run(lambda tx: outbox.mark_done(tx, first, now=record.now, outcome=outcome, note="why"))
    row = state(record, first)
    assert (row.state, row.error, row.settled_at) == (outcome, "why", record.now)
    assert kinds(claim(record)) == ["second"]


def test_no_job_and_no_lane_is_ever_with_two_workers(record: Record) -> None:
    """Four workers empty eight lanes: each job runs once, and the jobs of a lane in order and one at a time."""
    for number in range(5):
        for lane in "abcdefgh":
            put(record, f"{lane}{number}", lane=lane, priority=Priority(number % 4))
    log: list[tuple[str, str]] = []

    def works() -> None:
        for _ in range(200):
            batch = claim(record, limit=3)
            assert len({job.lane for job in batch}) == len(batch)
            for job in batch:
                log.append(("begin", job.kind))
                log.append(("end", job.kind))
                assert done(record, job)
            if not batch and not [row for row in record.rows(jobs) if row.state != "done"]:
                return

    assert [each for each in at_once(*[works] * 4) if each] == []
    begun = [kind for what, kind in log if what == "begin"]
    assert max(Counter(begun).values()) == 1
    assert len(begun) == 40
    for lane in "abcdefgh":
        assert [kind for _, kind in log if kind[0] == lane] == [f"{lane}{n}" for n in range(5) for _ in "be"]


def test_two_claim_at_once_and_get_different_jobs(record: Record) -> None:
    for number in range(20):
        put(record, f"job {number}")
    found = at_once(*[lambda: claim(record, limit=20)] * 4)
    taken = [job.kind for batch in found if isinstance(batch, list) for job in batch]
    assert not [each for each in found if isinstance(each, Exception)]
    assert max(Counter(taken).values(), default=0) == 1
    rest = [job.kind for job in claim(record)]
    assert sorted(taken + rest) == sorted(f"job {n}" for n in range(20))


def test_a_lease_that_ran_out_is_taken_up_unsure(record: Record) -> None:
    put(record, "first", lane="sms:a")
    put(record, "second", lane="sms:a")
    (lost,) = claim(record)
    assert (lost.attempts, lost.unsure) == (1, False)
    record.set_clock(record.now + LEASE_DURATION - SECOND)
    assert claim(record) == []
    record.set_clock(record.now + SECOND)
    (taken,) = claim(record)
    assert (taken.id, taken.attempts, taken.unsure) == (lost.id, 2, True)
    assert taken.lease != lost.lease


def test_whoever_lost_the_lease_settles_nothing(record: Record) -> None:
    put(record)
    (lost,) = claim(record)
    record.set_clock(record.now + LEASE_DURATION)
    (taken,) = claim(record)
    before = record.everything()
    assert not done(record, lost)
    again(record, lost)
    assert record.everything() == before
    assert done(record, taken)
    assert not done(record, taken)


def test_the_back_off_grows_and_ends(record: Record) -> None:
    put(record)
    waits: list[float] = []
    for attempt in range(1, MAX_ATTEMPTS + 1):
        (job,) = claim(record)
        assert job.attempts == attempt
        more = again(record, job)
        assert more is (attempt < MAX_ATTEMPTS)
        if more:
            due: datetime = state(record, job).due
            waits.append((due - record.now).total_seconds())
            record.set_clock(due)
    assert waits == [*BACKOFF, *[BACKOFF[-1]] * (MAX_ATTEMPTS - 1 - len(BACKOFF))]
    assert (state(record, job).state, state(record, job).error) == ("dead", "no")
    record.set_clock(record.now + timedelta(days=1))
    assert claim(record) == []


def test_a_job_with_an_end_is_tried_as_long_as_a_try_comes_before_it(record: Record) -> None:
    put(record, until=record.now + timedelta(days=1))
    tries = 0
    while batch := claim(record):
        tries += 1
        again(record, batch[0], after=3600)
        record.set_clock(record.now + timedelta(hours=1))
    assert tries == 25  # at once and after each of 24 hours: the last attempt is exactly at the end
    assert [row.state for row in record.rows(jobs)] == ["dead"]


def test_a_job_whose_turn_comes_late_begins_its_lease_anew_unless_it_is_lost(record: Record) -> None:
    put(record)
    (job,) = claim(record)
    record.set_clock(record.now + LEASE_DURATION - SECOND)
    assert record.run(lambda tx: outbox.renew(tx, job, now=record.now))
    record.set_clock(record.now + LEASE_DURATION - SECOND)
    assert claim(record) == []
    record.set_clock(record.now + SECOND)
    assert len(claim(record)) == 1
    assert not record.run(lambda tx: outbox.renew(tx, job, now=record.now))


def test_the_provider_may_say_when_and_a_pace_costs_no_try(record: Record) -> None:
    put(record)
    (job,) = claim(record)
    again(record, job, after=42, unsure=True)
    assert state(record, job).due == record.now + 42 * SECOND
    record.set_clock(record.now + 42 * SECOND)
    (job,) = claim(record)
    assert (job.attempts, job.unsure) == (2, True)
    again(record, job, after=1, counts=False)
    record.set_clock(record.now + SECOND)
    (job,) = claim(record)
    assert (job.attempts, job.unsure) == (2, False)


def test_a_job_keeps_what_it_was_given(record: Record) -> None:
    until = record.now + minutes(5)
    put(record, lane="sms:a", until=until, correlation="c-1", key="k")
    (job,) = claim(record)
    assert (job.payload, job.until, job.lane, job.correlation) == ({"for": "send"}, until, "sms:a", "c-1")
    assert (job.due, job.created_at) == (record.now, record.now)


def test_what_comes_next(record: Record) -> None:
    with record.db.read() as tx:
        assert outbox.next_due(tx) is None
    put(record, "later", due=record.now + minutes(2))
    put(record, "sooner", due=record.now + minutes(1))
    with record.db.read() as tx:
        assert outbox.next_due(tx) == (record.now + minutes(1), "sooner", {"for": "sooner"})
        assert [kind for _, kind, _ in outbox.queued(tx)] == ["sooner", "later"]


def test_a_job_put_in_a_transaction_that_fails_was_never_put(record: Record) -> None:
    record.tried(lambda tx: outbox.enqueue(tx, "send", {}, now=record.now))
    assert record.rows(jobs) == []
