"""References are random, and none changes the meaning of the text around it ("move XR9F" is not a party of nine)."""

import random
from datetime import datetime

import pytest

from bot.understanding import KnownPerson, Meaning, TextContext, understand
from scheduling.visits.references import DIGITS, LETTERS

NOW = datetime(2026, 11, 23, 10, 0)  # noqa: DTZ001 - local wall time, as the reader takes it
PEOPLE = (KnownPerson("Luis Ortega", "51877", "sister"),)
DRAWN = random.Random(7)
SAMPLE = [
    DRAWN.choice(LETTERS) + DRAWN.choice(LETTERS) + DRAWN.choice(DIGITS) + DRAWN.choice(LETTERS) for _ in range(300)
]
SAMPLE += [f"{letter}R{digit}X" for letter in LETTERS for digit in DIGITS]


def read(text: str) -> tuple[object, ...]:
    meaning: Meaning = understand(text, now=NOW, languages=("en", "es"), context=TextContext(people=PEOPLE))
    windows = [(window.start, window.end, window.role) for window in meaning.windows]
    return meaning.intent, meaning.party, meaning.duration_min, windows


@pytest.mark.parametrize("text", ["move {} to sunday 2pm", "cancel visit {}", "mover {} al domingo en la mañana"])
def test_no_reference_changes_the_meaning_of_the_text(text: str) -> None:
    plain = read(text.format("V7K2"))
    odd = [code for code in SAMPLE if not code.endswith(("TH", "ND", "RD", "HR")) and read(text.format(code)) != plain]
    assert odd == []
