"""Numbered options: stored as they were offered, and read back from a reply. A number means the list that its sender saw."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.messages import Button, Json

_PREFIX = r"(?:option|number|num|no|nr|the|opcion|numero|la|el|las)?\.?\s*#?\s*"
_SUFFIX = r"(?:\s*(?:[.)!]|please|pls|plz|por favor|porfa|porfavor|thanks|thank you|gracias|one))*"
_DIGITS = re.compile(rf"{_PREFIX}(\d{{1,2}}){_SUFFIX}")
_WORD = re.compile(rf"{_PREFIX}([a-z]+){_SUFFIX}")
_NUMBER_WORDS = {
    **dict.fromkeys(("one", "first", "1st", "uno", "una", "primera", "primero"), 1),
    **dict.fromkeys(("two", "second", "2nd", "dos", "segunda", "segundo"), 2),
    **dict.fromkeys(("three", "third", "3rd", "tres", "tercera", "tercero"), 3),
    **dict.fromkeys(("four", "fourth", "4th", "cuatro", "cuarta", "cuarto"), 4),
    **dict.fromkeys(("five", "fifth", "cinco", "quinta", "quinto"), 5),
    **dict.fromkeys(("six", "sixth", "seis", "sexta", "sexto"), 6),
}


@dataclass(frozen=True, slots=True)
class Option:
    """One numbered answer. `action` says what choosing it does, `data` (JSON) holds its arguments.

    Both belong to the caller: `action` may be a member of a string enum, and is read back as its plain value.
    """

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
    """The options as buttons. The data of a button identifies its option, so an old button never chooses from a new list."""
    return tuple(Button(option.label, f"opt:{option.number}:{_digest(option)}") for option in options)


def pressed(data: str, options: Sequence[Option]) -> Option | None:
    """The option of a pressed button; None when its list is not open any more."""
    return next((option for option in options if data == f"opt:{option.number}:{_digest(option)}"), None)


def _digest(option: Option) -> str:
    said = json.dumps([option.label, option.action, dict(option.data)], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def read_choice(answer: str | int, options: Sequence[Option]) -> Option | None:
    """The option chosen by a number, or by a text that is only a choice; None for anything else.

    Reads "2", "2)", "#2", "option 2 please", "the second one", "la 2", "la segunda", or an option's own label. A number
    that is not on the list gives None, and the caller says so. Other words around it (a quoted text, a time) give None.
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
    """The number of a text that is only a choice ("2)", "la segunda"), whether it is on a list or not; else None."""
    plain = _plain(text)
    if digits := _DIGITS.fullmatch(plain):
        return int(digits[1])
    if plain in _NUMBER_WORDS:
        return _NUMBER_WORDS[plain]
    word = _WORD.fullmatch(plain)
    return _NUMBER_WORDS.get(word[1]) if word else None


def _numbered(number: int, options: Sequence[Option]) -> Option | None:
    return next((option for option in options if option.number == number), None)


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return " ".join("".join(letter for letter in decomposed if not unicodedata.combining(letter)).split())
