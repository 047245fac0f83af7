"""The small pattern language of the word files, compiled to regular expressions over one character per token.

at HOUR:h ( : MIN:m )? AMPM:ap?     literal words, CLASSES with names for what they hold, ( a | b ), ? after a part
..  at most two tokens   ...  at most four   ^ $  start and end of the text
~x  not followed by x    <x  preceded by x   <~x  not preceded by x
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

SetOf = Callable[[str], str]
_LEX = re.compile(r"\(|\)[?*+]?|\||<~|<(?=\S)|~(?=\S)|[^\s()|]+")
_NAMED = re.compile(r"^([A-Z][A-Z0-9_]*)(?::([a-z0-9]+))?([?*+]?)$")
GAPS = {"..": ".{0,2}?", "...": ".{0,4}?"}
# Repeats are bounded, so that no text can make a pattern slow.
TIMES = {"": "", "?": "?", "*": "{0,5}", "+": "{1,6}"}
NO_CHARACTER = "\ue000"


Chars = frozenset[str] | None  # None: any character


class Begin(NamedTuple):
    """How a piece of a pattern can begin: the characters it can consist of alone, the pairs of characters it can
    start with, and whether it can be nothing at all."""

    ones: Chars
    pairs: tuple[tuple[Chars, Chars], ...]
    none: bool

    def first(self) -> Chars:
        """The characters it can start with."""
        chars = self.ones
        for one, _two in self.pairs:
            chars = _either(chars, one)
        return chars

    def after(self, one: str) -> Chars:
        """The characters that can come second when `one` comes first."""
        if self.none or self.ones is None or one in self.ones:
            return None
        chars: Chars = EMPTY
        for first, second in self.pairs:
            chars = _either(chars, second) if first is None or one in first else chars
        return chars

    def then(self, after: "Begin") -> "Begin":
        """This piece and another behind it."""
        ones = _either(self.ones if after.none else EMPTY, after.ones if self.none else EMPTY)
        joint = ((self.ones, after.first()),) if self.ones != EMPTY else ()
        return Begin(ones, self.pairs + joint + (after.pairs if self.none else ()), self.none and after.none)

    def beside(self, other: "Begin") -> "Begin":
        """This piece or another."""
        return Begin(_either(self.ones, other.ones), self.pairs + other.pairs, self.none or other.none)

    def repeated(self, times: str) -> "Begin":
        """This piece with ?, * or + behind it."""
        again = ((self.ones, self.first()),) if times in ("*", "+") and self.ones != EMPTY else ()
        return Begin(self.ones, self.pairs + again, self.none or times in ("?", "*"))


def _either(a: Chars, b: Chars) -> Chars:
    return None if a is None or b is None else a | b


def _one_of(chars: str) -> Begin:
    return Begin(frozenset(chars), (), none=False)


EMPTY: frozenset[str] = frozenset()
NOWHERE = Begin(EMPTY, (), none=True)
NEVER = Begin(EMPTY, (), none=False)
ANYHOW = Begin(None, ((None, None),), none=True)


@dataclass(frozen=True)
class Compiled:
    """A regular expression, how it can begin (`starts`: its first characters), and the class of each named part."""

    regex: re.Pattern[str]
    starts: Chars
    begin: Begin
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
        regex, begin, used = self._alternatives(parts, 0, "")
        if used != len(parts):
            raise ValueError(f"unbalanced pattern: {pattern}")
        starts = None if begin.none else begin.first()
        return Compiled(re.compile(regex, re.DOTALL), starts, begin, dict(self.named))

    def _alternatives(self, parts: list[str], i: int, suffix: str) -> tuple[str, Begin, int]:
        branches: list[str] = []
        begin = NEVER
        while True:
            regex, branch, i = self._sequence(parts, i, suffix)
            branches.append(regex)
            begin = begin.beside(branch)
            if i >= len(parts) or parts[i] != "|":
                return "|".join(branches), begin, i
            i += 1

    def _sequence(self, parts: list[str], i: int, suffix: str) -> tuple[str, Begin, int]:
        regex: list[str] = []
        begin = NOWHERE
        while i < len(parts) and parts[i] != "|" and not parts[i].startswith(")"):
            piece, element, i = self._element(parts, i, suffix)
            regex.append(piece)
            begin = begin.then(element)
        return "".join(regex), begin, i

    def _element(self, parts: list[str], i: int, suffix: str) -> tuple[str, Begin, int]:
        part = parts[i]
        if part in ("~", "<~", "<"):
            inner, _begin, after = self._element(parts, i + 1, suffix)
            look = {"~": "(?!", "<~": "(?<!", "<": "(?<="}[part]
            return f"{look}{inner})", NOWHERE, after
        if part in ("^", "$"):
            return ("^" if part == "^" else r"\Z"), NOWHERE, i + 1
        if part in GAPS:
            return GAPS[part], ANYHOW, i + 1
        if part == "(":
            inner, begin, end = self._alternatives(parts, i + 1, suffix)
            if end >= len(parts):
                raise ValueError("a bracket is not closed")
            times = parts[end][1:]
            return f"(?:{inner}){TIMES[times]}", begin.repeated(times), end + 1
        return (*self._word(part, suffix), i + 1)

    def _word(self, part: str, suffix: str) -> tuple[str, Begin]:
        named = _NAMED.match(part)
        if named is None:
            word, times = (part[:-1], part[-1]) if len(part) > 1 and part[-1] in "?*+" else (part, "")
            chars = self.set_of(word)
            return self._set(chars) + times, _one_of(chars).repeated(times)
        name, capture, times = named.group(1), named.group(2), named.group(3)
        if name in self.macros:
            inner, begin, _end = self._alternatives(_LEX.findall(self.macros[name]), 0, suffix + (capture or ""))
            return f"(?:{inner}){times}", begin.repeated(times)
        chars = self.set_of(name)
        regex = self._set(chars)
        if capture:
            regex = self._capture(capture + suffix, name, regex)
        regex = regex + times if not capture or not times else f"(?:{regex}){times}"
        return regex, _one_of(chars).repeated(times)

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
