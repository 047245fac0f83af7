"""Credit: money of a visit that failed or was cancelled by the facility, held for a new time (`[outcomes]` says "carry").

It pays for the next visit that the same person requests with the same resident (`visits.carries`). When that visit ends
before it is booked, the money is credit again. What is unused after `CREDIT_EXPIRES_AFTER` is refunded.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa

from scheduling.policy.ids import PersonId, ResidentId
from scheduling.policy.vocabulary import VisitKind
from scheduling.storage.database import Tx
from scheduling.storage.tables import visits
from scheduling.visits import ledger
from scheduling.visits.visit import Visit, from_row

CREDIT_EXPIRES_AFTER = timedelta(days=14)


def is_held(tx: Tx, visit: Visit) -> bool:
    """Whether the money of this visit is credit that no visit is using."""
    return visit.holds and ledger.net_paid(tx, visit.id) > 0


def held_for(
    tx: Tx, visitor: PersonId, resident: ResidentId, kind: VisitKind, currency: str, *, now: datetime
) -> Visit | None:
    """The oldest visit of this visitor and resident whose money can pay for a new one in this currency."""
    two = (visits.c.visitor_id == visitor) & (visits.c.resident_id == resident) & (visits.c.kind == kind)
    two &= visits.c.currency == currency
    recently = visits.c.holds & (visits.c.ended_at > now - CREDIT_EXPIRES_AFTER)
    rows = tx.execute(sa.select(visits).where(two & recently).order_by(visits.c.id)).mappings()
    return next((visit for visit in map(from_row, rows) if is_held(tx, visit)), None)


def refund_unused(tx: Tx, visit: Visit, *, now: datetime, correlation: str | None = None) -> int:
    """Refund credit that has expired. Returns the amount in minor units."""
    if visit.ended_at is None or visit.ended_at + CREDIT_EXPIRES_AFTER > now or not is_held(tx, visit):
        return 0
    amount = ledger.net_paid(tx, visit.id)
    ledger.refund(tx, visit.id, amount, "carry_over", now=now, correlation=correlation)
    return amount
