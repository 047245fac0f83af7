"""Reader of danger: whether a text tells of harm, despair, illness, a death or worry, in which clause, and how surely.

Words are recognized through typos, stretched letters, spelling by ear and split or joined words. The rules of
`words/<language>.danger.toml` combine them: first idioms are taken out, then the rules of danger are tried, and each find is
weighed by what stands around it (a negation, a past that is over, a joke, the sender's own reason to change a visit).
"""

import itertools
import tomllib
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple

from bot.languages import LANGUAGES
from bot.understanding.danger_words import Vocabulary, encode, index, make_vocabulary, words_named
from bot.understanding.lexicon import MAX_CACHED_PAIRS, WORDS, cached_per_language
from bot.understanding.meaning import Certainty, Concern, Danger, KnownPerson
from bot.understanding.patterns import Compiled, Compiler
from bot.understanding.tokenizer import Token, normalize

IDIOM = "\ue001"
"""Stands for every word of an idiom, so that no rule reads one of them."""
_MARKS = frozenset((";", ",", "!", "?", '"', "(", ")"))
MAX_WAYS = 12
"""So many other readings of misspelt words are tried where the first tells of nothing."""
_JOINS = frozenset(("and", "but", "y", "pero"))
_REACH = 3
"""How many words before a find a negation may stand."""


WEIGHTS = {"grave": 3, "serious": 2, "person": 1, "ordinary": -3}
"""How much a word of each list speaks of danger."""
MAX_PERSON_WEIGHT = 2
"""So much do the words for persons count together."""
MIN_WEIGHT = 6
"""From this weight on the words of a text are like those of danger."""


class Kind(StrEnum):
    """What a rule finds. Circumstances weigh differently for each."""

    SELF_HARM = "self_harm"
    VIOLENCE = "violence"
    ILLNESS = "illness"
    CHECK = "check"
    THREAT = "threat"
    GRIEF = "grief"
    WORRY = "worry"


_CONCERNS = {Kind.GRIEF: Concern.GRIEF, Kind.WORRY: Concern.WORRY}
_OWN_REASONS = frozenset({Kind.ILLNESS, Kind.GRIEF, Kind.WORRY})
"""These are no alarm where the sender, or a relative at home, has them as a reason to change a visit."""


class _Rule(NamedTuple):
    kind: Kind
    certainty: Certainty
    compiled: Compiled
    said: str
    firm: bool = False
    """Whether the rule reads negations and times itself, so that those before it do not weaken it."""


class _Rules:
    """Rules by the two characters that they can begin with."""

    def __init__(self, rules: Sequence[_Rule]) -> None:
        self._rules = rules
        self._by_pair: dict[str, tuple[_Rule, ...]] = {}

    def found(self, row: str) -> Iterator[tuple[_Rule, int, int]]:
        """Each rule that matches, with its first position and the one after its last."""
        for at in range(len(row)):
            pair = row[at : at + 2]
            fitting = self._by_pair.get(pair)
            for rule in self._fitting(pair) if fitting is None else fitting:
                match = rule.compiled.regex.match(row, at)
                if match is not None and match.end() > at:
                    yield rule, at, match.end()

    def _fitting(self, pair: str) -> tuple[_Rule, ...]:
        if len(self._by_pair) > MAX_CACHED_PAIRS:
            self._by_pair.clear()
        found = self._by_pair[pair] = tuple(rule for rule in self._rules if _can_begin(rule.compiled, pair))
        return found


def _can_begin(compiled: Compiled, pair: str) -> bool:
    """Whether a pattern can begin with these two characters, or with the only one at the end of a text."""
    if compiled.starts is None:
        return True
    after = compiled.begin.after(pair[0])
    return pair[0] in compiled.starts and (after is None or pair[1:] in after)


@dataclass(frozen=True)
class _Language:
    """The vocabulary and the rules of one language."""

    words: Vocabulary
    idioms: _Rules
    rules: _Rules
    notes: dict[str, _Rules]
    weights: dict[str, int]


def _read(lang: str) -> dict[str, Any] | None:
    path = WORDS / f"{lang}.danger.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else None


@cached_per_language
def load_danger(lang: str) -> _Language | None:
    """The danger file of a language; None for a language without one."""
    data = _read(lang)
    if data is None:
        return None
    words = make_vocabulary(lang, data)
    compiler = Compiler(words.chars_of, data.get("macros", {}))
    notes = {name: _plain_rules(compiler, said) for name, said in data["notes"].items()}
    rules = [rule for table in data["rule"] for rule in _rules(compiler, table)]
    idioms = _plain_rules(compiler, data["idioms"]["say"])
    others = [other for each in LANGUAGES if each != lang and (other := _read(each)) is not None]
    weights = {
        words.char(normalize(word)): weight
        for name, weight in WEIGHTS.items()
        for word in data["weights"][name].split()
    }
    index(words, data, frozenset(word for other in others for word in words_named(other)))
    return _Language(words, idioms, _Rules(rules), notes, weights)


def _plain_rules(compiler: Compiler, said: Sequence[str]) -> _Rules:
    return _Rules([_Rule(Kind.WORRY, Certainty.SURE, compiler.compile(each), each) for each in said])


def _rules(compiler: Compiler, table: dict[str, Any]) -> list[_Rule]:
    kind, certainty = Kind(table["kind"]), Certainty(table.get("certainty", Certainty.SURE))
    return [_Rule(kind, certainty, compiler.compile(said), said, table.get("firm", False)) for said in table["say"]]


def find_danger(tokens: Sequence[Token], languages: Sequence[str], people: Sequence[KnownPerson] = ()) -> Danger | None:
    """What a text tells of danger, grief or worry; None for nothing of the kind. The gravest find decides.

    `people` are the residents whom the sender may see.
    """
    names = frozenset(normalize(word) for person in people for word in person.name.split())
    found = [
        danger
        for lang in languages
        if (language := load_danger(lang)) is not None and (danger := _read_in(language, tokens, names)) is not None
    ]
    return min(found, key=_gravity, default=None)


def _gravity(danger: Danger) -> tuple[int, int]:
    order = (Concern.DANGER, Concern.GRIEF, Concern.WORRY).index(danger.concern)
    return order, danger.certainty is not Certainty.SURE


def _read_in(language: _Language, tokens: Sequence[Token], names: AbstractSet[str]) -> Danger | None:
    """What a text tells in one language. What it tells only where a misspelt word is another than it seems is LIKELY."""
    row, words = encode(language.words, tokens, names)
    reader = _Reader.of(language, words, row)
    found = reader.gravest()
    if found is not None:
        return found
    others = language.words.others
    ways = ((at, char) for at, token in enumerate(words) for char in others.get(token.word, ()))
    for at, char in itertools.islice(ways, MAX_WAYS):
        found = _Reader.of(language, words, row[:at] + char + row[at + 1 :]).gravest()
        if found is not None:
            return replace(found, certainty=Certainty.LIKELY)
    return reader.likeness()


@dataclass(frozen=True)
class _Reader:
    """One text in one language: its words, and a character for each of them."""

    language: _Language
    words: Sequence[Token]
    row: str

    @classmethod
    def of(cls, language: _Language, words: Sequence[Token], row: str) -> "_Reader":
        """The reader of a text, with the words of idioms taken out."""
        for _rule, start, end in list(language.idioms.found(row)):
            row = row[:start] + IDIOM * (end - start) + row[end:]
        return cls(language, words, row)

    def gravest(self) -> Danger | None:
        """The gravest find that its surroundings leave standing."""
        found = []
        for rule, start, end in self.language.rules.found(self.row):
            certainty = self._weighed(rule, start, end)
            if certainty is not None:
                concern = _CONCERNS.get(rule.kind, Concern.DANGER)
                first, last = self._clause(start, end)
                span = self.words[first].start, self.words[last - 1].end
                found.append(Danger(concern, certainty, span))
        return min(found, key=_gravity, default=None)

    def likeness(self) -> Danger | None:
        """Danger that only the words of a text together speak of."""
        weights = self.language.weights
        found = [weights[char] for char in set(self.row) if char in weights]
        persons = min(found.count(WEIGHTS["person"]), MAX_PERSON_WEIGHT)
        others = sum(weight for weight in found if weight != WEIGHTS["person"])
        if not persons or persons + others < MIN_WEIGHT:
            return None
        if any(self._notes(name, self.row) for name in ("over", "away", "joke")):
            return None
        return Danger(Concern.DANGER, Certainty.LIKELY, (self.words[0].start, self.words[-1].end))

    def _weighed(self, rule: _Rule, start: int, end: int) -> Certainty | None:
        """How sure a find is where it stands; None where it is nothing."""
        first, last = self._clause(start, end)
        joins = [at + 1 for at in range(first, start) if self.words[at].word in _JOINS]
        before = self.row[max([first, start - _REACH, *joins]) : start]
        if not rule.firm and (self._notes("negation", before) or self._notes("over", self.row[first:last])):
            return None
        if (
            rule.kind in _OWN_REASONS
            and self._notes("away", self.row)
            and not self._notes("third", self.row[first:end])
        ):
            return None
        if self._notes("joke", self.row):
            return Certainty.LIKELY if rule.certainty is Certainty.SURE and rule.firm else None
        return rule.certainty

    def _notes(self, name: str, row: str) -> bool:
        return next(self.language.notes[name].found(row), None) is not None

    def _clause(self, start: int, end: int) -> tuple[int, int]:
        """The clause around a find: from the last mark or opening of a request before it to the next one after it."""
        first, last = start, end
        while first > 0 and self.words[first - 1].word not in _MARKS:
            first -= 1
        while last < len(self.row) and self.words[last].word not in _MARKS:
            last += 1
        requests = [at for _rule, at, _stop in self.language.notes["request"].found(self.row) if first <= at < last]
        if any(at < start for at in requests):
            first = start
        return first, min((at for at in requests if at >= end), default=last)
