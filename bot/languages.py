"""The languages we speak, in the order in which a page or a command offers them."""

from enum import StrEnum


class Language(StrEnum):
    """A language that has texts (`bot/texts`), wording (`bot/wording.py`) and a word file (`bot/understanding/words`)."""

    EN = "en"
    ES = "es"


LANGUAGES: tuple[Language, ...] = tuple(Language)
