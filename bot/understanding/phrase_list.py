"""Lists of phrases in plain words, and the longest one that begins at a place of a text."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.understanding.lexicon import WORDS, cached_per_language
from bot.understanding.tokenizer import normalize, tokenize

_STRETCHED = re.compile(r"([a-z])\1{2,}")


def unstretch(word: str) -> tuple[str, ...]:
    """The ways a stretched word may be meant: "yesss" -> ("yes", "yess"), "noooo" -> ("no", "noo"). Others unchanged."""
    if _STRETCHED.search(word) is None or len(set(word)) == 1:
        return (word,)
    return _STRETCHED.sub(r"\1", word), _STRETCHED.sub(r"\1\1", word)


@dataclass
class PhraseList:
    """A set of phrases: the first word of each, with the other words of the phrases that begin with it."""

    _rests: dict[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, phrases: Iterable[str]) -> "PhraseList":
        """The list of these phrases; each is split into words as texts are."""
        rests: dict[str, set[tuple[str, ...]]] = {}
        for phrase in phrases:
            words = tuple(token.word for token in tokenize(normalize(phrase)))
            if words:
                rests.setdefault(words[0], set()).add(words[1:])
        return cls({first: tuple(sorted(found, key=lambda rest: -len(rest))) for first, found in rests.items()})

    def phrases(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Each phrase: its first word, and the others."""
        return ((first, rest) for first, rests in self._rests.items() for rest in rests)

    def may_be_in(self, words: Iterable[str]) -> bool:
        """Whether a phrase can be among these words: a fast test before looking at each place."""
        return not self._rests.keys().isdisjoint(words)

    def length_at(self, words: Sequence[str], start: int) -> int:
        """How many words the longest phrase that begins at `start` has; 0 when none does."""
        for rest in self._rests.get(words[start], ()):
            if tuple(words[start + 1 : start + 1 + len(rest)]) == rest:
                return len(rest) + 1
        return 0


@cached_per_language
def load_phrases(lang: str) -> Mapping[str, PhraseList]:
    """The phrase lists of `words/<lang>.replies.toml` by name; empty for a language without such a file."""
    path = WORDS / f"{lang}.replies.toml"
    if not path.exists():
        return {}
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: PhraseList.of(phrases.splitlines()) for name, phrases in data.items()}
