"""The health of the installation, in a few cheap queries: for probes, metrics, and the top of the console."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.messages import DeliveryStatus
from handlers.deps import Deps
from handlers.logs import mask, mask_number
from handlers.tables import InboundState, MessageStatus, inbound, messages, receipts, requests
from scheduling.policy.job_payloads import JobKind
from scheduling.policy.vocabulary import EntryKind, EntryState, JobState
from scheduling.storage.database import Tx
from scheduling.storage.tables import jobs, ledger, visits

RECENT_PERIOD = timedelta(hours=24)
FAILED_REFUND_PERIOD = timedelta(days=30)
"""How long a failed refund is shown: somebody has to give the money back another way."""
OVERDUE_AFTER = timedelta(minutes=1)
REDIS_TIMEOUT_SECONDS = 0.5
WAITING = (JobState.QUEUED, JobState.LEASED)
FAILED = (MessageStatus.FAILED, MessageStatus.BLOCKED)
NOT_DELIVERED = (DeliveryStatus.FAILED, DeliveryStatus.UNDELIVERED)
TOO_LATE = "too late"
MAX_TEXTS_SHOWN = 100
"""Waiting texts that are shown at once; all of them are counted."""


@dataclass(frozen=True, slots=True)
class Queue:
    """The jobs that are due and not done: how many, and how long the oldest has waited."""

    length: int
    oldest: timedelta


@dataclass(frozen=True, slots=True)
class Trouble:
    """What an operator should know first, as numbers.

    `waiting` texts failed at least once and are tried again, or are queued behind one that did; `overdue` is the age of the
    oldest. `expired` texts were dropped because it was too late to send them; `undelivered` ones were sent and did not
    arrive. `failed_refunds` are those of the last 30 days: the families are owed the money.
    """

    dead_jobs: int
    dead_inbound: int
    failed_messages: int
    failed_refunds: int
    waiting: int
    overdue: timedelta
    expired: int
    undelivered: int

    @property
    def lost(self) -> int:
        """How many texts nobody will get."""
        return self.expired + self.failed_messages + self.undelivered

    @property
    def by_hand(self) -> bool:
        """Whether something other than lost texts needs an operator, because it is not tried again."""
        return bool(self.dead_jobs or self.dead_inbound or self.failed_refunds)

    @property
    def any(self) -> bool:
        """Whether there is anything to show. A text that waits for less than a minute does not count."""
        return bool(self.lost or self.by_hand or self.waiting)


@dataclass(frozen=True, slots=True)
class WaitingText:
    """A text that was tried and is tried again, or is overdue. `who` is masked; `entry` is the request that caused it."""

    channel: str
    who: str
    about: str
    reference: str | None
    attempts: int
    since: datetime
    next_try: datetime
    gives_up: datetime | None
    error: str | None
    entry: int | None


def parts(deps: Deps) -> Mapping[str, bool]:
    """The services that this process needs, and whether they answer: "database", and "redis" if it is set."""
    found = {"database": _database_answers(deps)}
    if deps.settings.redis_url:
        found["redis"] = _redis_answers(deps.settings.redis_url)
    return found


def _database_answers(deps: Deps) -> bool:
    try:
        with deps.db.read() as tx:
            tx.execute(sa.select(jobs.c.id).limit(1)).first()
    except sa.exc.SQLAlchemyError:
        return False
    return True


def _redis_answers(url: str) -> bool:
    import redis

    try:
        with redis.Redis.from_url(
            url, socket_timeout=REDIS_TIMEOUT_SECONDS, socket_connect_timeout=REDIS_TIMEOUT_SECONDS
        ) as client:
            return bool(client.ping())
    except (redis.RedisError, ValueError):
        return False


def queue(deps: Deps) -> Queue:
    """The jobs that are due now."""
    with deps.db.read() as tx:
        length = tx.execute(sa.select(sa.func.count()).where(_due(deps))).scalar_one()
        return Queue(int(length), _oldest(tx, deps, _due(deps)))


def messages_by_status(deps: Deps) -> Mapping[str, int]:
    """The number of texts of the last 24 hours, by MessageStatus."""
    query = sa.select(messages.c.status, sa.func.count()).where(messages.c.at >= deps.now() - RECENT_PERIOD)
    with deps.db.read() as tx:
        return {status: int(count) for status, count in tx.execute(query.group_by(messages.c.status))}


def trouble(deps: Deps) -> Trouble:
    """Jobs given up and texts failed in the last 24 hours, and the texts that wait."""
    since = deps.now() - RECENT_PERIOD
    late = (messages.c.status == MessageStatus.DROPPED) & (messages.c.error == TOO_LATE) & (messages.c.at >= since)
    with deps.db.read() as tx:
        return Trouble(
            _count(tx, (jobs.c.state == JobState.DEAD) & (jobs.c.settled_at >= since) & (jobs.c.kind != JobKind.SEND)),
            _count(tx, (inbound.c.state == InboundState.DEAD) & (inbound.c.received_at >= since)),
            _count(tx, messages.c.status.in_(FAILED) & (messages.c.at >= since)),
            _count(
                tx,
                (ledger.c.kind == EntryKind.REFUND)
                & (ledger.c.state == EntryState.FAILED)
                & (ledger.c.at >= deps.now() - FAILED_REFUND_PERIOD),
            ),
            _count(tx, _stuck(deps)),
            _age_of_stuck(tx, deps),
            _count(tx, late),
            _undelivered(tx, since),
        )


def waiting(deps: Deps) -> list[WaitingText]:
    """The texts that wait, the oldest first, at most MAX_TEXTS_SHOWN of them."""
    behind = sa.select(sa.func.min(requests.c.id)).where(requests.c.correlation == jobs.c.correlation)
    query = sa.select(jobs, _since().label("since"), behind.scalar_subquery().label("entry")).where(_stuck(deps))
    with deps.db.read() as tx:
        rows = tx.execute(query.order_by(sa.text("since"), jobs.c.id).limit(MAX_TEXTS_SHOWN)).all()
        about = [row.payload.get("visit") for row in rows]
        found = tx.execute(sa.select(visits.c.id, visits.c.reference).where(visits.c.id.in_({*filter(None, about)})))
        names: dict[int, str] = {row.id: row.reference for row in found}
    return [_waiting(row, names.get(visit)) for row, visit in zip(rows, about, strict=True)]


def _waiting(row: sa.Row[*tuple[object, ...]], reference: str | None) -> WaitingText:
    channel, theirs, _ = row.payload["address"]
    return WaitingText(
        channel, mask_number(theirs), row.payload["about"], reference, row.attempts, row.since, row.due, row.until,
        row.error and mask(row.error), row.entry,
    )  # fmt: skip


def _stuck(deps: Deps) -> sa.ColumnElement[bool]:
    """Texts that were tried and queued again, are being tried again, or are overdue."""
    queued = (jobs.c.state == JobState.QUEUED) & ((jobs.c.attempts > 0) | (jobs.c.due <= deps.now() - OVERDUE_AFTER))
    return (jobs.c.kind == JobKind.SEND) & (queued | ((jobs.c.state == JobState.LEASED) & (jobs.c.attempts > 1)))


def _since() -> sa.ColumnElement[datetime]:
    """Since when a text waits. Each try moves its due time, so one that was tried counts from its creation."""
    return sa.case((jobs.c.attempts > 0, jobs.c.created_at), else_=jobs.c.due)


def _age_of_stuck(tx: Tx, deps: Deps) -> timedelta:
    oldest = tx.execute(sa.select(sa.func.min(_since())).where(_stuck(deps))).scalar()
    return timedelta(0) if oldest is None else deps.now() - oldest


def _undelivered(tx: Tx, since: datetime) -> int:
    """The number of texts that were sent and later reported as not delivered."""
    mine = (receipts.c.channel == messages.c.channel) & (receipts.c.provider_id == messages.c.provider_id)
    said = sa.exists().where(mine & receipts.c.status.in_(NOT_DELIVERED))
    return _count(tx, (messages.c.at >= since) & (messages.c.status == MessageStatus.SENT) & said)


def _due(deps: Deps) -> sa.ColumnElement[bool]:
    return jobs.c.state.in_(WAITING) & (jobs.c.due <= deps.now())


def _oldest(tx: Tx, deps: Deps, condition: sa.ColumnElement[bool]) -> timedelta:
    due = tx.execute(sa.select(sa.func.min(jobs.c.due)).where(condition)).scalar()
    return timedelta(0) if due is None else deps.now() - due


def _count(tx: Tx, condition: sa.ColumnElement[bool]) -> int:
    return int(tx.execute(sa.select(sa.func.count()).where(condition)).scalar_one())
