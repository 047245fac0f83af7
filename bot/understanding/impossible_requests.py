"""Impossible requests: a visit with somebody whom the sender may not see ("see luis saturday"), or on a day that is over."""

import itertools
from collections.abc import Sequence

from rapidfuzz import fuzz

from bot.understanding.lexicon import UNKNOWN, Lexicon
from bot.understanding.meaning import KnownPerson
from bot.understanding.tokenizer import Token, normalize

_SEE_WORDS = frozenset("see visit visiting visitar ver visite with con facetime".split())
_FOR_WORDS = frozenset("for para".split())
"""A name follows these words. After "for" it must begin with a capital letter: "for xmas" names nobody."""
_SKIPPED_WORDS = frozenset("a with con mr mrs ms miss sr sra don dona".split())
_MIN_MISSPELLING_SIMILARITY = 68
"""A word at least this similar to the name of a known person is a misspelling of it."""
_NAMES_THAT_ARE_WORDS = frozenset("bob mark patrick roger bill".split())
_WORD_SUFFIXES = ("ing", "ment", "tion", "cion", "ness", "ndo", "mente")
_NOT_NAMES = frozenset(
    "everyone everybody someone somebody anyone anybody nobody loved ones relative relatives inmate inmates person "
    "people folks todos alguien nadie familiar familiares persona interno reo preso custody corrections officer staff "
    "video videos zoom facetime skype phone telefono camera camara lawyer attorney abogado abogada counsel doctor "
    "pastor priest padre santa friends amigos amiga amigo parents grandparents siblings family familia everyone "
    "availability schedule calendar calendario agenda options opciones slots openings details info information "
    "christmas xmas thanksgiving easter halloween navidad birthday birthdays pascua anniversary breakfast lunch "
    "dinner supper court immigration visitation visita visitas booking appointment confirmation reservation refund "
    "jail prison county facility carcel prision condado respect regards regard regarding reference only just both "
    "caution pleasure love hope luck gusto permiso permission approval payment cash card tarjeta dinero money free "
    "gratis sure ever always forever corporate instance example ejemplo fun clarity clarification".split()
)


def unknown_name(
    text: str, found: Sequence[Token], people: Sequence[KnownPerson], lexicons: Sequence[Lexicon]
) -> str | None:
    """The name, as written, right after "see", "visit", "with", "for" ("ver a" ...), unless it names one of `people`.

    Call it only for a text that names none of them. `lexicons` are those of every language in use.
    """
    if not people:
        return None
    names = [part for person in people for part in normalize(person.name).split()]
    for i, token in enumerate(found[:-1]):
        capital_only = token.word in _FOR_WORDS
        if not capital_only and token.word not in _SEE_WORDS:
            continue
        after = i + 2 if found[i + 1].word in _SKIPPED_WORDS and i + 2 < len(found) else i + 1
        said = text[found[after].start : found[after].end]
        if (said[:1].isupper() or not capital_only) and _may_be_a_name(found[after].word, names, lexicons):
            return said
    return None


def _may_be_a_name(word: str, names: Sequence[str], lexicons: Sequence[Lexicon]) -> bool:
    """Whether this is no word of a language in use, no misspelling of one, and no misspelling of a known name."""
    if not word.isalpha() or not word.isascii() or not 3 <= len(word) <= 14 or word in _NOT_NAMES:
        return False
    ours = any(word in x.chars or word in x.relations for x in lexicons) and word not in _NAMES_THAT_ARE_WORDS
    if ours or word.endswith(_WORD_SUFFIXES):
        return False
    if any(x.near(word) != UNKNOWN for x in lexicons):
        return False
    return all(fuzz.ratio(word, name) < _MIN_MISSPELLING_SIMILARITY for name in names)


def names_past_day(found: Sequence[Token]) -> bool:
    """Whether a past day is named: yesterday, "last friday", "el viernes pasado"."""
    words = [token.word for token in found]
    if not _YESTERDAY.isdisjoint(words):
        return True
    pairs = itertools.pairwise(words)
    return any(
        (one in _LAST_WORDS and two in _DAY_WORDS) or (one in _DAY_WORDS and two in _PAST_SUFFIXES)
        for one, two in pairs
    )


_YESTERDAY = frozenset("yesterday ayer anteayer antier anoche".split())
_LAST_WORDS, _PAST_SUFFIXES = frozenset(("last", "pasado", "pasada")), frozenset(("pasado", "pasada"))
_DAY_WORDS = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun week weekend night "
    "lunes martes miercoles jueves viernes sabado domingo semana".split()
)
