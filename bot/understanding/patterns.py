"""Pattern compiler: the pattern language of the word files, as regular expressions over one character per token.

at HOUR:h ( : MIN:m )? AMPM:ap?     literal words, CLASSES and their capture names, ( a | b ), ? after what is optional
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
# Repeats are bounded so that no text makes a pattern slow.
REPEATS = {"": "", "?": "?", "*": "{0,5}", "+": "{1,6}"}
NO_CHARACTER = "\ue000"


Chars = frozenset[str] | None  # None: any character


class FirstSet(NamedTuple):
    """How a piece of a pattern can begin, up to two characters.

    `ones` are the characters that can be the whole piece, `pairs` the first two characters of longer matches, and
    `nullable` says that the piece can match nothing.
    """

    ones: Chars
    pairs: tuple[tuple[Chars, Chars], ...]
    nullable: bool

    def first(self) -> Chars:
        """The characters it can start with."""
        chars = self.ones
        for one, _two in self.pairs:
            chars = _either(chars, one)
        return chars

    def after(self, one: str) -> Chars:
        """The characters that can come second when `one` comes first."""
        if self.nullable or self.ones is None or one in self.ones:
            return None
        chars: Chars = NO_CHARS
        for first, second in self.pairs:
            chars = _either(chars, second) if first is None or one in first else chars
        return chars

    def then(self, after: "FirstSet") -> "FirstSet":
        """The first set of this piece with another behind it."""
        ones = _either(self.ones if after.nullable else NO_CHARS, after.ones if self.nullable else NO_CHARS)
        joint = ((self.ones, after.first()),) if self.ones != NO_CHARS else ()
        return FirstSet(
            ones, self.pairs + joint + (after.pairs if self.nullable else ()), self.nullable and after.nullable
        )

    def union(self, other: "FirstSet") -> "FirstSet":
        """The first set of this piece or another."""
        return FirstSet(_either(self.ones, other.ones), self.pairs + other.pairs, self.nullable or other.nullable)

    def repeated(self, times: str) -> "FirstSet":
        """The first set of this piece with ?, * or + behind it."""
        again = ((self.ones, self.first()),) if times in ("*", "+") and self.ones != NO_CHARS else ()
        return FirstSet(self.ones, self.pairs + again, self.nullable or times in ("?", "*"))


def _either(a: Chars, b: Chars) -> Chars:
    return None if a is None or b is None else a | b


def _one_of(chars: str) -> FirstSet:
    return FirstSet(frozenset(chars), (), nullable=False)


NO_CHARS: frozenset[str] = frozenset()
MATCHES_EMPTY = FirstSet(NO_CHARS, (), nullable=True)
MATCHES_NOTHING = FirstSet(NO_CHARS, (), nullable=False)
MATCHES_ANYTHING = FirstSet(None, ((None, None),), nullable=True)


@dataclass(frozen=True)
class Compiled:
    """A compiled pattern: its first characters (`starts`), its first set (`begin`), the class of each group (`named`)."""

    regex: re.Pattern[str]
    starts: Chars
    begin: FirstSet
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
        starts = None if begin.nullable else begin.first()
        return Compiled(re.compile(regex, re.DOTALL), starts, begin, dict(self.named))

    def _alternatives(self, parts: list[str], i: int, suffix: str) -> tuple[str, FirstSet, int]:
        branches: list[str] = []
        begin = MATCHES_NOTHING
        while True:
            regex, branch, i = self._sequence(parts, i, suffix)
            branches.append(regex)
            begin = begin.union(branch)
            if i >= len(parts) or parts[i] != "|":
                return "|".join(branches), begin, i
            i += 1

    def _sequence(self, parts: list[str], i: int, suffix: str) -> tuple[str, FirstSet, int]:
        regex: list[str] = []
        begin = MATCHES_EMPTY
        while i < len(parts) and parts[i] != "|" and not parts[i].startswith(")"):
            piece, element, i = self._element(parts, i, suffix)
            regex.append(piece)
            begin = begin.then(element)
        return "".join(regex), begin, i

    def _element(self, parts: list[str], i: int, suffix: str) -> tuple[str, FirstSet, int]:
        part = parts[i]
        if part in ("~", "<~", "<"):
            inner, _begin, after = self._element(parts, i + 1, suffix)
            look = {"~": "(?!", "<~": "(?<!", "<": "(?<="}[part]
            return f"{look}{inner})", MATCHES_EMPTY, after
        if part in ("^", "$"):
            return ("^" if part == "^" else r"\Z"), MATCHES_EMPTY, i + 1
        if part in GAPS:
            return GAPS[part], MATCHES_ANYTHING, i + 1
        if part == "(":
            inner, begin, end = self._alternatives(parts, i + 1, suffix)
            if end >= len(parts):
                raise ValueError("a bracket is not closed")
            times = parts[end][1:]
            return f"(?:{inner}){REPEATS[times]}", begin.repeated(times), end + 1
        return (*self._word(part, suffix), i + 1)

    def _word(self, part: str, suffix: str) -> tuple[str, FirstSet]:
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
