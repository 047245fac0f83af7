"""The two .po files have the same keys, each once and with a comment for the translator."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from bot import texts

FOLDER = Path(texts.__file__).parent
LANGUAGES = ("en", "es")


def ids(lang: str) -> list[str]:
    return re.findall(r'^msgid "(.+)"$', (FOLDER / f"{lang}.po").read_text(encoding="utf-8"), re.MULTILINE)


def test_a_key_in_one_language_is_in_the_other() -> None:
    assert set(ids("en")) == set(ids("es"))
    assert set(ids("en")) == set(texts.keys())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_key_stands_twice(lang: str) -> None:
    assert sorted(ids(lang)) == sorted(set(ids(lang)))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_text_is_said_and_explained(lang: str) -> None:
    with (FOLDER / f"{lang}.po").open("rb") as file:
        catalogue = read_po(file, locale=lang)
    said = [text for text in catalogue if text.id]
    assert len(said) > 300
    assert not [text.id for text in said if not text.string or not text.auto_comments]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_code_of_a_family_has_its_sentence(lang: str) -> None:
    """Every refusal, reason, outcome and state has a sentence where the code has one."""
    families = {"refusal": 21, "reason": 6, "reason_staff": 6, "state": 23, "visit_state": 23, "why": 22}
    counted = {family: sum(1 for key in ids(lang) if key.split(".")[0] == family) for family in families}
    assert counted == families
