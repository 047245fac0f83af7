"""A family changes its mind: cancels, moves, or answers another time that staff offered."""

from datetime import datetime, timedelta
from typing import Any

from bot import questions
from bot.questions import Option
from bot.wording import Money
from handlers import facts
from handlers.dialogues import telling, times
from handlers.dialogues.turn import Say, Step, Turn
from scheduling import people, queries
from scheduling.errors import Conflict, Refused
from scheduling.lifecycle import OFFERED, State
from scheduling.money import Action
from scheduling.people import Person, Resident
from scheduling.timespan import Span
from scheduling.visits import asking, deciding, ending, moving, search
from scheduling.visits.search import Wish
from scheduling.visits.visit import Visit, get, must


def _named(turn: Turn) -> Visit | None:
    """The visit a reference names, if it is theirs. Somebody else's is as unknown as none."""
    if turn.meaning.reference is None:
        return None
    visit = queries.by_reference(turn.tx, turn.facility_id, turn.meaning.reference)
    return visit if visit is not None and visit.visitor_id in turn.speaker_ids else None


def _which(turn: Turn, visits: list[Visit], key: str, action: str) -> Step:
    options = []
    for visit in visits[:6]:
        values = facts.of_visit(queries.whole(turn.tx, visit), turn.lang, turn.now)
        values["start"] = values["old_start"]
        options.append(Option(0, turn.words("label.visit", **values), action, {"visit": visit.id}))
    answers = {"wanted": times.draft_of(turn).get("wanted")} if action == "move_visit" else {}
    return turn.offer(
        key, options, dialogue="move" if action == "move_visit" else "cancel", step="which", answers=answers
    )


def cancel(turn: Turn) -> Step:
    """Cancel one visit. Which one is asked unless its reference was sent; a guess is never acted on."""
    if turn.meaning.reference is not None:
        visit = _named(turn)
        return turn.end(turn.say("cancel_unknown")) if visit is None else _cancel(turn, visit)
    visits = telling.mine(turn)
    if not visits:
        if turn.conversation.dialogue == "book":
            return _drop_kept(turn)
        return turn.end(turn.say("nothing_to_cancel"))
    return _which(turn, visits, "cancel_which", "cancel_visit")


def cannot(turn: Turn) -> Step:
    """ "I can't make it": move it or cancel it? Asked, never guessed; the number settles which."""
    coming = [visit for visit in telling.mine(turn) if visit.live]
    if not coming:
        return turn.end(turn.say("nothing_to_cancel"))
    if len(coming) > 1:
        return _which(turn, coming, "cancel_which", "cannot_visit")
    return cannot_visit(turn, Option(0, "", "cannot_visit", {"visit": coming[0].id}))


def cannot_visit(turn: Turn, option: Option) -> Step:
    """They said which one they cannot come to."""
    visit = must(turn.tx, option.data["visit"])
    data = {"visit": visit.id}
    options = [
        Option(0, turn.words("label.move"), "move_visit", data),
        Option(0, turn.words("label.cancel"), "cancel_visit", data),
        Option(0, turn.words("label.keep"), "cancel_no", data),
    ]
    return turn.offer(
        "cannot_come", options, asks=False, dialogue="cancel", step="cannot", answers={}, **_facts(turn, visit)
    )


def _drop_kept(turn: Turn) -> Step:
    """Free the place that is kept while they choose; a visit that was only being moved stays where it is."""
    answers = turn.conversation.answers
    kept = answers.get("kept") or answers.get("visit")
    visit = None if kept is None else get(turn.tx, kept)
    if visit is not None and visit.state is State.CHOOSING:
        ending.give_up(turn.tx, visit, actor=turn.actor, now=turn.now)
    elif visit is not None and visit.live:
        if visit.new_starts is not None and not visit.asked_new:
            visit = moving.drop_move(turn.tx, visit, actor=turn.actor, now=turn.now)
        return turn.end(turn.say("move_kept", **_facts(turn, visit)))
    return turn.end(turn.say("dropped"))


def drop(turn: Turn) -> Step:
    """No to a read-back or to a list: nothing is asked. Without either, a move that staff are deciding is withdrawn."""
    moving_now = [visit for visit in telling.mine(turn) if visit.state in (State.MOVING, State.MOVING_UNPAID)]
    if not turn.conversation.answers and len(moving_now) == 1:
        visit = moving.drop_move(turn.tx, moving_now[0], actor=turn.actor, now=turn.now)
        return turn.end(turn.say("move_kept", **_facts(turn, visit)))
    return _drop_kept(turn)


def cancel_visit(turn: Turn, option: Option) -> Step:
    """They said which one."""
    return _cancel(turn, must(turn.tx, option.data["visit"]))


def _cancel(turn: Turn, visit: Visit) -> Step:
    """Cancel, or (money would be kept) say what it costs and ask once."""
    values = _facts(turn, visit)
    if not visit.live:
        return turn.end(_over(turn, visit))
    settlement = ending.if_given_up(turn.tx, visit, now=turn.now)
    if settlement.action is not Action.KEEP:
        return _give_up(turn, visit)
    data = {"visit": visit.id}
    options = [
        Option(0, turn.words("label.cancel"), "cancel_yes", data),
        Option(0, turn.words("label.keep"), "cancel_no", data),
    ]
    values |= {"price": Money(settlement.amount, visit.currency), "until": _refund_until(turn, visit)}
    return turn.offer("cancel_confirm_keep", options, asks=False, dialogue="cancel", step="sure", answers={}, **values)


def _over(turn: Turn, visit: Visit) -> Say:
    """Why nothing is left to cancel or move: they gave it up already, or how else it ended."""
    gone = visit.state in (State.CANCELLED, State.WITHDRAWN)
    return turn.say("already_cancelled", **_facts(turn, visit)) if gone else telling.told(turn, visit)


def _facts(turn: Turn, visit: Visit) -> dict[str, Any]:
    values = facts.of_visit(queries.whole(turn.tx, visit), turn.lang, turn.now)
    return values | {"start": values["old_start"]}


def _refund_until(turn: Turn, visit: Visit) -> datetime:
    return turn.local(visit.starts - turn.facility.cancel_with_refund_until)


def cancel_yes(turn: Turn, option: Option) -> Step:
    """Yes, cancel it although the money is kept."""
    visit = must(turn.tx, option.data["visit"])
    return _give_up(turn, visit) if visit.live else turn.end(_over(turn, visit))


def cancel_no(turn: Turn, option: Option) -> Step:
    """No, keep it."""
    return turn.end(turn.say("cancel_kept", **_facts(turn, must(turn.tx, option.data["visit"]))))


def _give_up(turn: Turn, visit: Visit) -> Step:
    settlement = ending.if_given_up(turn.tx, visit, now=turn.now)
    values = _facts(turn, visit) | {
        "price": Money(settlement.amount, visit.currency), "until": _refund_until(turn, visit),
    }  # fmt: skip
    ending.give_up(turn.tx, visit, actor=turn.actor, now=turn.now, reason="family")
    key = {Action.REFUND: "refund", Action.KEEP: "kept"}.get(settlement.action, "nothing")
    return turn.end(turn.say(f"cancelled_by_you_{key}", **values))


def move(turn: Turn) -> Step:
    """Move a visit to another time: which one, when, then as a booking goes."""
    if turn.meaning.reference is not None:
        visit = _named(turn)
        return turn.end(turn.say("cancel_unknown")) if visit is None else _move(turn, visit)
    known = turn.conversation.answers.get("visit") if turn.conversation.dialogue == "move" else None
    if known is not None:
        return _move(turn, must(turn.tx, known))
    visits = [visit for visit in telling.mine(turn) if moving.can_move(visit)]
    if not visits:
        return turn.end(
            turn.say("nothing_to_cancel") if not telling.mine(turn) else _state(turn, telling.mine(turn)[0])
        )
    return _move(turn, visits[0]) if len(visits) == 1 else _which(turn, visits, "move_which", "move_visit")


def move_visit(turn: Turn, option: Option) -> Step:
    """They said which one."""
    return _move(turn, must(turn.tx, option.data["visit"]))


def _resident(turn: Turn, visit: Visit) -> Resident:
    seen = {each.id: each for each in turn.seen(_visitor(turn, visit))}
    return seen.get(visit.resident_id) or people.resident(turn.tx, visit.resident_id)


def _visitor(turn: Turn, visit: Visit) -> Person:
    return people.get(turn.tx, visit.visitor_id)


def _move(turn: Turn, visit: Visit) -> Step:
    if not visit.live:
        return turn.end(_over(turn, visit))
    if not moving.can_move(visit):
        return turn.end(_state(turn, visit))
    draft = times.draft_of(turn) | {"visit": visit.id, "resident": visit.resident_id}
    if not draft.get("wanted"):
        unit = _resident(turn, visit).unit
        example = facts.example(turn.facility, unit, visit.kind, turn.lang)
        over = turn.words("understood.past") if turn.meaning.past else None
        says = turn.say("move_when", asks=True, example=example, understood=over, **_facts(turn, visit))
        return turn.stay(says, dialogue="move", step="when", answers=draft, options=())
    return times.look(turn, _visitor(turn, visit), _resident(turn, visit), draft)


def _state(turn: Turn, visit: Visit) -> Say:
    values = facts.of_visit(queries.whole(turn.tx, visit), turn.lang, turn.now)
    return turn.say("visit_line", **values, state=turn.words(f"state.{visit.state}"))


def ask_move(turn: Turn, option: Option) -> Step:
    """ "1" on the read-back of a move."""
    visit = must(turn.tx, option.data["visit"])
    wanted = times.wish_of_option(turn, option, visit)
    if visit.new_starts is None or not moving.can_move(visit):
        return turn.end(turn.say("nothing_open"))
    return _asked(turn, wanted, visit.new_starts, visit, kept=True)


def move_at(turn: Turn, option: Option) -> Step:
    """The number of an offered time for a move."""
    visit = must(turn.tx, option.data["visit"])
    wanted = times.wish_of_option(turn, option, visit)
    if not moving.can_move(visit):
        return turn.end(turn.say("nothing_open"))
    return _asked(turn, wanted, datetime.fromisoformat(option.data["start"]), visit, kept=False)


def _asked(turn: Turn, wanted: Wish, start: datetime, visit: Visit, *, kept: bool) -> Step:
    actor = times.as_family(turn, wanted)
    try:
        if kept:
            asked = moving.ask_move(turn.tx, visit, wanted, actor=actor, now=turn.now)
        else:
            asked = moving.ask_move_to(turn.tx, visit, wanted, start, actor=actor, now=turn.now)
    except Refused as refused:
        return times.gone(turn, wanted, start, refused, visit)
    if asked.state is State.REQUESTED:
        return turn.end(times.said_asked(turn, asked))
    values = facts.of_visit(queries.whole(turn.tx, asked), turn.lang, turn.now)
    return turn.end(turn.say("move_asked", visit=asked.id, **values))


def take_offer(turn: Turn, option: Option) -> Step:
    """Yes to the time staff offered, while it is kept."""
    visit = must(turn.tx, option.data["visit"])
    if visit.revision != option.data["revision"]:
        return turn.end(turn.say("opened_question_expired"))
    try:
        deciding.accept(turn.tx, visit, actor=turn.actor, now=turn.now)
    except Conflict:
        return turn.end(turn.say("opened_question_expired"))
    return turn.end()  # what follows from it (to be paid, or booked) is told at once, and says the new time


def other_times(turn: Turn, option: Option) -> Step:
    """Not that time: others near it. The offered one stays kept until they choose or it runs out."""
    visit = must(turn.tx, option.data["visit"])
    if visit.state not in OFFERED:
        return turn.end(turn.say("opened_question_expired"))
    resident = _resident(turn, visit)
    wanted = Wish(_visitor(turn, visit), resident, visit.kind, visit.wanted_minutes, moving=visit.id)
    return _others(turn, wanted, visit)


def _others(turn: Turn, wanted: Wish, visit: Visit) -> Step:
    near = search.near(turn.tx, wanted, visit.wanted.start, now=turn.now, but=_ruled_out(turn, visit))
    if not near:
        return turn.end(turn.say("no_place_none", resident=wanted.resident.first_name, wish=None))
    return turn.offer(
        "offer_mixed", _swaps(turn, wanted, visit, near), asks=False, note=_still_kept(turn, visit),
        resident=wanted.resident.first_name, minutes=wanted.minutes, price=None, dialogue="book", step="times", answers={},
    )  # fmt: skip


def _still_kept(turn: Turn, visit: Visit) -> str | None:
    """That the offered time is kept meanwhile, and the numbers that still take it or drop it."""
    open_ = {each.action: each for prompt in turn.prompts if prompt.visit == visit.id for each in prompt.options}
    if "take_offer" not in open_ or visit.deadline is None:
        return None
    take, drop = questions.numbered([open_["take_offer"], open_["drop_offer"]])
    return turn.words("offer_kept", by=turn.local(visit.deadline), take=take, drop=drop)


def _ruled_out(turn: Turn, visit: Visit) -> Span:
    """The time that staff could not do when they offered this one."""
    start = facts.asked_before(turn.tx, visit)
    return Span(start, start + timedelta(minutes=visit.wanted_minutes))


def _swaps(turn: Turn, wanted: Wish, visit: Visit, near: list[datetime]) -> list[Option]:
    options = times.options_for(turn, wanted, near, None, short=False)
    more = {"visit": visit.id, "revision": visit.revision}
    return [Option(0, each.label, "swap_offer", dict(each.data) | more) for each in options]


def swap_offer(turn: Turn, option: Option) -> Step:
    """Another time instead of the one staff offered: asked for, and the offer let go, together or not at all."""
    visit = must(turn.tx, option.data["visit"])
    start = datetime.fromisoformat(option.data["start"])
    if visit.state not in OFFERED or visit.revision != option.data["revision"]:
        return turn.end(turn.say("opened_question_expired"))
    try:
        with turn.tx.begin_nested():
            return turn.end(_swapped(turn, option, visit, start))
    except Refused:
        wanted = Wish(_visitor(turn, visit), _resident(turn, visit), visit.kind, visit.wanted_minutes, moving=visit.id)
        near = search.near(turn.tx, wanted, start, now=turn.now, but=_ruled_out(turn, visit))
        if not near:
            return turn.end(turn.say("no_place_none", resident=wanted.resident.first_name, wish=None))
        gone: dict[str, Any] = {"resident": wanted.resident.first_name, "start": turn.local(start)}
        return turn.offer("time_gone", _swaps(turn, wanted, visit, near), asks=False, **gone)


def _swapped(turn: Turn, option: Option, visit: Visit, start: datetime) -> Say:
    after = ending.let_go(turn.tx, visit, actor=turn.actor, now=turn.now)
    wanted = times.wish_of_option(turn, option, after if after.live else None)
    actor = times.as_family(turn, wanted)
    if not after.live:
        asked = asking.ask_at(turn.tx, wanted, start, chat=turn.chat, actor=actor, now=turn.now)
        return times.said_asked(turn, asked)
    moved = moving.ask_move_to(turn.tx, after, wanted, start, actor=actor, now=turn.now)
    return turn.say("move_asked", visit=moved.id, **facts.of_visit(queries.whole(turn.tx, moved), turn.lang, turn.now))


def drop_offer(turn: Turn, option: Option) -> Step:
    """They leave it: the request is dropped, or the visit stays where it was."""
    visit = must(turn.tx, option.data["visit"])
    if visit.state not in OFFERED or visit.revision != option.data["revision"]:
        return turn.end(turn.say("opened_question_expired"))
    after = ending.let_go(turn.tx, visit, actor=turn.actor, now=turn.now)
    return turn.end(turn.say("move_kept" if after.live else "revised_dropped", **_facts(turn, after)))
