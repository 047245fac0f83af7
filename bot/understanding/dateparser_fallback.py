"""Fallback: dateparser reads the words that our rules did not. `assumed` always names it."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from functools import cache
from importlib import import_module

from bot.understanding.lexicon import WORDS, load
from bot.understanding.meaning import Grain, Window
from bot.understanding.tokenizer import Token, normalize

# dateparser takes up to 150 ms for long texts and long numbers, so it gets neither.
MAX_TOKENS, MAX_LENGTH, MAX_TRIES = 6, 40, 2
ASSUMED = "dateparser"


@cache
def _vocabulary(lang: str) -> frozenset[str]:
    """The words dateparser knows in a language; empty for a language it has no data for."""
    try:
        info: dict[str, object] = import_module(f"dateparser.data.date_translation_data.{lang}").info
    except ImportError:
        return frozenset()
    words: set[str] = set()
    for key, value in info.items():
        if key in ("skip", "pertain", "name", "date_order", "simplifications", "sentence_splitter_group"):
            continue
        spoken = (
            value
            if isinstance(value, list)
            else [w for v in value.values() for w in v]
            if isinstance(value, dict)
            else []
        )
        words.update(normalize(part) for w in spoken if isinstance(w, str) for part in w.replace("\\d+", " ").split())
    return frozenset(w for w in words if w.isalpha() and len(w) > 2)


@cache
def _languages_with_word_file() -> frozenset[str]:
    return frozenset(p.stem for p in WORDS.glob("*.toml"))


def warm_up(languages: tuple[str, ...]) -> None:
    """Import dateparser and its data, so that the first call does not wait for them."""
    for language in languages:
        _vocabulary(language)
        _parsed("1 2", datetime.fromisoformat("2026-01-01T09:00"), language)


def fallback_windows(
    text: str, found: Sequence[Token], used: set[int], now: datetime, languages: tuple[str, ...], lang: str
) -> tuple[Window, ...]:
    """The window that dateparser reads in the first span of words it may know; empty when there is none."""
    known = _languages_with_word_file()
    for language in (lang, *(x for x in languages if x != lang and x not in known)):
        vocabulary = _vocabulary(language)
        for span in _candidate_spans(found, used, vocabulary)[:MAX_TRIES]:
            if language in _languages_with_word_file() and all(
                t.number is not None or t.word in load(language).chars for t in span
            ):
                continue
            start, end = span[0].start, span[-1].end
            window = _parsed(text[start:end], now, language)
            if window is not None:
                return (_window_at(window, start, end),)
    return ()


def _window_at(window: Window, start: int, end: int) -> Window:
    return Window(window.start, window.end, window.grain, text=(start, end), assumed=(ASSUMED,))


def _candidate_spans(found: Sequence[Token], used: set[int], vocabulary: frozenset[str]) -> list[list[Token]]:
    """Spans of at most MAX_TOKENS tokens, all of them numbers or words that dateparser knows, at least one a word."""
    spans: list[list[Token]] = []
    span: list[Token] = []
    for i, token in enumerate([*found, Token("", 0, 0)]):
        known = i not in used and (token.number is not None or token.word in vocabulary)
        if known or (span and i not in used and (token.word in (":", "/", ",", "-") or 0 < len(token.word) <= 2)):
            span.append(token)
            continue
        while span and span[-1].number is None and span[-1].word not in vocabulary:
            span.pop()
        short = bool(span) and len(span) <= MAX_TOKENS and span[-1].end - span[0].start <= MAX_LENGTH
        if short and any(len(t.word) > 2 and t.number is None for t in span):
            spans.append(span)
        span = []
    return spans


def _parsed(span: str, now: datetime, language: str) -> Window | None:
    import dateparser

    settings = {"RELATIVE_BASE": now, "PREFER_DATES_FROM": "future", "RETURN_AS_TIMEZONE_AWARE": False}
    try:
        at = dateparser.parse(span.replace("-", " "), languages=[language], settings=settings)
    except (ValueError, OverflowError, KeyError, TypeError, AttributeError):
        return None
    if at is None:
        return None
    at = at.replace(tzinfo=None, second=0, microsecond=0)
    now = now.replace(second=0, microsecond=0)
    if at.time() in (time(), now.time()) and ":" not in span:
        start = datetime.combine(at.date(), time())
        window = Window(start, start + timedelta(days=1), Grain.DAY)
        return window if at.date() >= now.date() else None
    return Window(at, None) if at >= now else None
