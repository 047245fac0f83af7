"""How visits end, and what happens to their money."""

from dataclasses import replace
from datetime import datetime

from scheduling.calls import attendance, call_record
from scheduling.facilities import store
from scheduling.policy.lifecycle import Move, find_transition
from scheduling.policy.pricing import Action, Settlement, money_after
from scheduling.policy.visit_state import CARRIED, ENDED, STANDING, Outcome, State
from scheduling.policy.vocabulary import StopReason
from scheduling.storage.database import Tx
from scheduling.visits import ledger, transition
from scheduling.visits.effects import DOUBT_EXPIRES_AFTER
from scheduling.visits.transition import Actor
from scheduling.visits.visit import Visit, get

END_REASONS = ("conduct", "emergency", "operations", "other")


def cancel(tx: Tx, visit: Visit, *, actor: Actor, now: datetime, reason: str | None = None) -> Visit:
    """The family cancels a visit in any state: it is withdrawn before approval and cancelled after it."""
    move = Move.CANCEL if find_transition(visit.state, Move.CANCEL) else Move.WITHDRAW
    return transition.apply(tx, visit, move, actor=actor, now=now, reason=reason)


def decline_offer(tx: Tx, visit: Visit, *, actor: Actor, now: datetime) -> Visit:
    """The family declines the time that staff offered: the request ends, or the visit stays at its time."""
    return transition.apply(tx, visit, Move.WITHDRAW, actor=actor, now=now, reason="offer_declined")


def settlement_if_cancelled(tx: Tx, visit: Visit, *, now: datetime) -> Settlement:
    """What would happen to the money if the family cancelled now. Writes nothing."""
    return settlement(tx, visit, Outcome.CANCELLED if visit.state in STANDING else Outcome.NEVER_PAID, now=now)


def settlement(tx: Tx, visit: Visit, outcome: Outcome, *, now: datetime) -> Settlement:
    """What happens to the money of a visit that ends in this way at `now`. Writes nothing.

    The result is the same before and after the visit ends. At most the price is retained: the difference of a move to a
    cheaper time is refunded whatever happens later.
    """
    facility = store.rules(tx, visit.facility_id)
    paid, at = ledger.paid_total(tx, visit.id), ledger.paid_at(tx, visit.id)
    connected = attendance.of(tx, visit, now=now).minutes if outcome is Outcome.COMPLETED else None
    found = money_after(
        outcome, facility, now=now, start=visit.starts, paid_at=at, paid=paid, new_price=visit.price,
        connected=connected, minutes=visit.minutes,
    )  # fmt: skip
    if found.action is Action.CARRY and visit.state in CARRIED and not visit.holds:
        found = replace(found, action=Action.REFUND)
    elif visit.holds and found.amount:
        found = replace(found, action=Action.CARRY)
    return found if found.action is Action.REFUND else replace(found, amount=min(found.amount, visit.price))


def join(tx: Tx, visit: Visit, *, actor: Actor, now: datetime) -> Visit:
    """Record that somebody pressed Join in its window, which counts as presence. Only the first time changes anything."""
    if visit.joined_at is not None:
        return visit
    return transition.apply(tx, visit, Move.JOIN, actor=actor, now=now, joined_at=now)


def joinable(visit: Visit, *, now: datetime, opens: datetime) -> bool:
    """Whether Join works: for a booked visit from `opens` until its end."""
    return visit.state in STANDING and opens <= now < visit.ends


def finish(tx: Tx, visit: Visit, *, now: datetime) -> Visit | None:
    """End a booked visit at its time, as the attendance of its call says. None when it is not over or has ended already."""
    if visit.state not in STANDING or visit.ends > now:
        return None
    visit = _drop_open_move(tx, visit, now)
    found = attendance.of(tx, visit, now=now)
    needed = (visit.ends - visit.starts) * store.rules(tx, visit.facility_id).least_connected / 100
    return transition.apply(
        tx, visit, attendance.end_move(found, needed), actor=transition.TIMER, now=now, reason=found.stopped
    )


def _drop_open_move(tx: Tx, visit: Visit, now: datetime) -> Visit:
    """Expire a move to another time that is still open when the visit ends."""
    if visit.state is State.CONFIRMED:
        return visit
    return transition.apply(tx, visit, Move.EXPIRE, actor=transition.TIMER, now=now)


def staff_end(tx: Tx, visit: Visit, *, actor: Actor, now: datetime, reason: str) -> Visit:
    """An officer ends the call. `reason` is one of END_REASONS. IllegalMove when the visit is not booked any more."""
    call_record.stop(tx, visit, StopReason.STAFF, now=now)
    return transition.apply(tx, _drop_open_move(tx, visit, now), Move.END, actor=actor, now=now, reason=reason)


def end_as_wrong_person(tx: Tx, visit: Visit, *, actor: Actor, now: datetime) -> Visit:
    """The family says that somebody else is on the screen: the call ends, and staff decide what happened."""
    call_record.stop(tx, visit, StopReason.NOT_THEM, now=now)
    return transition.apply(
        tx, _drop_open_move(tx, visit, now), Move.DOUBT, actor=actor, now=now, reason=StopReason.NOT_THEM
    )


def decide_doubt(tx: Tx, visit: Visit, *, took_place: bool, actor: Actor, now: datetime) -> Visit:
    """Staff decide whether a visit in doubt took place. IllegalMove when it is not in doubt."""
    return transition.apply(tx, visit, Move.COMPLETE if took_place else Move.FAIL, actor=actor, now=now)


def expire_doubt(tx: Tx, visit: Visit, *, now: datetime) -> Visit | None:
    """Decide for the family when staff have not decided within DOUBT_EXPIRES_AFTER. None when they have or still can."""
    if visit.state is not State.IN_DOUBT or visit.ended_at is None or visit.ended_at + DOUBT_EXPIRES_AFTER > now:
        return None
    return transition.apply(tx, visit, Move.FAIL, actor=transition.TIMER, now=now)


def facility_cancel(tx: Tx, visit: Visit, *, actor: Actor, now: datetime, reason: str | None = None) -> Visit:
    """The facility cancels the visit."""
    return transition.apply(tx, visit, Move.FACILITY_CANCEL, actor=actor, now=now, reason=reason)


def settle_money(tx: Tx, visit: Visit, *, now: datetime, correlation: str | None = None) -> Settlement:
    """Settle the money of a visit in its present state. Safe to run more than once.

    After a move to a cheaper time it refunds the difference, also when the visit ended before this ran. Money to carry is
    held as credit; `credit.refund_unused` refunds it later.
    """
    visit = get(tx, visit.id, lock=True)  # two at once would refund the same twice
    outcome = visit.state.traits.outcome or (Outcome.NEVER_PAID if visit.state in ENDED else Outcome.MOVED)
    found, paid = settlement(tx, visit, outcome, now=visit.ended_at or now), ledger.net_paid(tx, visit.id)
    if outcome is Outcome.COMPLETED and found.action is Action.REFUND:
        kept = ledger.paid_total(tx, visit.id) - found.amount
        if paid > kept:  # when this runs again, the unused minutes are refunded already
            ledger.refund(tx, visit.id, paid - kept, outcome, now=now, correlation=correlation)
    elif found.action is Action.REFUND and outcome is not Outcome.MOVED:
        ledger.refund(tx, visit.id, paid, outcome, now=now, correlation=correlation)
    elif paid > visit.price:
        ledger.refund(tx, visit.id, paid - visit.price, Outcome.MOVED, now=now, correlation=correlation)
    return found
