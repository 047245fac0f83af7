"""The log for operators: every request that came in and every text that went out, in pages. Reads only."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from bot.messages import DeliveryStatus
from handlers import adapters
from handlers.deps import Deps
from handlers.logs import mask, mask_number
from handlers.tables import MessageStatus, inbound, messages, receipts, requests
from scheduling.facilities import store
from scheduling.storage.tables import visit_events, visits

PAGE_SIZE = 50
MAX_ID = 2**63 - 1
"""A database takes no larger number, and fails when asked for one."""
TROUBLE = "trouble"
BAD_IN = ("forged", "failed", "refused")
BAD_OUT = (MessageStatus.FAILED, MessageStatus.BLOCKED, DeliveryStatus.UNDELIVERED)
STATUS_REQUEST = "status"
"""The kind of a request that reports the delivery of a text."""
STEPS = ("accepted", "scheduled", "queued", "sending", "sent", "delivered", "read", "repeated", "ignored")
"""Outcomes of such requests that get no row in the log: the row of the text and its story show them."""
FINAL = (
    DeliveryStatus.DELIVERED, DeliveryStatus.UNDELIVERED, DeliveryStatus.FAILED, DeliveryStatus.BLOCKED,
    DeliveryStatus.READ,
)  # fmt: skip
_FIRST_PAGE = 2**62
"""As a cursor's id: above all ids."""

LogQuery = sa.Select[*tuple[object, ...]]
LogRow = sa.Row[*tuple[object, ...]]


class LogSide(StrEnum):
    """Whether an entry is a request that came in, or a text that went out."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of the log. The `outcome` of a text is the provider's latest report, else the last word of our side."""

    side: LogSide
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
    """Which entries to show. `outcome` may be "trouble"; `search` is a visit's reference or the last digits of a number."""

    provider: str = ""
    outcome: str = ""
    search: str = ""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last ids of a page, on both sides. Ids only grow, so a new row never shifts a page."""

    in_id: int
    out_id: int

    def __str__(self) -> str:
        return f"{self.in_id}-{self.out_id}"

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        """The cursor that `str` turned into this text; None for any other text."""
        first, _, second = text.partition("-")
        ours = all(each.isdecimal() and int(each[:20]) <= MAX_ID for each in (first, second))
        return cls(int(first), int(second)) if ours else None


def entries(deps: Deps, wanted: LogFilter, before: Cursor | None = None) -> tuple[list[LogEntry], Cursor | None]:
    """A page of the log, newest first, and the cursor of the next page (None at the end).

    What a provider reports about a text on its way has no row of its own: it is part of the row of the text.
    """
    with deps.db.read() as tx:
        ins = [request_entry(row) for row in tx.execute(_requests(wanted, before))]
        outs = [message_entry(row) for row in tx.execute(_messages(wanted, before))]
    shown = _merged(ins, outs)[:PAGE_SIZE]
    if len(ins) + len(outs) <= PAGE_SIZE:
        return shown, None
    start = before or Cursor(_FIRST_PAGE, _FIRST_PAGE)
    last_in = min((each.id for each in shown if each.side is LogSide.IN), default=start.in_id)
    last_out = min((each.id for each in shown if each.side is LogSide.OUT), default=start.out_id)
    return shown, Cursor(last_in, last_out)


def zone(deps: Deps) -> str:
    """The time zone of the console: that of the first facility, and UTC while there is none."""
    with deps.db.read() as tx:
        everyone = store.everyone(tx)
        return store.rules(tx, everyone[0]).timezone if everyone else "UTC"


def _merged(ins: list[LogEntry], outs: list[LogEntry]) -> list[LogEntry]:
    """Merge two lists by time. Each keeps its own order, newest id first, so that a cursor names a place in both."""
    merged: list[LogEntry] = []
    left, right = 0, 0
    while left < len(ins) or right < len(outs):
        if right >= len(outs) or (left < len(ins) and ins[left].at > outs[right].at):
            merged.append(ins[left])
            left += 1
        else:
            merged.append(outs[right])
            right += 1
    return merged


def select_requests() -> LogQuery:
    """Requests, the newest first, as `request_entry` reads them."""
    tries = sa.select(sa.func.coalesce(sa.func.max(inbound.c.attempts), 0))
    attempts = tries.where(inbound.c.correlation == requests.c.correlation).scalar_subquery()
    return sa.select(requests, attempts.label("attempts")).order_by(requests.c.id.desc())


def _requests(wanted: LogFilter, before: Cursor | None) -> LogQuery:
    on_its_way = (requests.c.kind == STATUS_REQUEST) & requests.c.outcome.in_(STEPS)
    query = select_requests().limit(PAGE_SIZE + 1).where(~on_its_way)
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


def _latest_report() -> sa.ScalarSelect[str]:
    """The provider's latest report about a text; one that is final comes before any other."""
    mine = (receipts.c.channel == messages.c.channel) & (receipts.c.provider_id == messages.c.provider_id)
    final = sa.case((receipts.c.status.in_(FINAL), 1), else_=0)
    return (
        sa.select(receipts.c.status).where(mine).order_by(final.desc(), receipts.c.id.desc()).limit(1).scalar_subquery()
    )


def select_messages(message_id: int | None = None) -> LogQuery:
    """Texts that went out, the newest first, or only this one, as `message_entry` reads them."""
    joined = messages.outerjoin(visits, visits.c.id == messages.c.visit_id)
    query = sa.select(messages, visits.c.reference, _latest_report().label("report")).select_from(joined)
    return query.order_by(messages.c.id.desc()) if message_id is None else query.where(messages.c.id == message_id)


def _messages(wanted: LogFilter, before: Cursor | None) -> LogQuery:
    query = select_messages().limit(PAGE_SIZE + 1)
    if before:
        query = query.where(messages.c.id < before.out_id)
    if wanted.provider:
        channels = [each.name for each in adapters.CHANNELS if each.provider == wanted.provider]
        query = query.where(messages.c.channel.in_(channels))
    if wanted.outcome:
        latest = sa.func.coalesce(_latest_report(), messages.c.status)
        query = query.where(latest.in_(BAD_OUT) if wanted.outcome == TROUBLE else latest == wanted.outcome)
    if wanted.search:
        of_number = messages.c.theirs.endswith(wanted.search, autoescape=True)
        query = query.where(of_number if _digits(wanted) else visits.c.reference == wanted.search.upper())
    return query


def _digits(wanted: LogFilter) -> bool:
    return wanted.search.isdecimal()


def request_entry(row: LogRow) -> LogEntry:
    """The entry of a row of `select_requests`."""
    return LogEntry(
        LogSide.IN, row.id, row.at, row.provider, row.kind, row.who, row.outcome, row.status, row.attempts,
        row.correlation,
    )  # fmt: skip


def message_entry(row: LogRow) -> LogEntry:
    """The entry of a row of `select_messages`."""
    outcome = row.report if MessageStatus(row.status) is MessageStatus.SENT and row.report else row.status
    provider, who = adapters.provider_of(row.channel), mask_number(row.theirs)
    return LogEntry(
        LogSide.OUT, row.id, row.at, provider, row.about, who, outcome, None,
        row.attempts, row.correlation, row.reference, row.error, mask(row.body),
    )  # fmt: skip
