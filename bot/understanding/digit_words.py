"""Digits that are words: "change it 2 friday" is "to", "a visit 4 my son" is "for"."""

from collections.abc import Sequence

from bot.understanding.lexicon import Lexicon
from bot.understanding.tokenizer import Token

_LISTS = {2: "two_as_to", 4: "four_as_for"}
"""The list of a word file that has the word for each digit."""
_TIMES = ("WEEKDAY", "DAYWORD", "MONTH", "PART")


def spell_out(tokens: list[Token], lexicons: Sequence[Lexicon]) -> list[Token]:
    """The tokens, with the word in place of each digit that can be no number where it stands.

    It stands before a word that no number is said with ("the", "my", "see"), or between a word that wants a preposition
    ("move it") and a day. After a day, a clock or "at" it is a number.
    """
    for lexicon in lexicons:
        if "two_as_to" in lexicon.lists:
            tokens = [_word(tokens, k, lexicon) or token for k, token in enumerate(tokens)]
    return tokens


def _word(tokens: Sequence[Token], k: int, lexicon: Lexicon) -> Token | None:
    token = tokens[k]
    if token.number not in _LISTS or k + 1 == len(tokens):
        return None
    (word,) = lexicon.lists[_LISTS[token.number]]
    lists = lexicon.lists
    before, after = tokens[k - 1].word if k else "", tokens[k + 1].word
    if before in lists["at"] or any(before in lexicon.classes[name] for name in _TIMES) or tokens[k - 1].number:
        return None
    named = any(after in lexicon.classes[name] for name in _TIMES) or after in lists["before_day"]
    if after in lists["after_preposition"] or (named and before in lists["wants_preposition"]):
        return token._replace(word=word, number=None)
    return None
