"""What the pages of a visit's links show at a moment. Pure."""

from datetime import datetime
from enum import StrEnum

from scheduling.policy.lifecycle import Move
from scheduling.policy.visit_state import OVER, STANDING, Page, State
from scheduling.queries import Event, VisitDetails


class PayState(StrEnum):
    """What the page of a pay link shows; most values are part of its text keys (`page.pay.VALUE.title`).

    DECLINED and LEFT: the card page reported it, and the visit is still due. CHECKING: the card page reported a payment that
    the provider has not confirmed. NOTHING: there is nothing to pay. MOVING: another time is being decided.
    """

    DUE = "due"
    DECLINED = "declined"
    LEFT = "left"
    CHECKING = "checking"
    PAID = "paid"
    EXPIRED = "expired"
    NOTHING = "nothing"
    MOVING = "moving"
    CANCELLED = "cancelled"


class JoinState(StrEnum):
    """What the page of a join link shows. JOINED: it is open, and the family is marked as present."""

    EARLY = "early"
    OPEN = "open"
    JOINED = "joined"
    OVER = "over"
    CANCELLED = "cancelled"
    UNBOOKED = "unbooked"


_MOVED_BY = frozenset({Move.APPROVE_PAID, Move.ACCEPT_PAID, Move.PAY})
_REPORTED = {"paid": PayState.CHECKING, "declined": PayState.DECLINED, "left": PayState.LEFT}


def pay_state(whole: VisitDetails, now: datetime, reported: str) -> PayState:
    """What the page of a pay link shows now.

    `reported` is what the card page said when it sent the payer back ("" for somebody who opened the link). It is only a
    hint: a visit is paid when the provider has told us.
    """
    visit = whole.visit
    if whole.due:
        if visit.deadline is not None and now >= visit.deadline:
            return PayState.EXPIRED
        return _REPORTED.get(reported, PayState.DUE)
    match visit.state.traits.page:
        case Page.BOOKED:
            return PayState.PAID if visit.price else PayState.NOTHING
        case Page.OPEN | Page.OVER:
            return PayState.NOTHING
        case Page.MOVING:
            return PayState.MOVING
        case Page.UNPAID:
            return PayState.EXPIRED
        case Page.CANCELLED:
            return PayState.CANCELLED


def join_state(whole: VisitDetails, now: datetime) -> JoinState:
    """What the page of a join link shows now."""
    visit = whole.visit
    if visit.state in OVER:
        return JoinState.OVER
    if not visit.live:
        return JoinState.CANCELLED
    if visit.state not in STANDING:
        return JoinState.UNBOOKED
    if now < opens(whole):
        return JoinState.EARLY
    if now >= visit.ends:
        return JoinState.OVER
    return JoinState.JOINED if visit.joined_at else JoinState.OPEN


def opens(whole: VisitDetails) -> datetime:
    """When the visit's call can be joined."""
    return whole.visit.starts - whole.facility.join_early


def was_moved(history: list[Event]) -> bool:
    """Whether the visit's time changed after it was booked, so that an older text names another one."""
    return any(event.old in STANDING - {State.CONFIRMED} and event.move in _MOVED_BY for event in history)
