"""An officer decides by code, and can take it back for a moment. Whoever is not staff never gets here."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.messages import Button
from bot.understanding.staff import StaffCommand, StaffVerb
from handlers.dialogues.staff import call_commands, duty, list_answers, lookup, own_words
from handlers.dialogues.staff.common import actor, disarmed, letter_asked, officer, own, sees, still_open, undo_words
from handlers.dialogues.turn import Say, Step, Turn, as_span
from handlers.messaging import text_facts
from handlers.staff import answer_codes, cards, decision_outcomes
from handlers.staff.answer_codes import Card, Listing
from scheduling import queries
from scheduling.people import people
from scheduling.policy.denials import DenialReason
from scheduling.policy.errors import Conflict, Refused
from scheduling.policy.visit_state import OFFERED, UNDECIDED
from scheduling.policy.vocabulary import StaffRole, Verdict
from scheduling.queries import VisitDetails
from scheduling.visits import decisions, pending_decision, search
from scheduling.visits.asking import OFFER_OPEN
from scheduling.visits.decisions import Decision
from scheduling.visits.pending_decision import ProposedDecision, ScheduledDecision
from scheduling.visits.visit import Visit, get

WRONG_CODES = 5
_KNOWN = {"ok", "no", "time", "why", "none", "undo", "items", "send"}


def answer(turn: Turn, command: StaffCommand) -> Step:
    """One command of an officer. The letter of a reason and SEND follow at once what asks for them, or not at all."""
    return disarmed(turn, _answer(turn, command))


def _answer(turn: Turn, command: StaffCommand) -> Step:
    if officer(turn).suspended:
        return turn.stay(turn.say("staff_suspended"))
    if (letter := letter_asked(turn)) is not None:
        return _by_code(turn, StaffCommand(verb=StaffVerb.NO, letter=letter), int(turn.conversation.answers["code"]))
    if command.verb in ("on", "off"):
        return duty.duty(turn, command) or not_understood(turn)
    done = _ALONE.get(command.verb)
    if done is not None:
        return done(turn, command)
    if command.verb not in _KNOWN:
        return turn.stay(turn.say("staff_not_yet"))
    if command.code is not None:
        return _by_code(turn, command, command.code)
    if command.reference is not None:
        return _by_reference(turn, command, command.reference)
    if command.verb == "undo":
        return _undo(turn, _last_pending(turn), None)
    return not_understood(turn)


def not_understood(turn: Turn) -> Step:
    """Say how an answer looks, with a code the officer really has; or how to ask for a visit of his own."""
    if turn.meaning.intent in ("book", "availability", "reschedule"):
        return turn.stay(turn.say("staff_own_visit"))
    return turn.stay(
        turn.say("staff_not_understood", code=answer_codes.example_code(turn.tx, officer(turn).id, now=turn.now))
    )


def _by_code(turn: Turn, command: StaffCommand, code: int) -> Step:
    card = answer_codes.by_code(turn.tx, officer(turn).id, code)
    if card is None or card.state == "void":
        return _wrong(turn, code)
    if isinstance(card, Listing):
        return _of_list(turn, command, card)
    if command.verb == "undo":
        return _undo(turn, _pending_about(turn, card.visit_id), get(turn.tx, card.visit_id), code)
    return _decide(turn, command, card)


def _of_list(turn: Turn, command: StaffCommand, listing: Listing) -> Step:
    if command.verb == "undo":
        return _undo_list(turn, listing)
    return list_answers.answered(turn, command, listing)


def _undo_list(turn: Turn, listing: Listing) -> Step:
    """Take back what was answered to a list; what has taken effect is said to have."""
    mine = [each for each in decisions.of_batch(turn.tx, listing.batch) if each.person_id == officer(turn).id]
    pending = [each for each in mine if each.state == "pending"]
    done = sorted({each.visit_id for each in mine if each.state == "done"})
    if pending or len(done) < 2:
        return _undo(turn, pending, get(turn.tx, done[0]) if done else None)
    return turn.stay(turn.say("undo_late_all", count=len(done)))


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
    if command.verb == "undo":  # whoever forges it can only put a request before staff once more
        return _undo(turn, _pending_about(turn, visit.id), visit)
    if cards.needs_code(turn.tx, officer(turn), turn.address):
        return turn.stay(turn.say("code_needed", ref=reference))
    card = answer_codes.of_visit(turn.tx, officer(turn).id, visit)
    if card is None and visit.state in UNDECIDED:  # he has seen it in a list only
        card = cards.ensure_card(turn.work, queries.details(turn.tx, visit), officer(turn), turn.address)
    if card is None:
        return turn.stay(_what_happened(turn, visit, command))
    return _decide(turn, command, card)


def _decide(turn: Turn, command: StaffCommand, card: Card) -> Step:
    visit = get(turn.tx, card.visit_id)
    whole = queries.details(turn.tx, visit)
    values = text_facts.of_visit(whole, turn.lang, turn.now) | {"code": card.code}
    if not sees(turn, visit):
        return turn.stay(turn.say("staff_visit_unknown", ref=visit.reference))
    there = decisions.pending(turn.tx, visit)
    if there is not None and (
        there.person_id != officer(turn).id or (there.verb, command.verb) == (Verdict.OK, StaffVerb.OK)
    ):
        if there.person_id != officer(turn).id and card.state == "open":
            answer_codes.close(turn.tx, card, "open", answer_codes.COLLEAGUE_NOTIFIED)
        return turn.stay(_what_happened(turn, visit, command, code=card.code))
    if not answer_codes.still_decides(card, visit, now=turn.now):
        return _dead(turn, card, visit, command)
    if own(turn, visit):
        return turn.stay(turn.say("own_request", ref=visit.reference))
    return _look(turn, command, card, whole, values) or _try(turn, command, card, visit, values)


def _look(turn: Turn, command: StaffCommand, card: Card, whole: VisitDetails, values: dict[str, Any]) -> Step | None:
    """What decides nothing: a question about the card, or an answer that is not complete."""
    words = own_words.asked_for(command.note) if command.verb == "no" else None
    if words:
        return own_words.shown(turn, words, command.letter, code=card.code)
    if command.verb == "send" and own_words.confirmed(turn, card.code) is None:
        return turn.stay(turn.say("words_none", **values))
    if command.verb == "no" and command.letter is None:
        return turn.stay(turn.say("reasons_list", **values), step="reason", answers={"code": card.code})
    if command.verb == "items" or (command.verb == "ok" and command.note.strip()):
        return turn.stay(turn.say("ok_alone", **values))
    if command.verb == "why":
        flags = ", ".join(cards.flags_of(turn.tx, whole, turn.lang, turn.now)) or turn.words("flag.none")
        return turn.stay(turn.say("card_why", **values, flags=flags))
    if command.verb not in ("ok", "no", "time", "send"):
        return turn.stay(Say("card", body=cards.body(turn.tx, whole, officer(turn), card, turn.lang, turn.now)))
    return None


def _try(turn: Turn, command: StaffCommand, card: Card, visit: Visit, values: dict[str, Any]) -> Step:
    try:
        return _carry_out(turn, command, card, visit, values)
    except Conflict:
        return _dead(turn, card, get(turn.tx, visit.id), command)
    except Refused as refused:
        return turn.stay(_refused(turn, command, visit, refused, values))


def _carry_out(turn: Turn, command: StaffCommand, card: Card, visit: Visit, values: dict[str, Any]) -> Step:
    start = _start(turn, command)
    if command.verb == "time" and start is None:
        return turn.stay(turn.say("staff_time_unclear", **values))
    if command.verb == "send" and (confirmed := own_words.confirmed(turn, card.code)) is not None:
        will = ProposedDecision(Verdict.NO, confirmed[0], words=confirmed[1])
    else:
        reason = None if command.letter is None else DenialReason(command.letter)
        will = ProposedDecision(Verdict(command.verb), reason, command.note, start=start)
    done = pending_decision.schedule_decision(
        turn.tx, visit, will, revision=card.revision, actor=actor(turn), now=turn.now
    )
    values |= {"open": still_open(turn)} | _taking_back(turn, done, card, visit)
    if command.verb == "ok":
        return turn.stay(_undoable(turn, turn.say("decided_ok", **values), done, card))
    if will.verb == Verdict.NO:
        why = turn.words("reason_in_own_words" if will.words else f"reason_staff.{will.letter}")
        return turn.stay(_undoable(turn, turn.say("decided_no", **values, reason=why), done, card))
    assert start is not None
    told = values | {"start": turn.local(start), "by": done.deadline and turn.local(done.deadline)}
    return turn.stay(_undoable(turn, turn.say("decided_time", **told), done, card))


def _start(turn: Turn, command: StaffCommand) -> datetime | None:
    start = None if command.window is None else as_span(command.window, turn)
    return start if isinstance(start, datetime) else None


def _taking_back(turn: Turn, done: ScheduledDecision, card: Card, visit: Visit) -> dict[str, Any]:
    """How long, and with which words, a decision can be taken back; nothing when it has taken effect already."""
    if done.decision is None:
        return {"pause": None, "undo": None}
    seconds = round((done.decision.due - turn.now).total_seconds())
    needed = cards.needs_code(turn.tx, officer(turn), turn.address)
    undo = undo_words(turn, code=card.code if needed else None, reference=visit.reference)
    return {"pause": seconds, "undo": undo}


def _undoable(turn: Turn, said: Say, done: ScheduledDecision, card: Card) -> Say:
    """With a button that takes it back, where there are buttons."""
    if done.decision is None:
        return said
    return replace(said, buttons=(Button(turn.words("button.undo"), f"card:{card.code}:undo"),))


def _refused(turn: Turn, command: StaffCommand, visit: Visit, refused: Refused, values: dict[str, Any]) -> Say:
    """The rules say no to the officer: why, and what can be had instead."""
    why = ", ".join(turn.words(f"why.{code}") for code in refused.codes)
    if OFFER_OPEN in refused.codes:  # every other time would fail the same way
        return turn.say("staff_offer_open", **values | {"until": _offer_until(turn, visit)})
    start = _start(turn, command)
    if command.verb == "time" and start is not None:
        open_times = search.nearest_open(turn.tx, pending_decision.wish_for(turn.tx, visit), start, now=turn.now)
        near = [text_facts.label(at, turn.facility, turn.lang) for at in open_times]
        told = values | {"start": turn.local(start)}
        if near:
            return turn.say("time_not_free", **told, options=near, why=why)
    return turn.say("staff_refused", **values, why=why)


def _offer_until(turn: Turn, visit: Visit) -> datetime | None:
    """Until when the family holds the other time that was offered to them."""
    held = [each.deadline for each in queries.live_of(turn.tx, [visit.visitor_id]) if each.state in OFFERED]
    return turn.local(held[0]) if held and held[0] is not None else None


def _dead(turn: Turn, card: Card, visit: Visit, command: StaffCommand) -> Step:
    """A code that decides nothing any more: what happened, and (still open) the card as it is now."""
    if visit.state not in UNDECIDED or decisions.pending(turn.tx, visit) is not None:
        return turn.stay(_what_happened(turn, visit, command, code=card.code))
    whole = queries.details(turn.tx, visit)
    said = turn.say("code_dead_card", code=card.code, ref=visit.reference, outcome=turn.words("outcome.changed"))
    if card.at <= turn.now - answer_codes.CODE_LIFETIME:
        said = turn.say("code_dead_card", code=card.code, ref=visit.reference, outcome=turn.words("outcome.expired"))
    # The card is queued after the words that announce it.
    return replace(turn.stay(said), after=lambda: _put_up(turn, whole))


def _put_up(turn: Turn, whole: VisitDetails) -> None:
    cards.send_card(turn.work, whole, officer(turn))


def _what_happened(turn: Turn, visit: Visit, command: StaffCommand, *, code: int | None = None) -> Say:
    """Who decided what, also while it has not taken effect yet."""
    there = decisions.pending(turn.tx, visit)
    decided = there or decision_outcomes.decision(turn.tx, visit)
    values: dict[str, Any] = {"ref": visit.reference, "code": code or visit.reference, "open": still_open(turn)}
    if decided is None:
        return turn.say("code_dead", **values, outcome=decision_outcomes.outcome(turn.tx, visit, turn.lang))
    who = people.get(turn.tx, decided.person_id).name if isinstance(decided, Decision) else decided.person
    how = decision_outcomes.decided_as(decided)
    if who == officer(turn).name:
        key = "already_so" if decision_outcomes.decided_as(command.verb) == how else "code_dead"
        words = (
            decision_outcomes.outcome(turn.tx, visit, turn.lang)
            if there is None
            else turn.words(f"outcome.{how}", officer=who)
        )
        return turn.say(key, **values, outcome=words)
    did = turn.words(f"did.{how}")
    return turn.say("colleague_first", **values, officer=who, outcome=did, at=turn.local(decided.at))


def _last_pending(turn: Turn) -> list[Decision]:
    """What this officer decided last, if it can be taken back: all of one answer to a list."""
    mine = decisions.pending_of(turn.tx, officer(turn).id)
    if not mine:
        return []
    last = max(mine, key=lambda each: each.id)
    return [each for each in mine if each == last or (last.batch is not None and each.batch == last.batch)]


def _pending_about(turn: Turn, visit_id: int) -> list[Decision]:
    return [each for each in decisions.pending_of(turn.tx, officer(turn).id) if each.visit_id == visit_id]


def _undo(turn: Turn, found: list[Decision], visit: Visit | None, code: int | None = None) -> Step:
    """Take decisions back that have not taken effect; else say what happened, and whom to call."""
    undone = [each for each in found if pending_decision.undo(turn.tx, each, now=turn.now)]
    for each in undone:
        decision_outcomes.reopen(turn.work, each)
    if len(undone) > 1:
        return turn.stay(turn.say("undone_all", count=len(undone), open=still_open(turn)))
    if undone:
        after = get(turn.tx, undone[0].visit_id)
        if after.state not in UNDECIDED:
            return turn.stay(_what_happened(turn, after, StaffCommand(StaffVerb.UNDO), code=code))
        needed = cards.needs_code(turn.tx, officer(turn), turn.address)
        return turn.stay(turn.say("undone", ref=after.reference, code=code if needed else None))
    if visit is None or visit.state in UNDECIDED:
        return turn.stay(turn.say("undo_nothing"))
    return turn.stay(
        turn.say("undo_late", ref=visit.reference, outcome=decision_outcomes.outcome(turn.tx, visit, turn.lang))
    )


def _help(turn: Turn, _command: StaffCommand) -> Step:
    return turn.stay(turn.say("staff_help"))


_ALONE: dict[str, Callable[[Turn, StaffCommand], Step]] = {
    "list": list_answers.list_,
    "today": lookup.today,
    "tomorrow": lookup.tomorrow,
    "day": lookup.that_day,
    "invite": lookup.invite,
    "visit": lookup.visit,
    "help": _help,
    **call_commands.ANSWERS,
}
