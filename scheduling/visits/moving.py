"""A family moves a visit: the new place is kept beside the old one until it is decided."""

from datetime import datetime
from typing import Any

from scheduling.facilities import store
from scheduling.policy.deadlines import cutoff
from scheduling.policy.errors import Refused
from scheduling.policy.lifecycle import Move, step
from scheduling.policy.refusals import Refusal
from scheduling.policy.visit_state import OFFERED, State
from scheduling.storage.database import Tx
from scheduling.visits import transition
from scheduling.visits.asking import (
    OFFER_OPEN,
    flags,
    free_terminals,
    hold_second_place,
    live_of,
    lock_for,
    release_choices,
)
from scheduling.visits.search import Wish, find_refusals
from scheduling.visits.transition import Actor
from scheduling.visits.visit import Visit


def can_move(visit: Visit, *, now: datetime) -> bool:
    """Whether the family can ask for another time now (not while staff decide on one already, nor at the last minute)."""
    return step(visit.state, Move.HOLD_NEW) is not None and not too_late(visit, now=now)


def too_late(visit: Visit, *, now: datetime) -> bool:
    """Whether the last call of the time it has is over, so that nobody could decide on a move; or its pay-by, which is
    to be paid now and not put off by one more move."""
    unpaid = visit.state is State.APPROVED and visit.pay_by is not None and visit.pay_by <= now
    return unpaid or now >= cutoff(visit.starts)


def hold_new(
    tx: Tx, visit: Visit, wish: Wish, start: datetime, *, actor: Actor, now: datetime, at_once: bool = False
) -> Visit:
    """Keep another time for a visit while the family decides. Raises Refused with every reason.

    With `at_once` it is asked for in the same breath, so an open counter-offer does not stand in the way.
    """
    lock_for(tx, wish)
    if too_late(visit, now=now):
        raise Refused([Refusal.UNDECIDABLE])
    facility = store.rules(tx, visit.facility_id)
    if not at_once and any(other.state in OFFERED and other.id != visit.id for other in live_of(tx, wish)):
        raise Refused([OFFER_OPEN])
    if start == visit.starts and wish.minutes == visit.minutes:
        raise Refused([Refusal.VISITOR_BUSY])
    until = now + facility.choose_within
    with tx.begin_nested():  # refused, the place that was kept before is still kept
        release_choices(tx, wish, actor=actor, now=now)
        taken = hold_second_place(tx, visit, wish, free_terminals(tx, wish, start, now=now), start)
        return transition.apply(tx, visit, Move.HOLD_NEW, actor=actor, now=now, choose_until=until, **taken)


def ask_move(tx: Tx, visit: Visit, wish: Wish, *, actor: Actor, now: datetime) -> Visit:
    """Ask staff for the kept new time. The old place and its money stand until they have decided."""
    lock_for(tx, wish)
    if visit.new_span is None or too_late(visit, now=now):
        raise Refused([Refusal.TERMINAL_TAKEN if visit.new_span is None else Refusal.UNDECIDABLE])
    if codes := find_refusals(tx, wish, visit.new_span, now=now):
        raise Refused(codes)
    changes: dict[str, Any] = {"asked_at": now, "asked_count": 1, "choose_until": None, "flags": flags(tx, wish)}
    return transition.apply(tx, visit, Move.ASK_MOVE, actor=actor, now=now, **changes)


def ask_move_to(tx: Tx, visit: Visit, wish: Wish, start: datetime, *, actor: Actor, now: datetime) -> Visit:
    """Keep the new time and ask for it in one go."""
    with tx.begin_nested():  # both or nothing
        kept = hold_new(tx, visit, wish, start, actor=actor, now=now, at_once=True)
        return ask_move(tx, kept, wish, actor=actor, now=now)


def drop_move(tx: Tx, visit: Visit, *, actor: Actor, now: datetime) -> Visit:
    """The family leaves the visit where it was: a move being decided is withdrawn, a kept new time freed."""
    move = Move.RELEASE_NEW if step(visit.state, Move.RELEASE_NEW) else Move.WITHDRAW
    return transition.apply(tx, visit, move, actor=actor, now=now)
