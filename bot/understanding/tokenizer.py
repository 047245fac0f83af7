"""Tokenizer: normalized words in plain lower case, numbers, and the few marks that carry meaning."""

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

MAX_TOKENS = 400
_TOKEN = re.compile(
    r"(?P<meridiem>(?<![^\W\d_])[aApP]\s?\.\s?[mM]\b\.?)"
    r"|(?P<short>\d(?:morrow|moro|mor|mrw|nite|night|day|nd\b|st\b|th\b|rd\b)(?![^\W_])|(?<![^\W_])(?:b4|l8r?|gr8|w8)(?![^\W_]))"
    r"|(?P<number>\d+)"
    r"|(?P<word>[^\W\d_]+(?:['’`´][^\W\d_]+)*['’]?)"
    r"|(?P<mark>[^\s\w])",
    re.IGNORECASE,
)
_MARKS = {
    "–": "-",
    "—": "-",
    "−": "-",
    "‐": "-",
    "‑": "-",
    "~": "-",
    "“": '"',
    "”": '"',
    "«": '"',
    "»": '"',
    "’": "'",
    "‘": "'",
    "…": ";",
}
_SKIN = re.compile("[\U0001f3fb-\U0001f3ff\ufe0f\u200d]")


class TokenKind(StrEnum):
    """The groups of the token pattern."""

    MERIDIEM = "meridiem"
    SHORT = "short"
    NUMBER = "number"
    WORD = "word"
    MARK = "mark"


class Token(NamedTuple):
    """One token: its normalized word, its position in the text, and its value when it is a number."""

    word: str
    start: int
    end: int
    number: int | None = None


@lru_cache(maxsize=20000)
def normalize(word: str) -> str:
    """Lower case without accents or apostrophes: "Mañana's" -> "mananas"."""
    low = word.lower()
    if low in ("º", "ª"):  # "1º" is not "1 o", "2ª" not "2 a"
        return low
    if not low.isascii():
        plain = unicodedata.normalize("NFKD", low)
        low = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"['’`´]", "", low)


@lru_cache(maxsize=20000)
def _without_possessive(word: str) -> str:
    """A word without its possessive: "marcus's" -> "marcus", "today's" -> "today"; "it's" keeps its s."""
    low = word.lower()
    if low in ("we'd", "we’d"):  # must not become "wed", Wednesday
        return "we-d"
    stem = low[:-2] if low.endswith(("'s", "’s")) else low
    if stem != low and len(stem) > 4:
        return normalize(stem)
    return normalize(word)


def _mark(text: str, start: int) -> str:
    """A point, comma or colon between two characters joins ("2:30", "17.30"); one beside a space separates."""
    mark = _MARKS.get(text[start], text[start])
    if mark == ";" and text[start - 1 : start].isdigit() and text[start + 1 : start + 2].isdigit():
        return ":"
    if mark in ".,:":
        glued = start + 1 < len(text) and text[start + 1].isalnum() and start > 0 and text[start - 1].isalnum()
        return mark if glued else ";"
    return mark


def tokenize(text: str) -> list[Token]:
    """The tokens of a text, at most MAX_TOKENS of them. Never raises, whatever the characters."""
    found: list[Token] = []
    for m in _TOKEN.finditer(text):
        start, end, kind = m.start(), m.end(), m.lastgroup
        if kind == TokenKind.WORD:
            found.append(Token(_without_possessive(m.group()), start, end))
        elif kind == TokenKind.NUMBER:
            found.append(_number(m.group(), start, end))
        elif kind == TokenKind.MERIDIEM:
            found.append(Token(m.group()[0].lower() + "m", start, end))
        elif kind == TokenKind.SHORT:
            found.extend(_short(m.group(), start, end))
        elif m.group() not in "¿¡" and not _SKIN.match(m.group()):
            found.append(Token(_mark(text, start), start, end))
        if len(found) >= MAX_TOKENS:
            break
    return found


def _number(digits: str, start: int, end: int) -> Token:
    return Token(digits, start, end, int(digits) if digits.isascii() and len(digits) <= 9 else None)


def _short(piece: str, start: int, end: int) -> list[Token]:
    """ "2moro" and "b4" are one word; "2nd" is a number and its ending."""
    low = normalize(piece)
    if low[0].isalpha():
        return [Token(low, start, end)]
    if low[0] == "2" and low[1:] in ("morrow", "moro", "mor", "mrw", "nite", "night", "day"):
        return [Token(low, start, end)]
    return [_number(piece[:1], start, start + 1), Token(low[1:], start + 1, end)]
