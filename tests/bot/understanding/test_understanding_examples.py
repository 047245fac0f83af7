"""The second opinion from examples, and the quick choice of rules by two tokens."""

import threading
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest

from bot.understanding import Act, Context, Intent, KnownPerson, understand
from bot.understanding.example_classifier import load_examples, reclassify
from bot.understanding.lexicon import WORDS, cached_per_language, load
from bot.understanding.phrase_classifier import UNCLASSIFIED, Classification
from bot.understanding.tokenizer import tokenize

NOW = datetime.fromisoformat("2026-11-23T10:00")
CASES = Path(__file__).parents[2] / "understanding" / "cases"


def test_every_intent_has_examples_and_each_stands_once() -> None:
    data = tomllib.loads((WORDS / "en.examples.toml").read_text(encoding="utf-8"))
    assert set(data) == set(Intent)
    sentences = [line for said in data.values() for line in said.splitlines()]
    assert len(set(sentences)) == len(sentences)
    assert all(len(said.splitlines()) >= 100 for said in data.values())


def test_a_language_without_examples_has_no_opinion() -> None:
    assert load_examples("es") is None
    assert reclassify(UNCLASSIFIED, tokenize("no se puede"), "es") is UNCLASSIFIED


def test_what_many_threads_ask_for_at_once_is_made_once() -> None:
    made, gate = list[str](), threading.Barrier(8)

    @cached_per_language
    def make(lang: str) -> object:
        made.append(lang)
        time.sleep(0.02)
        return object()

    def ask(_: int) -> object:
        gate.wait(10)
        return make("en")

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(8)))) == 1
    assert made == ["en"]
    assert make("es") is not make("en")


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("is my aunt coming to the saturday get-together", "status"),
        ("which of the hours are still open", "availability"),
        ("kindly strike my booking", "cancel"),
        ("who wrote this opera", "other"),
    ],
)
def test_what_no_phrase_says_is_judged_by_likeness(text: str, intent: str) -> None:
    assert understand(text, now=NOW).intent == intent


@pytest.mark.parametrize("text", ["1 or 2", "friday to sunday", "from 3 to 4", ".", "xyzzy"])
def test_times_and_small_words_alone_are_like_nothing(text: str) -> None:
    assert reclassify(UNCLASSIFIED, tokenize(text), "en") is UNCLASSIFIED


def test_a_sure_phrase_is_not_questioned() -> None:
    sure = Classification(Act.URGENT, 1.0, "seizure")
    assert reclassify(sure, tokenize("what is the capital of peru"), "en") is sure


def test_a_residents_name_weighs_more_than_likeness_to_strange_talk() -> None:
    people = (KnownPerson("Marcus Johnson", "48213", "mother"),)
    assert understand("marcus sun 3", now=NOW, context=Context(people=people)).intent == "book"


def test_no_rule_that_fits_is_left_out_by_the_choice_of_two_tokens() -> None:
    for file in sorted(CASES.glob("e*.toml"))[::4]:
        lexicon = load(file.stem[:2])
        for case in tomllib.loads(file.read_text(encoding="utf-8"))["case"][::9]:
            row = lexicon.encode(tokenize(case["text"]))
            for table in (lexicon.rules, lexicon.phrases):
                every = {rule.order: rule for char in {*row, ""} for rule in table.beginning(char)}.values()
                for i in range(len(row)):
                    fitting = {r.order for r in every if (m := r.compiled.regex.match(row, i)) and m.end() > i}
                    assert fitting <= {r.order for r in table.at(row, i)}, case["text"]
