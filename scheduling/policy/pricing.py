"""What a visit costs and what happens to the money when it ends. Amounts are whole minor units (cents)."""

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
"""Currency -> digits after its decimal point."""

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
"""The FCC's caps for video, dollars a minute, as they bind since CAPS_SINCE: kind -> (population from, cap)."""

REFUND_AFTER_PAYING = timedelta(minutes=15)
"""A family that cancels this soon after paying is always refunded."""


class Action(StrEnum):
    """What to do with the money: `carry` holds it for a new time."""

    NOTHING = "nothing"
    REFUND = "refund"
    KEEP = "keep"
    CARRY = "carry"


@dataclass(frozen=True, slots=True)
class Settlement:
    """What to do, and with how much."""

    action: Action
    amount: int


def rate(facility: Facility, kind: VisitKind) -> Decimal:
    """The price of a minute of a visit of that kind, in whole units of the currency."""
    return facility.legal_per_minute if kind == VisitKind.LEGAL else facility.price_per_minute


def price(facility: Facility, minutes: int, kind: VisitKind) -> int:
    """The price of a visit in minor units, half a unit rounded up; 0 is free."""
    scale = Decimal(10) ** CURRENCIES[facility.currency]
    return int((rate(facility, kind) * minutes * scale).quantize(Decimal(1), ROUND_HALF_UP))


def cap(kind: str, population: int) -> Decimal:
    """The highest price of a minute the FCC allows a "jail" or "prison" of that average daily population."""
    return next(most for least, most in CAPS[kind] if population >= least)


def top_up(old_price: int, new_price: int) -> int:
    """What is still to pay when a paid visit moves to a dearer one; 0 when the new one costs no more."""
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
    """What happens to the `paid` minor units of a visit that ends, or moves, in this way now.

    `start` is the visit's own start, of a moved one the old; `paid_at` the time of its latest payment; `new_price`
    only for MOVED, the price of the new time; `connected` and `minutes` (booked), in whole minutes, only for COMPLETED
    where the facility settles by the minute. The action is NOTHING whenever nothing was paid.
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
    """The whole minutes of connection are kept out of those booked: no minute, and no cent, that was not full."""
    back = paid - paid * min(connected, minutes) // minutes
    return Settlement(Action.REFUND, back) if back else Settlement(Action.KEEP, paid)


def _moved(paid: int, new_price: int) -> Settlement:
    """The money moves along; a cheaper visit gives the difference back."""
    if new_price < paid:
        return Settlement(Action.REFUND, paid - new_price)
    return Settlement(Action.CARRY, paid)
