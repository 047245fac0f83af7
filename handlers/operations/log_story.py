"""The log of one request or text: everything that has the same correlation id, for operators. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from handlers.deps import Deps
from handlers.logs import mask
from handlers.operations.logbook import (
    LogEntry,
    LogRow,
    LogSide,
    message_entry,
    request_entry,
    select_messages,
    select_requests,
)
from handlers.tables import InboundState, inbound, messages, receipts, requests
from scheduling import queries
from scheduling.policy.vocabulary import JobState
from scheduling.queries import Event
from scheduling.storage.database import Tx
from scheduling.storage.tables import jobs


@dataclass(frozen=True, slots=True)
class InboundText:
    """One message of a request: its text (masked), and what happened to it."""

    text: str
    understood: Mapping[str, object] | None
    state: InboundState
    attempts: int
    error: str | None
    received_at: datetime
    handled_at: datetime | None


@dataclass(frozen=True, slots=True)
class UnfinishedJob:
    """A job that was queued because of the request and is not done: it waits, or was given up."""

    kind: str
    state: JobState
    due: datetime
    attempts: int
    error: str | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery report of a provider about a text."""

    status: str
    error: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that belongs to one entry, from the request to the delivery of its replies."""

    entry: LogEntry
    requests: Sequence[LogEntry]
    heard: Sequence[InboundText]
    changed: Sequence[tuple[str, Event]]
    replies: Sequence[tuple[LogEntry, Sequence[Delivery]]]
    unfinished: Sequence[UnfinishedJob]


def story(deps: Deps, side: LogSide, entry_id: int) -> Story | None:
    """The story of one entry; None when there is no such entry."""
    came_in = side is LogSide.IN
    query = select_requests().where(requests.c.id == entry_id) if came_in else select_messages(entry_id)
    with deps.db.read() as tx:
        row = tx.execute(query).first()
        if row is None:
            return None
        return _story(tx, request_entry(row) if came_in else message_entry(row))


def _story(tx: Tx, entry: LogEntry) -> Story:
    same = entry.correlation
    if same is None:
        return Story(entry, (), (), (), _with_receipts(tx, messages.c.id == entry.id), ())
    came_in = tx.execute(select_requests().where(requests.c.correlation == same))
    heard = tx.execute(sa.select(inbound).where(inbound.c.correlation == same).order_by(inbound.c.id))
    return Story(
        entry,
        [request_entry(row) for row in came_in],
        [_heard(row) for row in heard],
        queries.by_correlation(tx, same),
        _with_receipts(tx, messages.c.correlation == same),
        _unfinished(tx, same),
    )


def _heard(row: LogRow) -> InboundText:
    message = row.message if isinstance(row.message, dict) else {}
    text = message.get("text") or message.get("button") or ""
    return InboundText(
        mask(str(text)), row.understood, InboundState(row.state), row.attempts, row.error and mask(row.error),
        row.received_at, row.handled_at,
    )  # fmt: skip


def _with_receipts(tx: Tx, condition: sa.ColumnElement[bool]) -> list[tuple[LogEntry, list[Delivery]]]:
    rows = tx.execute(select_messages().where(condition).order_by(None).order_by(messages.c.id)).all()
    return [(message_entry(row), _receipts(tx, row.channel, row.provider_id)) for row in rows]


def _receipts(tx: Tx, channel: str, provider_id: str | None) -> list[Delivery]:
    mine = (receipts.c.channel == channel) & (receipts.c.provider_id == provider_id)
    rows = tx.execute(sa.select(receipts).where(mine).order_by(receipts.c.at, receipts.c.id))
    return [Delivery(row.status, row.error, row.at) for row in rows]


def _unfinished(tx: Tx, correlation: str) -> list[UnfinishedJob]:
    mine = (jobs.c.correlation == correlation) & jobs.c.state.in_((JobState.QUEUED, JobState.LEASED, JobState.DEAD))
    rows = tx.execute(sa.select(jobs).where(mine).order_by(jobs.c.due, jobs.c.id))
    return [
        UnfinishedJob(row.kind, JobState(row.state), row.due, row.attempts, row.error and mask(row.error))
        for row in rows
    ]
