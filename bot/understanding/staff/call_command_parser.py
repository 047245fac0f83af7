"""Parser of commands about calls: "calls", "kiosk 123456 B-1", "unpair B-1", "pin 48213", "pantalla 123456 B-1"."""

import re

from bot.understanding.staff.command import StaffVerb
from bot.understanding.tokenizer import normalize

_CALLS = re.compile(r"(?:(?:the|live|show|my|open|las|ver|mis) )*(?:calls|llamadas)(?: now| ahora| please| por favor)?")
_KIOSK = re.compile(
    r"^\W*(?:(?:pair|the|vincular|la|el)\s+)?(?:kiosks?|kios[ck]o|quiosco|pantalla|screen)\b", re.IGNORECASE
)
_UNPAIR = re.compile(
    r"^\W*(?:unpair|un-pair|desvincular|desvincule|desvincula)\b(?:\s+(?:the|la|el|kiosk|pantalla|quiosco|screen)\b)*",
    re.IGNORECASE,
)
_PIN = re.compile(
    r"^\W*(?:(?:new|a|nuevo|otro|un)\s+)*pin\b(?:\s+(?:number|numero|for|de|para|of|new|nuevo)\b)*", re.IGNORECASE
)
_CODE = re.compile(r"(?<![\w-])\d(?:[ -]?\d){5}(?![\w])")
_FILLER_WORDS = frozenset(
    "is at to on for as the terminal unit code en para la el de unidad codigo please por favor".split()
)
_TRIMMED = " \t\r\n.,;:!#?\"'()"
MAX_NAME_WORDS = 4


def parse_call_command(text: str) -> tuple[StaffVerb, str | None, str] | None:
    """(verb, number, name): (CALLS, None, ""), (KIOSK, code, terminal), (UNPAIR, None, terminal), (PIN, None, who).

    The code is None, or the terminal "", where the text has none. None when the text is about none of them.
    """
    if _CALLS.fullmatch(" ".join(normalize(text).strip(_TRIMMED).split())):
        return StaffVerb.CALLS, None, ""
    if (found := _UNPAIR.match(text)) is not None:
        return StaffVerb.UNPAIR, None, _terminal_name(text[found.end() :])
    if (found := _KIOSK.match(text)) is not None:
        return _kiosk_command(text[found.end() :])
    if (found := _PIN.match(text)) is not None:
        who = " ".join(text[found.end() :].split()).strip(_TRIMMED)
        return (StaffVerb.PIN, None, who) if len(who.split()) <= MAX_NAME_WORDS else None
    return None


def _kiosk_command(rest: str) -> tuple[StaffVerb, str | None, str] | None:
    """What follows the word: six digits, spaces between them or not, and the terminal, in either order."""
    codes = list(_CODE.finditer(rest))
    if not codes:
        name = _terminal_name(rest)
        return (
            (StaffVerb.KIOSK, None, name) if len(name.split()) <= MAX_NAME_WORDS - 1 else None
        )  # "screen is black since noon"
    code = codes[0]
    name = _terminal_name(f"{rest[: code.start()]} {rest[code.end() :]}")
    return StaffVerb.KIOSK, re.sub(r"\D", "", code.group()), name


def _terminal_name(words: str) -> str:
    """The terminal's name out of the words around it."""
    kept = [word.strip(_TRIMMED) for word in words.split() if normalize(word.strip(_TRIMMED)) not in _FILLER_WORDS]
    return " ".join(word for word in kept if word.strip("-"))
