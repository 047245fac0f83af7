"""What a facility file holds when it is right, and what is said about it when it is not."""

from __future__ import annotations

from dataclasses import dataclass

from scheduling.policy.facility import Closure, Facility


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong, or worth knowing: on which line, of which key, what it is, and what to do.

    Items of a list are counted from 1: `terminals[2].unit`. The line is None only for a text that ends too soon.
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
    """A facility file that cannot be used. `problems` holds all that is wrong with it, in the order of its lines."""

    def __init__(self, problems: tuple[Problem, ...], source: str) -> None:
        self.problems = problems
        self.source = source
        super().__init__("\n".join(f"{source}: {problem}" for problem in problems))


@dataclass(frozen=True, slots=True)
class TerminalRow:
    """A terminal, known by its name."""

    name: str
    unit: str


@dataclass(frozen=True, slots=True)
class ResidentRow:
    """A resident, known by the number."""

    number: str
    name: str
    unit: str
    language: str | None


@dataclass(frozen=True, slots=True)
class MayVisit:
    """Whom a visitor may visit, by resident number, and as what (a key of `scheduling.policy.relations`)."""

    resident: str
    relation: str


@dataclass(frozen=True, slots=True)
class VisitorRow:
    """A visitor, known by phone and name: one phone may serve several."""

    name: str
    phone: str
    language: str | None
    may_visit: tuple[MayVisit, ...]


@dataclass(frozen=True, slots=True)
class AttorneyRow:
    """An attorney, known by phone and name. `may_visit` holds resident numbers; None means all."""

    name: str
    phone: str
    language: str | None
    may_visit: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class StaffRow:
    """Somebody who decides, known by the phone. `role` is "approver" or "supervisor"; units None means all."""

    name: str
    phone: str
    language: str | None
    role: str
    units: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FacilityFile:
    """A whole file: the facility's rules, its rows, and what its supervisor should know though it is allowed."""

    facility: Facility
    terminals: tuple[TerminalRow, ...]
    residents: tuple[ResidentRow, ...]
    visitors: tuple[VisitorRow, ...]
    attorneys: tuple[AttorneyRow, ...]
    staff: tuple[StaffRow, ...]
    keep_apart: tuple[tuple[str, str], ...]
    closures: tuple[Closure, ...]
    warnings: tuple[Problem, ...] = ()
