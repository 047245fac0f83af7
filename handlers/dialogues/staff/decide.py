"""An officer decides by code, and can take it back for a moment. Whoever is not staff never gets here."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.conversation import Answers, DialogueStep
from bot.messages import Button
from bot.understanding import Intent
from bot.understanding.staff import StaffCommand, StaffSubject, StaffVerb, read_time
from handlers.dialogues.staff import call_commands, duty, list_answers, lookup, own_words
from handlers.dialogues.staff.common import actor, disarmed, letter_asked, officer, own, sees, still_open, undo_words
from handlers.dialogues.staff.too_late import dead_code, what_happened
from handlers.dialogues.staff.undo import last_pending, pending_about, undo, undo_list
from handlers.dialogues.turn import Say, Step, Turn, as_span
from handlers.messaging import text_facts
from handlers.staff import answer_codes, cards, decision_outcomes
from handlers.staff.answer_codes import Card, Listing
from handlers.tables import CardState
from scheduling import queries
from scheduling.people import people
from scheduling.policy.denials import DenialReason
from scheduling.policy.errors import Conflict, Refused
from scheduling.policy.refusals import CommandRefusal
from scheduling.policy.visit_state import OFFERED, UNDECIDED
from scheduling.policy.vocabulary import StaffRole, Verdict
from scheduling.queries import VisitDetails
from scheduling.visits import decisions, pending_decision, search
from scheduling.visits.pending_decision import ProposedDecision, ScheduledDecision
from scheduling.visits.visit import Visit, get

WRONG_CODES = 5


def answer(turn: Turn, command: StaffCommand) -> Step:
    """One command of an officer. The letter of a reason and SEND follow at once what asks for them, or not at all."""
    return disarmed(turn, _answer(turn, command))


def _answer(turn: Turn, command: StaffCommand) -> Step:
    if officer(turn).suspended:
        return turn.stay(turn.say("staff_suspended"))
    code = turn.conversation.answers.code
    if code is not None and (letter := letter_asked(turn)) is not None:
        return _by_code(turn, StaffCommand(verb=StaffVerb.NO, letter=letter), code)
    if command.verb in (StaffVerb.ON, StaffVerb.OFF):
        return duty.duty(turn, command) or not_understood(turn)
    codeless = command.verb is StaffVerb.ITEMS and command.code is None
    done = list_answers.without_code if codeless else _ALONE.get(command.verb)
    if done is not None:
        return done(turn, command)
    if command.verb.subject is not StaffSubject.REQUEST:
        return turn.stay(turn.say("staff_not_yet"))
    if command.code is not None:
        return _by_code(turn, command, command.code)
    if command.reference is not None:
        return _by_reference(turn, command, command.reference)
    if command.verb is StaffVerb.UNDO:
        return undo(turn, last_pending(turn), None)
    return not_understood(turn)


def not_understood(turn: Turn) -> Step:
    """Say how an answer looks, with a code the officer really has; or how to ask for a visit of their own."""
    if turn.meaning.intent in (Intent.BOOK, Intent.AVAILABILITY, Intent.RESCHEDULE):
        return turn.stay(turn.say("staff_own_visit"))
    return turn.stay(
        turn.say("staff_not_understood", code=answer_codes.example_code(turn.tx, officer(turn).id, now=turn.now))
    )


def _by_code(turn: Turn, command: StaffCommand, code: int) -> Step:
    card = answer_codes.by_code(turn.tx, officer(turn).id, code)
    if card is None or card.state is CardState.VOID:
        return _wrong(turn, code)
    if isinstance(card, Listing):
        return _of_list(turn, command, card)
    if command.verb is StaffVerb.UNDO:
        return undo(turn, pending_about(turn, card.visit_id), get(turn.tx, card.visit_id), code)
    return _decide(turn, command, card)


def _of_list(turn: Turn, command: StaffCommand, listing: Listing) -> Step:
    if command.verb is StaffVerb.UNDO:
        return undo_list(turn, listing)
    return list_answers.answered(turn, command, listing)


def _wrong(turn: Turn, code: int) -> Step:
    """Not a code of theirs. Five in an hour, and somebody may be guessing: all codes die, the supervisor hears of it."""
    me = officer(turn)
    if people.wrong_code(turn.tx, me.id, now=turn.now) < WRONG_CODES:
        return turn.stay(turn.say("code_unknown", code=code))
    people.forgive_codes(turn.tx, me.id)
    answer_codes.void_codes(turn.tx, me.id)
    for each in pending_decision.undo_all(
        turn.tx, me.id, now=turn.now
    ):  # whoever guesses may have guessed right before
        decision_outcomes.reopen(turn.work, each)
    for other in people.staff(turn.tx, turn.facility_id):
        if other.role == StaffRole.SUPERVISOR and other.id != me.id:
            cards.notify(turn.work, other, "codes_voided_supervisor", officer=me.name)
    return turn.stay(turn.say("codes_voided"))


def _by_reference(turn: Turn, command: StaffCommand, reference: str) -> Step:
    visit = queries.by_reference(turn.tx, turn.facility_id, reference)
    if visit is None or not sees(turn, visit):
        return turn.stay(turn.say("staff_visit_unknown", ref=reference))
    if command.verb is StaffVerb.UNDO:  # whoever forges it can only put a request before staff once more
        return undo(turn, pending_about(turn, visit.id), visit)
    if cards.needs_code(turn.tx, turn.work.deps, officer(turn), turn.address):
        return turn.stay(turn.say("code_needed", ref=reference))
    card = answer_codes.of_visit(turn.tx, officer(turn).id, visit)
    if card is None and visit.state in UNDECIDED:  # they have seen it in a list only
        card = cards.ensure_card(turn.work, queries.details(turn.tx, visit), officer(turn), turn.address)
    if card is None:
        return turn.stay(what_happened(turn, visit, command))
    return _decide(turn, command, card)


def _decide(turn: Turn, command: StaffCommand, card: Card) -> Step:
    visit = get(turn.tx, card.visit_id)
    details = queries.details(turn.tx, visit)
    values = text_facts.of_visit(details, turn.lang, turn.now) | {"code": card.code}
    if not sees(turn, visit):
        return turn.stay(turn.say("staff_visit_unknown", ref=visit.reference))
    there = decisions.pending(turn.tx, visit)
    if there is not None and (
        there.person_id != officer(turn).id or (there.verb, command.verb) == (Verdict.OK, StaffVerb.OK)
    ):
        if there.person_id != officer(turn).id and card.state is CardState.OPEN:
            answer_codes.set_state(turn.tx, card, CardState.OPEN, answer_codes.COLLEAGUE_NOTIFIED)
        return turn.stay(what_happened(turn, visit, command, code=card.code))
    if not answer_codes.still_decides(card, visit, now=turn.now):
        return dead_code(turn, card, visit, command)
    if own(turn, visit):
        return turn.stay(turn.say("own_request", ref=visit.reference))
    return _look(turn, command, card, details, values) or _try(turn, command, card, visit, values)


def _look(
    turn: Turn, command: StaffCommand, card: Card, details: VisitDetails, values: dict[str, object]
) -> Step | None:
    """What decides nothing: a question about the card, or an answer that is not complete."""
    words = own_words.asked_for(command.note) if command.verb is StaffVerb.NO else None
    if words:
        return own_words.shown(turn, words, command.letter, code=card.code)
    if command.verb is StaffVerb.SEND and own_words.confirmed(turn, card.code) is None:
        return turn.stay(turn.say("words_none", values))
    if command.verb is StaffVerb.NO and command.letter is None:
        return turn.stay(turn.say("reasons_list", values), step=DialogueStep.REASON, answers=Answers(code=card.code))
    if command.verb is StaffVerb.ITEMS or (command.verb is StaffVerb.OK and command.note.strip()):
        return turn.stay(turn.say("ok_alone", values))
    if command.verb is StaffVerb.WHY:
        found = (
            cards.flag_words(turn.tx, details, turn.lang, turn.now),
            cards.note_words(turn.tx, details, turn.lang),
        )
        flags = ", ".join(filter(None, found)) or turn.words("flag.none")
        return turn.stay(turn.say("card_why", values, flags=flags))
    if command.verb not in (StaffVerb.OK, StaffVerb.NO, StaffVerb.TIME, StaffVerb.SEND):
        return turn.stay(Say("card", body=cards.body(turn.work, details, officer(turn), card, turn.lang)))
    return None


def _try(turn: Turn, command: StaffCommand, card: Card, visit: Visit, values: dict[str, object]) -> Step:
    try:
        return _carry_out(turn, command, card, visit, values)
    except Conflict:
        return dead_code(turn, card, get(turn.tx, visit.id), command)
    except Refused as refused:
        return turn.stay(_refused(turn, command, visit, refused, values))


def _carry_out(turn: Turn, command: StaffCommand, card: Card, visit: Visit, values: dict[str, object]) -> Step:
    start = _start(turn, command, visit)
    if command.verb is StaffVerb.TIME and start is None:
        return turn.stay(turn.say("staff_time_unclear", values))
    if command.verb is StaffVerb.SEND and (confirmed := own_words.confirmed(turn, card.code)) is not None:
        will = ProposedDecision(Verdict.NO, confirmed[0], words=confirmed[1])
    else:
        reason = None if command.letter is None else DenialReason(command.letter)
        will = ProposedDecision(Verdict(command.verb), reason, command.note, start=start)
    done = pending_decision.schedule_decision(
        turn.tx, visit, will, revision=card.revision, actor=actor(turn), now=turn.now
    )
    values |= {"open": still_open(turn)} | _taking_back(turn, done, card, visit)
    if command.verb is StaffVerb.OK:
        return turn.stay(_undoable(turn, turn.say("decided_ok", values), done, card))
    if will.verb == Verdict.NO:
        why = turn.words("reason_in_own_words" if will.words else f"reason_staff.{will.letter}")
        return turn.stay(_undoable(turn, turn.say("decided_no", values, reason=why), done, card))
    assert start is not None
    told = values | {"start": turn.local(start), "by": done.deadline and turn.local(done.deadline)}
    return turn.stay(_undoable(turn, turn.say("decided_time", told), done, card))


def _start(turn: Turn, command: StaffCommand, visit: Visit) -> datetime | None:
    """The other time in an officer's answer; without a day it is on the day of the card."""
    if command.verb is not StaffVerb.TIME or command.window is None:
        return None
    wall, card = (turn.local(moment).replace(tzinfo=None) for moment in (turn.now, visit.wanted.start))
    window = read_time(command.note, now=wall, languages=turn.facility.languages, visit=card)
    start = None if window is None else as_span(window, turn)
    return start if isinstance(start, datetime) else None


def _taking_back(turn: Turn, done: ScheduledDecision, card: Card, visit: Visit) -> dict[str, object]:
    """How long, and with which words, a decision can be taken back; nothing when it has taken effect already."""
    if done.decision is None:
        return {"pause": None, "undo": None}
    seconds = round((done.decision.due - turn.now).total_seconds())
    needed = cards.needs_code(turn.tx, turn.work.deps, officer(turn), turn.address)
    undo = undo_words(turn, code=card.code if needed else None, reference=visit.reference)
    return {"pause": seconds, "undo": undo}


def _undoable(turn: Turn, said: Say, done: ScheduledDecision, card: Card) -> Say:
    """With a button that takes it back, where there are buttons."""
    if done.decision is None:
        return said
    return replace(said, buttons=(Button(turn.words("button.undo"), f"{cards.CARD_BUTTON}{card.code}:undo"),))


def _refused(turn: Turn, command: StaffCommand, visit: Visit, refused: Refused, values: dict[str, object]) -> Say:
    """The rules say no to the officer: why, and what can be had instead."""
    why = ", ".join(turn.words(f"why.{code}") for code in refused.codes)
    if CommandRefusal.OFFER_OPEN in refused.codes:  # every other time would fail the same way
        return turn.say("staff_offer_open", values | {"until": _offer_until(turn, visit)})
    start = _start(turn, command, visit)
    if command.verb is StaffVerb.TIME and start is not None:
        open_times = search.nearest_open(turn.tx, pending_decision.wish_for(turn.tx, visit), start, now=turn.now)
        near = [text_facts.label(at, turn.facility, turn.lang) for at in open_times]
        told = values | {"start": turn.local(start)}
        if near:
            return turn.say("time_not_free", told, options=near, why=why)
    return turn.say("staff_refused", values, why=why)


def _offer_until(turn: Turn, visit: Visit) -> datetime | None:
    """Until when the family holds the other time that was offered to them."""
    held = [each.deadline for each in queries.live_of(turn.tx, [visit.visitor_id]) if each.state in OFFERED]
    return turn.local(held[0]) if held and held[0] is not None else None


def _help(turn: Turn, _command: StaffCommand) -> Step:
    return turn.stay(turn.say("staff_help"))


_ALONE: dict[StaffVerb, Callable[[Turn, StaffCommand], Step]] = {
    StaffVerb.LIST: list_answers.list_,
    StaffVerb.TODAY: lookup.today,
    StaffVerb.TOMORROW: lookup.tomorrow,
    StaffVerb.DAY: lookup.that_day,
    StaffVerb.INVITE: lookup.invite,
    StaffVerb.VISIT: lookup.visit,
    StaffVerb.HELP: _help,
    **call_commands.ANSWERS,
}
