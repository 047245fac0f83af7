"""The small pattern language of the word files, compiled to regular expressions over one character per token.

at HOUR:h ( : MIN:m )? AMPM:ap?     literal words, CLASSES with names for what they hold, ( a | b ), ? after a part
..  at most two tokens   ...  at most four   ^ $  start and end of the text
~x  not followed by x    <x  preceded by x   <~x  not preceded by x
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

SetOf = Callable[[str], str]
_LEX = re.compile(r"\(|\)[?*+]?|\||<~|<(?=\S)|~(?=\S)|[^\s()|]+")
_NAMED = re.compile(r"^([A-Z][A-Z0-9_]*)(?::([a-z0-9]+))?([?*+]?)$")
GAPS = {"..": ".{0,2}?", "...": ".{0,4}?"}
# Repeats are bounded, so that no text can make a pattern slow.
TIMES = {"": "", "?": "?", "*": "{0,5}", "+": "{1,6}"}
NO_CHARACTER = "\ue000"


@dataclass(frozen=True)
class Compiled:
    """A regular expression, the characters it can start with (None = any), and the class of each named part."""

    regex: re.Pattern[str]
    starts: frozenset[str] | None
    named: Mapping[str, str]


class Compiler:
    """Compiles patterns of one language. `set_of` gives the characters of a class or word; macros expand by name."""

    def __init__(self, set_of: SetOf, macros: Mapping[str, str]) -> None:
        self.set_of = set_of
        self.macros = macros
        self.named: dict[str, str] = {}

    def compile(self, pattern: str) -> Compiled:
        """One pattern, compiled. Raises ValueError for a pattern that cannot be read."""
        self.named = {}
        parts = _LEX.findall(pattern)
        regex, starts, used = self._alternatives(parts, 0, "")
        if used != len(parts):
            raise ValueError(f"unbalanced pattern: {pattern}")
        return Compiled(re.compile(regex, re.DOTALL), starts, dict(self.named))

    def _alternatives(self, parts: list[str], i: int, suffix: str) -> tuple[str, frozenset[str] | None, int]:
        branches: list[str] = []
        starts: frozenset[str] | None = frozenset()
        while True:
            regex, first, i = self._sequence(parts, i, suffix)
            branches.append(regex)
            starts = None if starts is None or first is None else starts | first
            if i >= len(parts) or parts[i] != "|":
                return "|".join(branches), starts, i
            i += 1

    def _sequence(self, parts: list[str], i: int, suffix: str) -> tuple[str, frozenset[str] | None, int]:
        regex: list[str] = []
        starts: frozenset[str] | None = frozenset()
        open_start = True
        while i < len(parts) and parts[i] != "|" and not parts[i].startswith(")"):
            piece, first, optional, i = self._element(parts, i, suffix)
            regex.append(piece)
            if open_start and optional != "zero":
                starts = None if starts is None or first is None else starts | first
                open_start = optional == "maybe"
        return "".join(regex), None if open_start else starts, i

    def _element(self, parts: list[str], i: int, suffix: str) -> tuple[str, frozenset[str] | None, str, int]:
        part = parts[i]
        if part in ("~", "<~", "<"):
            inner, _first, _optional, after = self._element(parts, i + 1, suffix)
            look = {"~": "(?!", "<~": "(?<!", "<": "(?<="}[part]
            return f"{look}{inner})", frozenset(), "zero", after
        if part in ("^", "$"):
            return ("^" if part == "^" else r"\Z"), frozenset(), "zero", i + 1
        if part in GAPS:
            return GAPS[part], None, "maybe", i + 1
        if part == "(":
            inner, first, end = self._alternatives(parts, i + 1, suffix)
            if end >= len(parts):
                raise ValueError("a bracket is not closed")
            times = parts[end][1:]
            return f"(?:{inner}){TIMES[times]}", first, "maybe" if times in ("?", "*") else "no", end + 1
        return (*self._word(part, suffix), i + 1)

    def _word(self, part: str, suffix: str) -> tuple[str, frozenset[str] | None, str]:
        named = _NAMED.match(part)
        if named is None:
            word, times = (part[:-1], part[-1]) if len(part) > 1 and part[-1] in "?*+" else (part, "")
            chars = self.set_of(word)
            return self._set(chars) + times, frozenset(chars), "maybe" if times in ("?", "*") else "no"
        name, capture, times = named.group(1), named.group(2), named.group(3)
        if name in self.macros:
            inner, first, _end = self._alternatives(_LEX.findall(self.macros[name]), 0, suffix + (capture or ""))
            return f"(?:{inner}){times}", first, "maybe" if times in ("?", "*") else "no"
        chars = self.set_of(name)
        regex = self._set(chars)
        if capture:
            regex = self._capture(capture + suffix, name, regex)
        return (
            regex + times if not capture or not times else f"(?:{regex}){times}",
            frozenset(chars),
            ("maybe" if times in ("?", "*") else "no"),
        )

    def _capture(self, name: str, of: str, regex: str) -> str:
        """Groups of one name may stand in several branches: each gets a number of its own."""
        key, n = name, 0
        while f"{key}__{n}" in self.named:
            n += 1
        self.named[f"{key}__{n}"] = of
        return f"(?P<{key}__{n}>{regex})"

    @staticmethod
    def _set(chars: str) -> str:
        return "[" + re.escape(chars or NO_CHARACTER) + "]" if len(chars) != 1 else re.escape(chars)
