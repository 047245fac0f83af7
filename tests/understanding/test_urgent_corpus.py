"""The corpus of texts about danger is large enough in each language, and half of it is harmless."""

import tomllib
from pathlib import Path

import pytest

CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize("lang", ["en", "es"])
def test_sixty_cases_at_least_and_half_of_them_harmless(lang: str) -> None:
    cases = tomllib.loads((CASES / f"urgent_{lang}.toml").read_text(encoding="utf-8"))["case"]
    urgent = [case for case in cases if case["act"] == "urgent"]
    assert len(cases) >= 60
    assert len(urgent) >= 30
    assert len(cases) - len(urgent) >= 30
