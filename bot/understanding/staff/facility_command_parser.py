"""Parser of commands without a request: duty, lockdown, closures, a resident at court, moved or refusing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.understanding.meaning import Need, TextContext, Window, WindowRole
from bot.understanding.pipeline import understand
from bot.understanding.staff.command import StaffSubject, StaffVerb
from bot.understanding.tokenizer import Token, normalize

# Longer phrases come first: "lift lockdown" is not a lockdown.
_VERBS = (
    (
        StaffVerb.REOPEN,
        "reopen re-open lift_lockdown end_lockdown lockdown_over lockdown_lifted open_unit reabrir reabra",
    ),
    (StaffVerb.LOCKDOWN, "lockdown lock_down locked_down encierro cierre_de_emergencia bloqueo lock_unit"),
    (StaffVerb.CLOSE, "close closed closure no_visits cerrar cierre cerrado cierra sin_visitas"),
    (StaffVerb.COURT, "court at_court hearing corte tribunal juzgado audiencia"),
    (StaffVerb.REFUSES, "refuses refused refuse declines declined doesnt_want does_not_want rechaza rehusa no_quiere"),
    (StaffVerb.MOVED, "moved transferred moves trasladado trasladada traslado movido movida"),
    (StaffVerb.ON, "on on_duty de_turno entro_de_turno"),
    (StaffVerb.OFF, "off off_duty fuera fuera_de_turno salgo_de_turno"),
)
_PHRASES = [(verb, tuple(normalize(w) for w in way.split("_"))) for verb, ways in _VERBS for way in ways.split()]
_PHRASES.sort(key=lambda way: -len(way[1]))
_UNIT = re.compile(
    r"\b(?:units?|unidad(?:es)?|pods?|blocks?|m[oó]dulos?|dorms?)\s+(?!until|till|now|hasta)([^\W_]{1,4})\b",
    re.IGNORECASE,
)
_ALL_UNITS = re.compile(r"\b(?:all|every|todas?|todos?|entire|whole)\b", re.IGNORECASE)
_LETTER = re.compile(r"(?<![\w'])([A-Z]\d?|\d[A-Z])(?![\w'])")
# People who speak of themselves or ask a question give no command.
_CONVERSATION_WORDS = frozenset(
    "i my me can could is are was does do did when he she we you if yo mi puedo cuando ella will".split()
)
_FILLER_WORDS = frozenset(
    "unit unidad pod block modulo dorm in to at on the a de del la el en for is has was been today visit visits visita"
    " his her".split()
)


@dataclass(frozen=True)
class FacilityCommand:
    """The verb, the unit it names ("all" for every unit), the resident named, and when."""

    verb: StaffVerb
    unit: str | None
    name: str
    number: str | None
    window: Window | None
    note: str


def parse_facility_command(
    text: str, found: Sequence[Token], now: datetime, languages: tuple[str, ...]
) -> FacilityCommand | None:
    """The command in a text, or None when there is none."""
    words = [t.word for t in found]
    if "?" in text or not _CONVERSATION_WORDS.isdisjoint(words[:4]):
        return None
    at = next(
        ((verb, i, len(way)) for verb, way in _PHRASES for i in range(4) if tuple(words[i : i + len(way)]) == way), None
    )
    if at is None:
        return None
    verb, i, size = at
    before, after = found[:i], found[i + size :]
    if verb.subject == StaffSubject.DUTY:
        return _duty_command(verb, text, (before, after), now, languages)
    if verb.subject == StaffSubject.RESIDENT:
        return _resident_command(verb, text, (before, after), now, languages)
    if before and words[:i] != ["emergency"]:
        return None
    rest = text[found[i].start :]
    window = _find_window(text, after[0].start, now, languages) if after else None
    return FacilityCommand(
        verb, _find_unit(rest, after), "", None, window, text[after[0].start :].strip() if after else ""
    )


def _duty_command(
    verb: StaffVerb,
    text: str,
    parts: tuple[Sequence[Token], Sequence[Token]],
    now: datetime,
    languages: tuple[str, ...],
) -> FacilityCommand | None:
    """Only the word with a unit or a name: "on" is in too many other sentences to mean duty there.

    "off reed" is about a colleague. Days and times are not names: "on saturday" answers a question.
    """
    before, after = parts
    unit = _find_unit(text, after)
    small = ("unit", "unidad", "for", "now", "duty")
    spare = [t for t in after if normalize(unit or "") != t.word and t.word not in small]
    if not before and not spare:
        return FacilityCommand(verb, unit, "", None, None, "")
    named = not before and spare == list(after) and len(after) <= 4 and all(_name_like(t.word) for t in after)
    if not named or _find_window(text, after[0].start, now, languages) is not None:
        return None
    return FacilityCommand(verb, None, " ".join(text[after[0].start :].split()).strip(" .,;:!"), None, None, "")


def _name_like(word: str) -> bool:
    return word.replace("-", "").isalpha() and len(word) > 1


def _resident_command(
    verb: StaffVerb,
    text: str,
    parts: tuple[Sequence[Token], Sequence[Token]],
    now: datetime,
    languages: tuple[str, ...],
) -> FacilityCommand | None:
    before, after = parts
    start = after[0].start if after else len(text)
    window = _find_window(text, start, now, languages) if after else None
    unit = _find_unit(text[start:], ()) if verb == StaffVerb.MOVED else None
    number = next((t.word for t in (*before, *after) if t.word.isdigit() and 4 <= len(t.word) <= 9), None)
    name = _name(text, before) or _name(text, _before_window(after, window))
    if number is None and not name:
        return None
    return FacilityCommand(verb, unit, name, number, window, text[start:].strip())


def _before_window(after: Sequence[Token], window: Window | None) -> list[Token]:
    """The tokens before the time said."""
    return [t for t in after if window is None or t.end <= window.text[0]]


def _name(text: str, found: Sequence[Token]) -> str:
    """The words of a name, as typed, out of numbers and small words; empty when there is none."""
    words: list[str] = []
    for token in found[:5]:
        if token.word.isalpha() and token.word not in _FILLER_WORDS and len(token.word) > 1:
            words.append(text[token.start : token.end])
        elif words:
            break
    return " ".join(words[:3])


def _find_unit(text: str, after: Sequence[Token]) -> str | None:
    named = _UNIT.search(text) or _LETTER.search(text)
    if named is not None:
        return "all" if _ALL_UNITS.fullmatch(named.group(1)) else named.group(1).upper()
    if len(after) == 1 and len(after[0].word) <= 2:
        return after[0].word.upper()
    return "all" if _ALL_UNITS.search(text) else None


def _find_window(text: str, start: int, now: datetime, languages: tuple[str, ...]) -> Window | None:
    meaning = understand(text[start:], now=now, languages=languages, context=TextContext(asked=Need.WHEN))
    window = next((w for w in meaning.windows if w.role != WindowRole.EXCLUDE), None)
    return window and replace(window, role=WindowRole.WANT, text=(window.text[0] + start, window.text[1] + start))
