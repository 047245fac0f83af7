"""What operators read: every request in and every message out, and what one of them led to. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from handlers import adapters
from handlers.deps import Deps
from handlers.logs import mask, mask_number
from handlers.tables import inbound, messages, receipts, requests
from scheduling import queries
from scheduling.facilities import store
from scheduling.policy.vocabulary import JobState
from scheduling.queries import Event
from scheduling.storage.database import Tx
from scheduling.storage.tables import jobs, visit_events, visits

PAGE_SIZE = 50
MAX_ID = 2**63 - 1
"""A database takes no larger number, and fails when asked for one."""
TROUBLE = "trouble"
BAD_IN = ("forged", "failed", "refused")
BAD_OUT = ("failed", "blocked", "undelivered")
STEPS = ("accepted", "scheduled", "queued", "sending", "sent", "delivered", "read", "repeated", "ignored")
"""What a provider says of a text on its way: no row of its own, the text's row and its story say it."""
FINAL = ("delivered", "undelivered", "failed", "blocked", "read")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log. `outcome` of a message is the provider's latest word on it, else our side's."""

    side: Literal["in", "out"]
    id: int
    at: datetime
    provider: str
    kind: str
    who: str | None
    outcome: str
    status: int | None
    attempts: int
    correlation: str | None
    reference: str | None = None
    error: str | None = None
    body: str | None = None


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What to show. `outcome` may be "trouble"; `search` is a visit's reference or the last digits of a number."""

    provider: str = ""
    outcome: str = ""
    search: str = ""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page ended, on both sides; ids only grow, so a new row never shifts a page."""

    in_id: int
    out_id: int

    def __str__(self) -> str:
        return f"{self.in_id}-{self.out_id}"

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        """A cursor as `str` wrote it; None for anything else."""
        first, _, second = text.partition("-")
        ours = all(each.isdecimal() and int(each[:20]) <= MAX_ID for each in (first, second))
        return cls(int(first), int(second)) if ours else None


@dataclass(frozen=True, slots=True)
class InboundText:
    """One message of a request: its words (masked), and what became of them."""

    text: str
    understood: Mapping[str, Any] | None
    state: str
    attempts: int
    error: str | None
    received_at: datetime
    handled_at: datetime | None


@dataclass(frozen=True, slots=True)
class UnfinishedJob:
    """A job that this led to and that is not done: waiting, or given up."""

    kind: str
    state: str
    due: datetime
    attempts: int
    error: str | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One word of the provider on a message."""

    status: str
    error: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that belongs to one entry, from the request to the delivery of its answers."""

    entry: Entry
    requests: Sequence[Entry]
    heard: Sequence[InboundText]
    changed: Sequence[tuple[str, Event]]
    replies: Sequence[tuple[Entry, Sequence[Delivery]]]
    unfinished: Sequence[UnfinishedJob]


def entries(deps: Deps, wanted: LogFilter, before: Cursor | None = None) -> tuple[list[Entry], Cursor | None]:
    """A page of the log, newest first, and where the next one begins (None at the end).

    A row is a message in, a message out, or an event that matters: what a provider says of a text on its way is part
    of the text's own row.
    """
    with deps.db.read() as tx:
        ins = [_request(row) for row in tx.execute(_requests(wanted, before))]
        outs = [_message(row) for row in tx.execute(_messages(wanted, before))]
    shown = _merged(ins, outs)[:PAGE_SIZE]
    if len(ins) + len(outs) <= PAGE_SIZE:
        return shown, None
    last_in = min((each.id for each in shown if each.side == "in"), default=before.in_id if before else _FIRST)
    last_out = min((each.id for each in shown if each.side == "out"), default=before.out_id if before else _FIRST)
    return shown, Cursor(last_in, last_out)


def story(deps: Deps, side: str, entry_id: int) -> Story | None:
    """All about one entry; None when there is no such entry."""
    query = _all_requests().where(requests.c.id == entry_id) if side == "in" else _all_messages(entry_id)
    with deps.db.read() as tx:
        row = tx.execute(query).first()
        if row is None:
            return None
        entry = _request(row) if side == "in" else _message(row)
        return _whole_story(tx, entry)


def zone(deps: Deps) -> str:
    """The zone the console shows times in: the first facility's; UTC while there is none."""
    with deps.db.read() as tx:
        everyone = store.everyone(tx)
        return store.rules(tx, everyone[0]).timezone if everyone else "UTC"


_FIRST = 2**62


def _merged(ins: list[Entry], outs: list[Entry]) -> list[Entry]:
    """Two lists, each newest first by id, as one by time: a merge, so that the cursor can name a place in both."""
    merged: list[Entry] = []
    left, right = 0, 0
    while left < len(ins) or right < len(outs):
        if right >= len(outs) or (left < len(ins) and ins[left].at > outs[right].at):
            merged.append(ins[left])
            left += 1
        else:
            merged.append(outs[right])
            right += 1
    return merged


def _all_requests() -> sa.Select[Any]:
    tries = sa.select(sa.func.coalesce(sa.func.max(inbound.c.attempts), 0))
    attempts = tries.where(inbound.c.correlation == requests.c.correlation).scalar_subquery()
    return sa.select(requests, attempts.label("attempts")).order_by(requests.c.id.desc())


def _requests(wanted: LogFilter, before: Cursor | None) -> sa.Select[Any]:
    on_its_way = (requests.c.kind == "status") & requests.c.outcome.in_(STEPS)
    query = _all_requests().limit(PAGE_SIZE + 1).where(~on_its_way)
    if before:
        query = query.where(requests.c.id < before.in_id)
    if wanted.provider:
        query = query.where(requests.c.provider == wanted.provider)
    if wanted.outcome:
        bad = wanted.outcome == TROUBLE
        query = query.where(requests.c.outcome.in_(BAD_IN) if bad else requests.c.outcome == wanted.outcome)
    if wanted.search:
        events = sa.select(visit_events.c.correlation).join(visits, visits.c.id == visit_events.c.visit_id)
        of_visit = requests.c.correlation.in_(events.where(visits.c.reference == wanted.search.upper()))
        query = query.where(requests.c.who.endswith(wanted.search, autoescape=True) if _digits(wanted) else of_visit)
    return query


def _word() -> sa.ScalarSelect[Any]:
    mine = (receipts.c.channel == messages.c.channel) & (receipts.c.provider_id == messages.c.provider_id)
    final = sa.case((receipts.c.status.in_(FINAL), 1), else_=0)
    return (
        sa.select(receipts.c.status).where(mine).order_by(final.desc(), receipts.c.id.desc()).limit(1).scalar_subquery()
    )


def _all_messages(message_id: int | None = None) -> sa.Select[Any]:
    joined = messages.outerjoin(visits, visits.c.id == messages.c.visit_id)
    query = sa.select(messages, visits.c.reference, _word().label("word")).select_from(joined)
    return query.order_by(messages.c.id.desc()) if message_id is None else query.where(messages.c.id == message_id)


def _messages(wanted: LogFilter, before: Cursor | None) -> sa.Select[Any]:
    query = _all_messages().limit(PAGE_SIZE + 1)
    if before:
        query = query.where(messages.c.id < before.out_id)
    if wanted.provider:
        channels = [each.name for each in adapters.CHANNELS if each.provider == wanted.provider]
        query = query.where(messages.c.channel.in_(channels))
    if wanted.outcome:
        said = sa.func.coalesce(_word(), messages.c.status)
        query = query.where(said.in_(BAD_OUT) if wanted.outcome == TROUBLE else said == wanted.outcome)
    if wanted.search:
        of_number = messages.c.theirs.endswith(wanted.search, autoescape=True)
        query = query.where(of_number if _digits(wanted) else visits.c.reference == wanted.search.upper())
    return query


def _digits(wanted: LogFilter) -> bool:
    return wanted.search.isdecimal()


def _request(row: sa.Row[Any]) -> Entry:
    return Entry(
        "in", row.id, row.at, row.provider, row.kind, row.who, row.outcome, row.status, row.attempts, row.correlation
    )


def _message(row: sa.Row[Any]) -> Entry:
    outcome = row.word if row.status == "sent" and row.word else row.status
    provider, who = adapters.provider_of(row.channel), mask_number(row.theirs)
    return Entry(
        "out", row.id, row.at, provider, row.about, who, outcome, None,
        row.attempts, row.correlation, row.reference, row.error, mask(row.body),
    )  # fmt: skip


def _whole_story(tx: Tx, entry: Entry) -> Story:
    same = entry.correlation
    if same is None:
        return Story(entry, (), (), (), _with_receipts(tx, messages.c.id == entry.id), ())
    came_in = tx.execute(_all_requests().where(requests.c.correlation == same))
    heard = tx.execute(sa.select(inbound).where(inbound.c.correlation == same).order_by(inbound.c.id))
    return Story(
        entry,
        [_request(row) for row in came_in],
        [_heard(row) for row in heard],
        queries.by_correlation(tx, same),
        _with_receipts(tx, messages.c.correlation == same),
        _unfinished(tx, same),
    )


def _heard(row: sa.Row[Any]) -> InboundText:
    said = row.message if isinstance(row.message, dict) else {}
    text = said.get("text") or said.get("button") or ""
    return InboundText(
        mask(str(text)), row.understood, row.state, row.attempts, row.error and mask(row.error), row.received_at,
        row.handled_at,
    )  # fmt: skip


def _with_receipts(tx: Tx, condition: sa.ColumnElement[bool]) -> list[tuple[Entry, list[Delivery]]]:
    rows = tx.execute(_all_messages().where(condition).order_by(None).order_by(messages.c.id)).all()
    return [(_message(row), _receipts(tx, row.channel, row.provider_id)) for row in rows]


def _receipts(tx: Tx, channel: str, provider_id: str | None) -> list[Delivery]:
    mine = (receipts.c.channel == channel) & (receipts.c.provider_id == provider_id)
    rows = tx.execute(sa.select(receipts).where(mine).order_by(receipts.c.at, receipts.c.id))
    return [Delivery(row.status, row.error, row.at) for row in rows]


def _unfinished(tx: Tx, correlation: str) -> list[UnfinishedJob]:
    mine = (jobs.c.correlation == correlation) & jobs.c.state.in_((JobState.QUEUED, JobState.LEASED, JobState.DEAD))
    rows = tx.execute(sa.select(jobs).where(mine).order_by(jobs.c.due, jobs.c.id))
    return [UnfinishedJob(row.kind, row.state, row.due, row.attempts, row.error and mask(row.error)) for row in rows]
