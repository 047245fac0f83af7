"""The lines found for keys agree with the TOML parser on every form of TOML."""

import tomllib
from typing import Any

import pytest

from scheduling.facilities.file.toml_lines import Path, key_lines

EVERYTHING = '''# a comment with [brackets] and = signs
top = 1

[facility]   # after a header
"quoted key" = "a # in a string"
name = """
[not.a.table]
fake = "key" """
literal = \'\'\'
also = 'not a key'
\'\'\'
empty = ""
path.to.value = 'C:\\'
"esc\\u0061pe" = 2

[visits]
lengths = [
  30, # the first
  20,
]
nested = [ [1, 2],
           [ 3 ] ]
when = 2026-12-25T00:00:00
at = 07:00:00

[[people]]
name = "one"
may = [{ who = "1", as = "a ] , }" },
       { who = "2" }, {}]

[[people]]
name = "two"
[people.extra]
deep = true
[[people.more]]
x = 1
[[people.more]]
x = 2
[ spaced . table ]
key=-1.5e3
'''


def paths(value: Any, path: Path = ()) -> set[Path]:
    """Every path that the TOML parser finds."""
    if isinstance(value, dict):
        inner = [paths(each, (*path, key)) for key, each in value.items()]
    elif isinstance(value, list):
        inner = [paths(each, (*path, position)) for position, each in enumerate(value)]
    else:
        inner = []
    return {path}.union(*inner) - {()}


def test_every_key_the_parser_sees_has_a_line_and_no_other() -> None:
    # Tables that only contain other tables have no header.
    on_the_way: set[Path] = {("spaced",)}
    assert set(key_lines(EVERYTHING)) == paths(tomllib.loads(EVERYTHING)) - on_the_way


@pytest.mark.parametrize(
    ("path", "starts"),
    [
        (("top",), "top ="),
        (("facility",), "[facility]"),
        (("facility", "quoted key"), '"quoted key"'),
        (("facility", "empty"), "empty"),
        (("facility", "path", "to"), "path.to"),
        (("facility", "escape"), '"esc'),
        (("visits", "lengths", 1), "  20,"),
        (("visits", "nested", 1, 0), "           [ 3"),
        (("people",), "[[people]]"),
        (("people", 0, "may", 1, "who"), '       { who = "2"'),
        (("people", 1, "name"), 'name = "two"'),
        (("people", 1, "more", 1, "x"), "x = 2"),
        (("spaced", "table", "key"), "key=-1"),
    ],
)
def test_the_line_is_the_right_one(path: Path, starts: str) -> None:
    line = EVERYTHING.splitlines()[key_lines(EVERYTHING)[path] - 1]
    assert line.startswith(starts)


def test_windows_line_ends_count_once() -> None:
    lines = key_lines(EVERYTHING.replace("\n", "\r\n"))
    assert lines == key_lines(EVERYTHING)
