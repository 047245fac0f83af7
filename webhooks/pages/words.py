"""What the scripts of the call's pages can say: keys of our texts, for the join page, the kiosk and the page to watch."""

from collections.abc import Callable
from functools import partial
from typing import Any

from bot.texts import LANGUAGES, keys
from bot.texts import say as text
from webhooks.reading import other_language

Say = Callable[..., str]

LIVE = {name: f"{{{name}}}" for name in ("megabytes", "seconds", "name", "clock", "count")}
"""Facts that only the script knows: they stay in braces."""
PREFIXES = {"join": ("call.", "check."), "kiosk": ("call.", "kiosk."), "watch": ("call.",)}
ELSEWHERE = {
    "join": ("call.watch.",),
    "kiosk": ("call.watch.", "call.moved.", "call.not_them", "call.over.", "kiosk.title", "kiosk.noscript"),
    "watch": ("call.not_them", "call.moved.", "call.waiting.", "call.no_", "call.over.not_them"),
}


def _keys(page: str) -> list[str]:
    return sorted(key for key in keys() if key.startswith(PREFIXES[page]) and not key.startswith(ELSEWHERE[page]))


def words(say: Say) -> dict[str, str]:
    """All that the join page's scripts say about one visit."""
    return {key: say(key, **LIVE) for key in _keys("join")}


def kiosk_frame(language: str) -> dict[str, Any]:
    """What kiosk.html needs beside its addresses: its words in every language, for the resident's is known only later."""
    spoken = {lang: {key: text(key, lang, **LIVE) for key in _keys("kiosk")} for lang in LANGUAGES}
    say = partial(text, lang=language)
    return {"language": language, "words": spoken, "title": say("kiosk.title"), "noscript": say("kiosk.noscript")}


def watch_frame(language: str) -> dict[str, Any]:
    """What watch.html needs beside its addresses."""
    say = partial(text, lang=language)
    return {
        "language": language,
        "other": other_language(language),
        "other_words": say("page.language"),
        "title": say("call.watch.title"),
        "back": say("call.watch.back"),
        "words": {key: say(key, **LIVE) for key in _keys("watch")},
    }
