"""A family moves a visit to another time."""

from dataclasses import replace
from datetime import datetime

from bot.conversation import Dialogue, DialogueStep
from handlers.dialogues.family import no_place, offer_times, time_options, visit_summary, wish_draft
from handlers.dialogues.family.which_visit import already_over, ask_which, named_visit
from handlers.dialogues.turn import Say, Step, Turn
from handlers.messaging import text_facts
from handlers.messaging.option_actions import (
    OptionAction,
    TimeChoice,
    VisitChoice,
    required,
)
from scheduling import queries
from scheduling.people import people
from scheduling.policy.errors import Refused
from scheduling.policy.ids import VisitId
from scheduling.policy.visit_state import State
from scheduling.visits import moving
from scheduling.visits.search import Wish
from scheduling.visits.visit import Visit, get


def move(turn: Turn) -> Step:
    """Move a visit to another time: which one, when, then as a booking goes."""
    if turn.meaning.reference is not None:
        visit = named_visit(turn)
        return turn.end(turn.say("cancel_unknown")) if visit is None else _move(turn, visit)
    known = turn.conversation.answers.visit if turn.conversation.dialogue is Dialogue.MOVE else None
    if known is not None:
        return _move(turn, get(turn.tx, VisitId(known)))
    mine = visit_summary.mine(turn)
    visits = [visit for visit in mine if moving.can_move(visit, now=turn.now)]
    if not visits:
        return turn.end(_stays(turn, mine[0]) if mine else turn.say("nothing_to_cancel"))
    return (
        _move(turn, visits[0]) if len(visits) == 1 else ask_which(turn, visits, "move_which", OptionAction.MOVE_VISIT)
    )


def move_visit(turn: Turn, chosen: VisitChoice) -> Step:
    """They said which one."""
    return _move(turn, get(turn.tx, chosen.visit))


def _move(turn: Turn, visit: Visit) -> Step:
    if not visit.live:
        return turn.end(already_over(turn, visit))
    if not moving.can_move(visit, now=turn.now):
        return turn.end(_stays(turn, visit))
    draft = replace(wish_draft.draft_of(turn), visit=visit.id, resident=visit.resident_id)
    if not draft.wanted:
        unit = visit_summary.resident(turn, visit).unit
        example = text_facts.example(turn.facility, unit, visit.kind, turn.lang)
        over = turn.words("understood.past") if turn.meaning.past else None
        says = turn.say("move_when", visit_summary.facts_of(turn, visit), asks=True, example=example, understood=over)
        return turn.stay(says, dialogue=Dialogue.MOVE, step=DialogueStep.WHEN, answers=draft, options=())
    return offer_times.look(turn, people.get(turn.tx, visit.visitor_id), visit_summary.resident(turn, visit), draft)


def _stays(turn: Turn, visit: Visit) -> Say:
    """Why it cannot be moved now: it is to be paid first, begins in a moment, or something about it is being decided."""
    if visit.state is State.APPROVED:
        return visit_summary.told(turn, visit)
    if moving.too_late(visit, now=turn.now):
        return turn.say("move_too_late", visit_summary.facts_of(turn, visit))
    values = text_facts.of_visit(queries.details(turn.tx, visit), turn.lang, turn.now)
    return turn.say("visit_line", values, state=turn.words(f"state.{visit.state}"))


def ask_move(turn: Turn, chosen: TimeChoice) -> Step:
    """ "1" on the read-back of a move."""
    visit = get(turn.tx, required(chosen.visit))
    wanted = time_options.wish_of(turn, chosen, visit)
    if visit.live and moving.too_late(visit, now=turn.now):
        return turn.end(_stays(turn, visit))
    if visit.new_starts is None or not moving.can_move(visit, now=turn.now):
        return turn.end(turn.say("nothing_open"))
    return _asked(turn, wanted, visit.new_starts, visit, kept=True)


def move_at(turn: Turn, chosen: TimeChoice) -> Step:
    """The number of an offered time for a move."""
    visit = get(turn.tx, required(chosen.visit))
    wanted = time_options.wish_of(turn, chosen, visit)
    if visit.live and moving.too_late(visit, now=turn.now):
        return turn.end(_stays(turn, visit))
    if not moving.can_move(visit, now=turn.now):
        return turn.end(turn.say("nothing_open"))
    return _asked(turn, wanted, chosen.start, visit, kept=False)


def _asked(turn: Turn, wanted: Wish, start: datetime, visit: Visit, *, kept: bool) -> Step:
    actor = time_options.as_family(turn, wanted)
    try:
        if kept:
            asked = moving.ask_move(turn.tx, visit, wanted, actor=actor, now=turn.now)
        else:
            asked = moving.ask_move_to(turn.tx, visit, wanted, start, actor=actor, now=turn.now)
    except Refused as refused:
        return no_place.gone(turn, wanted, start, refused, visit)
    if asked.state is State.REQUESTED:
        return turn.end(offer_times.said_asked(turn, asked))
    values = text_facts.of_visit(queries.details(turn.tx, asked), turn.lang, turn.now)
    return turn.end(turn.say("move_asked", values, visit=asked.id))
