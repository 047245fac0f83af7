"""Phrase classifier: the heaviest phrase of the word file decides the act."""

from dataclasses import dataclass

from bot.understanding.lexicon import Lexicon
from bot.understanding.meaning import Act, Intent


@dataclass(frozen=True)
class Classification:
    """An act, its score from 0 to 1, and the phrase (or reason) it was found by."""

    act: Act
    score: float
    said: str

    @property
    def intent(self) -> Intent:
        """The coarse purpose, which follows from the act."""
        return self.act.intent


UNCLASSIFIED = Classification(Act.OTHER, 0.0, "")


def classify(lexicon: Lexicon, row: str, without: frozenset[Act] = frozenset()) -> Classification:
    """The act whose heaviest phrase is in the text, none of `without`; UNCLASSIFIED when no phrase is."""
    best, weight, order = None, 0, 0
    at = lexicon.phrases.at
    for i in range(len(row)):
        for phrase in at(row, i):
            candidate = phrase.given["weight"]
            if candidate < weight or (candidate == weight and best is not None and phrase.order >= order):
                break
            if phrase.make not in without and phrase.compiled.regex.match(row, i) is not None:
                best, weight, order = phrase, candidate, phrase.order
                break
    return UNCLASSIFIED if best is None else Classification(Act(best.make), weight / 100, best.pattern)
