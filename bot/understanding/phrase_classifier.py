"""What a text wants: phrases of the word file, the heaviest one decides."""

from dataclasses import dataclass

from bot.understanding.lexicon import Lexicon
from bot.understanding.meaning import Act, Intent


@dataclass(frozen=True)
class Classification:
    """The act found, its weight as a score from 0 to 1, and the phrase that said so."""

    act: Act
    score: float
    said: str

    @property
    def intent(self) -> Intent:
        """The coarse purpose, which follows from the act."""
        return self.act.intent


UNCLASSIFIED = Classification(Act.OTHER, 0.0, "")


def classify(lexicon: Lexicon, row: str) -> Classification:
    """The act whose heaviest phrase is in the text; NOTHING when none is."""
    best, weight, order = None, 0, 0
    at = lexicon.phrases.at
    for i in range(len(row)):
        for phrase in at(row, i):
            worth = phrase.given["weight"]
            if worth < weight or (worth == weight and best is not None and phrase.order >= order):
                break
            if phrase.compiled.regex.match(row, i) is not None:
                best, weight, order = phrase, worth, phrase.order
                break
    return UNCLASSIFIED if best is None else Classification(Act(best.make), weight / 100, best.said)
