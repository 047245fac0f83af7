"""The rows of a facility file, and its problems."""

from __future__ import annotations

from dataclasses import dataclass

from scheduling.policy.facility import Closure, Facility


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem or a warning: its line and key, what is wrong, and how to correct it.

    Items of a list are counted from 1: `terminals[2].unit`. The line is None only when the text ends too soon.
    """

    line: int | None
    key: str
    wrong: str
    do: str

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        key = f"{self.key}: " if self.key else ""
        return f"{place}{key}{self.wrong}; {self.do}"


class FacilityError(ValueError):
    """A facility file cannot be used. `problems` has every problem in it, in the order of its lines."""

    def __init__(self, problems: tuple[Problem, ...], source: str) -> None:
        self.problems = problems
        self.source = source
        super().__init__("\n".join(f"{source}: {problem}" for problem in problems))


@dataclass(frozen=True, slots=True)
class TerminalRow:
    """A terminal, identified by its name."""

    name: str
    unit: str


@dataclass(frozen=True, slots=True)
class ResidentRow:
    """A resident, identified by their number."""

    number: str
    name: str
    unit: str
    language: str | None


@dataclass(frozen=True, slots=True)
class MayVisit:
    """A resident whom a visitor may visit, by number, and their relation (a key of `scheduling.policy.relations`)."""

    resident: str
    relation: str


@dataclass(frozen=True, slots=True)
class VisitorRow:
    """A visitor, identified by phone and name: several people may share a phone."""

    name: str
    phone: str
    language: str | None
    may_visit: tuple[MayVisit, ...]


@dataclass(frozen=True, slots=True)
class AttorneyRow:
    """An attorney, identified by phone and name. `may_visit` has resident numbers; None means all residents."""

    name: str
    phone: str
    language: str | None
    may_visit: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class StaffRow:
    """An officer who decides, identified by phone. `role` is a StaffRole; `units` None means all units."""

    name: str
    phone: str
    language: str | None
    role: str
    units: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FacilityFile:
    """A whole file: the settings of the facility, its rows, and warnings for its supervisor."""

    facility: Facility
    terminals: tuple[TerminalRow, ...]
    residents: tuple[ResidentRow, ...]
    visitors: tuple[VisitorRow, ...]
    attorneys: tuple[AttorneyRow, ...]
    staff: tuple[StaffRow, ...]
    keep_apart: tuple[tuple[str, str], ...]
    closures: tuple[Closure, ...]
    warnings: tuple[Problem, ...] = ()
