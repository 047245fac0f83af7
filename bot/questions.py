"""Numbered options: offered, stored as offered, read back. "2" means what was on the screen when it was sent."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.messages import Button, Json

_LEAD = r"(?:option|number|num|no|nr|the|opcion|numero|la|el|las)?\.?\s*#?\s*"
_TAIL = r"(?:\s*(?:[.)!]|please|pls|plz|por favor|porfa|porfavor|thanks|thank you|gracias|one))*"
_DIGITS = re.compile(rf"{_LEAD}(\d{{1,2}}){_TAIL}")
_WORD = re.compile(rf"{_LEAD}([a-z]+){_TAIL}")
_WORDS = {
    **dict.fromkeys(("one", "first", "1st", "uno", "una", "primera", "primero"), 1),
    **dict.fromkeys(("two", "second", "2nd", "dos", "segunda", "segundo"), 2),
    **dict.fromkeys(("three", "third", "3rd", "tres", "tercera", "tercero"), 3),
    **dict.fromkeys(("four", "fourth", "4th", "cuatro", "cuarta", "cuarto"), 4),
    **dict.fromkeys(("five", "fifth", "cinco", "quinta", "quinto"), 5),
    **dict.fromkeys(("six", "sixth", "seis", "sexta", "sexto"), 6),
}


@dataclass(frozen=True, slots=True)
class Option:
    """One numbered answer. `action` says what choosing it does, `data` (JSON) with what; both are the caller's."""

    number: int
    label: str
    action: str
    data: Mapping[str, Json] = field(default_factory=dict)

    def to_json(self) -> dict[str, Json]:
        """As stored beside the text that offered it."""
        return {"number": self.number, "label": self.label, "action": self.action, "data": dict(self.data)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Json]) -> "Option":
        """The option as it was offered."""
        return cls(int(stored["number"]), str(stored["label"]), str(stored["action"]), dict(stored["data"]))


def numbered(options: Sequence[Option]) -> list[str]:
    """The lines of a list: "1) 1:00 PM"."""
    return [f"{option.number}) {option.label}" for option in options]


def renumber(options: Sequence[Option], first: int) -> tuple[Option, ...]:
    """The same options numbered from `first`, for a list that continues one still open."""
    return tuple(replace(option, number=first + place) for place, option in enumerate(options))


def buttons(options: Sequence[Option]) -> tuple[Button, ...]:
    """The same question as buttons. Their data names the option itself, so that an old button never means a new list."""
    return tuple(Button(option.label, f"opt:{option.number}:{_mark(option)}") for option in options)


def pressed(data: str, options: Sequence[Option]) -> Option | None:
    """The option a pressed button stands for; None when its list is not on the screen any more."""
    return next((option for option in options if data == f"opt:{option.number}:{_mark(option)}"), None)


def _mark(option: Option) -> str:
    said = json.dumps([option.label, option.action, dict(option.data)], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def read_choice(answer: str | int, options: Sequence[Option]) -> Option | None:
    """The option meant by a number, or by a text that is nothing but a choice; None for anything else.

    Reads "2", "2)", "#2", "option 2 please", "the second one", "la 2", "la segunda", or an option's own label. A number
    that is not on the list is None: the caller says so. Other words around it (a quoted text of ours, a time) are None.
    """
    if isinstance(answer, int):
        return _numbered(answer, options)
    plain = _plain(answer)
    labelled = [option for option in options if _plain(option.label) == plain]
    if len(labelled) == 1:
        return labelled[0]
    number = read_number(plain)
    return None if number is None else _numbered(number, options)


def read_number(text: str) -> int | None:
    """The number of a text that is nothing but a choice ("2)", "la segunda"), on a list or not; else None."""
    plain = _plain(text)
    if digits := _DIGITS.fullmatch(plain):
        return int(digits[1])
    if plain in _WORDS:
        return _WORDS[plain]
    word = _WORD.fullmatch(plain)
    return _WORDS.get(word[1]) if word else None


def _numbered(number: int, options: Sequence[Option]) -> Option | None:
    return next((option for option in options if option.number == number), None)


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFD", text.casefold())
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())
