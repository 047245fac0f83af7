"""Parser of answers to a list: "417 1-9 ok, 11 ok, 12 no b", "417 ok all"."""

import re
from collections.abc import Mapping
from enum import StrEnum

from bot.understanding.staff.command import DENIAL_LETTERS, DenialLetter, ItemAnswer, StaffVerb

LAST_ITEM = 999
MAX_ITEM = 99
_PIECE = re.compile(r"(?P<number>\d+)|(?P<word>[^\W\d_]+|👍|✅)|(?P<mark>[,;.\n])|(?P<dash>[-–—])")
_RANGE_WORDS = frozenset("to a al thru through hasta".split())
ALL_WORDS = frozenset("all todo todos todas everything rest".split())
_FILLER = frozenset("and y the la las el los de of them please por favor number numbers no. nos items also".split())


class PieceKind(StrEnum):
    """The groups of the pattern of pieces."""

    NUMBER = "number"
    WORD = "word"
    MARK = "mark"
    DASH = "dash"


def parse_list_answers(text: str, verbs: Mapping[str, StaffVerb]) -> tuple[ItemAnswer, ...]:
    """The answers to the numbered requests of a list; ALL is the last number of "all".

    Empty when the text is anything but numbers with verbs. `verbs` maps words to verbs. Words after a "no" and its
    letter, up to the next comma, are a note and are skipped.
    """
    got = _ListAnswerParser(verbs)
    for piece in _PIECE.finditer(text.casefold()):
        kind, said = PieceKind(str(piece.lastgroup)), piece.group()
        if not got.take(kind, said):
            return ()
    return got.end()


def denial_letter(word: str) -> DenialLetter | None:
    """The reason that one letter stands for, None for any other word."""
    return next((each for each in DENIAL_LETTERS if each == word), None)


class _ListAnswerParser:
    """A state machine: numbers wait for their verb ("1-9 ok"), a verb that comes first waits for its numbers ("ok 1-9")."""

    def __init__(self, verbs: Mapping[str, StaffVerb]) -> None:
        self.verbs = verbs
        self.done: list[ItemAnswer] = []
        self.spans: list[tuple[int, int]] = []
        self.verb: StaffVerb | None = None
        self.ranging = self.noted = False
        self.last: list[int] = []

    def take(self, kind: PieceKind, said: str) -> bool:
        """Take one token. False when the text is no list of answers."""
        if kind is PieceKind.MARK:
            self.noted = self.noted and said == "."
            return True
        if self.noted:
            return True
        if kind is PieceKind.DASH or (said in _RANGE_WORDS and self.spans and kind is PieceKind.WORD):
            self.ranging = bool(self.spans)
            return True
        if kind is PieceKind.NUMBER:
            return self._number(int(said) if len(said) <= 2 else MAX_ITEM + 1)
        return self._word(said)

    def _number(self, n: int) -> bool:
        if not 0 < n <= MAX_ITEM:
            return False
        if self.ranging:
            first = self.spans[-1][0]
            self.spans[-1] = (min(first, n), max(first, n))
        else:
            self.spans.append((n, n))
        self.ranging = False
        return True

    def _word(self, said: str) -> bool:
        verb, reason = self.verbs.get(said), denial_letter(said)
        if said in ALL_WORDS:
            self.spans.append((1, LAST_ITEM))
            return True
        if verb in (StaffVerb.OK, StaffVerb.NO) and said not in _FILLER:
            self._verb(verb)
            return True
        if self.verb == StaffVerb.NO and self.spans and reason:
            self._emit(StaffVerb.NO)
            self.verb = None
        if self.last and not self.spans and reason and self.done[-1].verb == StaffVerb.NO:
            for n in self.last:
                self.done[n] = self.done[n]._replace(letter=reason)
            self.last = []
            return True
        if said in _FILLER:
            return True
        self.noted = bool(self.done) and self.done[-1].verb == StaffVerb.NO and not self.spans
        return self.noted

    def _verb(self, verb: StaffVerb) -> None:
        if self.spans and self.verb is None:
            self._emit(verb)
            return
        self.end()
        self.verb = verb

    def _emit(self, verb: StaffVerb) -> None:
        self.last = list(range(len(self.done), len(self.done) + len(self.spans)))
        self.done += [ItemAnswer(first, last, verb) for first, last in self.spans]
        self.spans = []

    def end(self) -> tuple[ItemAnswer, ...]:
        """The answers. Empty when numbers are left without a verb."""
        if self.verb is not None:
            if not self.spans:
                return ()
            self._emit(self.verb)
            self.verb = None
        return () if self.spans else tuple(self.done)
