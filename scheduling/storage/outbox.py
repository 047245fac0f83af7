"""The outbox: one table of jobs that run after a commit, each at its due time.

A job is enqueued in the transaction that makes it necessary, claimed under a lease, and marked done under the same lease.
Jobs of one lane (one chat) run strictly one after the other. A key is never enqueued twice, even after its job is done.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import TypeVar

import sqlalchemy as sa

from scheduling.policy.ids import JobId
from scheduling.policy.job_payloads import JobPayload
from scheduling.policy.json_values import from_plain, to_plain
from scheduling.policy.vocabulary import JobState
from scheduling.storage.database import Tx, insert_or_ignore
from scheduling.storage.tables import jobs

LEASE_DURATION = timedelta(seconds=30)
"""More than two time-outs of a provider: the lease outlasts a look-up of the outcome and the attempt after it."""
BACKOFF = (5, 15, 60, 120, 300)  # seconds before attempt 2, 3, ...
MAX_ATTEMPTS = 12
P = TypeVar("P")


class Priority(IntEnum):
    """The order of jobs that are due at the same time: lower values run first."""

    URGENT = 0  # stop, cancelled
    ANSWER = 1
    DEADLINE = 2
    REST = 3


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed job. `unsure`: the outcome of the last attempt is unknown, so the provider is asked before another one."""

    id: JobId
    kind: str
    payload: Mapping[str, object]
    due: datetime
    until: datetime | None
    attempts: int
    lease: str
    lane: str | None
    unsure: bool
    correlation: str | None
    created_at: datetime

    def read(self, kind: type[P]) -> P:
        """The payload as the class that it was queued with."""
        return from_plain(kind, self.payload)


def enqueue(
    tx: Tx,
    kind: str,
    payload: JobPayload | Mapping[str, object],
    *,
    now: datetime,
    due: datetime | None = None,
    key: str | None = None,
    lane: str | None = None,
    until: datetime | None = None,
    priority: Priority = Priority.REST,
    correlation: str | None = None,
) -> bool:
    """Queue a job. False when its key exists already. After `until`, doing the job would be worse than not doing it."""
    plain = dict(payload) if isinstance(payload, Mapping) else to_plain(payload)
    row = {
        "kind": kind, "payload": plain, "due": due or now, "key": key, "lane": lane, "until": until,
        "class": int(priority), "state": JobState.QUEUED, "held": False, "attempts": 0, "unsure": False,
        "correlation": correlation, "created_at": now,
    }  # fmt: skip
    return insert_or_ignore(tx, jobs, [row]) == 1


def _free_lane(now: sa.ColumnElement[datetime]) -> sa.ColumnElement[bool]:
    """No older job of this lane is due or waits for another attempt, and none of the lane is leased."""
    older = jobs.alias("older")
    waiting = (older.c.id < jobs.c.id) & (older.c.state == JobState.QUEUED) & ((older.c.due <= now) | older.c.held)
    blocked = sa.exists().where((older.c.lane == jobs.c.lane) & (waiting | (older.c.state == JobState.LEASED)))
    return jobs.c.lane.is_(None) | ~blocked


# Built once: every worker runs these all the time, and building them costs more than running them.
_NOW = sa.bindparam("now", type_=jobs.c.due.type)
_RAN_OUT = (
    sa.update(jobs)
    .where((jobs.c.state == JobState.LEASED) & (jobs.c.lease_until <= _NOW))
    .values(state=JobState.QUEUED, held=True, unsure=True, lease=None)
)
_DUE = (
    sa.select(jobs.c.id, jobs.c.lane)
    .where((jobs.c.state == JobState.QUEUED) & (jobs.c.due <= _NOW) & _free_lane(_NOW))
    .order_by(jobs.c["class"], jobs.c.due, jobs.c.id)
    .limit(sa.bindparam("limit", type_=sa.Integer))
    .with_for_update(skip_locked=True, of=jobs)
)
_TAKE = (
    sa.update(jobs)
    .where(jobs.c.id.in_(sa.bindparam("ids", expanding=True)) & (jobs.c.state == JobState.QUEUED) & _free_lane(_NOW))
    .values(
        state=JobState.LEASED,
        lease=sa.bindparam("ours"),
        lease_until=sa.bindparam("ends", type_=jobs.c.lease_until.type),
        attempts=jobs.c.attempts + 1,
    )
)
_COMING = (
    sa.select(jobs.c.due, jobs.c.kind, jobs.c.payload)
    .where((jobs.c.state == JobState.QUEUED) & _free_lane(jobs.c.due))
    .order_by(jobs.c.due, jobs.c.id)
    .limit(1)
)


def claim(tx: Tx, *, now: datetime, limit: int = 50, kinds: Sequence[str] | None = None) -> list[Job]:
    """Lease up to `limit` due jobs, most urgent first, at most one of each lane. Expired leases are queued again before."""
    tx.execute(_RAN_OUT, {"now": now})
    query = _DUE if kinds is None else _DUE.where(jobs.c.kind.in_(kinds))
    found = tx.execute(query, {"now": now, "limit": limit}).all()
    ours = _lock_lanes(tx, {row.lane for row in found if row.lane is not None})
    ids = [row.id for row in found if row.lane is None or row.lane in ours]
    if not ids:
        return []
    lease = secrets.token_hex(8)
    # Checked again under the lock: another worker may have held the lane when the rows were read.
    tx.execute(_TAKE, {"ids": ids, "now": now, "ours": lease, "ends": now + LEASE_DURATION})
    rows = tx.execute(sa.select(jobs).where(jobs.c.lease == lease)).mappings()
    order = {id_: place for place, id_ in enumerate(ids)}
    return [_job(row) for row in sorted(rows, key=lambda row: order[row["id"]])]


def _lock_lanes(tx: Tx, lanes: set[str]) -> set[str]:
    """Lock lanes until the transaction ends. Returns those that no other worker is claiming from.

    Locks on rows are not enough: an older job of the lane that becomes due meanwhile is another row, and would run beside
    the newer one.
    """
    if not lanes or tx.dialect.name == "sqlite":
        return lanes
    names = sorted(lanes)
    tried = [sa.func.pg_try_advisory_xact_lock(sa.func.hashtextextended(name, 0)) for name in names]
    got = tx.execute(sa.select(*(each.label(f"lane_{at}") for at, each in enumerate(tried)))).one()
    return {name for name, ours in zip(names, got, strict=True) if ours}


def _job(row: sa.RowMapping) -> Job:
    return Job(**{name: row[name] for name in Job.__slots__})


def _mine(job: Job) -> sa.ColumnElement[bool]:
    return (jobs.c.id == job.id) & (jobs.c.lease == job.lease)


def renew(tx: Tx, job: Job, *, now: datetime) -> bool:
    """Renew the lease before a job that runs late in its batch. False when the lease was lost meanwhile."""
    mine = _mine(job) & (jobs.c.state == JobState.LEASED)
    return tx.execute(sa.update(jobs).where(mine).values(lease_until=now + LEASE_DURATION)).rowcount == 1


def mark_done(
    tx: Tx,
    job: Job,
    *,
    now: datetime,
    outcome: JobState = JobState.DONE,
    note: str | None = None,
    payload: Mapping[str, object] | None = None,
) -> bool:
    """Close a job as done, dropped or dead. False when the lease was lost to another worker.

    `payload` replaces the stored one: it leaves out what must not be retained.
    """
    values: dict[str, object] = {"state": outcome, "error": note, "settled_at": now, "lease": None}
    values |= {} if payload is None else {"payload": dict(payload)}
    return tx.execute(sa.update(jobs).where(_mine(job)).values(values)).rowcount == 1


def reschedule(
    tx: Tx,
    job: Job,
    *,
    now: datetime,
    error: str,
    after: float | None = None,
    unsure: bool = False,
    counts: bool = True,
    lasts: bool = False,
    payload: Mapping[str, object] | None = None,
) -> bool:
    """Queue a job for another attempt after `after` seconds, else after the back-off. False when it is given up (dead).

    A job with an `until` is attempted as long as the next attempt comes before it, however many there were. Any other job
    is given up after MAX_ATTEMPTS, unless it `lasts`: money that is owed is attempted for ever. `counts=False` is for a job
    that was not attempted at all, because the send rate was used up. `payload` is what is retained of a job that is given
    up (see `mark_done`).
    """
    wait = after if after is not None else BACKOFF[min(job.attempts, len(BACKOFF)) - 1]
    over = job.attempts >= MAX_ATTEMPTS if job.until is None else now + timedelta(seconds=wait) > job.until
    if counts and over and not lasts:
        mark_done(tx, job, now=now, outcome=JobState.DEAD, note=error, payload=payload)
        return False
    values: dict[str, object] = {
        "state": JobState.QUEUED,
        "held": True,
        "due": now + timedelta(seconds=wait),
        "error": error,
    }
    values |= {"unsure": unsure, "lease": None, "attempts": job.attempts if counts else job.attempts - 1}
    tx.execute(sa.update(jobs).where(_mine(job)).values(values))
    return True


def make_due(tx: Tx, kind: str, lanes: str, *, now: datetime) -> int:
    """Make the jobs that wait for another attempt due now, in lanes with this prefix: the provider answers again.

    Returns how many there were.
    """
    waiting = (jobs.c.kind == kind) & (jobs.c.state == JobState.QUEUED) & jobs.c.held & (jobs.c.due > now)
    mine = waiting & jobs.c.lane.startswith(lanes, autoescape=True)
    return tx.execute(sa.update(jobs).where(mine).values(due=now)).rowcount


def started_at(tx: Tx, key: str) -> datetime | None:
    """Since when the job with this key may have had its effect; None while it cannot have had any.

    That is since it was leased (a provider may deliver long before it answers), or since it was created when an answer was
    lost.
    """
    query = sa.select(jobs.c.state, jobs.c.unsure, jobs.c.lease_until, jobs.c.created_at).where(jobs.c.key == key)
    found = tx.execute(query).first()
    if found is None:
        return None
    if found.unsure and found.state not in (JobState.DROPPED, JobState.DEAD):
        at: datetime = found.created_at
        return at
    return found.lease_until - LEASE_DURATION if found.state in (JobState.LEASED, JobState.DONE) else None


def cancel(tx: Tx, key: str, *, now: datetime) -> bool:
    """Drop a job that cannot have had any effect yet. False when it is leased, was done, or may have been done."""
    waiting = (jobs.c.key == key) & (jobs.c.state == JobState.QUEUED) & ~jobs.c.unsure
    values = {"state": JobState.DROPPED, "error": "taken back", "settled_at": now, "lease": None}
    return tx.execute(sa.update(jobs).where(waiting).values(values)).rowcount == 1


def next_due(tx: Tx) -> tuple[datetime, str, Mapping[str, object]] | None:
    """When the earliest job that can be claimed is due, with its kind and payload. For idle workers.

    A job behind another one of its lane is left out: however long it has been due, it cannot be claimed yet.
    """
    row = tx.execute(_COMING).first()
    return None if row is None else (row.due, row.kind, row.payload)


def queued(tx: Tx) -> list[tuple[datetime, str, Mapping[str, object]]]:
    """(due, kind, payload) of every queued job, earliest first."""
    rows = tx.execute(
        sa.select(jobs.c.due, jobs.c.kind, jobs.c.payload)
        .where(jobs.c.state == JobState.QUEUED)
        .order_by(jobs.c.due, jobs.c.id)
    )
    return [(row.due, row.kind, row.payload) for row in rows]
