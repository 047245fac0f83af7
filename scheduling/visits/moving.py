"""A family moves a visit: the new place is held in addition to the old one until staff decide."""

from datetime import datetime

from scheduling.facilities import store
from scheduling.policy.deadlines import cutoff
from scheduling.policy.errors import Refused
from scheduling.policy.lifecycle import Move, find_transition
from scheduling.policy.refusals import CommandRefusal, Refusal
from scheduling.policy.visit_state import OFFERED, State
from scheduling.storage.database import Tx
from scheduling.visits import transition
from scheduling.visits.asking import (
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
    """Whether the family can request another time now: not while staff decide on one, and not after the cutoff."""
    return find_transition(visit.state, Move.HOLD_NEW) is not None and not too_late(visit, now=now)


def too_late(visit: Visit, *, now: datetime) -> bool:
    """Whether the cutoff of its time has passed, so that nobody could decide on a move, or its pay-by, which another move
    must not postpone."""
    unpaid = visit.state is State.APPROVED and visit.pay_by is not None and visit.pay_by <= now
    return unpaid or now >= cutoff(visit.starts)


def hold_new(
    tx: Tx, visit: Visit, wish: Wish, start: datetime, *, actor: Actor, now: datetime, at_once: bool = False
) -> Visit:
    """Hold another time for a visit while the family decides. Raises Refused with every reason.

    With `at_once` it is requested in the same step, so an open counter-offer does not prevent it.
    """
    lock_for(tx, wish)
    if too_late(visit, now=now):
        raise Refused([Refusal.UNDECIDABLE])
    facility = store.rules(tx, visit.facility_id)
    if not at_once and any(other.state in OFFERED and other.id != visit.id for other in live_of(tx, wish)):
        raise Refused([CommandRefusal.OFFER_OPEN])
    if start == visit.starts and wish.minutes == visit.minutes:
        raise Refused([Refusal.VISITOR_BUSY])
    until = now + facility.choose_within
    with tx.begin_nested():  # when refused, the place that was held before stays held
        release_choices(tx, wish, actor=actor, now=now)
        taken = hold_second_place(tx, visit, wish, free_terminals(tx, wish, start, now=now), start)
        return transition.apply(tx, visit, Move.HOLD_NEW, actor=actor, now=now, choose_until=until, **taken)


def ask_move(tx: Tx, visit: Visit, wish: Wish, *, actor: Actor, now: datetime) -> Visit:
    """Request the held new time from staff. The old place and its money stand until they have decided."""
    lock_for(tx, wish)
    if visit.new_span is None or too_late(visit, now=now):
        raise Refused([Refusal.TERMINAL_TAKEN if visit.new_span is None else Refusal.UNDECIDABLE])
    if codes := find_refusals(tx, wish, visit.new_span, now=now):
        raise Refused(codes)
    return transition.apply(
        tx, visit, Move.ASK_MOVE, actor=actor, now=now,
        asked_at=now, asked_count=1, choose_until=None, flags=flags(tx, wish),
    )  # fmt: skip


def ask_move_to(tx: Tx, visit: Visit, wish: Wish, start: datetime, *, actor: Actor, now: datetime) -> Visit:
    """Hold the new time and request it in one step."""
    with tx.begin_nested():  # both steps or neither
        kept = hold_new(tx, visit, wish, start, actor=actor, now=now, at_once=True)
        return ask_move(tx, kept, wish, actor=actor, now=now)


def drop_move(tx: Tx, visit: Visit, *, actor: Actor, now: datetime) -> Visit:
    """Leave the visit at its time: withdraw a move that is being decided, or release a held new time."""
    move = Move.RELEASE_NEW if find_transition(visit.state, Move.RELEASE_NEW) else Move.WITHDRAW
    return transition.apply(tx, visit, move, actor=actor, now=now)
