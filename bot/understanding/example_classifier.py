"""Example classifier: how much a text is like the example sentences of each intent (naive Bayes).

`words/<language>.examples.toml` lists the sentences. The features are words, pairs of words, and the
first and last words of a sentence. The phrase classifier's result counts as a large vote.
"""

import itertools
import math
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.understanding.lexicon import WORDS, cached_per_language, load
from bot.understanding.meaning import Act, Intent
from bot.understanding.phrase_classifier import UNCLASSIFIED, Classification
from bot.understanding.tokenizer import Token, tokenize

# The vote of the phrase classifier, times its score. A score of SURE_SCORE or more is not questioned.
PHRASE_VOTE, SURE_SCORE = 20.0, 0.75
# The lead that an intent needs; OTHER needs the larger one to win against a day or a name.
MIN_LEAD, SURE_OTHER_LEAD = 3.0, 6.0
SMOOTHING = 0.02
WORD_CLASS_CHARS = {
    "WEEKDAY": "\1",
    "MONTH": "\2",
    "DAYWORD": "\3",
    "PART": "\4",
    "NUM": "\5",
    "UNIT": "\6",
    "AMPM": "\7",
}
NUMBER, PAUSE, START, END, UNKNOWN_WORD = "\5", "\x0e", "\x0f", "\x10", "\x11"
LENGTH_CHARS = "\x12\x13\x14\x15\x16\x17\x18\x19\x1a"
# The votes of a feature are packed into one large integer, a field for each intent, so that one addition adds them all.
FIELD_BITS, VOTE_SCALE, VOTE_OFFSET = 24, 64, 1 << 12


@dataclass(frozen=True)
class ExampleModel:
    """The model of one language: a character for each word, and the packed votes of each feature."""

    intents: tuple[Intent, ...]
    chars: dict[str, str]
    votes: dict[str, int]
    priors: tuple[float, ...]
    neutral: frozenset[str]

    def scores(self, words: Iterable[Token]) -> dict[Intent, float]:
        """The score of each intent; empty for a text of only times and function words."""
        row = _encode(self.chars, words)
        if self.neutral.issuperset(row):
            return {}
        found = [v for p in _features(row) if (v := self.votes.get(p)) is not None]
        total, zero, mask = sum(found), len(found) * VOTE_OFFSET, (1 << FIELD_BITS) - 1
        return {
            intent: prior + ((total >> FIELD_BITS * n & mask) - zero) / VOTE_SCALE
            for n, (intent, prior) in enumerate(zip(self.intents, self.priors, strict=True))
        }


def reclassify(want: Classification, found: Sequence[Token], lang: str) -> Classification:
    """The phrase classifier's result, unless the examples clearly favor another intent."""
    examples = load_examples(lang)
    if examples is None or want.score >= SURE_SCORE or not found:
        return want
    scores = examples.scores(found)
    if not scores:
        return want
    if want is not UNCLASSIFIED:
        scores[want.intent] += PHRASE_VOTE * want.score
    best, second = sorted(scores, key=lambda i: -scores[i])[:2]
    if best == want.intent and want is not UNCLASSIFIED:
        return want
    lead = scores[best] - scores[second]
    if lead < MIN_LEAD:
        return want
    if best == Intent.OTHER:
        return Classification(Act.OTHER, 0.54 if lead > SURE_OTHER_LEAD else 0.5, "like the examples of other")
    return Classification(Act(best), 0.56, f"like the examples of {best}")


def _encode(chars: dict[str, str], words: Iterable[Token]) -> str:
    """One character per word: its own, or that of its class. Repeated marks and classes count once."""
    row = START
    for token in words:
        char = NUMBER if token.number is not None else chars.get(token.word, UNKNOWN_WORD)
        if char != row[-1] or char > UNKNOWN_WORD:
            row += char
    return row.rstrip(PAUSE) + END


def _features(row: str) -> set[str]:
    """The words, the pairs, the first and last two words of a sentence, and its length."""
    features = set(row[1:-1])
    features.update(map("".join, itertools.pairwise(row)))
    features.update((row[:3], row[-3:], LENGTH_CHARS[min(len(row) - 2, 8)]))
    return features


@cached_per_language
def load_examples(lang: str) -> ExampleModel | None:
    """Train the model of a language from its examples; None for a language without any."""
    try:
        data = tomllib.loads((WORDS / f"{lang}.examples.toml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    classes = load(lang).classes
    chars = {w: char for kind, char in WORD_CLASS_CHARS.items() for w in classes[kind]} | dict.fromkeys(';,!."', PAUSE)
    read = [(Intent(intent), tokenize(line)) for intent, said in data.items() for line in said.splitlines()]
    often = Counter(token.word for _intent, words in read for token in words)
    chars |= {word: chr(0x100 + n) for n, word in enumerate(often) if often[word] > 1 and word not in chars}
    counts: dict[str, Counter[Intent]] = defaultdict(Counter)
    for intent, words in read:
        for feature in _features(_encode(chars, words)):
            counts[feature][intent] += 1
    sentences = Counter(intent for intent, _words in read)
    intents = tuple(sorted(sentences))
    votes = {feature: _pack_votes(found, sentences, intents) for feature, found in counts.items()}
    return ExampleModel(
        intents, chars, votes, tuple(math.log(sentences[i]) / 2 for i in intents), _neutral_chars(lang, chars)
    )


def _neutral_chars(lang: str, chars: dict[str, str]) -> frozenset[str]:
    """The characters that favor no intent: of word classes, unknown words and words like "at", "or", "to"."""
    lexicon = load(lang)
    small = lexicon.marks["filler"] | lexicon.marks["or"] | lexicon.marks["and"] | lexicon.marks["to"]
    return frozenset(map(chr, range(ord(UNKNOWN_WORD) + 1))) | {
        c for w, c in chars.items() if lexicon.chars.get(w) in small
    }


def _pack_votes(found: Counter[Intent], sentences: Counter[Intent], intents: tuple[Intent, ...]) -> int:
    """The votes of one feature: the logarithm of its frequency in each intent's examples, minus their mean."""
    shares = [math.log((found[i] + SMOOTHING) / (sentences[i] + 2 * SMOOTHING)) for i in intents]
    mean = sum(shares) / len(shares)
    return sum(round((s - mean) * VOTE_SCALE) + VOTE_OFFSET << FIELD_BITS * n for n, s in enumerate(shares))
