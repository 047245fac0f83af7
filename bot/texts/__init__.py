"""Every sentence we can say, by key and language. The words are in `en.po` and `es.po`, one msgid per key.

A template is text with facts in braces:

- `{resident}` a string, a number or Money ("$2.70"; zero is "free");
- `{start:date}` a datetime: `date` `day` `weekday` `time` `the` `at` `when` `zone` `by` `near` `span`, as
  in `bot.wording` (`by` and `near` also need the fact `now`, `span` the fact `end`);
- `{options}` a list of strings, one a line; `{options:numbers}` their numbers, "1, 2 or 3";
- `{open:left}` a count: "6 still open";
- `[... {price} ...]` an optional part: it disappears, with its brackets, when a fact inside it is missing, None, empty,
  zero or no money; `[... {flags}|otherwise]` says the other words instead. Parts do not nest.
"""

import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from bot import wording
from bot.languages import LANGUAGES, Language
from bot.wording import Money

__all__ = ["LANGUAGES", "Money", "TextMissing", "facts_of", "keys", "relation", "say"]

_PART = re.compile(r"\[([^\[\]|]*)(?:\|([^\[\]|]*))?\]")
_FACT = re.compile(r"\{(\w+)(?::\w+)?\}")


class TextMissing(KeyError):
    """There is no such text in that language, or a fact it needs was not given."""


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    facts: tuple[str, ...]
    optional: bool = False
    otherwise: str = ""


def say(key: str, lang: str, **facts: object) -> str:
    """The text `key` in `lang` with its facts filled in; facts it does not use are ignored.

    Raises TextMissing when there is no such text or a fact is missing outside an optional part, so that no incomplete
    text is sent.
    """
    words = _Words(key, lang, facts)
    return "".join(words.fill(piece) for piece in _template(key, lang))


def keys() -> frozenset[str]:
    """All keys of texts."""
    return frozenset(_catalogue(Language.EN))


def facts_of(key: str, lang: str) -> frozenset[str]:
    """The names of all facts a text uses, optional ones too."""
    return frozenset(fact for piece in _template(key, lang) for fact in piece.facts)


def relation(code: str, lang: str) -> str:
    """A relation of the facility file ("mother") in words; a relation that is not on the list stays as it is written."""
    return say(f"relation.{code}", lang) if f"relation.{code}" in keys() else code


class _Words(string.Formatter):
    def __init__(self, key: str, lang: str, facts: Mapping[str, object]) -> None:
        self.key, self.lang, self.facts = key, lang, facts

    def fill(self, piece: _Piece) -> str:
        if piece.optional and any(_empty(self.facts.get(fact)) for fact in piece.facts):
            return self.vformat(piece.otherwise, (), self.facts)
        return self.vformat(piece.text, (), self.facts)

    def get_value(self, key: int | str, _args: Sequence[object], kwargs: Mapping[str, object]) -> object:
        value = kwargs.get(str(key))
        if value is None:
            raise TextMissing(f"{self.key} ({self.lang}) needs {key}")
        return value

    def format_field(self, value: object, format_spec: str) -> str:
        if isinstance(value, datetime):
            return self._moment(value, format_spec)
        if isinstance(value, Money):
            return wording.money(value, self.lang)
        if isinstance(value, list | tuple):
            return self._lines([str(line) for line in value], format_spec)
        return wording.left(value, self.lang) if format_spec == "left" and isinstance(value, int) else str(value)

    def _moment(self, value: datetime, spec: str) -> str:
        if spec == "by":
            return wording.by(value, self.lang, now=self._other("now"))
        if spec == "near":
            return wording.near(value, self.lang, now=self._other("now"))
        if spec == "span":
            return wording.span(value, self._other("end"), self.lang)
        if spec == "time":
            return wording.time(value)
        formats = {
            "date": wording.date,
            "day": wording.day,
            "weekday": wording.weekday,
            "the": wording.the,
            "at": wording.at,
            "when": wording.when,
            "zone": wording.zone,
        }
        return formats[spec](value, self.lang)

    def _other(self, fact: str) -> datetime:
        value = self.get_value(fact, (), self.facts)
        if not isinstance(value, datetime):
            raise TextMissing(f"{self.key} ({self.lang}) needs {fact} as a datetime")
        return value

    def _lines(self, lines: list[str], spec: str) -> str:
        if spec == "numbers":
            return wording.listed([line.split(")")[0] for line in lines], self.lang)
        return "\n".join(lines)


def _empty(fact: object) -> bool:
    return not fact


@cache
def _template(key: str, lang: str) -> tuple[_Piece, ...]:
    try:
        text = _catalogue(lang)[key]
    except KeyError:
        raise TextMissing(f"no text {key} in {lang}") from None
    pieces, last = [], 0
    for part in _PART.finditer(text):
        pieces += [_plain(text[last : part.start()]), _optional(part[1], part[2] or "")]
        last = part.end()
    return (*pieces, _plain(text[last:]))


def _plain(text: str) -> _Piece:
    return _Piece(text, tuple(_FACT.findall(text)))


def _optional(text: str, otherwise: str) -> _Piece:
    return _Piece(text, tuple(_FACT.findall(text)), optional=True, otherwise=otherwise)


@cache
def _catalogue(lang: str) -> Mapping[str, str]:
    from babel.messages.pofile import read_po

    if lang not in LANGUAGES:
        raise TextMissing(f"no language {lang}")
    with (Path(__file__).parent / f"{lang}.po").open("rb") as file:
        catalogue = read_po(file, locale=lang, abort_invalid=True)
    return {str(text.id): str(text.string) for text in catalogue if text.id and text.string}
