"""On duty and off: whose phone the cards go to, and who gets them instead."""

from collections.abc import Sequence
from dataclasses import replace

from bot.understanding.staff import StaffCommand, StaffVerb
from handlers.dialogues.staff.common import officer, still_open
from handlers.dialogues.turn import Step, Turn
from handlers.staff import answer_codes, briefing, decision_outcomes
from scheduling.people import people
from scheduling.people.people import Person
from scheduling.policy.vocabulary import StaffRole
from scheduling.visits import pending_decision


def duty(turn: Turn, command: StaffCommand) -> Step | None:
    """ON and OFF, with a unit of their own; a supervisor's OFF with a colleague's name. None when that is nobody."""
    if command.name:
        return _colleague(turn, command)
    me = officer(turn)
    mine = me.units or turn.facility.units
    units = None if command.unit in (None, "all") else (command.unit or "",)
    if units is not None and units[0] not in mine:
        return turn.stay(turn.say("duty_unit_not_his", unit=units[0], units=", ".join(mine)))
    if command.verb is StaffVerb.ON:
        people.set_duty(turn.tx, me.id, on=True, units=units)
        return _told(turn, "duty_on", units or mine)
    rest = () if units is None else tuple(unit for unit in _now(me, mine) if unit not in units)
    people.set_duty(turn.tx, me.id, on=bool(rest), units=rest or None)
    return _told(turn, "duty_off", units or mine)


def _now(me: Person, mine: Sequence[str]) -> list[str]:
    """The units an officer is on duty for."""
    return [unit for unit in mine if me.on_duty and people.on_duty_for(me, unit)]


def _told(turn: Turn, key: str, units: Sequence[str]) -> Step:
    """Said, and every request that lost its reader is put before who is on duty now."""
    values: dict[str, object] = {"units": ", ".join(units), "open": still_open(turn)}
    if key == "duty_off":
        values["officers"] = ", ".join(_others(turn, units))
    return _then_brief(turn, turn.stay(turn.say(key, values)))


def _others(turn: Turn, units: Sequence[str]) -> list[str]:
    """Who gets the cards of these units now; of a unit with nobody else, still they themselves."""
    me = officer(turn)
    found: dict[int, str] = {}
    for unit in units:
        deciders = people.deciders(turn.tx, turn.facility_id, unit)
        others = [who for who in deciders if who.id != me.id]
        found |= {who.id: who.name for who in others}
        if deciders and not others:
            found[me.id] = turn.words("duty_you")
    return list(found.values())[:3]


def _then_brief(turn: Turn, step: Step) -> Step:
    return replace(step, after=lambda: _brief(turn))


def _brief(turn: Turn) -> None:
    everyone = [who for who in people.staff(turn.tx, turn.facility_id) if not who.suspended]
    briefing.brief_all(turn.work, everyone)


def _colleague(turn: Turn, command: StaffCommand) -> Step | None:
    """A supervisor takes a lost phone off the staff list, or puts it back."""
    found = _named(people.staff(turn.tx, turn.facility_id), command.name)
    if not found:
        return None
    if officer(turn).role != StaffRole.SUPERVISOR:
        return turn.stay(turn.say("duty_supervisor_only"))
    if len(found) > 1 or found[0].id == officer(turn).id:
        return turn.stay(turn.say("duty_which", verb=command.verb.upper(), options=[who.name for who in found]))
    off = command.verb is StaffVerb.OFF
    people.suspend(turn.tx, found[0].id, suspended=off)
    if off:
        answer_codes.void_codes(turn.tx, found[0].id)
        for each in pending_decision.undo_all(turn.tx, found[0].id, now=turn.now):
            decision_outcomes.reopen(turn.work, each)
    return _then_brief(turn, turn.stay(turn.say("suspended" if off else "restored", officer=found[0].name)))


def _named(staff: Sequence[Person], name: str) -> list[Person]:
    """Colleagues whose whole name this is, else those with that word in it."""
    wanted = name.casefold().split()
    whole = [who for who in staff if who.name.casefold().split() == wanted]
    return whole or [who for who in staff if set(wanted) <= set(who.name.casefold().replace(".", "").split())]
