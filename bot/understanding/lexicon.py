"""One language: its words, its classes and its rules, loaded from `words/<language>.toml`."""

import threading
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import TypeVar

from rapidfuzz.distance import OSA

from bot.languages import Language
from bot.understanding.entities import EntityKind
from bot.understanding.meaning import Act
from bot.understanding.patterns import Compiled, Compiler, SetOf
from bot.understanding.rule_values import RuleValues, as_rule_values, check
from bot.understanding.tokenizer import Token, normalize

T = TypeVar("T")
UNKNOWN = "_"
MAX_CACHED_PAIRS = 50_000
WORDS = Path(__file__).parent / "words"
# Every language has its own range of characters, so that encoded texts of two languages can be mixed.
BASES = {Language.EN: 0x4E00, Language.ES: 0x6E00, "other": 0x8E00}
TIME_CLASSES = ("WEEKDAY", "MONTH", "DAYWORD", "PART", "UNIT", "NUM")
# One character for each shape of number; see `shape`.
NUMBER_CLASSES = {
    "HOUR": "abc",
    "HOUR24": "abcdejk",
    "HOURD": "abcdejk",
    "MIN": "bcdefgj",
    "DAY": "abcdef",
    "MON": "abc",
    "YEAR": "op",
    "INT": "abcdefgijklm",
    "DIGIT": "a",
    "HMM": "l",
    "HHMM": "n",
    "HHMMY": "o",
    "LONG": "mqr",
    "NUMBER": "abcdefgijklmnopqr",
}
NUMBER_WORDS = {"HOUR": 12, "HOUR24": 12, "INT": 99, "DAYW": 31}


def shape(digits: str, number: int | None) -> str:
    """The character for a number, by what it can be (an hour, minutes, a year, half past two written 230)."""
    if number is None:
        return "r"
    size = len(digits)
    if size <= 2:
        if number == 0:
            return "j" if size == 2 else "k"
        if number <= 12:
            return "c" if number > 9 else "b" if size == 2 else "a"
        return "d" if number <= 23 else "e" if number == 24 else "f" if number <= 31 else "g" if number < 60 else "i"
    if size > 4:
        return "r"
    clock = number % 100 < 60 and number // 100 < 24
    if size == 3:
        return "l" if clock and number >= 100 else "m"
    if 1900 <= number < 2100:
        return "o" if clock else "p"
    return "n" if clock else "q"


@dataclass(frozen=True)
class Rule:
    """One way of saying something: what it makes, its constants, its pattern, and its place in the file."""

    make: Act | EntityKind
    given: RuleValues
    compiled: Compiled
    pattern: str
    order: int


class RuleTable:
    """Rules by the character they can begin with, "" for any."""

    def __init__(self, rules: dict[str, tuple[Rule, ...]]) -> None:
        self._after = {char: [(rule, rule.compiled.begin.after(char)) for rule in rules[char]] for char in rules}
        self._pairs: dict[str, tuple[Rule, ...]] = {}

    def at(self, row: str, i: int) -> tuple[Rule, ...]:
        """The rules that can begin with the token at `i` and the next one, in order; ^ only at the first token."""
        key = row[i : i + 2] if i else "^" + row[:2]
        found = self._pairs.get(key)
        if found is None:
            if len(self._pairs) > MAX_CACHED_PAIRS:
                self._pairs.clear()
            found = self._pairs[key] = self._fitting(row[i : i + 2], opening=not i)
        return found

    def _fitting(self, pair: str, *, opening: bool) -> tuple[Rule, ...]:
        first, second = pair[:1], pair[1:]
        return tuple(
            rule
            for rule, after in self._after.get(first, self._after[""])
            if (after is None or second in after) and (opening or not rule.pattern.startswith("^"))
        )


@dataclass
class Lexicon:
    """The words and rules of one language."""

    lang: str
    base: int = 0x4E00
    chars: dict[str, str] = field(default_factory=dict)
    classes: dict[str, dict[str, int | str]] = field(default_factory=dict)
    meanings: dict[str, dict[str, int | str]] = field(default_factory=dict)
    rules: RuleTable = field(default_factory=lambda: RuleTable({"": ()}))
    phrases: RuleTable = field(default_factory=lambda: RuleTable({"": ()}))
    common: frozenset[str] = frozenset()
    distinctive: frozenset[str] = frozenset()
    parts: dict[str, tuple[int, int]] = field(default_factory=dict)
    relations: dict[str, frozenset[str]] = field(default_factory=dict)
    nicknames: dict[str, frozenset[str]] = field(default_factory=dict)
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    month_first: bool = True
    fuzzy: tuple[str, ...] = ()
    marks: dict[str, frozenset[str]] = field(default_factory=dict)
    unions: dict[tuple[str, ...], frozenset[str]] = field(default_factory=dict)

    def encode(self, found: list[Token]) -> str:
        """The text as one character per token."""
        chars = self.chars
        return "".join(
            shape(t.word, t.number)
            if t.word[0].isdigit() and t.word not in chars
            else chars.get(t.word) or self.near(t.word)
            for t in found
        )

    def near(self, word: str) -> str:
        """The character of the known word this one is a misspelling of, or UNKNOWN."""
        return _near(self.lang, word)

    def value(self, name: str, token: Token, char: str) -> int | str | None:
        """What a token stands for in a class: saturday -> 5, "third" -> 3, "30" -> 30."""
        if token.number is not None and token.word not in self.chars:
            return token.number
        value = self.meanings.get(name, self.meanings["NUM"]).get(char)
        return self.meanings["NUM"].get(char) if value is None else value


@lru_cache(maxsize=50000)
def _near(lang: str, word: str) -> str:
    lexicon = load(lang)
    size = len(word)
    if not 5 <= size <= 14:
        return UNKNOWN
    allowed = 1 if size < 8 else 2
    best, score = UNKNOWN, allowed + 1
    for known in lexicon.fuzzy:
        if known[0] == word[0] and abs(len(known) - size) <= allowed:
            distance = OSA.distance(word, known, score_cutoff=score)
            if distance < score:
                best, score = lexicon.chars[known], distance
    return best


def cached_per_language(make: Callable[[str], T]) -> Callable[[str], T]:
    """A thread-safe cache, one value per language: threads that ask at the same time wait for the first."""
    made, first = cache(make), threading.Lock()

    @cache
    def get(lang: str) -> T:
        with first:
            return made(lang)

    return get


@cached_per_language
def load(lang: str) -> Lexicon:
    """The lexicon of a language we have a word file for. Raises FileNotFoundError otherwise."""
    data = tomllib.loads((WORDS / f"{lang}.toml").read_text(encoding="utf-8"))
    lexicon = Lexicon(lang, BASES.get(lang, BASES["other"]))
    spelled: dict[str, str] = {}
    for right, wrong in data.get("spelling", {}).items():
        for word in wrong.split():
            spelled[normalize(word)] = normalize(right)
    for name, table in data["words"].items():
        _add_class(lexicon, name, table)
    compiler = Compiler(_char_sets(lexicon, spelled), data.get("macros", {}))
    lexicon.marks = {
        kind: frozenset(_char(lexicon, spelled.get(normalize(w), normalize(w))) for w in words.split())
        for kind, words in data["marks"].items()
    }
    lexicon.rules = _rules(lexicon, data["rule"], compiler)
    lexicon.phrases = _rules(lexicon, data.get("intent", []), compiler)
    for wrong_word, right_word in spelled.items():
        if right_word in lexicon.chars:
            lexicon.chars[wrong_word] = lexicon.chars[right_word]
    lexicon.meanings = {
        name: {lexicon.chars[w]: v for w, v in words.items()} for name, words in lexicon.classes.items()
    }
    lexicon.fuzzy = tuple(w for w in map(normalize, data.get("misspelt", "").split()) if w in lexicon.chars)
    lexicon.common = frozenset(map(normalize, data.get("typical", "").split()))
    lexicon.distinctive = frozenset(
        lexicon.chars[w] for c in TIME_CLASSES for w, v in lexicon.classes.get(c, {}).items() if len(w) > 2
    ) | frozenset(lexicon.chars[w] for w in lexicon.common if w in lexicon.chars)
    lexicon.parts = {k: _parse_hours(v) for k, v in data.get("parts", {}).items()}
    lexicon.relations = _sets_by_word(data.get("relations", {}))
    lexicon.nicknames = _sets_by_word(data.get("nicknames", {}))
    lexicon.lists = {k: _spellings(v, spelled) for k, v in data.get("lists", {}).items()}
    lexicon.month_first = data.get("month_first", True)
    return lexicon


def _sets_by_word(table: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """What each word of the keys stands for; a word in several keys for all of it."""
    found: dict[str, frozenset[str]] = {}
    for words, values in table.items():
        for word in map(normalize, words.split()):
            found[word] = found.get(word, frozenset()) | frozenset(values.split())
    return found


def _parse_hours(written: str) -> tuple[int, int]:
    first, last = written.split("-")
    return int(first), int(last)


def _spellings(written: str, spelled: dict[str, str]) -> tuple[str, ...]:
    words = tuple(map(normalize, written.split()))
    return words + tuple(wrong for wrong, right in spelled.items() if right in words)


def _add_class(lexicon: Lexicon, name: str, table: str | Mapping[str, str]) -> None:
    words = lexicon.classes.setdefault(name, {})
    if isinstance(table, str):
        table = {"1": table}
    for value, spoken in table.items():
        for word in spoken.split():
            plain = normalize(word)
            words[plain] = int(value) if value.lstrip("-").isdigit() else value
            _char(lexicon, plain)


def _char(lexicon: Lexicon, word: str) -> str:
    return lexicon.chars.setdefault(word, chr(lexicon.base + len(lexicon.chars)))


def _char_sets(lexicon: Lexicon, spelled: dict[str, str]) -> SetOf:
    def set_of(name: str) -> str:
        if name.isdigit():
            raise ValueError(f"numbers are classes, not words: {name}")
        if name[0].isalpha() and name.isupper() and len(name) > 1:
            words = lexicon.classes.get(name, {})
            chars = {_char(lexicon, w) for w in words} | set(NUMBER_CLASSES.get(name, ""))
            if name in NUMBER_WORDS:
                chars |= {_char(lexicon, w) for w in _numbers_to(lexicon, NUMBER_WORDS[name])}
            if not chars:
                raise ValueError(f"unknown class {name} in {lexicon.lang}.toml")
            return "".join(sorted(chars))
        plain = normalize(name) if len(name) > 1 else name
        return _char(lexicon, spelled.get(plain, plain))

    return set_of


def _numbers_to(lexicon: Lexicon, most: int) -> list[str]:
    """The number words from one to `most`."""
    return [word for word, value in lexicon.classes["NUM"].items() if isinstance(value, int) and 0 < value <= most]


def _list(written: object) -> list[str]:
    if not isinstance(written, list):
        raise TypeError(f"not a list of patterns: {written!r}")
    return [str(each) for each in written]


def _priority(rule: Rule) -> tuple[int, int]:
    """Sort key of rules: the heaviest phrase first, then the order of the file."""
    return -rule.given.get("weight", 0), rule.order


def _rules(lexicon: Lexicon, tables: Sequence[Mapping[str, object]], compiler: Compiler) -> RuleTable:
    """Rules by the character they can begin with; those that can begin with any are under "".

    Raises ValueError for a value that no rule has, TypeError for one of the wrong type.
    """
    table: dict[str, list[Rule]] = {}
    everywhere: list[Rule] = []
    order = 0
    for entry in tables:
        make = Act(str(entry["act"])) if "act" in entry else EntityKind(str(entry["make"]))
        given = {k: v for k, v in entry.items() if k not in ("make", "say", "act", "why")}
        for name, value in given.items():
            check(name, [value])
        for said in _list(entry["say"]):
            rule = Rule(make, as_rule_values(given), compiler.compile(said), said, order)
            for capture, of in rule.compiled.named.items():
                check(capture.partition("__")[0], lexicon.classes.get(of, lexicon.classes["NUM"]).values())
            order += 1
            if rule.compiled.starts is None:
                everywhere.append(rule)
            for char in rule.compiled.starts or ():
                table.setdefault(char, []).append(rule)
    merged = {c: tuple(sorted(rs + everywhere, key=_priority)) for c, rs in table.items()}
    merged[""] = tuple(sorted(everywhere, key=_priority))
    return RuleTable(merged)
