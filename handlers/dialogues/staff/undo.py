"""An officer takes a decision back before the family hears of it."""

from bot.understanding.staff import StaffCommand, StaffVerb
from handlers.dialogues.staff.common import officer, still_open
from handlers.dialogues.staff.too_late import what_happened
from handlers.dialogues.turn import Step, Turn
from handlers.staff import cards, decision_outcomes
from handlers.staff.answer_codes import Listing
from scheduling.policy.visit_state import UNDECIDED
from scheduling.policy.vocabulary import DecisionState
from scheduling.visits import decisions, pending_decision
from scheduling.visits.decisions import Decision
from scheduling.visits.visit import Visit, get


def undo_list(turn: Turn, listing: Listing) -> Step:
    """Take back what was answered to a list; what has taken effect is said to have."""
    mine = [each for each in decisions.of_batch(turn.tx, listing.batch) if each.person_id == officer(turn).id]
    pending = [each for each in mine if each.state == DecisionState.PENDING]
    done = sorted({each.visit_id for each in mine if each.state == DecisionState.DONE})
    if pending or len(done) < 2:
        return undo(turn, pending, get(turn.tx, done[0]) if done else None)
    return turn.stay(turn.say("undo_late_all", count=len(done)))


def undo(turn: Turn, found: list[Decision], visit: Visit | None, code: int | None = None) -> Step:
    """Take decisions back that have not taken effect; else say what happened, and whom to call."""
    undone = [each for each in found if pending_decision.undo(turn.tx, each, now=turn.now)]
    for each in undone:
        decision_outcomes.reopen(turn.work, each)
    if len(undone) > 1:
        return turn.stay(turn.say("undone_all", count=len(undone), open=still_open(turn)))
    if undone:
        after = get(turn.tx, undone[0].visit_id)
        if after.state not in UNDECIDED:
            return turn.stay(what_happened(turn, after, StaffCommand(StaffVerb.UNDO), code=code))
        needed = cards.needs_code(turn.tx, turn.work.deps, officer(turn), turn.address)
        return turn.stay(turn.say("undone", ref=after.reference, code=code if needed else None))
    if visit is None or visit.state in UNDECIDED:
        return turn.stay(turn.say("undo_nothing"))
    return turn.stay(
        turn.say("undo_late", ref=visit.reference, outcome=decision_outcomes.outcome(turn.tx, visit, turn.lang))
    )


def last_pending(turn: Turn) -> list[Decision]:
    """What this officer decided last, if it can be taken back: all of one answer to a list."""
    mine = decisions.pending_of(turn.tx, officer(turn).id)
    if not mine:
        return []
    last = max(mine, key=lambda each: each.id)
    return [each for each in mine if each == last or (last.batch is not None and each.batch == last.batch)]


def pending_about(turn: Turn, visit_id: int) -> list[Decision]:
    return [each for each in decisions.pending_of(turn.tx, officer(turn).id) if each.visit_id == visit_id]
