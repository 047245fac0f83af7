"""Schedules the decision of an officer to take effect after a pause, so that it can be undone before the family is notified.

Until then the visit is unchanged. `deciding` has the commands; this module only determines when they run.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from scheduling.facilities import store
from scheduling.people import people
from scheduling.policy.deadlines import cutoff
from scheduling.policy.denials import DenialReason
from scheduling.policy.errors import Conflict, Refused
from scheduling.policy.facility import Facility
from scheduling.policy.ids import PersonId
from scheduling.policy.job_payloads import DecisionJob, JobKind
from scheduling.policy.lifecycle import Move
from scheduling.policy.refusals import CommandRefusal, Refusal
from scheduling.policy.visit_state import UNDECIDED, State
from scheduling.policy.vocabulary import ActorKind, DecisionState, Verdict
from scheduling.storage import outbox
from scheduling.storage.database import Tx, insert
from scheduling.storage.outbox import Priority
from scheduling.storage.tables import decisions as table
from scheduling.visits import deciding, decisions, transition
from scheduling.visits.asking import hold_second_place, lock_for
from scheduling.visits.decisions import Decision
from scheduling.visits.search import Wish
from scheduling.visits.transition import Actor
from scheduling.visits.visit import Visit, find, get
from scheduling.visits.visit_places import release_unneeded


@dataclass(frozen=True, slots=True)
class ProposedDecision:
    """What an officer wants to decide: approve, deny with a reason, or offer another `start`."""

    verb: Verdict
    letter: DenialReason | None = None
    note: str | None = None
    words: str | None = None
    start: datetime | None = None


@dataclass(frozen=True, slots=True)
class ScheduledDecision:
    """The result of scheduling a decision: the state that it leads to, the deadline of the family in that state, and the
    pending decision, which is None when it has taken effect at once."""

    state: State
    deadline: datetime | None
    decision: Decision | None


class AlreadyDecided(Conflict):
    """Another officer has decided already, and the decision has not taken effect yet."""

    def __init__(self, decision: Decision) -> None:
        super().__init__()
        self.decision = decision


def wish_for(tx: Tx, visit: Visit) -> Wish:
    """The wish of a visit, for which an officer offers another time."""
    visitor = people.get(tx, visit.visitor_id)
    resident = people.resident_of(tx, visitor, visit.resident_id)
    return Wish(visitor, resident, visit.kind, visit.wanted_minutes, moving=visit.id)


def check(
    tx: Tx, visit: Visit, will: ProposedDecision, wish: Wish | None, *, revision: int, actor: Actor, now: datetime
) -> tuple[State, datetime | None]:
    """The state and the deadline that a decision leads to. Reads only. Reliable under the locks that
    `schedule_decision` takes.

    Raises what the commands of `deciding` raise (they make the same checks when they run), AlreadyDecided when another
    officer has decided, and Refused while another time is about to be offered to this visitor for another visit.
    """
    there = decisions.pending(tx, visit)
    if there is not None and there.person_id != actor.person:
        raise AlreadyDecided(there)
    if wish is not None and _offering(tx, wish, visit):
        raise Refused([CommandRefusal.OFFER_OPEN])
    if wish is not None and will.start is not None:
        move = deciding.check_offer(tx, visit, wish, will.start, revision=revision, now=now)
        return transition.preview(tx, visit, move, now=now, new_starts=will.start, new_minutes=wish.minutes)
    if will.verb is Verdict.OK:
        return transition.preview(tx, visit, deciding.check_approval(tx, visit, revision=revision, now=now), now=now)
    deciding.check_undecided(visit, revision=revision, now=now)
    return transition.preview(tx, visit, Move.DENY, now=now)


def schedule_decision(
    tx: Tx,
    visit: Visit,
    will: ProposedDecision,
    *,
    revision: int,
    actor: Actor,
    now: datetime,
    batch: str | None = None,
) -> ScheduledDecision:
    """Schedule a decision to take effect after the facility's pause. Raises what `check` raises, and then writes nothing.

    Another time is held from now on. A pending decision of the same officer is replaced. Without a pause, or when the pause
    would end after the cutoff, the decision takes effect at once.
    """
    wish = _locked(tx, visit, will)
    visit = get(tx, visit.id, lock=True)
    state, deadline = check(tx, visit, will, wish, revision=revision, actor=actor, now=now)
    # Terminals are not locked: the last free one may be taken after the check, and then nothing must be written.
    with tx.begin_nested():
        _replace(tx, visit, actor)
        facility = store.rules(tx, visit.facility_id)
        if now + facility.undo_within >= cutoff(visit.first_start) or not facility.undo_within:
            if will.words is not None:
                _insert(tx, visit, will, facility, actor=actor, now=now, batch=batch, state=DecisionState.DONE)
            after = _command(tx, will, wish, actor)(visit, revision, now)
            return ScheduledDecision(after.state, after.deadline, None)
        if wish is not None and will.start is not None:
            terminals = [each.id for each in store.terminals_of(tx, visit.facility_id, wish.resident.unit)]
            hold_second_place(tx, visit, wish, terminals, will.start)
        made = _insert(tx, visit, will, facility, actor=actor, now=now, batch=batch)
    return ScheduledDecision(state, deadline, made)


def _locked(tx: Tx, visit: Visit, will: ProposedDecision) -> Wish | None:
    if will.verb is not Verdict.TIME:
        return None
    wish = wish_for(tx, visit)
    lock_for(tx, wish)
    return wish


def _replace(tx: Tx, visit: Visit, actor: Actor) -> None:
    """Close the pending decisions of the officer, who decides again, and those about earlier revisions."""
    there = decisions.pending(tx, visit)
    for old in [each for each in decisions.pending_about(tx, visit) if each.person_id == actor.person or each != there]:
        _close(tx, visit, old, DecisionState.UNDONE if old == there else DecisionState.VOID)


def _offering(tx: Tx, wish: Wish, visit: Visit) -> bool:
    """Whether another time is about to be offered to this visitor for another visit."""
    return any(each.visit_id != visit.id for each in decisions.pending_times(tx, wish.visitor.id))


def _command(
    tx: Tx, will: ProposedDecision, wish: Wish | None, actor: Actor
) -> Callable[[Visit, int, datetime], Visit]:
    """The command of `deciding` that carries out this decision."""

    def act(visit: Visit, revision: int, now: datetime) -> Visit:
        if will.verb is Verdict.OK:
            return deciding.approve(tx, visit, revision=revision, actor=actor, now=now)
        if wish is None or will.start is None:
            letter, note = will.letter or DenialReason.OTHER, will.note or ""
            return deciding.deny(tx, visit, revision=revision, letter=letter, note=note, actor=actor, now=now)
        return deciding.revise(tx, visit, wish, will.start, revision=revision, actor=actor, now=now)

    return act


def _insert(
    tx: Tx,
    visit: Visit,
    will: ProposedDecision,
    facility: Facility,
    *,
    actor: Actor,
    now: datetime,
    batch: str | None,
    state: DecisionState = DecisionState.PENDING,
) -> Decision:
    due = now + facility.undo_within
    made = insert(
        tx, table, visit_id=visit.id, revision=visit.revision, person_id=actor.person, channel=actor.channel,
        verb=will.verb, letter=will.letter, note=will.note or None, words=will.words, starts=will.start,
        minutes=visit.wanted_minutes if will.start else None, batch=batch, at=now, due=due, state=state,
        correlation=actor.correlation,
    )  # fmt: skip
    if state is not DecisionState.PENDING:
        return decisions.get(tx, made)
    outbox.enqueue(
        tx, JobKind.CARRY_OUT, DecisionJob(made, visit.id, visit.revision), now=now, due=due,
        key=f"{JobKind.CARRY_OUT}:{made}", priority=Priority.URGENT, correlation=actor.correlation,
    )  # fmt: skip
    return decisions.get(tx, made)


def carry_out(tx: Tx, decision: Decision, *, now: datetime) -> Visit | None:
    """Let a decision take effect. None when it was undone or is void: the visit has changed, or the officer has no access.

    Raises Refused when the rules refuse it by then. The caller rolls back and calls `reopen`.
    """
    visit = find(tx, decision.visit_id)
    assert visit is not None
    will = ProposedDecision(decision.verb, decision.letter, decision.note, decision.words, decision.starts)
    wish = _locked(tx, visit, will)
    visit = get(tx, visit.id, lock=True)
    if decisions.get(tx, decision.id).state is not DecisionState.PENDING:
        return None
    if visit.revision != decision.revision or visit.state not in UNDECIDED:
        decisions.close(tx, decision, DecisionState.VOID)
        return None
    officer = people.get(tx, decision.person_id)
    if not officer.active or officer.suspended:  # suspended because of a lost phone, or no longer staff
        _reopen(tx, visit, decision, DecisionState.VOID, now=now)
        return None
    decisions.close(tx, decision, DecisionState.DONE)
    actor = Actor(ActorKind.STAFF, decision.person_id, decision.channel, decision.correlation)
    # The decision was made in time, so a worker that runs late must not make it too late.
    moment = now if now < cutoff(visit.first_start) else decision.at
    after = _command(tx, will, wish, actor)(visit, decision.revision, moment)
    if will.verb is not Verdict.NO and after.deadline is not None and after.deadline <= now:
        raise Refused([Refusal.UNDECIDABLE])  # so late that the family could not pay or answer any more
    return after


def reopen(tx: Tx, decision: Decision, *, now: datetime) -> None:
    """Let the request wait for staff again, because the rules refuse the decision now."""
    _reopen(tx, get(tx, decision.visit_id, lock=True), decision, DecisionState.VOID, now=now)


def undo(tx: Tx, decision: Decision, *, now: datetime) -> bool:
    """Undo a decision before it takes effect; False when it is too late. Deadlines that passed meanwhile are applied now."""
    visit = get(tx, decision.visit_id, lock=True)
    if decisions.get(tx, decision.id).state is not DecisionState.PENDING:
        return False
    _reopen(tx, visit, decision, DecisionState.UNDONE, now=now)
    return True


def undo_all(tx: Tx, person_id: PersonId, *, now: datetime) -> list[Decision]:
    """Undo all pending decisions of an officer; returns them."""
    return [each for each in decisions.pending_of(tx, person_id) if undo(tx, each, now=now)]


def _reopen(tx: Tx, visit: Visit, decision: Decision, state: DecisionState, *, now: datetime) -> None:
    """Let the request wait for staff again, and apply the deadlines that passed meanwhile."""
    _close(tx, visit, decision, state)
    visit = get(tx, visit.id)
    if deciding.expire(tx, visit, now=now) is None:
        deciding.ask_again(tx, visit, now=now)


def _close(tx: Tx, visit: Visit, decision: Decision, state: DecisionState) -> None:
    """Close a decision, and release the other time that it held."""
    if not decisions.close(tx, decision, state) or decision.starts is None or visit.ended_at is not None:
        return
    release_unneeded(tx, visit, store.rules(tx, visit.facility_id))
