"""Danger is found in both languages through typos, and look-alikes and ordinary texts ring no alarm.

`cases/danger/<language>.development.toml` are the texts that words and rules were tuned on; `.heldout.toml` never were.
"""

import random
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.understanding.danger import find_danger
from bot.understanding.meaning import Certainty, Concern, Danger
from bot.understanding.tokenizer import tokenize

CASES = Path(__file__).parent / "cases" / "danger"
LANGUAGES = ("en", "es")
NEIGHBORS = {
    "q": "wa", "w": "qe", "e": "wr", "r": "et", "t": "ry", "y": "tu", "u": "yi", "i": "uo", "o": "ip", "p": "ol",
    "a": "sq", "s": "ad", "d": "sf", "f": "dg", "g": "fh", "h": "gj", "j": "hk", "k": "jl", "l": "ko", "z": "xa",
    "x": "zc", "c": "xv", "v": "cb", "b": "vn", "n": "bm", "m": "nk", "ñ": "lp",
}  # fmt: skip
MIN_CONTENT_CHARS = 4


def texts(lang: str, half: str, kind: str) -> list[str]:
    data = tomllib.loads((CASES / f"{lang}.{half}.toml").read_text(encoding="utf-8"))
    return [line for line in data[kind].splitlines() if line.strip()]


def read(text: str) -> Danger | None:
    return find_danger(tokenize(text), LANGUAGES)


def rings(text: str) -> bool:
    found = read(text)
    return found is not None and found.concern is Concern.DANGER


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_danger_of_the_development_half_is_found_and_nothing_else_rings(lang: str) -> None:
    assert [text for text in texts(lang, "development", "danger") if not rings(text)] == []
    assert [text for text in texts(lang, "development", "lookalike") if rings(text)] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nine_in_ten_dangers_never_seen_are_found_and_one_look_alike_in_twenty_rings_at_most(lang: str) -> None:
    dangers, alike = texts(lang, "heldout", "danger"), texts(lang, "heldout", "lookalike")
    assert sum(map(rings, dangers)) >= 0.9 * len(dangers)
    assert sum(map(rings, alike)) <= 0.05 * len(alike)


def test_the_corpora_are_large_enough_and_half_of_them_spanish() -> None:
    for kind in ("danger", "lookalike"):
        sizes = {lang: sum(len(texts(lang, half, kind)) for half in ("development", "heldout")) for lang in LANGUAGES}
        assert min(sizes.values()) >= 100


def swapped(word: str, at: int) -> str:
    return word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]


def dropped(word: str, at: int) -> str:
    return word[:at] + word[at + 1 :]


def doubled(word: str, at: int) -> str:
    return word[:at] + word[at] + word[at:]


def beside(word: str, at: int) -> str:
    return word[:at] + NEIGHBORS.get(word[at], "x")[0] + word[at + 1 :]


@pytest.mark.parametrize("typo", [swapped, dropped, doubled, beside])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_one_typo_in_any_content_word_hides_no_danger(lang: str, typo: Callable[[str, int], str]) -> None:
    """Every content word of every SURE text gets the typo once; nine in ten of the misspelt texts still ring."""
    chance = random.Random(lang + typo.__name__)  # reproducible typos
    hidden, tried = [], 0
    for half in ("development", "heldout"):
        for text in texts(lang, half, "danger"):
            found = read(text)
            if found is None or found.certainty is not Certainty.SURE:
                continue
            words = text.split()
            for k, word in enumerate(words):
                if len(word) < MIN_CONTENT_CHARS or not word.isalpha():
                    continue
                tried += 1
                misspelt = " ".join([*words[:k], typo(word, chance.randrange(1, len(word))), *words[k + 1 :]])
                hidden += [] if rings(misspelt) else [misspelt]
    assert len(hidden) <= 0.1 * tried, hidden


@pytest.mark.parametrize(
    ("text", "clause"),
    [
        (
            "Thank you for the visit. He said he is going to hang himself, can I see him Sunday?",
            "going to hang himself",
        ),
        ("gracias por la visita. mi hermano se quiere matar, puedo verlo el domingo", "mi hermano se quiere matar"),
        ("he swallowed a razor can i see him sunday", "he swallowed a razor"),
    ],
)
def test_the_clause_that_was_found_is_named_and_no_other(text: str, clause: str) -> None:
    found = read(text)
    assert found is not None
    said = text[found.span[0] : found.span[1]]
    assert clause in said
    assert "visit" not in said
    assert "sunday" not in said.lower()
    assert "domingo" not in said


@pytest.mark.parametrize(
    ("text", "concern"),
    [
        ("is he ok", Concern.WORRY),
        ("havent heard from him in 3 days", Concern.WORRY),
        ("hes been sick", Concern.WORRY),
        ("no se nada de el desde el lunes", Concern.WORRY),
        ("como sigue mi esposo", Concern.WORRY),
        ("my mom passed", Concern.GRIEF),
        ("his dad died can somebody tell him", Concern.GRIEF),
        ("fallecio su abuelita", Concern.GRIEF),
    ],
)
def test_worry_and_grief_are_told_from_danger(text: str, concern: Concern) -> None:
    found = read(text)
    assert found is not None
    assert found.concern is concern
