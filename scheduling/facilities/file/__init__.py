"""Reads and checks a facility file (TOML). Reports every problem in it, each with its key and line."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from decimal import Decimal
from importlib.resources import files

from scheduling.facilities.file import people
from scheduling.facilities.file.advice import advise, weekly_capacity
from scheduling.facilities.file.checks import check
from scheduling.facilities.file.reader import Notes, Table
from scheduling.facilities.file.rows import (
    AttorneyRow,
    FacilityError,
    FacilityFile,
    MayVisit,
    Problem,
    ResidentRow,
    StaffRow,
    TerminalRow,
    VisitorRow,
)
from scheduling.facilities.file.settings import read_settings
from scheduling.facilities.file.toml_lines import key_lines

__all__ = [
    "AttorneyRow",
    "FacilityError",
    "FacilityFile",
    "MayVisit",
    "Problem",
    "ResidentRow",
    "StaffRow",
    "TerminalRow",
    "VisitorRow",
    "read_facility",
    "read_sample",
    "weekly_capacity",
]

_PLACE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$")


def read_facility(text: str, source: str) -> FacilityFile:
    """The file's contents, checked. `source` names it in messages. Raises FacilityError with every problem in it."""
    values = _parse(text, source)
    notes = Notes(key_lines(text))
    file = _rows(Table(values, (), notes))
    check(file, notes)
    if notes.problems:
        raise FacilityError(tuple(sorted(notes.problems, key=lambda problem: problem.line or 0)), source)
    advise(file, notes)
    return replace(file, warnings=tuple(notes.warnings))


def read_sample() -> FacilityFile:
    """The sample facility that comes with the project."""
    return read_facility(files("scheduling").joinpath("sample.toml").read_text("utf-8"), "sample.toml")


def _parse(text: str, source: str) -> dict[str, object]:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        found = _PLACE.search(str(error))
        line = int(found[1]) if found and found[1] else None
        wrong = f"is not TOML: {_PLACE.sub('', str(error))}"
        raise FacilityError((Problem(line, "", wrong, "correct the line"),), source) from None


def _rows(root: Table) -> FacilityFile:
    facility = read_settings(root)
    for needed in ("terminals", "sessions"):
        if not root.has(needed):
            root.notes.add((needed,), "is missing", f"add at least one [[{needed}]]")
    terminals = tuple(people.terminal(table) for table in root.tables("terminals"))
    units = {terminal.unit for terminal in terminals}
    residents = tuple(people.resident(table) for table in root.tables("residents"))
    numbers = {resident.number for resident in residents}
    closures = [people.closure(table, facility, units) for table in root.tables("closures")]
    apart = [people.keep_apart(table, numbers) for table in root.tables("keep_apart")]
    file = FacilityFile(
        facility=facility,
        terminals=terminals,
        residents=residents,
        visitors=tuple(people.visitor(table, numbers) for table in root.tables("visitors")),
        attorneys=tuple(people.attorney(table, numbers) for table in root.tables("attorneys")),
        staff=tuple(people.staff(table, units) for table in root.tables("staff")),
        keep_apart=tuple(dict.fromkeys(pair for pairs in apart for pair in pairs)),
        closures=tuple(closure for closure in closures if closure),
    )
    root.done()
    return file
