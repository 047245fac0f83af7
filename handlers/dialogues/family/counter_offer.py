"""A family answers another time that staff offered: takes it, looks at others, or leaves it."""

from datetime import datetime, timedelta

from bot import questions
from bot.conversation import Answers, Dialogue, DialogueStep
from bot.questions import Option
from handlers.dialogues.family import offer_times, time_options, visit_summary
from handlers.dialogues.turn import Say, Step, Turn
from handlers.messaging import text_facts
from handlers.messaging.option_actions import OfferChoice, OptionAction, TimeChoice, option, required
from scheduling import queries
from scheduling.people import people
from scheduling.policy.errors import Conflict, Refused
from scheduling.policy.timespan import Span
from scheduling.policy.visit_state import OFFERED
from scheduling.visits import asking, deciding, ending, moving, search
from scheduling.visits.search import Wish
from scheduling.visits.visit import Visit, get


def take_offer(turn: Turn, chosen: OfferChoice) -> Step:
    """Yes to the time staff offered, while it is kept."""
    visit = get(turn.tx, chosen.visit)
    if visit.revision != chosen.revision:
        return turn.end(turn.say("opened_question_expired"))
    try:
        deciding.accept(turn.tx, visit, actor=turn.actor, now=turn.now)
    except Conflict:
        return turn.end(turn.say("opened_question_expired"))
    return turn.end()  # what follows from it (to be paid, or booked) is told at once, and says the new time


def other_times(turn: Turn, chosen: OfferChoice) -> Step:
    """Not that time: others near it. The offered one stays kept until they choose or it runs out."""
    visit = get(turn.tx, chosen.visit)
    if visit.state not in OFFERED:
        return turn.end(turn.say("opened_question_expired"))
    resident = visit_summary.resident(turn, visit)
    wanted = Wish(people.get(turn.tx, visit.visitor_id), resident, visit.kind, visit.wanted_minutes, moving=visit.id)
    return _others(turn, wanted, visit)


def _others(turn: Turn, wanted: Wish, visit: Visit) -> Step:
    near = search.nearest_open(turn.tx, wanted, visit.wanted.start, now=turn.now, but=_ruled_out(turn, visit))
    if not near:
        return turn.end(turn.say("no_place_none", resident=wanted.resident.first_name, wish=None))
    return turn.offer(
        "offer_mixed", _swaps(turn, wanted, visit, near), asks=False, note=_still_kept(turn, visit),
        resident=wanted.resident.first_name, minutes=wanted.minutes, price=None,
        dialogue=Dialogue.BOOK, step=DialogueStep.TIMES, answers=Answers(),
    )  # fmt: skip


def _still_kept(turn: Turn, visit: Visit) -> str | None:
    """That the offered time is kept meanwhile, and the numbers that still take it or drop it."""
    open_ = {
        OptionAction(each.action): each
        for prompt in turn.prompts
        if prompt.visit == visit.id
        for each in prompt.options
    }
    if OptionAction.TAKE_OFFER not in open_ or visit.deadline is None:
        return None
    take, drop = questions.numbered([open_[OptionAction.TAKE_OFFER], open_[OptionAction.DROP_OFFER]])
    return turn.words("offer_kept", by=turn.local(visit.deadline), take=take, drop=drop)


def _ruled_out(turn: Turn, visit: Visit) -> Span:
    """The time that staff could not do when they offered this one."""
    start = text_facts.asked_before(turn.tx, visit)
    return Span(start, start + timedelta(minutes=visit.wanted_minutes))


def _swaps(turn: Turn, wanted: Wish, visit: Visit, near: list[datetime]) -> list[Option]:
    return [
        option(
            text_facts.label(at, turn.facility, turn.lang), OptionAction.SWAP_OFFER,
            TimeChoice(at, wanted.minutes, wanted.resident.id, wanted.visitor.id, visit.id, visit.revision),
        )
        for at in near
    ]  # fmt: skip


def swap_offer(turn: Turn, chosen: TimeChoice) -> Step:
    """Another time instead of the one staff offered: asked for, and the offer let go, together or not at all."""
    visit = get(turn.tx, required(chosen.visit))
    start = chosen.start
    if visit.state not in OFFERED or visit.revision != chosen.revision:
        return turn.end(turn.say("opened_question_expired"))
    try:
        with turn.tx.begin_nested():
            return turn.end(_swapped(turn, chosen, visit))
    except Refused:
        wanted = Wish(
            people.get(turn.tx, visit.visitor_id),
            visit_summary.resident(turn, visit),
            visit.kind,
            visit.wanted_minutes,
            moving=visit.id,
        )
        near = search.nearest_open(turn.tx, wanted, start, now=turn.now, but=_ruled_out(turn, visit))
        if not near:
            return turn.end(turn.say("no_place_none", resident=wanted.resident.first_name, wish=None))
        gone: dict[str, object] = {"resident": wanted.resident.first_name, "start": turn.local(start)}
        return turn.offer("time_gone", _swaps(turn, wanted, visit, near), gone, asks=False)


def _swapped(turn: Turn, chosen: TimeChoice, visit: Visit) -> Say:
    after = ending.decline_offer(turn.tx, visit, actor=turn.actor, now=turn.now)
    wanted = time_options.wish_of(turn, chosen, after if after.live else None)
    actor = time_options.as_family(turn, wanted)
    if not after.live:
        asked = asking.ask_at(turn.tx, wanted, chosen.start, chat=turn.address, actor=actor, now=turn.now)
        return offer_times.said_asked(turn, asked)
    moved = moving.ask_move_to(turn.tx, after, wanted, chosen.start, actor=actor, now=turn.now)
    return turn.say(
        "move_asked", text_facts.of_visit(queries.details(turn.tx, moved), turn.lang, turn.now), visit=moved.id
    )


def drop_offer(turn: Turn, chosen: OfferChoice) -> Step:
    """They leave it: the request is dropped, or the visit stays where it was."""
    visit = get(turn.tx, chosen.visit)
    if visit.state not in OFFERED or visit.revision != chosen.revision:
        return turn.end(turn.say("opened_question_expired"))
    after = ending.decline_offer(turn.tx, visit, actor=turn.actor, now=turn.now)
    return turn.end(turn.say("move_kept" if after.live else "revised_dropped", visit_summary.facts_of(turn, after)))
