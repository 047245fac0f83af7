"""Claims due jobs and runs them, in any number of threads and processes. The holder of its lease owns a job."""

import logging
import threading
from datetime import datetime

from handlers import logs
from handlers.deps import Deps
from handlers.jobs.registry import JOBS, JobHandler
from handlers.work import Work, run
from scheduling.policy.vocabulary import JobState
from scheduling.storage import outbox
from scheduling.storage.database import Tx
from scheduling.storage.outbox import Job

log = logging.getLogger(__name__)
IDLE_SECONDS = 1.0
"""Interval of polling for due jobs without a notification: the longest delay that a Redis that is down can cause."""
BATCH_SIZE = 50


def run_one(deps: Deps, job: Job) -> None:
    """Run one claimed job. When it raises, the error is logged, recorded in its row, and the job is rescheduled."""
    logs.bind(job.correlation or f"job-{job.id}")
    handler = JOBS.get(job.kind)
    try:
        if handler is None:
            log.error("no job of kind %r: it is given up", job.kind)  # queued by another version
            deps.db.run(
                lambda tx: outbox.mark_done(tx, job, now=deps.now(), outcome=JobState.DEAD, note="unknown kind")
            )
        elif job.until is not None and deps.now() > job.until and handler.in_transaction is not None:
            deps.db.run(lambda tx: outbox.mark_done(tx, job, now=deps.now(), outcome=JobState.DROPPED, note="too late"))
        elif handler.with_provider is not None:
            handler.with_provider(deps, job)
        else:
            run(deps, lambda work: _run_in_transaction(work, job), correlation=job.correlation)
    except Exception as error:
        log.exception("job %s (%s) failed", job.id, job.kind)
        message = f"{type(error).__name__}"
        deps.db.run(lambda tx: _failed(tx, job, handler, message, now=deps.now()))


def _failed(tx: Tx, job: Job, handler: JobHandler | None, message: str, *, now: datetime) -> None:
    if handler is None:
        outbox.reschedule(tx, job, now=now, error=message)
        return
    # The call to a provider may have failed after the provider had acted: it is looked up before it is made again.
    unsure = handler.with_provider is not None
    payload = None if handler.retain is None else handler.retain(job.payload)
    outbox.reschedule(tx, job, now=now, error=message, unsure=unsure, lasts=handler.lasts, payload=payload)


def _run_in_transaction(work: Work, job: Job) -> None:
    """Run the job and settle it in one transaction, so that both happen or neither. Nothing runs when the lease is lost."""
    handler = JOBS[job.kind]
    assert handler.in_transaction is not None
    if not outbox.mark_done(work.tx, job, now=work.now):
        return
    handler.in_transaction(work, job)


def run_batch(deps: Deps, batch: list[Job]) -> None:
    """Run a batch in its order.

    A slow provider may have used up a part of the lease of the later jobs. Their lease is renewed, so that two calls to a
    provider fit into it. Jobs that another worker has claimed meanwhile are skipped.
    """
    fresh = deps.now() + outbox.LEASE_DURATION / 6
    for job in batch:
        if deps.now() < fresh or deps.db.run(lambda tx, job=job: outbox.renew(tx, job, now=deps.now())):  # type: ignore[misc]
            run_one(deps, job)


def run_due(deps: Deps, *, limit: int = 1000) -> int:
    """Run all jobs that are due now, and those that follow from them. Returns their number. For tests and the demo clock."""
    done = 0
    while done < limit:
        batch = deps.db.run(lambda tx: outbox.claim(tx, now=deps.now(), limit=BATCH_SIZE))
        if not batch:
            return done
        run_batch(deps, batch)
        done += len(batch)
    raise RuntimeError(f"more than {limit} jobs in one go: a job enqueues itself")


class Worker:
    """Threads that run due jobs until they are stopped."""

    def __init__(self, deps: Deps, threads: int = 4) -> None:
        self._deps = deps
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._loop, name=f"worker-{n}", daemon=True) for n in range(threads)]

    def start(self) -> None:
        """Start the threads."""
        self._deps.wakeups.listen()
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Finish the jobs in progress and claim no more."""
        self._stop.set()
        self._deps.wakeups.notify_workers()
        for thread in self._threads:
            thread.join(timeout)

    def _loop(self) -> None:
        deps = self._deps
        while not self._stop.is_set():
            seen = deps.wakeups.work_version
            try:
                batch = deps.db.run(lambda tx: outbox.claim(tx, now=deps.now(), limit=4))
                run_batch(deps, batch)
            except Exception:
                log.exception("the worker could not reach the database")
                self._stop.wait(IDLE_SECONDS)
                continue
            if batch:
                deps.wakeups.notify_workers()
            else:
                deps.wakeups.wait_for_work(seen, self._nap())

    def _nap(self) -> float:
        """Seconds until the next job is due, at most IDLE_SECONDS."""
        now = self._deps.now()
        with self._deps.db.read() as tx:
            due = outbox.next_due(tx)
        return IDLE_SECONDS if due is None else min(IDLE_SECONDS, max(0.05, _seconds(due[0], now)))


def _seconds(due: datetime, now: datetime) -> float:
    return (due - now).total_seconds()
