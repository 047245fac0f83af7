"""Reads the lists of a facility file as rows. Wrong rows are retained, so that positions match those in the file."""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import combinations

from scheduling.facilities.file import values as read
from scheduling.facilities.file.reader import Table, Wrong
from scheduling.facilities.file.rows import AttorneyRow, MayVisit, ResidentRow, StaffRow, TerminalRow, VisitorRow
from scheduling.policy.facility import Closure, Facility
from scheduling.policy.timespan import Span, localize
from scheduling.policy.vocabulary import StaffRole


def terminal(table: Table) -> TerminalRow:
    found = TerminalRow(table.need("name", read.line, ""), table.need("unit", read.line, ""))
    table.done()
    return found


def resident(table: Table) -> ResidentRow:
    number, name = table.need("number", read.line, ""), table.need("name", read.line, "")
    found = ResidentRow(number, name, table.need("unit", read.line, ""), _language(table))
    table.done()
    return found


def visitor(table: Table, numbers: Collection[str]) -> VisitorRow:
    name, phone = _who(table)
    if not table.has("may_visit"):
        table.need("may_visit", read.line, "")
    may_visit = tuple(_may_visit(each, numbers) for each in table.tables("may_visit"))
    found = VisitorRow(name, phone, _language(table), may_visit)
    table.done()
    return found


def _may_visit(table: Table, numbers: Collection[str]) -> MayVisit:
    found = MayVisit(table.need("resident", _resident(numbers), ""), table.need("relation", read.relation, ""))
    table.done()
    return found


def attorney(table: Table, numbers: Collection[str]) -> AttorneyRow:
    name, phone = _who(table)
    listed = isinstance(table.values.get("may_visit"), list)
    clients = table.items("may_visit", _resident(numbers)) if listed else table.need("may_visit", _all, None)
    found = AttorneyRow(name, phone, _language(table), clients)
    table.done()
    return found


def _all(value: object) -> None:
    if value != "all":
        raise Wrong(f"{value!r} is neither a list nor all", 'write "all", or resident numbers like ["48213"]')


def staff(table: Table, units: Collection[str]) -> StaffRow:
    name, phone = _who(table)
    role = table.need("role", read.staff_role, StaffRole.APPROVER)
    found = StaffRow(name, phone, _language(table), role, table.items("units", _unit(units)) or None)
    table.done()
    return found


def keep_apart(table: Table, numbers: Collection[str]) -> tuple[tuple[str, str], ...]:
    """Every pair of the named residents."""
    apart = table.items("residents", _resident(numbers))
    table.done()
    if len(apart) < 2 and table.notes.sound(table.path):
        table.notes.add((*table.path, "residents"), "names fewer than two", "name the residents to keep apart")
    return tuple((min(pair), max(pair)) for pair in combinations(apart, 2))


def closure(table: Table, facility: Facility, units: Collection[str]) -> Closure | None:
    """The closure; None when its times are missing or wrong."""
    unit = table.get("unit", _unit(units), None)
    from_, to = table.need("from", read.wall, None), table.need("to", read.wall, None)
    reason = table.get("reason", read.text_in(facility.languages), None)
    table.done()
    if from_ is None or to is None:
        return None
    start, end = localize(from_, facility.zone), localize(to, facility.zone)
    if start >= end:
        table.notes.add((*table.path, "to"), "is not after from", "a closure ends after it begins")
        return None
    return Closure(unit, Span(start, end), reason)


def _resident(numbers: Collection[str]) -> Callable[[object], str]:
    return read.known(numbers, "the number of a resident")


def _unit(units: Collection[str]) -> Callable[[object], str]:
    return read.known(units, "a unit with terminals")


def _who(table: Table) -> tuple[str, str]:
    return table.need("name", read.line, ""), table.need("phone", read.phone, "")


def _language(table: Table) -> str | None:
    return table.get("language", read.one_of(read.LANGUAGES), None)
