"""Words of danger as people spell them in haste: typos, stretched letters, spelling by ear, split and joined words."""

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.languages import LANGUAGES
from bot.understanding.example_classifier import load_examples
from bot.understanding.lexicon import load
from bot.understanding.phrase_list import unstretch
from bot.understanding.tokenizer import Token, normalize

UNKNOWN, ORDINARY, NUMBER = "_", "\ue002", "0"
"""How words are encoded that no rule names: those that we do not know (a name), those that we do, and numbers."""
NAME = "@name"
"""The word that stands for a resident's name in the classes of a danger file."""
MIN_FUZZY_CHARS = 4
"""A shorter word of ours is recognized only as it is spelled."""
TWO_TYPOS_FROM = 8
"""A word of so many characters may have two typos, a shorter one has one."""
MIN_JOINED_CHARS, MIN_RUN_TOGETHER_CHARS = 6, 7
MAX_CACHED_WORDS = 50_000
_FIRST_CHAR = 0x5000
_WORD = re.compile(r"[^\W\d_A-Z]{2,}")
_BY_EAR: Mapping[str, tuple[tuple[re.Pattern[str], str], ...]] = {
    "en": tuple((re.compile(a), b) for a, b in (("ph", "f"), ("ck", "k"), (r"([a-z])\1", r"\1"))),
    "es": tuple(
        (re.compile(a), b)
        for a, b in (
            ("ch", "C"), ("h", ""), ("qu", "k"), ("c(?=[ei])", "s"), ("c", "k"), ("C", "ch"), ("z", "s"), ("v", "b"),
            ("ll", "y"), ("g(?=[ei])", "j"), ("x", "s"), ("n(?=[bp])", "m"), (r"([a-z])\1", r"\1"),
        )
    ),
}  # fmt: skip
"""Spellings that sound alike, folded into one, in this order."""


@dataclass
class Vocabulary:
    """The words that the danger rules of one language name, each with a character of its own."""

    lang: str
    chars: dict[str, str] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)
    by_ear: dict[str, str] = field(default_factory=dict)
    by_length: dict[int, dict[str, str]] = field(default_factory=dict)
    ordinary: frozenset[str] = frozenset()
    joinable: frozenset[str] = frozenset()
    beginnings: frozenset[str] = frozenset()
    read: dict[str, tuple[str, ...]] = field(default_factory=dict)
    others: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The other words that a misspelt word may be."""

    def char(self, word: str) -> str:
        """The character of a word that a rule names."""
        return self.chars.setdefault(word, chr(_FIRST_CHAR + len(self.chars)))

    def chars_of(self, name: str) -> str:
        """The characters of a class, or of one word. Raises ValueError for a class that does not exist."""
        if name in ("NUMBER", UNKNOWN):
            return NUMBER if name == "NUMBER" else UNKNOWN
        if len(name) > 1 and name.isupper() and name.isalpha():
            if name not in self.classes:
                raise ValueError(f"unknown class {name} in {self.lang}.danger.toml")
            return self.classes[name]
        return self.char(normalize(name) if len(name) > 1 else name)

    def characters(self, word: str) -> tuple[str, ...]:
        """The characters that a word is encoded as: several where words were written together."""
        found = self.read.get(word)
        if found is None:
            if len(self.read) > MAX_CACHED_WORDS:
                self.read.clear()
                self.others.clear()
            found = self.read[word] = self._recognized(word)
        return found

    def _recognized(self, word: str) -> tuple[str, ...]:
        ways = (*unstretch(word), word[:-1] + "ing" if word.endswith("nn") else word + "g")
        for way in ways if word not in self.ordinary else ways[:1]:
            if way in self.chars:
                return (self.chars[way],)
        if word[0].isdigit():
            return (NUMBER,)
        if word in self.ordinary or not word.isalpha():
            return (ORDINARY,)
        sound = fold_by_ear(ways[0], self.lang)
        if len(sound) >= MIN_FUZZY_CHARS - 1 and sound in self.by_ear:
            return (self.by_ear[sound],)
        near = self._nearest(sound)
        self.others[word] = tuple(near[1:])
        return tuple(near[:1]) or self._run_together(word) or (UNKNOWN,)

    def _nearest(self, sound: str) -> list[str]:
        """The characters of the words with the fewest typos between, those that begin alike first."""
        found: list[tuple[float, bool, str]] = []
        for size in range(len(sound) - 2, len(sound) + 3):
            allowed = 2 if min(size, len(sound)) >= TWO_TYPOS_FROM else 1
            known = self.by_length.get(size, {}) if abs(size - len(sound)) <= allowed else {}
            for each, typos, _at in process.extract(
                sound, known.keys(), scorer=OSA.distance, score_cutoff=allowed, limit=None
            ):
                alike = each[0] == sound[0]
                if alike or (typos < 2 and len(sound) >= MIN_FUZZY_CHARS):
                    found.append((typos, not alike, known[each]))
        found.sort()
        return list(dict.fromkeys(char for typos, _other, char in found if typos == found[0][0]))

    def _run_together(self, word: str) -> tuple[str, ...]:
        if len(word) < MIN_RUN_TOGETHER_CHARS:
            return ()
        cuts = [(word[:at], word[at:]) for at in range(2, len(word) - 1)]
        pairs = [(self.chars[a], self.chars[b]) for a, b in cuts if a in self.chars and b in self.chars]
        return pairs[-1] if pairs else ()


def fold_by_ear(word: str, lang: str) -> str:
    """A word with spellings that sound alike folded: "inchado" -> "inchado", "hinchado" -> "inchado"."""
    for pattern, into in _BY_EAR.get(lang, ()):
        word = pattern.sub(into, word)
    return word


def make_vocabulary(lang: str, data: Mapping[str, Any]) -> Vocabulary:
    """The vocabulary of a danger file. Call `index` when its rules have been compiled."""
    words = Vocabulary(lang)
    for name, spoken in data["words"].items():
        words.classes[name] = "".join(sorted({words.char(normalize(word)) for word in spoken.split()}))
    return words


def index(words: Vocabulary, data: Mapping[str, Any], foreign: AbstractSet[str]) -> None:
    """Add other spellings, and what is needed to recognize words that are misspelt.

    `foreign` are the words that the danger files of the other languages name: they are not misspelt either.
    """
    for right, wrong in data.get("spelling", {}).items():
        char = words.char(normalize(right))
        words.chars.update({normalize(word): char for word in wrong.split()})
    exact = frozenset(map(normalize, data.get("exact", "").split()))
    for word, char in words.chars.items():
        sound = fold_by_ear(word, words.lang)
        if len(word) < MIN_FUZZY_CHARS or not word.isalpha():
            continue
        if words.by_ear.setdefault(sound, char) == char and word not in exact:
            words.by_length.setdefault(len(sound), {})[sound] = char
    words.joinable = frozenset(word for word in words.chars if len(word) >= MIN_JOINED_CHARS and word.isalpha())
    words.beginnings = frozenset(word[:at] for word in words.joinable for at in range(2, len(word) - 1))
    words.ordinary = frozenset(map(normalize, data.get("ordinary", "").split())) | _ordinary_words() | foreign


def words_named(data: Mapping[str, Any]) -> frozenset[str]:
    """Every word that the classes and rules of a danger file name."""
    said = [*data["words"].values(), *data["idioms"]["say"], *(each for rule in data["rule"] for each in rule["say"])]
    return frozenset(normalize(word) for each in said for word in _WORD.findall(each))


def _ordinary_words() -> frozenset[str]:
    """What families write about visits, in all languages: none of it is a misspelt word of danger."""
    found: set[str] = set()
    for lang in LANGUAGES:
        found.update(load(lang).chars)
        examples = load_examples(lang)
        found.update(() if examples is None else examples.chars)
    return frozenset(found)


def _joins(words: Vocabulary, word: str, after: Sequence[Token]) -> bool:
    return any(len(token.word) > 1 and word + token.word in words.joinable for token in after)


def encode(
    words: Vocabulary, tokens: Sequence[Token], names: AbstractSet[str] = frozenset()
) -> tuple[str, list[Token]]:
    """A text as one character per word, and the word of each. Two words that are one of ours together are one ("my self").

    `names` are those of the residents whom the sender may see.
    """
    row: list[str] = []
    encoded: list[Token] = []
    read, beginnings, joined = words.read, words.beginnings, False
    for at, token in enumerate(tokens):
        word = token.word
        if joined:
            joined = False
            continue
        if word in beginnings and _joins(words, word, tokens[at + 1 : at + 2]):
            both = word + tokens[at + 1].word
            row.append(words.chars[both])
            encoded.append(Token(both, token.start, tokens[at + 1].end))
            joined = True
            continue
        if word in names and word not in words.chars:
            row.append(words.chars[NAME])
            encoded.append(token)
            continue
        chars = read.get(word) or words.characters(word)
        row += chars
        encoded += [token] * len(chars)
    return "".join(row), encoded
