"""What a text wants: phrases of the word file, the heaviest one decides."""

from dataclasses import dataclass

from bot.understanding.lexicon import Lexicon

INTENTS = {
    "book": "book",
    "standing": "book",
    "again": "book",
    "waitlist": "book",
    "reschedule": "reschedule",
    "earlier": "reschedule",
    "later": "reschedule",
    "another_day": "reschedule",
    "cannot": "reschedule",
    "who_is_this": "help",
    "cancel": "cancel",
    "status": "status",
    "visits": "status",
    "availability": "availability",
    "question.hours": "availability",
    "affirm": "affirm",
    "choose": "affirm",
    "deny": "deny",
    "help": "help",
    "connect": "help",
}


@dataclass(frozen=True)
class Wanted:
    """The act found, its weight as a score from 0 to 1, and the phrase that said so."""

    act: str
    score: float
    said: str

    @property
    def intent(self) -> str:
        return INTENTS.get(self.act, "other")


NOTHING = Wanted("other", 0.0, "")


def wanted(lexicon: Lexicon, row: str) -> Wanted:
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
    return NOTHING if best is None else Wanted(best.make, weight / 100, best.said)
