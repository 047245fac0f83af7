"""Whether a text clearly orders a cancellation or the end of texts, in the imperative.

What cannot be taken back is done only on such an order. A negation, a question, a condition, a report of what happened or
words that we do not know beside the order leave it uncertain, and what is uncertain is asked.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.understanding.answer_reader import plain_word
from bot.understanding.lexicon import Lexicon
from bot.understanding.meaning import OrderCertainty
from bot.understanding.phrase_list import PhraseList, load_phrases
from bot.understanding.tokenizer import Token

_ENDS_CLAUSE = frozenset((";", ",", "!", "?", '"', "(", ")"))
_CANCEL_WORDS = ("cancel", "remove", "past_cancel")
_REACH = 5
"""How many words before the verb a negation may stand: "dont you guys even think to cancel"."""


def cancel_order(tokens: Sequence[Token], lexicons: Sequence[Lexicon], known: frozenset[int]) -> OrderCertainty:
    """How surely a text orders a cancellation. `known` are the positions of days, times, numbers, references and names."""
    words = [plain_word(token.word, lexicons) for token in tokens]
    found = [reader.verdict() for reader in _readers(words, known, lexicons)]
    # One language may know the verb and the other the negation beside it, so the most careful verdict counts.
    careful = (OrderCertainty.NEGATED, OrderCertainty.REPORTED, OrderCertainty.CERTAIN, OrderCertainty.UNCERTAIN)
    return next((verdict for verdict in careful if verdict in found), OrderCertainty.NONE)


def _readers(words: Sequence[str], known: frozenset[int], lexicons: Sequence[Lexicon]) -> "list[_Reader]":
    lists = [load_phrases(lexicon.lang) for lexicon in lexicons]
    return [_Reader(words, known, each, [other for other in lists if other is not each]) for each in lists]


def opt_out_order(tokens: Sequence[Token], lexicons: Sequence[Lexicon]) -> OrderCertainty:
    """How surely a text orders that no more texts come. CERTAIN where it says nothing else ("stop please")."""
    words = [plain_word(token.word, lexicons) for token in tokens]
    found = [reader.opt_out_verdict() for reader in _readers(words, frozenset(), lexicons)]
    careful = (OrderCertainty.CERTAIN, OrderCertainty.NEGATED, OrderCertainty.REPORTED, OrderCertainty.UNCERTAIN)
    return next((verdict for verdict in careful if verdict in found), OrderCertainty.NONE)


@dataclass(frozen=True)
class _Reader:
    """One text in one language. A clause is a range of positions between two marks. Courtesy counts in any language."""

    words: Sequence[str]
    known: frozenset[int]
    lists: Mapping[str, PhraseList]
    others: Sequence[Mapping[str, PhraseList]]

    def verdict(self) -> OrderCertainty:
        if not any(self.lists[name].may_be_in(self.words) for name in _CANCEL_WORDS if name in self.lists):
            return OrderCertainty.NONE
        verbs = [k for k in range(len(self.words)) if self._is_verb(k)]
        told = any(self._length("past_cancel", k) for k in range(len(self.words)))
        clauses = list(self._clauses())
        if not verbs:
            return self._told(clauses) if told else OrderCertainty.NONE
        if any(self._negated(clause, k) for clause in clauses for k in verbs if k in clause):
            return OrderCertainty.NEGATED
        if any(self._is_order(clause) for clause in clauses):
            doubtful = told or any(self._length("doubt", k) for k in range(len(self.words)))
            return OrderCertainty.UNCERTAIN if doubtful or self._says_no_elsewhere(clauses) else OrderCertainty.CERTAIN
        asked = any(self._asks(clause, k) for clause in clauses for k in clause if self._length("cancel", k))
        return OrderCertainty.REPORTED if told or asked else OrderCertainty.UNCERTAIN

    def opt_out_verdict(self) -> OrderCertainty:
        if "opt_out" not in self.lists or not self.lists["opt_out"].may_be_in(self.words):
            return OrderCertainty.NONE
        ordered = [k for k in range(len(self.words)) if self._length("opt_out", k)]
        if not ordered:
            return OrderCertainty.NONE
        if self._is_only_opt_out():
            return OrderCertainty.CERTAIN
        before = range(ordered[0])
        if any(self._length("negation", k) for k in before):
            return OrderCertainty.NEGATED
        return OrderCertainty.REPORTED if any(self._length("report", k) for k in before) else OrderCertainty.UNCERTAIN

    def _is_only_opt_out(self) -> bool:
        at = 0
        while at < len(self.words):
            size = max(self._length(name, at) for name in ("opt_out", "around", "courtesy", "filler", "yes"))
            if not size and self.words[at].isalnum():
                return False
            at += max(size, 1)
        return True

    def _told(self, clauses: Sequence[range]) -> OrderCertainty:
        """The verdict on the word in the past: a report, unless they wish for it ("i would like it cancelled")."""
        wished = any(self._length("wish", k) for clause in clauses for k in clause)
        return OrderCertainty.UNCERTAIN if wished else OrderCertainty.REPORTED

    def _is_verb(self, at: int) -> bool:
        return bool(self._length("cancel", at) or self._length("remove", at))

    def _length(self, name: str, at: int) -> int:
        lists = (self.lists, *self.others) if name == "courtesy" else (self.lists,)
        return max(each[name].length_at(self.words, at) if name in each else 0 for each in lists)

    def _clauses(self) -> Iterator[range]:
        start = 0
        for k, word in enumerate([*self.words, ";"]):
            if word in _ENDS_CLAUSE:
                if k > start:
                    yield range(start, k)
                start = k + 1

    def _negated(self, clause: range, verb: int) -> bool:
        """Whether a negation stands before the verb in its clause; "dont wait, cancel it" has two."""
        return any(self._length("negation", k) for k in range(max(clause.start, verb - _REACH), verb))

    def _asks(self, clause: range, verb: int) -> bool:
        """Whether the clause tells or asks what others do: "did yall cancel", "why they cancel on me"."""
        start = self._skip(clause.start, verb, ("lead",), known=False)
        return any(self._length("report", k) for k in range(start, verb))

    def _is_order(self, clause: range) -> bool:
        """Whether a clause is nothing but words that may lead, the verb, and what it is about."""
        at = self._skip(clause.start, clause.stop, ("lead", "courtesy", "filler", "yes"), known=False)
        size = max(self._length("cancel", at), self._length("remove", at)) if at < clause.stop else 0
        objects = ("object", "courtesy", "filler", "choose", "cancel")
        return bool(size) and self._skip(at + size, clause.stop, objects, known=True) == clause.stop

    def _skip(self, at: int, stop: int, names: Sequence[str], *, known: bool) -> int:
        """Where the words end that these lists know."""
        while at < stop:
            size = max(self._length(name, at) for name in names)
            if known and not size and (at in self.known or not self.words[at].isalnum()):
                size = 1
            told = not known and self._length("report", at) and not self._length("lead", at)  # "yall cancel it again"
            if not size or told or (not known and self._is_verb(at)):
                break
            at += size
        return at

    def _says_no_elsewhere(self, clauses: Sequence[range]) -> bool:
        """Whether another clause denies something, or a later one is a no: "cancel it. no dont", "cancel? no!"."""
        orders = [clause for clause in clauses if self._is_order(clause)]
        others = [clause for clause in clauses if clause not in orders]
        denied = any(self._length("negation", k) for clause in others for k in clause)
        return denied or any(self._length("no", c.start) for c in others if c.start > orders[0].start)
