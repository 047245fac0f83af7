"""A second opinion on what a text wants: how much it is like the example sentences of each intent.

`words/<language>.examples.toml` lists the sentences. Every word, pair of words, beginning and end of a sentence speaks
for the intents it is frequent in (a naive Bayes count); the phrases of the word file have a large vote in advance.
"""

import itertools
import math
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.understanding.intents import NOTHING, Wanted
from bot.understanding.lexicon import WORDS, load, once
from bot.understanding.meaning import Act, Intent
from bot.understanding.tokens import Token, tokens

# What the phrase found counts for, by how sure it is; a phrase of SURE or more is not questioned.
VOTE, SURE = 20.0, 0.75
# By how much the examples must lead to be believed; "none of our business" against a day or a name must lead by more.
DOUBT, STRANGE = 3.0, 6.0
RARE = 0.02
KINDS = {"WEEKDAY": "\1", "MONTH": "\2", "DAYWORD": "\3", "PART": "\4", "NUM": "\5", "UNIT": "\6", "AMPM": "\7"}
NUMBER, PAUSE, START, END, OTHER = "\5", "\x0e", "\x0f", "\x10", "\x11"
LENGTHS = "\x12\x13\x14\x15\x16\x17\x18\x19\x1a"
# Votes are whole numbers, one for each intent in a field of its own of one large number: one addition adds them all.
FIELD, GRAIN, ZERO = 24, 64, 1 << 12


@dataclass(frozen=True)
class Examples:
    """What the examples of one language say: a character for each word, and the votes of each piece of a sentence."""

    intents: tuple[Intent, ...]
    chars: dict[str, str]
    votes: dict[str, int]
    known: tuple[float, ...]
    silent: frozenset[str]

    def scores(self, words: Iterable[Token]) -> dict[Intent, float]:
        """For each intent, how much the text is like its examples; nothing for a text of times and small words."""
        row = _spelled(self.chars, words)
        if self.silent.issuperset(row):
            return {}
        found = [v for p in _pieces(row) if (v := self.votes.get(p)) is not None]
        total, zero, mask = sum(found), len(found) * ZERO, (1 << FIELD) - 1
        return {
            intent: prior + ((total >> FIELD * n & mask) - zero) / GRAIN
            for n, (intent, prior) in enumerate(zip(self.intents, self.known, strict=True))
        }


def opinion(want: Wanted, found: Sequence[Token], lang: str) -> Wanted:
    """What the phrases found, unless the examples say strongly that it is something else."""
    examples = learned(lang)
    if examples is None or want.score >= SURE or not found:
        return want
    scores = examples.scores(found)
    if not scores:
        return want
    if want is not NOTHING:
        scores[want.intent] += VOTE * want.score
    best, second = sorted(scores, key=lambda i: -scores[i])[:2]
    if best == want.intent and want is not NOTHING:
        return want
    lead = scores[best] - scores[second]
    if lead < DOUBT:
        return want
    if best == Intent.OTHER:
        return Wanted(Act.OTHER, 0.54 if lead > STRANGE else 0.5, "like the examples of other")
    return Wanted(Act(best), 0.56, f"like the examples of {best}")


def _spelled(chars: dict[str, str], words: Iterable[Token]) -> str:
    """One character for each word: its own, or that of its kind; marks and kinds that repeat count once."""
    row = START
    for token in words:
        char = NUMBER if token.number is not None else chars.get(token.word, OTHER)
        if char != row[-1] or char > OTHER:
            row += char
    return row.rstrip(PAUSE) + END


def _pieces(row: str) -> set[str]:
    """The words, the pairs, and the first and last two words of a sentence; how long it is."""
    pieces = set(row[1:-1])
    pieces.update(map("".join, itertools.pairwise(row)))
    pieces.update((row[:3], row[-3:], LENGTHS[min(len(row) - 2, 8)]))
    return pieces


@once
def learned(lang: str) -> Examples | None:
    """The examples of a language, counted; None for a language that has none."""
    try:
        data = tomllib.loads((WORDS / f"{lang}.examples.toml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    classes = load(lang).classes
    chars = {w: char for kind, char in KINDS.items() for w in classes[kind]} | dict.fromkeys(';,!."', PAUSE)
    read = [(Intent(intent), tokens(line)) for intent, said in data.items() for line in said.splitlines()]
    often = Counter(token.word for _intent, words in read for token in words)
    chars |= {word: chr(0x100 + n) for n, word in enumerate(often) if often[word] > 1 and word not in chars}
    counts: dict[str, Counter[Intent]] = defaultdict(Counter)
    for intent, words in read:
        for piece in _pieces(_spelled(chars, words)):
            counts[piece][intent] += 1
    sentences = Counter(intent for intent, _words in read)
    intents = tuple(sorted(sentences))
    votes = {piece: _packed(found, sentences, intents) for piece, found in counts.items()}
    return Examples(intents, chars, votes, tuple(math.log(sentences[i]) / 2 for i in intents), _silent(lang, chars))


def _silent(lang: str, chars: dict[str, str]) -> frozenset[str]:
    """The characters of kinds, of unknown words and of words like "at", "or", "to": none of them wants anything."""
    lexicon = load(lang)
    small = lexicon.marks["filler"] | lexicon.marks["or"] | lexicon.marks["and"] | lexicon.marks["to"]
    return frozenset(map(chr, range(ord(OTHER) + 1))) | {c for w, c in chars.items() if lexicon.chars.get(w) in small}


def _packed(found: Counter[Intent], sentences: Counter[Intent], intents: tuple[Intent, ...]) -> int:
    """The votes of one piece: the logarithm of how often it is in the examples of each intent, around their mean."""
    shares = [math.log((found[i] + RARE) / (sentences[i] + 2 * RARE)) for i in intents]
    mean = sum(shares) / len(shares)
    return sum(round((s - mean) * GRAIN) + ZERO << FIELD * n for n, s in enumerate(shares))
