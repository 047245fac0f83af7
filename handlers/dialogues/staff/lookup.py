"""What an officer looks up: a day, one visit; and the invitation of a person to Telegram."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.understanding.staff import StaffCommand
from handlers.dialogues.staff.common import officer, sees
from handlers.dialogues.turn import Step, Turn
from handlers.messaging import text_facts
from handlers.staff import answer_codes, cards, decision_outcomes
from scheduling import queries
from scheduling.people import people, person_addresses
from scheduling.people.people import Person
from scheduling.policy.timespan import local_day, localize
from scheduling.policy.vocabulary import PersonKind, StaffRole
from scheduling.visits.visit import Visit

LINES = 5


def today(turn: Turn, _command: StaffCommand) -> Step:
    """The visits of today."""
    return _day(turn, turn.local(turn.now))


def tomorrow(turn: Turn, _command: StaffCommand) -> Step:
    """The visits of tomorrow."""
    return _day(turn, turn.local(turn.now) + timedelta(days=1))


def that_day(turn: Turn, command: StaffCommand) -> Step:
    """The visits of a day of the week, the next of that name."""
    start = None if command.window is None else command.window.start
    return _day(turn, turn.local(turn.now) if start is None else localize(start, turn.facility.zone))


def _day(turn: Turn, moment: datetime) -> Step:
    """The visits of a day in this officer's units."""
    day = local_day(moment.date(), turn.facility.zone)
    board = [visit for visit in queries.board(turn.tx, turn.facility_id, day) if sees(turn, visit)]
    if not board:
        return turn.stay(turn.say("staff_none_today", date=moment))
    lines = []
    for visit in board[:LINES]:
        values = text_facts.of_visit(queries.details(turn.tx, visit), turn.lang, turn.now)
        values["start"] = values["old_start"]
        lines.append(turn.words("staff_day_line", **values, state=turn.words(f"state.{visit.state}")))
    return turn.stay(turn.say("staff_today", date=moment, lines=lines, more=max(0, len(board) - LINES)))


def visit(turn: Turn, command: StaffCommand) -> Step:
    """All that is known of one visit."""
    reference = command.reference or ""
    found = queries.by_reference(turn.tx, turn.facility_id, reference)
    if found is None or not sees(turn, found):
        return turn.stay(turn.say("staff_visit_unknown", ref=reference or "?"))
    details = queries.details(turn.tx, found)
    values = text_facts.of_visit(details, turn.lang, turn.now)
    card = answer_codes.of_visit(turn.tx, officer(turn).id, found)
    code = card.code if card is not None and answer_codes.still_decides(card, found, now=turn.now) else None
    more: dict[str, object] = {
        "state": turn.words(f"state.{found.state}"),
        "code": code,
        "history": _history(turn, found),
    }
    more["texts_off"] = turn.words("flag.texts_off") if cards.texts_off(turn.tx, found) else ""
    return turn.stay(turn.say("staff_visit", values | more))


def _history(turn: Turn, visit: Visit) -> str:
    event = decision_outcomes.decision(turn.tx, visit)
    return "" if event is None else decision_outcomes.outcome(turn.tx, visit, turn.lang)


def invite(turn: Turn, command: StaffCommand) -> Step:
    """A one-time code with which somebody of this facility links Telegram."""
    found = [who for who in people.find_named(turn.tx, turn.facility_id, command.name) if _may_invite(turn, who)]
    if len(found) != 1:
        return turn.stay(turn.say("staff_invite_unknown", options=_names(found), name=command.name))
    code = person_addresses.invite(turn.tx, found[0].id, now=turn.now)
    until = turn.local(turn.now + person_addresses.INVITE_VALID_FOR)
    return turn.stay(turn.say("staff_invited", name=found[0].name, code=code, until=until))


def _may_invite(turn: Turn, who: Person) -> bool:
    """Staff are invited by a supervisor, and nobody by themselves: the code would make any Telegram account that person's."""
    return who.kind != PersonKind.STAFF or (officer(turn).role == StaffRole.SUPERVISOR and who.id != officer(turn).id)


def _names(found: Sequence[Person]) -> list[str]:
    return [f"{person.name} ({person.kind})" for person in found]
