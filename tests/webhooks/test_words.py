"""What the scripts of the call can say: all they ask for is there, and a kiosk learns no name."""

import json
import re
from functools import partial
from pathlib import Path

import pytest

import webhooks
from bot.texts import LANGUAGES, keys, say
from tests.bot.texts.test_every_text import long_facts
from webhooks.http.static_files import modules
from webhooks.pages import words

PACKAGE = Path(webhooks.__file__).parent
ASKED = re.compile(r"[\"'`]((?:call|check|kiosk)\.[a-z_.0-9]+)[\"'`]")
BEGUN = re.compile(r"`((?:call|check)\.[a-z_.]+)\$\{")
ANSWERS = ("kiosk.not_in.", "kiosk.noscript")
"""What the server says, not the script."""
PAGES = {
    "join": (("join.html", "stage.html"), "pages/join.js"),
    "kiosk": (("kiosk.html", "stage.html"), "pages/kiosk.js"),
    "watch": (("watch.html", "stage.html"), "pages/watch.js"),
}


def source(page: str) -> str:
    templates, entry = PAGES[page]
    scripts = [entry, *modules(PACKAGE / "static", entry)]
    files = [PACKAGE / "templates" / name for name in templates] + [PACKAGE / "static" / name for name in scripts]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def given(page: str, lang: str = "en") -> dict[str, str]:
    if page == "join":
        facts = {name: fact for name, fact in long_facts(lang).items() if name not in words.SCRIPT_FACTS}
        return words.words(partial(say, lang=lang, **facts))
    return words.page_words(lang, "kiosk.", "call.") if page == "kiosk" else words.page_words(lang, "call.")


def test_every_text_that_is_asked_for_exists() -> None:
    asked = {key for page in PAGES for key in ASKED.findall(source(page))}
    assert asked - keys() == set()
    begun = {start for page in PAGES for start in BEGUN.findall(source(page))}
    assert [start for start in begun if not any(key.startswith(start) for key in keys())] == []


def test_every_text_of_the_call_is_asked_for() -> None:
    routes = "".join((PACKAGE / "pages" / name).read_text(encoding="utf-8") for name in ("words.py", "kiosk.py"))
    everything = "\n".join(source(page) for page in PAGES) + routes
    starts = tuple(BEGUN.findall(everything))
    mine = {key for key in keys() if key.startswith(("call.", "check.", "kiosk.")) and not key.startswith(ANSWERS)}
    asked = set(ASKED.findall(everything))
    assert {key for key in mine - asked if not key.startswith(starts)} == set()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_given_what_it_says(page: str, lang: str) -> None:
    templates, _ = PAGES[page]
    own = (PACKAGE / "templates" / templates[0]).read_text(encoding="utf-8")
    assert set(re.findall(r'data-say="((?:call|check|kiosk)\.[a-z_.0-9]+)"', own)) <= given(page, lang).keys()


def test_a_kiosk_is_told_no_name() -> None:
    assert not re.search(r"\{(?!name|clock|count)", json.dumps(list(given("kiosk").values())))
    assert "Your visitor is not there yet" in given("kiosk")["call.waiting.alone"]
