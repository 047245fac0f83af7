"""Texts as a page's own script says them: filled in, but for the few facts that only the script knows."""

from collections.abc import Callable
from contextlib import suppress

from bot.texts import TextMissing, keys
from bot.texts import say as text

LIVE = {name: f"{{{name}}}" for name in ("megabytes", "seconds", "name", "clock", "count")}
"""Facts that only the script knows: they stay in braces."""
JOIN = ("call.", "check.")
NOT_JOIN = ("call.watch.",)


def words(say: Callable[..., str]) -> dict[str, str]:
    """All that the join page's scripts say about one visit; `say` knows its facts."""
    return {key: say(key, **LIVE) for key in sorted(keys()) if key.startswith(JOIN) and not key.startswith(NOT_JOIN)}


def page_words(language: str, *families: str) -> dict[str, str]:
    """Every text whose key begins with one of these ("call."), for a page that is about no one visit.

    What needs facts of a visit is left out, so a kiosk cannot say who visits.
    """
    found = {}
    for key in sorted(keys()):
        if key.startswith(families):
            with suppress(TextMissing):
                found[key] = text(key, language, **LIVE)
    return found
