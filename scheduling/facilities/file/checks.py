"""Checks across the parts of a facility file: repeats, overlaps, unused units and contradicting times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta

from scheduling.facilities.file.reader import Notes, dotted
from scheduling.facilities.file.rows import FacilityFile
from scheduling.facilities.file.toml_lines import Path
from scheduling.facilities.file.values import DAYS
from scheduling.policy.availability import sessions_between
from scheduling.policy.deadlines import first_staff_answer_possible
from scheduling.policy.facility import Facility, Session
from scheduling.policy.timespan import Span, week_of

_DAY_MINUTES = 24 * 60
_PLAIN_WEEK = date(2026, 1, 12)  # far from any change to or from summer time


def check(file: FacilityFile, notes: Notes) -> None:
    """Note every problem between the parts of the file."""
    _repeats(file, notes)
    _units_known(file, notes)
    _sessions(file.facility, notes)
    _deadlines(file.facility, notes)


def minutes_of(session: Session) -> tuple[int, int]:
    """When the session begins and ends, in minutes of the day."""
    return _minute(session.from_), _minute(session.to) or _DAY_MINUTES


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _repeats(file: FacilityFile, notes: Notes) -> None:
    callers = [("visitors", row) for row in file.visitors] + [("attorneys", row) for row in file.attorneys]
    starts = {"visitors": 0, "attorneys": len(file.visitors)}
    people = [((kind, at - starts[kind], "name"), (row.phone, row.name)) for at, (kind, row) in enumerate(callers)]
    once(notes, people, "has the same name and phone as")
    once(notes, [(("terminals", at, "name"), row.name) for at, row in enumerate(file.terminals)], "is the name of")
    once(
        notes, [(("residents", at, "number"), row.number) for at, row in enumerate(file.residents)], "is the number of"
    )
    phones = [(("staff", at, "phone"), row.phone) for at, row in enumerate(file.staff)]
    once(notes, phones, "is the phone of")
    everyone = phones + [((*path[:2], "phone"), phone) for path, (phone, _) in people]
    for path, phone in everyone:
        if phone and phone == file.facility.phone:
            notes.add(path, "is the facility's own number", "give the person's phone")
    for at, row in enumerate(file.visitors):
        paths = [(("visitors", at, "may_visit", n, "resident"), each.resident) for n, each in enumerate(row.may_visit)]
        once(notes, paths, "is the resident of")


def once(notes: Notes, values: Iterable[tuple[Path, object]], wrong: str) -> None:
    """Note every value that occurred before. Values that could not be read are empty and are skipped."""
    first: dict[object, Path] = {}
    for path, value in values:
        if not value or not notes.sound(path):
            continue
        if value in first:
            where = first[value][:-1]
            line = notes.lines.get(where)
            notes.add(path, f"{wrong} {dotted(where)} (line {line})", "change or remove one of them")
        first.setdefault(value, path)


def _units_known(file: FacilityFile, notes: Notes) -> None:
    with_session, with_terminal = set(file.facility.units), {row.unit for row in file.terminals}
    for at, terminal in enumerate(file.terminals):
        if terminal.unit and terminal.unit not in with_session:
            wrong = f"unit {terminal.unit!r} has a terminal and no session"
            notes.add(("terminals", at, "unit"), wrong, "add [[sessions]] for it or correct the unit")
    for at, session in enumerate(file.facility.sessions):
        if session.unit and session.unit not in with_terminal:
            wrong = f"unit {session.unit!r} has a session and no terminal"
            notes.add(("sessions", at, "unit"), wrong, "add [[terminals]] for it or correct the unit")


def _sessions(facility: Facility, notes: Notes) -> None:
    shortest = min(facility.lengths)
    for at, session in enumerate(facility.sessions):
        path: Path = ("sessions", at)
        begin, end = minutes_of(session)
        if not notes.sound(path):
            continue
        if begin < end < begin + shortest and notes.sound(("visits", "lengths")):
            notes.add((*path, "to"), f"leaves less than the shortest visit ({shortest} min)", "make the session longer")
        for before, other in enumerate(facility.sessions[:at]):
            if notes.sound(("sessions", before)) and (days := _shared_days(session, other)):
                wrong = f"overlaps {dotted(('sessions', before))} on {', '.join(DAYS[day] for day in days)}"
                notes.add((*path, "from"), wrong, "move one of them, or make them one session")


def _shared_days(one: Session, other: Session) -> Sequence[int]:
    (begin, end), (other_begin, other_end) = minutes_of(one), minutes_of(other)
    if (one.unit, one.kind) != (other.unit, other.kind) or begin >= other_end or other_begin >= end:
        return ()
    return sorted(set(one.days) & set(other.days))


def _deadlines(facility: Facility, notes: Notes) -> None:
    earliest, latest = ("visits", "earliest"), ("visits", "latest")
    if not notes.sound(earliest, latest):
        return
    if facility.earliest >= facility.latest:
        notes.add(earliest, "is not shorter than latest, so that no visit could be asked for", "make it shorter")
    needed = (("facility", "timezone"), ("visits",), ("deadlines",), ("staff_hours",), ("sessions",))
    if notes.sound(*needed) and facility.sessions and not any(could_be_settled(facility)):
        wrong = "contradicts staff_answer_within: no visit could ever be asked, decided and paid in time"
        notes.add(latest, wrong, "make it longer, staff_answer_within shorter, or staff_hours wider")


def could_be_settled(facility: Facility) -> list[bool]:
    """For each session, whether staff could answer in time about some visit in it that is requested as early as allowed."""
    noon = datetime.combine(_PLAIN_WEEK, time(12), tzinfo=facility.zone)
    return [_some_start_works(session, facility, week_of(noon, facility.zone)) for session in facility.sessions]


def _some_start_works(session: Session, facility: Facility, week: Span) -> bool:
    grid, shortest = timedelta(minutes=facility.starts_every), timedelta(minutes=min(facility.lengths))
    for span in sessions_between(facility, unit=session.unit, kind=session.kind, window=week):
        start = span.start
        while start + shortest <= span.end:
            if first_staff_answer_possible(start - facility.latest, start, facility):
                return True
            start += grid
    return False
