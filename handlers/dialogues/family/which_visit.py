"""Which visit is meant: the one a reference names, or the one chosen of a list."""

from bot.conversation import Answers, Dialogue, DialogueStep
from handlers.dialogues.family import visit_summary, wish_draft
from handlers.dialogues.turn import Say, Step, Turn
from handlers.messaging.option_actions import (
    OptionAction,
    VisitChoice,
    VisitsChoice,
    option,
)
from scheduling import queries
from scheduling.policy.visit_state import State
from scheduling.visits.visit import Visit


def named_visit(turn: Turn) -> Visit | None:
    """The visit a reference names, if it is theirs. Somebody else's is as unknown as none."""
    if turn.meaning.reference is None:
        return None
    visit = queries.by_reference(turn.tx, turn.facility_id, turn.meaning.reference)
    return visit if visit is not None and visit.visitor_id in turn.speaker_ids else None


def ask_which(turn: Turn, visits: list[Visit], key: str, action: OptionAction, *, every: bool = False) -> Step:
    options = [option(label_of(turn, visit), action, VisitChoice(visit.id)) for visit in visits[:6]]
    if every:
        options.append(
            option(
                turn.words("label.all"), OptionAction.CANCEL_ALL, VisitsChoice(tuple(each.id for each in visits[:6]))
            )
        )
    answers = Answers(wanted=wish_draft.draft_of(turn).wanted) if action is OptionAction.MOVE_VISIT else Answers()
    return turn.offer(
        key,
        options,
        dialogue=Dialogue.MOVE if action is OptionAction.MOVE_VISIT else Dialogue.CANCEL,
        step=DialogueStep.WHICH,
        answers=answers,
    )


def label_of(turn: Turn, visit: Visit) -> str:
    return turn.words("label.visit", **visit_summary.facts_of(turn, visit))


def already_over(turn: Turn, visit: Visit) -> Say:
    """Why nothing is left to cancel or move: they gave it up already, or how else it ended."""
    gone = visit.state in (State.CANCELLED, State.WITHDRAWN)
    return (
        turn.say("already_cancelled", visit_summary.facts_of(turn, visit)) if gone else visit_summary.told(turn, visit)
    )
