"""Decisions of staff (approve, deny, offer another time), and what happens when staff or family do not answer in time."""

from datetime import datetime, timedelta

from scheduling.facilities import store
from scheduling.policy.deadlines import cutoff, deadline, next_decide_by
from scheduling.policy.denials import DenialReason
from scheduling.policy.errors import Conflict, Refused
from scheduling.policy.lifecycle import Move
from scheduling.policy.refusals import CommandRefusal, Refusal
from scheduling.policy.timespan import Span
from scheduling.policy.visit_state import OFFERED, PAYABLE, UNDECIDED, State
from scheduling.storage.database import Tx
from scheduling.visits import decisions, ledger, transition
from scheduling.visits.asking import hold_second_place, live_of, lock_for, release_choices
from scheduling.visits.search import Wish, find_refusals
from scheduling.visits.transition import Actor
from scheduling.visits.visit import Visit, get


def check_undecided(visit: Visit, *, revision: int, now: datetime) -> None:
    """Raise Conflict when the visit has changed since the officer saw it, and Refused when it is too late to decide."""
    if visit.revision != revision or visit.state not in UNDECIDED:
        raise Conflict
    if now >= cutoff(visit.first_start):
        raise Refused([Refusal.UNDECIDABLE])


def check_approval(tx: Tx, visit: Visit, *, revision: int, now: datetime) -> Move:
    """The move that approves a visit: booked at once where nothing more is owed, else to be paid.

    Reads only. Raises what `approve` raises.
    """
    check_undecided(visit, revision=revision, now=now)
    return Move.APPROVE if _owes(tx, visit) else Move.APPROVE_PAID


def check_offer(tx: Tx, visit: Visit, wish: Wish, start: datetime, *, revision: int, now: datetime) -> Move:
    """The move that offers the family another time.

    Reads only. Raises what `revise` raises before it takes the place: Refused with every reason when the time cannot be
    had, or with `offer_open` while the visitor has another offered time to answer. Reliable only under `lock_for`.
    """
    check_undecided(visit, revision=revision, now=now)
    if any(other.state in OFFERED and other.id != visit.id for other in live_of(tx, wish)):
        raise Refused([CommandRefusal.OFFER_OPEN])
    span = Span(start, start + timedelta(minutes=wish.minutes))
    codes = [code for code in find_refusals(tx, wish, span, now=now) if code.traits.for_staff]
    if codes or deadline(State.COUNTERED, now, start, store.rules(tx, visit.facility_id)) <= now:
        raise Refused(codes or [Refusal.TOO_SOON])
    return Move.REVISE


def approve(tx: Tx, visit: Visit, *, revision: int, actor: Actor, now: datetime) -> Visit:
    """Approve the request on the card that an officer saw. It is booked when nothing more is owed, else it is to be paid."""
    move = check_approval(tx, visit, revision=revision, now=now)
    return transition.apply(tx, visit, move, actor=actor, now=now)


def _owes(tx: Tx, visit: Visit) -> bool:
    moved = visit.state is not State.REQUESTED and visit.new_price is not None
    price = visit.new_price if moved and visit.new_price is not None else visit.price
    return price > ledger.net_paid(tx, visit.id)


def deny(tx: Tx, visit: Visit, *, revision: int, letter: DenialReason, note: str, actor: Actor, now: datetime) -> Visit:
    """Deny with one of the fixed reasons (a to f). The note is internal."""
    check_undecided(visit, revision=revision, now=now)
    return transition.apply(tx, visit, Move.DENY, actor=actor, now=now, reason=letter, note=note or None)


def revise(tx: Tx, visit: Visit, wish: Wish, start: datetime, *, revision: int, actor: Actor, now: datetime) -> Visit:
    """Offer the family another time: checked (`check_offer`), and held until they answer."""
    lock_for(tx, wish)
    # Read again under a lock, so that an earlier decision is noticed before a place is taken.
    visit = get(tx, visit.id, lock=True)
    move = check_offer(tx, visit, wish, start, revision=revision, now=now)
    terminals = [terminal.id for terminal in store.terminals_of(tx, visit.facility_id, wish.resident.unit)]
    taken = hold_second_place(tx, visit, wish, terminals, start)
    release_choices(tx, wish, actor=actor, now=now)
    return transition.apply(tx, visit, move, actor=actor, now=now, choose_until=None, **taken)


def accept(tx: Tx, visit: Visit, *, actor: Actor, now: datetime) -> Visit:
    """The family accepts the offered time, which is approved already: it is booked, or to be paid."""
    if visit.state not in OFFERED or (visit.deadline is not None and visit.deadline <= now):
        raise Conflict
    move = Move.ACCEPT if _owes(tx, visit) else Move.ACCEPT_PAID
    return transition.apply(tx, visit, move, actor=actor, now=now)


def ask_again(tx: Tx, visit: Visit, *, now: datetime) -> Visit | None:
    """Ask staff again when they did not answer by the decide-by, from then on once a day.

    None when it is not due, or when a decision is pending.
    """
    if visit.state not in UNDECIDED or visit.deadline is None or visit.deadline > now or decisions.pending(tx, visit):
        return None
    facility = store.rules(tx, visit.facility_id)
    later = next_decide_by(visit.state, now, visit.first_start, facility)
    return transition.apply(
        tx, visit, Move.ASK_AGAIN, actor=transition.TIMER, now=now, deadline=later, asked_count=visit.asked_count + 1
    )


def expire(tx: Tx, visit: Visit, *, now: datetime) -> Visit | None:
    """Expire a visit whose time to decide, to answer or to pay is over. None when it is not, or a decision is pending."""
    if visit.state in UNDECIDED:
        over = cutoff(visit.first_start) <= now and decisions.pending(tx, visit) is None
    else:
        over = visit.state in OFFERED | PAYABLE and visit.deadline is not None and visit.deadline <= now
    return transition.apply(tx, visit, Move.EXPIRE, actor=transition.TIMER, now=now) if over else None
