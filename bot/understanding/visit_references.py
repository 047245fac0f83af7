"""Visit references in a text: V7K2, also as phones rewrite them ("v 7 k 2", "V7k2.")."""

import re
from collections.abc import Iterator, Sequence

from bot.understanding.tokenizer import Token

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_LETTER, _ANY = "[A-HJKMNP-Za-hjkmnp-z]", "[2-9A-HJKMNP-Za-hjkmnp-z]"
_WHOLE = re.compile(rf"(?<![^\W_])({_LETTER}{_ANY}{{3}})(?![^\W_])")
_SPACED = re.compile(rf"(?<![^\W_])({_LETTER} {_ANY} {_ANY} {_ANY}|{_LETTER} ?[2-9] ?{_ANY} ?[2-9])(?![^\W_])")
_DIGIT = re.compile("[2-9]")
_ISSUED_CHARACTERS = frozenset("CDFGHJKNPQRTVWX234679")
_CHAT_WORDS = frozenset("GR8T STR8 M8TE W8NG H8TE H8ED B4ND".split())


def find_reference(text: str) -> tuple[str, int, int] | None:
    """The first reference in a text, in capitals without spaces, and its position; None when there is none."""
    if _DIGIT.search(text) is None:
        return None
    for pattern in (_WHOLE, _SPACED):
        for match in pattern.finditer(text):
            code = match.group(1).replace(" ", "").upper()
            plain = code in _CHAT_WORDS or not any(c.isdigit() for c in code)
            if not plain and not (pattern is _SPACED and match.group(1)[:2] in ("a ", "A ", "u ", "U ")):
                return code, match.start(), match.end()
    return None


def blank_reference(text: str, found: tuple[str, int, int] | None) -> str:
    """The text with a reference of ours blanked, so that no part of "HR4P" is read as a word. Positions stay the same."""
    if found is None or not _ISSUED_CHARACTERS.issuperset(found[0]):
        return text
    _code, start, end = found
    return text[:start] + " " * (end - start) + text[end:]


def find_references(text: str) -> tuple[str, ...]:
    """All references in a text, in the order named, each once."""
    return tuple(dict.fromkeys(code for code, _start, _end in _all_references(text)))


def _all_references(text: str) -> Iterator[tuple[str, int, int]]:
    rest = text
    while (one := find_reference(rest)) is not None:
        yield one
        rest = rest[: one[1]] + " " * (one[2] - one[1]) + rest[one[2] :]


def reference_positions(text: str, tokens: Sequence[Token]) -> set[int]:
    """The positions of the tokens that belong to a reference."""
    spans = [(start, end) for _code, start, end in _all_references(text)]
    return {k for k, token in enumerate(tokens) for start, end in spans if start < token.end and token.start < end}
