"""Parser of officers' texts: "417 OK", "417 NO B he is at court", "417 sun 2pm", "417 1-9 ok", LIST, lockdown."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.languages import LANGUAGES
from bot.understanding import noise, visit_references
from bot.understanding.meaning import Need, TextContext, Window, WindowRole
from bot.understanding.pipeline import answer_in, understand
from bot.understanding.staff import call_command_parser, facility_command_parser, flag_command_parser
from bot.understanding.staff import list_answer_parser as lists
from bot.understanding.staff.command import (
    DenialLetter,
    StaffCommand,
    StaffVerb,
)
from bot.understanding.tokenizer import Token, tokenize

EMERGENCY_NUMBERS = (911, 988)
_WORDS_OF_VERB: dict[StaffVerb | None, str] = {
    StaffVerb.OK: "ok okay okey k approve approved approves aprove yes y si aprobar apruebo aprobada aprobado 👍 ✅",
    StaffVerb.NO: "no deny denied reject rejected negar niego negada negado rechazar rechazo rechazada nope",
    StaffVerb.WHY: "why motivo porque razon",
    StaffVerb.LIST: "list lista listado open abiertas pendientes pending",
    StaffVerb.TODAY: "today hoy",
    StaffVerb.TOMORROW: "tomorrow manana tmrw",
    StaffVerb.VISIT: "visit visita",
    StaffVerb.INVITE: "invite invitar invita invito",
    StaffVerb.HELP: "help ayuda info ? commands command comandos",
    StaffVerb.UNDO: "undo deshacer deshaz oops",
    StaffVerb.SEND: "send enviar envie enviarlo mandar",
    StaffVerb.REFUSES: "refuses refused rechaza",
    None: "; , . ! : # - the la el ref code codigo",
}
_VERB_OF_WORD = {word: verb for verb, words in _WORDS_OF_VERB.items() for word in words.split() if verb is not None}
_FILLER = frozenset(word for verb, words in _WORDS_OF_VERB.items() for word in words.split() if verb is None)
_HELP_PHRASES = (["help", "me"], ["help", "please"], ["ayuda", "por", "favor"])
_DAYS = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun "
    "lunes martes miercoles jueves viernes sabado domingo".split()
)
_LOOKUP_VERBS = (StaffVerb.LIST, StaffVerb.TODAY, StaffVerb.TOMORROW, StaffVerb.HELP)
_WITH_REQUEST = (
    StaffVerb.OK,
    StaffVerb.NO,
    StaffVerb.WHY,
    StaffVerb.VISIT,
    StaffVerb.UNDO,
    StaffVerb.SEND,
    StaffVerb.REFUSES,
)
"""Verbs that say by themselves what to do with the request that a code or a reference names."""


def parse_staff_command(text: str, *, now: datetime, languages: tuple[str, ...] = LANGUAGES) -> StaffCommand | None:
    """The command in an officer's text, or None when there is none (the officer may be writing as a family member).

    The first number of three digits is the answer code, in a clock position too ("417 sun 230pm"); 911 and 988
    are never codes. Reactions and automatic replies are no commands. Never raises.
    """
    if noise.is_noise(text):
        return None
    found = [t for t in tokenize(noise.blank_unwritten_lines(text)) if t.word not in _FILLER]
    if not found:
        return None
    if (about := flag_command_parser.parse_flag_command(tokenize(noise.blank_unwritten_lines(text)))) is not None:
        return StaffCommand(about[0], number=about[1])
    if (screens := call_command_parser.parse_call_command(noise.blank_unwritten_lines(text))) is not None:
        return StaffCommand(screens[0], number=screens[1], name=screens[2])
    reference = visit_references.find_reference(text)
    code_at = next((i for i, t in enumerate(found[:3]) if _is_code(t)), None)
    if reference is not None and (code_at is None or reference[1] <= found[code_at].start):
        return _request_command(text, found, reference, None, now, languages)
    if code_at is not None:
        return _request_command(text, found, None, found[code_at], now, languages)
    alone = _command_without_request(text, found) or _day_command(text, found, now, languages)
    return alone or _items_without_code(text, found) or _facility_command(text, now, languages)


def _items_without_code(text: str, found: Sequence[Token]) -> StaffCommand | None:
    """ "1-3 ok": an answer to a list, without the code that says to which."""
    items = () if _names_no_item((), found) else lists.parse_list_answers(text, _VERB_OF_WORD)
    return StaffCommand(StaffVerb.ITEMS, note=text.strip(), items=items) if items else None


def _facility_command(text: str, now: datetime, languages: tuple[str, ...]) -> StaffCommand | None:
    said = facility_command_parser.parse_facility_command(
        text, tokenize(noise.blank_unwritten_lines(text)), now, languages
    )
    if said is None:
        return None
    return StaffCommand(
        said.verb, note=said.note, window=said.window, name=said.name, unit=said.unit, number=said.number
    )


def _is_code(token: Token) -> bool:
    return (
        token.number is not None
        and len(token.word) == 3
        and 100 <= token.number <= 999
        and token.number not in EMERGENCY_NUMBERS
    )


def _request_command(
    text: str,
    found: Sequence[Token],
    reference: tuple[str, int, int] | None,
    code: Token | None,
    now: datetime,
    languages: tuple[str, ...],
) -> StaffCommand | None:
    """A command about one request: the words before and after its code or reference."""
    named, low, high = reference or (None, code.start if code else 0, code.end if code else 0)
    before = [t for t in found if t.end <= low]
    after = [t for t in found if t.start >= high]
    if not all(t.word in _VERB_OF_WORD for t in before):
        return None
    word = before[-1] if before else after[0] if after and after[0].word in _VERB_OF_WORD else None
    rest = after if before or word is None else after[1:]
    verb = _VERB_OF_WORD[word.word] if word is not None else StaffVerb.NONE
    number = code.number if code is not None else None
    said_beside = answer_in(f"{text[:low]} {text[high:]}", languages)
    if verb == StaffVerb.OK and (said_beside.asks or said_beside.hedged):  # "417 ok?", "417 ok i think"
        return StaffCommand(StaffVerb.NONE, number, named, note=text[high:].strip())
    if verb in (StaffVerb.OK, StaffVerb.NONE) and said_beside.plain_yes and not said_beside.hedged:
        return StaffCommand(StaffVerb.OK, number, named)  # "417 ok thx", "417 10-4": thanks beside an OK change nothing
    if code is not None and not _names_no_item(before, after):
        said = text[high:].strip()
        items = lists.parse_list_answers(f"{text[:low]} {text[high:]}", _VERB_OF_WORD)
        if items:
            return StaffCommand(StaffVerb.ITEMS, number, note=said, items=items)
        if verb == StaffVerb.OK:  # numbers that we cannot read must not approve everything
            return StaffCommand(StaffVerb.NONE, number, note=said)
    if verb in _WITH_REQUEST:
        start = rest[0].start if rest else len(text)
        letter, note = _denial_reason(text, rest, start) if verb == StaffVerb.NO else (None, text[start:].strip())
        return StaffCommand(verb, number, named, letter, note)
    window = _wanted_window(text, high, now, languages)
    if window is not None:
        start, end = window.text
        return StaffCommand(
            StaffVerb.TIME, number, named, None, text[high:].strip(), replace(window, text=(start + high, end + high))
        )
    return StaffCommand(StaffVerb.NONE, number, named, None, text[high:].strip())


def _names_no_item(before: Sequence[Token], after: Sequence[Token]) -> bool:
    """ "417 ok", "no 417 b": no number and no "all", so it is about one request."""
    return not any(t.number is not None or t.word in lists.ALL_WORDS for t in (*before, *after))


def _denial_reason(text: str, rest: Sequence[Token], start: int) -> tuple[DenialLetter | None, str]:
    """The letter of a denial ("no b") and the note behind it."""
    letter = lists.denial_letter(rest[0].word) if rest else None
    if letter is not None and (len(rest) == 1 or not _is_article(text, rest)):
        return letter, text[rest[0].end :].strip(" \t\n.,;:-)")
    return None, text[start:].strip()


def _is_article(text: str, rest: Sequence[Token]) -> bool:
    """ "no a lawyer is with him": a lower-case article before a word, not the letter a ("no a, terminal is broken")."""
    marked = text[rest[0].end : rest[0].end + 1] in tuple(".,:;)")
    return rest[0].word in ("a", "e") and text[rest[0].start : rest[0].end].islower() and len(rest) > 1 and not marked


def read_time(text: str, *, now: datetime, languages: tuple[str, ...], visit: datetime) -> Window | None:
    """The time in an officer's answer about the visit at `visit` (naive local): without a day it is on that visit's day."""
    context = TextContext(asked=Need.WHEN, visit=visit, day=visit.date())
    meaning = understand(text, now=now, languages=languages, context=context)
    return next((w for w in meaning.windows if w.role == WindowRole.WANT), None)


def _wanted_window(text: str, start: int, now: datetime, languages: tuple[str, ...]) -> Window | None:
    meaning = understand(text[start:], now=now, languages=languages, context=TextContext(asked=Need.WHEN))
    return next((w for w in meaning.windows if w.role == WindowRole.WANT), None)


def _day_command(text: str, found: Sequence[Token], now: datetime, languages: tuple[str, ...]) -> StaffCommand | None:
    """A day of the week alone asks for the visits of that day."""
    if len(found) != 1 or found[0].word not in _DAYS:
        return None
    window = _wanted_window(text, 0, now, languages)
    return None if window is None or window.start is None else StaffCommand(StaffVerb.DAY, window=window)


def _command_without_request(text: str, found: Sequence[Token]) -> StaffCommand | None:
    """A command without a request: LIST, TODAY, "invite Ana Diaz", "ok" on its own."""
    verb = _VERB_OF_WORD.get(found[0].word)
    if verb == StaffVerb.INVITE:
        name = " ".join(text[found[0].end :].split()).strip(" .,;:")
        return StaffCommand(StaffVerb.INVITE, name=name) if name else StaffCommand(StaffVerb.NONE)
    if [t.word for t in found] in _HELP_PHRASES:
        return StaffCommand(StaffVerb.HELP)
    if verb in _LOOKUP_VERBS and len(found) <= (2 if verb == StaffVerb.LIST else 1):
        return StaffCommand(verb)
    if verb in (StaffVerb.OK, StaffVerb.NO, StaffVerb.WHY, StaffVerb.UNDO) and len(found) == 1:
        return StaffCommand(verb)
    return None
