"""An officer answers too late, or a code that decides nothing any more: what happened, and the card as it is now."""

from dataclasses import replace

from bot.understanding.staff import StaffCommand
from handlers.dialogues.staff.common import officer, still_open
from handlers.dialogues.turn import Say, Step, Turn
from handlers.staff import answer_codes, cards, decision_outcomes
from handlers.staff.answer_codes import Card
from scheduling import queries
from scheduling.people import people
from scheduling.policy.visit_state import UNDECIDED
from scheduling.queries import VisitDetails
from scheduling.visits import decisions
from scheduling.visits.decisions import Decision
from scheduling.visits.visit import Visit


def dead_code(turn: Turn, card: Card, visit: Visit, command: StaffCommand) -> Step:
    """A code that decides nothing any more: what happened, and (still open) the card as it is now."""
    if visit.state not in UNDECIDED or decisions.pending(turn.tx, visit) is not None:
        return turn.stay(what_happened(turn, visit, command, code=card.code))
    details = queries.details(turn.tx, visit)
    said = turn.say("code_dead_card", code=card.code, ref=visit.reference, outcome=turn.words("outcome.changed"))
    if card.at <= turn.now - answer_codes.CODE_LIFETIME:
        said = turn.say("code_dead_card", code=card.code, ref=visit.reference, outcome=turn.words("outcome.expired"))
    # The card is queued after the words that announce it.
    return replace(turn.stay(said), after=lambda: _put_up(turn, details))


def _put_up(turn: Turn, details: VisitDetails) -> None:
    cards.send_card(turn.work, details, officer(turn))


def what_happened(turn: Turn, visit: Visit, command: StaffCommand, *, code: int | None = None) -> Say:
    """Who decided what, also while it has not taken effect yet."""
    there = decisions.pending(turn.tx, visit)
    decided = there or decision_outcomes.decision(turn.tx, visit)
    values: dict[str, object] = {"ref": visit.reference, "code": code or visit.reference, "open": still_open(turn)}
    if decided is None:
        return turn.say("code_dead", values, outcome=decision_outcomes.outcome(turn.tx, visit, turn.lang))
    who = people.get(turn.tx, decided.person_id).name if isinstance(decided, Decision) else decided.person
    how = decision_outcomes.decided_as(decided)
    if who == officer(turn).name:
        key = "already_so" if decision_outcomes.outcome_of_verb(command.verb) == how else "code_dead"
        words = (
            decision_outcomes.outcome(turn.tx, visit, turn.lang)
            if there is None
            else turn.words(f"outcome.{how}", officer=who)
        )
        return turn.say(key, values, outcome=words)
    did = turn.words(f"did.{how}")
    return turn.say("colleague_first", values, officer=who, outcome=did, at=turn.local(decided.at))
