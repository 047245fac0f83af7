"""Texts for the scripts of a page: filled in, except for the few facts that only the script knows."""

from collections.abc import Callable
from contextlib import suppress

from bot.texts import TextMissing, keys
from bot.texts import say as text

SCRIPT_FACTS = {name: f"{{{name}}}" for name in ("megabytes", "seconds", "name", "clock", "count")}
"""Facts that only the script knows: they remain as placeholders."""
JOIN_PREFIXES = ("call.", "check.")
WATCH_PREFIXES = ("call.watch.",)


def words(say: Callable[..., str]) -> dict[str, str]:
    """Every text of the join page's scripts; `say` fills in the facts of the visit."""
    wanted = [key for key in sorted(keys()) if key.startswith(JOIN_PREFIXES) and not key.startswith(WATCH_PREFIXES)]
    return {key: say(key, **SCRIPT_FACTS) for key in wanted}


def page_words(language: str, *families: str) -> dict[str, str]:
    """Every text whose key begins with one of these ("call."), for a page that is not about one visit.

    Texts that need facts of a visit are left out, so a kiosk cannot say who visits.
    """
    found = {}
    for key in sorted(keys()):
        if key.startswith(families):
            with suppress(TextMissing):
                found[key] = text(key, language, **SCRIPT_FACTS)
    return found
