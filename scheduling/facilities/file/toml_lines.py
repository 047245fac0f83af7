"""Finds the line of each key in a TOML text: messages about a facility file name it, and TOML parsers do not."""

from __future__ import annotations

import re

Path = tuple[str | int, ...]
"""The path to a value: names of tables and keys, and positions in arrays counted from 0."""

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}' + r"|'''.*?'{3,5}" + r'|"(?:\\.|[^"\\\n])*"' + r"|'[^'\n]*'",
    re.DOTALL,
)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\n]*")
_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}


def key_lines(text: str) -> dict[Path, int]:
    """The line, counted from 1, of every table, key and array item. Expects a text that a TOML parser has accepted."""
    return _Scan(text).document()


class _Scan:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self.tables: dict[Path, int] = {}  # the number of tables so far in each array of tables

    def document(self) -> dict[Path, int]:
        table: Path = ()
        self.blank()
        while self.at < len(self.text):
            if self.text.startswith("[", self.at):
                table = self.header()
            else:
                self.pair(table)
            self.blank()
        return self.lines

    def blank(self) -> None:
        """Skip white space, line ends and comments."""
        found = _BLANK.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def mark(self, path: Path) -> None:
        self.lines.setdefault(path, self.text.count("\n", 0, self.at) + 1)

    def header(self) -> Path:
        """Read a `[table]`, or the next one of `[[an array of tables]]`."""
        brackets = 2 if self.text.startswith("[[", self.at) else 1
        start = self.at
        self.at += brackets
        names = self.key()
        self.at, after = start, self.at + brackets
        path: Path = ()
        for name in names[:-1]:
            path = self.inside((*path, name))
        path = (*path, names[-1])
        if brackets == 2:
            self.mark(path)
            self.tables[path] = self.tables.get(path, 0) + 1
        path = self.inside(path)
        self.mark(path)
        self.at = after
        return path

    def inside(self, path: Path) -> Path:
        """The table that a name means: of an array of tables, the latest one."""
        return (*path, self.tables[path] - 1) if path in self.tables else path

    def pair(self, table: Path) -> None:
        """Read `key = value`. Every part of a dotted key gets the line."""
        start = self.at
        names = self.key()
        self.at, after = start, self.at
        for count in range(1, len(names) + 1):
            self.mark((*table, *names[:count]))
        self.at = after + 1
        self.value((*table, *names))

    def key(self) -> list[str]:
        """Read a dotted key with the blanks on both sides of it."""
        names: list[str] = []
        while True:
            self.blank()
            names.append(self.name())
            self.blank()
            if not self.text.startswith(".", self.at):
                return names
            self.at += 1

    def name(self) -> str:
        quoted = self.text[self.at] in "\"'"
        found = (_STRING if quoted else _BARE_KEY).match(self.text, self.at)
        if found is None:
            raise ValueError(f"no key at {self.at}")
        self.at = found.end()
        return _unquoted(found[0]) if quoted else found[0]

    def value(self, path: Path) -> None:
        self.blank()
        opening = self.text[self.at]
        if opening == "[":
            self.items(path)
        elif opening == "{":
            self.inline_table(path)
        else:
            found = (_STRING if opening in "\"'" else _SCALAR).match(self.text, self.at)
            self.at = found.end() if found else self.at + 1
        self.blank()

    def items(self, path: Path) -> None:
        position = 0
        while self.more("]"):
            self.mark((*path, position))
            self.value((*path, position))
            position += 1

    def inline_table(self, path: Path) -> None:
        while self.more("}"):
            self.pair(path)

    def more(self, closing: str) -> bool:
        """Skip the opening bracket or a comma. False, and the closing bracket skipped, when no item follows."""
        if not self.text.startswith(closing, self.at):
            self.at += 1
            self.blank()
        if self.text.startswith(closing, self.at):
            self.at += 1
            return False
        return True


def _unquoted(name: str) -> str:
    if name.startswith("'"):
        return name[1:-1]

    def plain(found: re.Match[str]) -> str:
        code = found[1]
        return chr(int(code[1:], 16)) if code[0] in "uU" else _ESCAPES.get(code, code)

    return re.sub(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", plain, name[1:-1])
