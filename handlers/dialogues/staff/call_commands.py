"""An officer and the calls: the link to their page, a screen paired to a terminal, a resident's new PIN.

A forged sender gains nothing by these: the answer goes to the officer's real phone, and a pairing is told to others, too.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from bot.understanding.staff import StaffCommand, StaffVerb
from handlers.dialogues.staff.common import officer
from handlers.dialogues.turn import Step, Turn
from handlers.staff import alerts
from scheduling import call_status
from scheduling.calls import devices, kiosks
from scheduling.people import people, staff_links
from scheduling.policy.ids import TerminalId
from scheduling.policy.job_payloads import CallJob, JobKind
from scheduling.policy.visit_state import State
from scheduling.storage import outbox

SHOWN = 8


class _Terminal(NamedTuple):
    id: TerminalId
    name: str
    unit: str


def calls(turn: Turn, _command: StaffCommand) -> Step:
    """How many calls there are now, and the link that opens their page."""
    me, early = officer(turn), turn.facility.join_early
    found = call_status.now_on(turn.tx, turn.facility_id, me.units, now=turn.now, early=early)
    doubts = len([each for each in found if each.state is State.IN_DOUBT])
    until = turn.local(turn.now + staff_links.VALID_FOR)
    link = alerts.calls_link(turn.work, me)
    return turn.stay(turn.say("staff_calls", count=len(found) - doubts, doubts=doubts, link=link, until=until))


def kiosk(turn: Turn, command: StaffCommand) -> Step:
    """The screen that shows this code is that of this terminal from now on."""
    code, mine = command.number, _terminals(turn)
    found = _meant(mine, command.name)
    if len(found) != 1:
        return _which(turn, command, found, mine)
    terminal = found[0]
    if code is None:
        return turn.stay(turn.say("staff_kiosk_how", terminal=terminal.name, terminals=_names(mine)))
    before = kiosks.of_terminal(turn.tx, terminal.id)
    paired = kiosks.pair(turn.tx, turn.facility_id, code, terminal.id, officer(turn).id, now=turn.now)
    values: dict[str, object] = {"terminal": terminal.name, "unit": terminal.unit, "code": code}
    if paired is None:
        return turn.stay(turn.say("staff_kiosk_unknown", values))
    if before is not None:
        _leaves(turn, before)
    told = alerts.notify_supervisors(
        turn.work, turn.facility_id, "staff_kiosk_paired_told", but=officer(turn).id,
        officer=officer(turn).name, **values,
    )  # fmt: skip
    replaced = None if before is None else terminal.name
    told_words = turn.words("staff_kiosk_told") if told else None
    return turn.stay(turn.say("staff_kiosk_paired", values, replaced=replaced, told=told_words))


def _leaves(turn: Turn, screen: kiosks.Kiosk) -> None:
    """It is in no call any more, and whoever is learns so at once."""
    for visit_id in devices.leave_all_of_kiosk(turn.tx, screen.id, now=turn.now):
        outbox.enqueue(
            turn.tx,
            JobKind.RING_CALL,
            CallJob(visit_id),
            now=turn.now,
            priority=outbox.Priority.URGENT,
            correlation=turn.work.correlation,
        )


def unpair(turn: Turn, command: StaffCommand) -> Step:
    """The terminal has no screen any more."""
    mine = _terminals(turn)
    found = _meant(mine, command.name)
    if len(found) != 1:
        return _which(turn, command, found, mine)
    before = kiosks.of_terminal(turn.tx, found[0].id)
    if before is None:
        return turn.stay(turn.say("staff_unpaired_none", terminal=found[0].name))
    kiosks.unpair(turn.tx, found[0].id)
    _leaves(turn, before)
    return turn.stay(turn.say("staff_unpaired", terminal=found[0].name))


def pin(turn: Turn, command: StaffCommand) -> Step:
    """A new PIN for a resident of their units."""
    found = people.find_residents(turn.tx, turn.facility_id, command.name, officer(turn).units)
    if len(found) != 1:
        options = [f"{each.number} {each.name}" for each in found[:SHOWN]]
        return turn.stay(turn.say("staff_pin_unknown", options=options, name=command.name or "-"))
    key = turn.work.deps.settings.secret_key.get_secret_value()
    made = kiosks.set_pin(turn.tx, found[0].id, key)
    return turn.stay(turn.say("staff_pin", name=found[0].name, number=found[0].number, pin=made))


ANSWERS: dict[StaffVerb, Callable[[Turn, StaffCommand], Step]] = {
    StaffVerb.CALLS: calls,
    StaffVerb.KIOSK: kiosk,
    StaffVerb.UNPAIR: unpair,
    StaffVerb.PIN: pin,
}


def _terminals(turn: Turn) -> list[_Terminal]:
    found = call_status.terminals_in(turn.tx, turn.facility_id, officer(turn).units)
    return [_Terminal(*each) for each in found]


def _meant(mine: list[_Terminal], said: str) -> list[_Terminal]:
    """The terminal of this name, however it is written ("b1" for B-1), else those of the unit of this name."""
    for words in (said, re.sub(r"^a\s+", "", said, flags=re.IGNORECASE)):  # "a B-1", in Spanish
        plain = _plain(words)
        named = [each for each in mine if _plain(each.name) == plain]
        found = named or [each for each in mine if _plain(each.unit) == plain]
        if found:
            return found
    return []


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()


def _which(turn: Turn, command: StaffCommand, found: list[_Terminal], mine: list[_Terminal]) -> Step:
    """No terminal of theirs was named, or a unit with several of them: which there are, and what to text."""
    if not mine:
        return turn.stay(turn.say("staff_kiosk_none"))
    options = found or mine
    values: dict[str, object] = {"terminals": _names(options), "terminal": options[0].name}
    values["code"] = command.number or "123456"
    if command.verb is StaffVerb.UNPAIR:
        return turn.stay(turn.say("staff_unpair_which", values))
    if command.name and not found:
        return turn.stay(turn.say("staff_kiosk_terminal_unknown", values, name=command.name[:20]))
    return turn.stay(turn.say("staff_kiosk_which", values))


def _names(found: list[_Terminal]) -> str:
    return ", ".join(each.name for each in found[:SHOWN])
