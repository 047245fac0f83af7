"""How visits end, and what happens to the money then."""

from dataclasses import replace
from datetime import datetime

from scheduling import facilities, ledger
from scheduling.db import Tx
from scheduling.lifecycle import ENDED, STANDING, Move, State, step
from scheduling.money import Action, Outcome, Settlement, money_after
from scheduling.visits import door
from scheduling.visits.door import Actor
from scheduling.visits.visit import Visit, must

_OUTCOMES = {
    State.CANCELLED: Outcome.CANCELLED,
    State.FACILITY_CANCELLED: Outcome.FACILITY_CANCELLED,
    State.COMPLETED: Outcome.COMPLETED,
    State.VISITOR_NO_SHOW: Outcome.VISITOR_NO_SHOW,
    State.RESIDENT_DECLINED: Outcome.RESIDENT_DECLINED,
    State.ENDED_BY_STAFF: Outcome.ENDED_BY_STAFF,
    State.TECHNICAL: Outcome.TECHNICAL,
    State.UNANSWERED: Outcome.UNANSWERED,
}


def give_up(tx: Tx, visit: Visit, *, actor: Actor, now: datetime, reason: str | None = None) -> Visit:
    """The family cancels, whatever state the visit is in: withdrawn before approval, cancelled after it."""
    move = Move.CANCEL if step(visit.state, Move.CANCEL) else Move.WITHDRAW
    return door.move(tx, visit, move, actor=actor, now=now, reason=reason)


def let_go(tx: Tx, visit: Visit, *, actor: Actor, now: datetime) -> Visit:
    """The family does not take the time staff offered: the request ends, or the visit stays where it was."""
    return door.move(tx, visit, Move.WITHDRAW, actor=actor, now=now, reason="offer_declined")


def if_given_up(tx: Tx, visit: Visit, *, now: datetime) -> Settlement:
    """What would happen to the money if the family gave the visit up now. Nothing is written."""
    return settlement(tx, visit, Outcome.CANCELLED, now=now)


def settlement(tx: Tx, visit: Visit, outcome: Outcome, *, now: datetime) -> Settlement:
    """What happens to the money of a visit that ends so at `now`, before and after it was done. Nothing is written.

    No more is kept than the price: what a move to a cheaper time gives back goes back whatever comes after.
    """
    facility = facilities.rules(tx, visit.facility_id)
    paid, at = ledger.paid_total(tx, visit.id), ledger.paid_at(tx, visit.id)
    found = money_after(outcome, facility, now=now, start=visit.starts, paid_at=at, paid=paid, new_price=visit.price)
    return found if found.action is Action.REFUND else replace(found, amount=min(found.amount, visit.price))


def join(tx: Tx, visit: Visit, *, actor: Actor, now: datetime) -> Visit:
    """Somebody pressed Join inside the window: the mark of presence. The first time counts, later ones change nothing."""
    if visit.joined_at is not None:
        return visit
    return door.move(tx, visit, Move.JOIN, actor=actor, now=now, joined_at=now)


def joinable(visit: Visit, *, now: datetime, opens: datetime) -> bool:
    """Whether Join works: a booked visit, from `opens` until its end."""
    return visit.state in STANDING and opens <= now < visit.ends


def finish(tx: Tx, visit: Visit, *, now: datetime) -> Visit | None:
    """The end of a booked visit: completed when somebody joined, else a no-show. None when it is not over, or over long.

    A move that is still open by then (the clock's other jobs are late, or failed) has come to nothing first.
    """
    if visit.state not in STANDING or visit.ends > now:
        return None
    if visit.state is not State.CONFIRMED:
        visit = door.move(tx, visit, Move.EXPIRE, actor=door.TIMER, now=now)
    move = Move.NO_SHOW if visit.joined_at is None else Move.COMPLETE
    return door.move(tx, visit, move, actor=door.TIMER, now=now)


def facility_cancels(tx: Tx, visit: Visit, *, actor: Actor, now: datetime, reason: str | None = None) -> Visit:
    """The facility takes the visit away."""
    return door.move(tx, visit, Move.FACILITY_CANCEL, actor=actor, now=now, reason=reason)


def settle_money(tx: Tx, visit: Visit, *, now: datetime, correlation: str | None = None) -> Settlement:
    """Do with the money what the table says about the visit as it is; decides once, whenever it runs.

    Moved to a cheaper time it gives the difference back, also when it ended before this ran. `carry` without a new time
    to carry to yet holds the money: giving it back later is the new time's deadline's job.
    """
    visit = must(tx, visit.id, lock=True)  # two at once would both give back the same
    outcome = _OUTCOMES.get(visit.state, Outcome.MOVED if visit.state not in ENDED else Outcome.NEVER_PAID)
    found, paid = settlement(tx, visit, outcome, now=visit.ended_at or now), ledger.net_paid(tx, visit.id)
    if found.action is Action.REFUND and outcome is not Outcome.MOVED:
        ledger.refund(tx, visit.id, paid, outcome, now=now, correlation=correlation)
    elif paid > visit.price:
        ledger.refund(tx, visit.id, paid - visit.price, Outcome.MOVED, now=now, correlation=correlation)
    return found
