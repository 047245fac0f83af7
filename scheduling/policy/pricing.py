"""The price of a visit, and what happens to the money when it ends. Amounts are integers in minor units (cents)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from scheduling.policy.facility import Facility
from scheduling.policy.timespan import utc
from scheduling.policy.visit_state import Outcome
from scheduling.policy.vocabulary import VisitKind

CURRENCIES = {"usd": 2, "cad": 2, "mxn": 2, "eur": 2, "gbp": 2}
"""Decimal places of each currency."""

CAPS_SINCE = date(2026, 4, 6)
CAPS: dict[str, tuple[tuple[int, Decimal], ...]] = {
    "prison": ((0, Decimal("0.25")),),
    "jail": (
        (1000, Decimal("0.19")),
        (350, Decimal("0.19")),
        (100, Decimal("0.21")),
        (50, Decimal("0.25")),
        (0, Decimal("0.44")),
    ),
}
"""The FCC's price caps for video in dollars a minute, in force since CAPS_SINCE: kind -> (minimum population, cap)."""

REFUND_AFTER_PAYING = timedelta(minutes=15)
"""A family that cancels this soon after paying, and before the start, is always refunded."""


class Action(StrEnum):
    """What to do with the money. `CARRY` holds it as credit for a new time."""

    NOTHING = "nothing"
    REFUND = "refund"
    KEEP = "keep"
    CARRY = "carry"


@dataclass(frozen=True, slots=True)
class Settlement:
    """What to do with the money, and the amount it concerns."""

    action: Action
    amount: int


def rate(facility: Facility, kind: VisitKind) -> Decimal:
    """The price of a minute of a visit of that kind, in whole units of the currency."""
    return facility.legal_per_minute if kind == VisitKind.LEGAL else facility.price_per_minute


def price(facility: Facility, minutes: int, kind: VisitKind) -> int:
    """The price of a visit in minor units, rounded half up. 0 means that it is free."""
    scale = Decimal(10) ** CURRENCIES[facility.currency]
    return int((rate(facility, kind) * minutes * scale).quantize(Decimal(1), ROUND_HALF_UP))


def cap(kind: str, population: int) -> Decimal:
    """The highest price per minute that the FCC allows a "jail" or "prison" of that average daily population."""
    return next(most for least, most in CAPS[kind] if population >= least)


def top_up(old_price: int, new_price: int) -> int:
    """What remains to be paid when a paid visit moves to a more expensive time; 0 when the new one costs no more."""
    return max(0, new_price - old_price)


def money_after(
    outcome: Outcome,
    facility: Facility,
    *,
    now: datetime,
    start: datetime,
    paid_at: datetime | None,
    paid: int,
    new_price: int | None = None,
    connected: int | None = None,
    minutes: int = 0,
) -> Settlement:
    """What happens to the `paid` minor units of a visit that ends or moves in this way now.

    `start`: the start of the visit, of a moved one the old start. `paid_at`: the time of its latest payment. `new_price`:
    the price of the new time, only for MOVED. `connected` and `minutes`: whole minutes connected and booked, only for
    COMPLETED at a facility that settles by the minute. The action is NOTHING when nothing was paid.
    """
    if paid <= 0 or outcome is Outcome.NEVER_PAID:
        return Settlement(Action.NOTHING, 0)
    if outcome is Outcome.CANCELLED:
        back = _cancelled_in_time(facility, now=now, start=start, paid_at=paid_at)
        return Settlement(Action.REFUND if back else Action.KEEP, paid)
    if outcome is Outcome.MOVED:
        return _moved(paid, paid if new_price is None else new_price)
    if outcome is Outcome.COMPLETED and facility.settle_by_minute and connected is not None:
        return _by_minute(paid, connected, minutes)
    if outcome in (Outcome.MOVE_REFUSED, Outcome.COMPLETED):
        return Settlement(Action.KEEP, paid)
    return Settlement(Action(facility.outcomes[outcome]), paid)


def _cancelled_in_time(facility: Facility, *, now: datetime, start: datetime, paid_at: datetime | None) -> bool:
    now, start = utc(now), utc(start)
    early = start - now >= facility.cancel_with_refund_until
    just_paid = paid_at is not None and now - utc(paid_at) <= REFUND_AFTER_PAYING and now < start
    return early or just_paid


def _by_minute(paid: int, connected: int, minutes: int) -> Settlement:
    """Charges whole connected minutes out of those booked. Partial minutes and partial cents are refunded."""
    back = paid - paid * min(connected, minutes) // minutes
    return Settlement(Action.REFUND, back) if back else Settlement(Action.KEEP, paid)


def _moved(paid: int, new_price: int) -> Settlement:
    """The money pays for the new time. Of a cheaper one the difference is refunded."""
    if new_price < paid:
        return Settlement(Action.REFUND, paid - new_price)
    return Settlement(Action.CARRY, paid)
