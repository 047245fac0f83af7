"""What a page shows for a visit at a moment. Pure."""

from datetime import datetime

from scheduling.policy.lifecycle import Move
from scheduling.policy.visit_state import OVER, STANDING, Page, State
from scheduling.queries import Event, VisitDetails

_MOVED_BY = frozenset({Move.APPROVE_PAID, Move.ACCEPT_PAID, Move.PAY})
CAME_BACK = frozenset({"paid", "declined", "left"})


def pay_state(whole: VisitDetails, now: datetime, came_back: str) -> str:
    """due, declined, left, checking, paid, expired, nothing, moving or cancelled.

    `came_back` is what the card page said when it sent the payer back ("" for somebody who opened the link). It is only
    a hint: what is paid is what the provider told us.
    """
    visit = whole.visit
    if whole.due:
        if visit.deadline is not None and now >= visit.deadline:
            return "expired"
        return {"paid": "checking"}.get(came_back, came_back) if came_back in CAME_BACK else "due"
    match visit.state.traits.page:
        case Page.BOOKED:
            return "paid" if visit.price else "nothing"
        case Page.OPEN | Page.OVER:
            return "nothing"
        case Page.MOVING:
            return "moving"
        case Page.UNPAID:
            return "expired"
        case Page.CANCELLED:
            return "cancelled"


def join_state(whole: VisitDetails, now: datetime) -> str:
    """early, open, joined, over, cancelled or unbooked."""
    visit = whole.visit
    if visit.state in OVER:
        return "over"
    if not visit.live:
        return "cancelled"
    if visit.state not in STANDING:
        return "unbooked"
    if now < opens(whole):
        return "early"
    if now >= visit.ends:
        return "over"
    return "joined" if visit.joined_at else "open"


def opens(whole: VisitDetails) -> datetime:
    """When the page to join opens."""
    return whole.visit.starts - whole.facility.join_early


def was_moved(history: list[Event]) -> bool:
    """Whether the visit's time changed after it was booked, so that an older text names another one."""
    return any(event.old in STANDING - {State.CONFIRMED} and event.move in _MOVED_BY for event in history)
