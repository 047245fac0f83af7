"""The language of a page."""

from flask import request

from bot.texts import LANGUAGES


def reader_language(own: str | None = None) -> str:
    """The language that the reader chose on the page, else the person's `own` language, else the browser's."""
    chosen = request.args.get("lang")
    if chosen in LANGUAGES:
        return chosen
    if own in LANGUAGES:
        return own
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


def other_language(language: str) -> str:
    """The language that a page offers besides its own."""
    return next(each for each in LANGUAGES if each != language)
