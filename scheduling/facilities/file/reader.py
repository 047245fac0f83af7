"""Reads one table of a facility file key by key. Notes each problem with its line and continues."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import TypeVar, cast

from scheduling.facilities.file.rows import Problem
from scheduling.facilities.file.toml_lines import Path

T = TypeVar("T")

_UNREAD = object()


class Wrong(Exception):
    """A value cannot be read. Says what is wrong with it and how to correct it."""

    def __init__(self, wrong: str, do: str) -> None:
        self.wrong = wrong
        self.do = do
        super().__init__(f"{wrong}; {do}")


class Notes:
    """The problems and warnings found while reading one file."""

    def __init__(self, lines: Mapping[Path, int]) -> None:
        self.lines = lines
        self.bad: set[Path] = set()
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []

    def add(self, path: Path, wrong: str, do: str) -> None:
        """Note a problem, so that the file is refused."""
        self.bad.add(path)
        self.problems.append(self._problem(path, wrong, do))

    def warn(self, path: Path, wrong: str, do: str) -> None:
        """Note a warning about something that is allowed."""
        self.warnings.append(self._problem(path, wrong, do))

    def sound(self, *paths: Path) -> bool:
        """Whether nothing was wrong at or below any of these paths, so that other values can be checked against them."""
        return not any(bad[: len(path)] == path for bad in self.bad for path in paths)

    def _problem(self, path: Path, wrong: str, do: str) -> Problem:
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        return Problem(self.lines.get(known, 1), dotted(path), wrong, do)


def dotted(path: Path) -> str:
    """A path as people write it, with positions counted from 1."""
    return "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


class Table:
    """One table of the file. Each getter notes a wrong value and returns the fallback instead."""

    def __init__(self, values: object, path: Path, notes: Notes) -> None:
        self.path = path
        self.notes = notes
        self.known: list[str] = []
        self.values: dict[str, object] = values if isinstance(values, dict) else {}
        if not isinstance(values, dict):
            notes.add(path, "is not a table", f"write it as [{dotted(path)}] with keys below it")

    def has(self, key: str) -> bool:
        return key in self.values

    def need(self, key: str, read: Callable[[object], T], fallback: T) -> T:
        """The value of a required key."""
        if key not in self.values:
            self.known.append(key)
            self.notes.add((*self.path, key), "is missing", "add it")
            return fallback
        return self.get(key, read, fallback)

    def get(self, key: str, read: Callable[[object], T], fallback: T) -> T:
        """The value of an optional key."""
        self.known.append(key)
        if key not in self.values:
            return fallback
        found = self._read((*self.path, key), self.values[key], read)
        return fallback if found is _UNREAD else cast(T, found)

    def items(self, key: str, read: Callable[[object], T], fallback: tuple[T, ...] = ()) -> tuple[T, ...]:
        """The items of a list. Notes each repeated item and each item that cannot be read, and leaves it out."""
        self.known.append(key)
        if key not in self.values:
            return fallback
        path, values = (*self.path, key), self.values[key]
        if not isinstance(values, list) or not values:
            self.notes.add(path, "is not a list of at least one item", "write it in square brackets")
            return fallback
        found: list[T] = []
        for position, value in enumerate(values):
            item = self._read((*path, position), value, read)
            if item in found:
                self.notes.add((*path, position), f"repeats {value!r}", "name it once")
            elif item is not _UNREAD:
                found.append(cast(T, item))
        return tuple(found) or fallback

    def table(self, key: str) -> Table:
        """The table under a key; empty when the key is missing."""
        self.known.append(key)
        return Table(self.values.get(key, {}), (*self.path, key), self.notes)

    def tables(self, key: str) -> list[Table]:
        """The tables of an array of tables."""
        self.known.append(key)
        values = self.values.get(key, [])
        if not isinstance(values, list):
            self.notes.add(
                (*self.path, key),
                "is not a list of tables",
                "write it as a list: one [[header]] for each, or [{ ... }]",
            )
            return []
        return [Table(value, (*self.path, key, position), self.notes) for position, value in enumerate(values)]

    def done(self) -> None:
        """Note every key that was not read as unknown."""
        for key in self.values:
            if key not in self.known:
                near = get_close_matches(key, self.known, 1)
                do = f"did you mean {near[0]!r}?" if near else f"remove it; known here: {', '.join(self.known)}"
                self.notes.add((*self.path, key), "is not a key of a facility file", do)

    def _read(self, path: Path, value: object, read: Callable[[object], T]) -> object:
        try:
            return read(value)
        except Wrong as found:
            self.notes.add(path, found.wrong, found.do)
            return _UNREAD
