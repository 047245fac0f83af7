"""An officer reads the open flags and closes them. Whoever is not staff never gets here."""

from dataclasses import replace
from datetime import timedelta

from bot import sms
from bot.texts import say
from bot.understanding.staff import StaffCommand, StaffVerb
from handlers.dialogues.staff.common import disarmed
from handlers.dialogues.turn import Say, Step, Turn
from handlers.staff import flags
from handlers.staff.flags import Flag
from scheduling.people import people
from scheduling.people.people import Person

LINES = 4
SAID = 24
"""How much of what was written a line of the list has space for; one flag alone says all of it."""


def answer(turn: Turn, command: StaffCommand) -> Step:
    """List the open ones, show one, or close one."""
    return disarmed(turn, _answer(turn, command))


def _answer(turn: Turn, command: StaffCommand) -> Step:
    if command.verb is StaffVerb.FLAGS:
        return _list(turn, flags.open_for(turn.tx, _officer(turn)))
    flag = flags.find(turn.tx, turn.facility_id, int(command.number or 0))
    if flag is None or not flags.sees(turn.tx, _officer(turn), flag):
        return turn.stay(turn.say("staff_flag_unknown", number=command.number, flags=_note(turn)))
    if flag.closed_at is not None:
        return _closed_before(turn, flag)
    if command.verb is StaffVerb.FLAG:
        return _list(turn, [flag])
    if not flags.close(turn.tx, flag, _officer(turn), now=turn.now):
        closed = flags.find(turn.tx, turn.facility_id, flag.id)
        return _closed_before(turn, closed or flag)
    return turn.stay(turn.say("staff_flag_closed", number=flag.id, kind=_kind(turn, flag), flags=_note(turn)))


def after_list(turn: Turn, command: StaffCommand, step: Step) -> Step:
    """LIST ends with how many flags are open: in the same text where it fits, else in one of its own."""
    note = _note(turn)
    if command.verb is not StaffVerb.LIST or not note or not step.says:
        return step
    *before, last = step.says
    words = last.body if last.body is not None else say(last.key, turn.lang, **last.facts)
    joined = f"{words}\n{note}"
    if sms.segments(sms.fold(joined)) > 2:
        return replace(step, says=(*step.says, Say("flags_open", body=note)))
    return replace(step, says=(*before, replace(last, body=joined)))


def _officer(turn: Turn) -> Person:
    assert turn.officer is not None
    return turn.officer


def _note(turn: Turn) -> str:
    return flags.open_count_note(turn.tx, _officer(turn), turn.lang)


def _closed_before(turn: Turn, flag: Flag) -> Step:
    """Somebody was first: who, and when."""
    assert flag.closed_at is not None
    assert flag.closed_by is not None
    officer, at = people.get(turn.tx, flag.closed_by).name, turn.local(flag.closed_at)
    return turn.stay(turn.say("staff_flag_closed_before", number=flag.id, officer=officer, at=at, flags=_note(turn)))


def _list(turn: Turn, found: list[Flag]) -> Step:
    """As many as two segments hold."""
    if not found:
        return turn.stay(turn.say("staff_flags_none"))
    said = turn.say("staff_flags_none")
    for many in range(min(LINES, len(found)), 0, -1):
        long = flags.MAX_QUOTE_CHARS if many == 1 else SAID
        lines = [_line(turn, flag, long) for flag in found[:many]]
        said = turn.say("staff_flags", lines=lines, more=len(found) - many, number=found[0].id)
        if sms.segments(sms.fold(turn.words(said.key, **said.facts))) <= 2:
            break
    return turn.stay(said)


def _line(turn: Turn, flag: Flag, long: int) -> str:
    names = [people.get(turn.tx, each).name for each in flag.people]
    has_phone = turn.work.deps.capabilities(flag.address.channel).phone_addresses
    return turn.words(
        "staff_flag_line", number=flag.id, kind=_kind(turn, flag), age=_age(turn.now - flag.at),
        visitor=" / ".join(names[:2]), phone=flag.address.theirs if has_phone else "",
        refs=", ".join(flags.references(turn.tx, flag)[:3]), said=flag.said[:long].strip(),
        times=flag.count if flag.count > 1 else None,
    )  # fmt: skip


def _kind(turn: Turn, flag: Flag) -> str:
    return turn.words(f"flag_kind.{flag.kind}")


def _age(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} d"
