"""An officer decides by code, looks things up, and invites. Whoever is not staff never gets here."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.understanding.staff import StaffCommand
from handlers import cards, facts
from handlers.cards import Card
from handlers.dialogues.turn import Say, Step, Turn, as_span
from scheduling import people, queries
from scheduling.errors import Conflict, Refused
from scheduling.lifecycle import OFFERED, UNDECIDED
from scheduling.people import Person
from scheduling.queries import Whole
from scheduling.timespan import local_day, localize
from scheduling.visits import deciding, search
from scheduling.visits.asking import OFFER_OPEN
from scheduling.visits.door import Actor
from scheduling.visits.search import Wish
from scheduling.visits.visit import Visit, must

WRONG_CODES = 5
LINES = 5


def answer(turn: Turn, command: StaffCommand) -> Step:
    """One command of an officer."""
    if (letter := _reason(turn)) is not None:
        return _by_code(turn, StaffCommand(verb="no", letter=letter), int(turn.conversation.answers["code"]))
    done = {
        "list": _list, "today": _today, "tomorrow": _tomorrow, "day": _that_day, "invite": _invite, "help": _help,
        "visit": _visit,
    }.get(command.verb)  # fmt: skip
    if done is not None:
        return done(turn, command)
    if command.verb not in _KNOWN:
        return turn.stay(turn.say("staff_not_yet"))
    if command.code is not None:
        return _by_code(turn, command, command.code)
    if command.reference is not None:
        return _by_reference(turn, command, command.reference)
    return not_understood(turn)


_KNOWN = {"ok", "no", "time", "why", "none"}


def not_understood(turn: Turn) -> Step:
    """Say how an answer looks, with a code the officer really has."""
    return turn.stay(turn.say("staff_not_understood", code=cards.any_code(turn.tx, _officer(turn).id, now=turn.now)))


def reason_asked(turn: Turn) -> bool:
    """Whether the text is the letter of a reason that was just asked for."""
    return _reason(turn) is not None


def _reason(turn: Turn) -> str | None:
    """A bare letter, right after the reasons were listed."""
    letter = turn.text.strip().strip(".").lower()
    return letter if turn.conversation.step == "reason" and letter in tuple("abcdef") else None


def pressed(turn: Turn, code: int, verb: str) -> Step:
    """A button under a card; it carries the code."""
    return answer(turn, StaffCommand(verb=verb, code=code))


def _officer(turn: Turn) -> Person:
    assert turn.officer is not None
    return turn.officer


def _actor(turn: Turn) -> Actor:
    return Actor("staff", _officer(turn).id, turn.address.channel, turn.correlation)


def _by_code(turn: Turn, command: StaffCommand, code: int) -> Step:
    card = cards.by_code(turn.tx, _officer(turn).id, code)
    if card is None or card.state == "void":
        return _wrong(turn, code)
    return _decide(turn, command, card)


def _wrong(turn: Turn, code: int) -> Step:
    """Not a code of theirs. Five in an hour, and somebody may be guessing: all codes die, the supervisor hears of it."""
    officer = _officer(turn)
    if people.wrong_code(turn.tx, officer.id, now=turn.now) < WRONG_CODES:
        return turn.stay(turn.say("code_unknown", code=code))
    people.forgive_codes(turn.tx, officer.id)
    cards.void_all(turn.tx, officer.id)
    for other in people.staff(turn.tx, turn.facility_id):
        if other.role == "supervisor" and other.id != officer.id:
            cards.tell(
                turn.tx, turn.deps, other, "codes_voided_supervisor", correlation=turn.correlation, officer=officer.name
            )
    return turn.stay(turn.say("codes_voided"))


def _by_reference(turn: Turn, command: StaffCommand, reference: str) -> Step:
    visit = queries.by_reference(turn.tx, turn.facility_id, reference)
    if visit is None or not _sees(turn, visit):
        return turn.stay(turn.say("staff_visit_unknown", ref=reference))
    if cards.needs_code(turn.tx, _officer(turn), turn.address):
        return turn.stay(turn.say("code_needed", ref=reference))
    card = cards.of_visit(turn.tx, _officer(turn).id, visit)
    if card is None:
        return turn.stay(_what_happened(turn, visit, command))
    return _decide(turn, command, card)


def _sees(turn: Turn, visit: Visit) -> bool:
    """Whether the visit is of a unit this officer answers for."""
    units = _officer(turn).units
    return units is None or people.resident(turn.tx, visit.resident_id).unit in units


def _decide(turn: Turn, command: StaffCommand, card: Card) -> Step:
    visit = must(turn.tx, card.visit_id)
    whole = queries.whole(turn.tx, visit)
    values = facts.of_visit(whole, turn.lang, turn.now) | {"code": card.code}
    if not cards.alive(card, visit, now=turn.now):
        return _dead(turn, card, visit, command)
    if people.same_phone(turn.tx, _officer(turn).id, visit.visitor_id):
        return turn.stay(turn.say("own_request", ref=visit.reference))
    if command.verb == "no" and command.letter is None:
        return turn.stay(turn.say("reasons_list", **values), step="reason", answers={"code": card.code})
    if command.verb == "ok" and command.note.strip():
        return turn.stay(turn.say("ok_alone", **values))
    if command.verb == "why":
        return turn.stay(
            turn.say(
                "card_why",
                **values,
                flags=", ".join(cards.flags_of(turn.tx, whole, turn.lang, turn.now)) or turn.words("flag.none"),
            )
        )
    if command.verb not in ("ok", "no", "time"):
        return turn.stay(Say("card", body=cards.body(turn.tx, whole, _officer(turn), card, turn.lang, turn.now)))
    try:
        return _carry_out(turn, command, card, visit, values)
    except Conflict:
        return _dead(turn, card, must(turn.tx, visit.id), command)
    except Refused as refused:
        return turn.stay(_refused(turn, command, visit, refused, values))


def _flags(turn: Turn, whole: Whole) -> list[str]:
    return cards.flags_of(turn.tx, whole, turn.lang, turn.now)


def _carry_out(turn: Turn, command: StaffCommand, card: Card, visit: Visit, values: dict[str, Any]) -> Step:
    doing: dict[str, Any] = {"revision": card.revision, "actor": _actor(turn), "now": turn.now}
    if command.verb == "ok":
        deciding.approve(turn.tx, visit, **doing)
        return turn.stay(turn.say("decided_ok", **values, open=_open(turn)))
    if command.verb == "no":
        deciding.deny(turn.tx, visit, letter=command.letter or "f", note=command.note, **doing)
        reason = turn.words(f"reason_staff.{command.letter}")
        return turn.stay(turn.say("decided_no", **values, reason=reason, open=_open(turn)))
    start = None if command.window is None else as_span(command.window, turn)
    if not isinstance(start, datetime):
        return turn.stay(turn.say("staff_time_unclear", **values))
    after = deciding.revise(turn.tx, visit, _wish(turn, visit), start, **doing)
    told = values | {"start": turn.local(start), "by": after.deadline and turn.local(after.deadline)}
    return turn.stay(turn.say("decided_time", **told, open=_open(turn)))


def _wish(turn: Turn, visit: Visit) -> Wish:
    visitor = people.get(turn.tx, visit.visitor_id)
    seen = {each.id: each for each in people.may_see(turn.tx, visitor)}
    resident = seen.get(visit.resident_id) or people.resident(turn.tx, visit.resident_id)
    return Wish(visitor, resident, visit.kind, visit.wanted_minutes, moving=visit.id)


def _refused(turn: Turn, command: StaffCommand, visit: Visit, refused: Refused, values: dict[str, Any]) -> Say:
    """The rules say no to the officer: why, and what can be had instead."""
    why = ", ".join(turn.words(f"why.{code}") for code in refused.codes)
    if OFFER_OPEN in refused.codes:  # every other time would fail the same way
        return turn.say("staff_offer_open", **values | {"until": _offer_until(turn, visit)})
    start = None if command.window is None else as_span(command.window, turn)
    if command.verb == "time" and isinstance(start, datetime):
        open_times = search.near(turn.tx, _wish(turn, visit), start, now=turn.now)
        near = [facts.label(at, turn.facility, turn.lang) for at in open_times]
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
    if visit.state not in UNDECIDED:
        return turn.stay(_what_happened(turn, visit, command, code=card.code))
    whole = queries.whole(turn.tx, visit)
    said = turn.say("code_dead_card", code=card.code, ref=visit.reference, outcome=turn.words("outcome.changed"))
    if card.at <= turn.now - cards.GOOD_FOR:
        said = turn.say("code_dead_card", code=card.code, ref=visit.reference, outcome=turn.words("outcome.expired"))
    # The card is queued after the words that announce it.
    return replace(turn.stay(said), after=lambda: _put_up(turn, whole))


def _put_up(turn: Turn, whole: Whole) -> None:
    cards.put_up(turn.tx, turn.deps, whole, _officer(turn))


def _what_happened(turn: Turn, visit: Visit, command: StaffCommand, *, code: int | None = None) -> Say:
    event = cards.decision(turn.tx, visit)
    values: dict[str, Any] = {"ref": visit.reference, "code": code or visit.reference, "open": _open(turn)}
    if event is None:
        return turn.say("code_dead", **values, outcome=cards.outcome(turn.tx, visit, turn.lang))
    same = {"ok": "approved", "no": "denied", "time": "countered"}.get(command.verb) == cards.decided_as(event)
    if event.person == _officer(turn).name:
        key = "already_so" if same else "code_dead"
        return turn.say(key, **values, outcome=cards.outcome(turn.tx, visit, turn.lang))
    did = turn.words(f"did.{cards.decided_as(event)}")
    return turn.say("colleague_first", **values, officer=event.person, outcome=did, at=turn.local(event.at))


def _undecided(turn: Turn) -> list[Visit]:
    return [visit for visit in queries.undecided(turn.tx, turn.facility_id) if _sees(turn, visit)]


def _open(turn: Turn) -> int:
    return len(_undecided(turn))


def _list(turn: Turn, _command: StaffCommand) -> Step:
    """What waits for this officer, each with its code."""
    waiting = [v for v in _undecided(turn) if not people.same_phone(turn.tx, _officer(turn).id, v.visitor_id)]
    if not waiting:
        return turn.stay(turn.say("staff_list_empty"))
    lines, last = [], None
    for visit in waiting[:LINES]:
        whole = queries.whole(turn.tx, visit)
        card = cards.hold(turn.tx, turn.deps, whole, _officer(turn), turn.address)
        needed = cards.needs_code(turn.tx, _officer(turn), turn.address)
        values = facts.of_visit(whole, turn.lang, turn.now) | {"code": card.code if needed else None}
        lines.append(
            turn.words(
                "staff_line", **values, flagged="!" if cards.flags_of(turn.tx, whole, turn.lang, turn.now) else ""
            )
        )
        last = card.code if needed else None
    return turn.stay(turn.say("staff_list", lines=lines, more=max(0, len(waiting) - LINES), code=last))


def _today(turn: Turn, _command: StaffCommand) -> Step:
    return _day(turn, turn.local(turn.now))


def _tomorrow(turn: Turn, _command: StaffCommand) -> Step:
    return _day(turn, turn.local(turn.now) + timedelta(days=1))


def _that_day(turn: Turn, command: StaffCommand) -> Step:
    """The visits of a day of the week, the next of that name."""
    start = None if command.window is None else command.window.start
    return _day(turn, turn.local(turn.now) if start is None else localize(start, turn.facility.zone))


def _day(turn: Turn, moment: datetime) -> Step:
    """The visits of a day in this officer's units."""
    day = local_day(moment.date(), turn.facility.zone)
    board = [visit for visit in queries.board(turn.tx, turn.facility_id, day) if _sees(turn, visit)]
    if not board:
        return turn.stay(turn.say("staff_none_today", date=moment))
    lines = []
    for visit in board[:LINES]:
        values = facts.of_visit(queries.whole(turn.tx, visit), turn.lang, turn.now)
        values["start"] = values["old_start"]
        lines.append(turn.words("staff_day_line", **values, state=turn.words(f"state.{visit.state}")))
    return turn.stay(turn.say("staff_today", date=moment, lines=lines, more=max(0, len(board) - LINES)))


def _visit(turn: Turn, command: StaffCommand) -> Step:
    reference = command.reference or ""
    visit = queries.by_reference(turn.tx, turn.facility_id, reference)
    if visit is None or not _sees(turn, visit):
        return turn.stay(turn.say("staff_visit_unknown", ref=reference or "?"))
    whole = queries.whole(turn.tx, visit)
    values = facts.of_visit(whole, turn.lang, turn.now)
    card = cards.of_visit(turn.tx, _officer(turn).id, visit)
    code = card.code if card is not None and cards.alive(card, visit, now=turn.now) else None
    said = turn.say(
        "staff_visit", **values, state=turn.words(f"state.{visit.state}"), code=code, history=_history(turn, visit)
    )
    return turn.stay(said)


def _history(turn: Turn, visit: Visit) -> str:
    event = cards.decision(turn.tx, visit)
    return "" if event is None else cards.outcome(turn.tx, visit, turn.lang)


def _invite(turn: Turn, command: StaffCommand) -> Step:
    """A one-time code with which somebody of this facility links Telegram."""
    found = [who for who in people.find_named(turn.tx, turn.facility_id, command.name) if _may_invite(turn, who)]
    if len(found) != 1:
        return turn.stay(turn.say("staff_invite_unknown", options=_names(found), name=command.name))
    code = people.invite(turn.tx, found[0].id, now=turn.now)
    until = turn.local(turn.now + people.INVITE_FOR)
    return turn.stay(turn.say("staff_invited", name=found[0].name, code=code, until=until))


def _may_invite(turn: Turn, who: Person) -> bool:
    """Staff are invited by a supervisor, and nobody by himself: the code would make any Telegram account that person's."""
    return who.kind != "staff" or (_officer(turn).role == "supervisor" and who.id != _officer(turn).id)


def _names(found: Sequence[Person]) -> list[str]:
    return [f"{person.name} ({person.kind})" for person in found]


def _help(turn: Turn, _command: StaffCommand) -> Step:
    return turn.stay(turn.say("staff_help"))
