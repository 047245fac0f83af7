"""The example classifier, and the index of rules by the two tokens that they begin with."""

import threading
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest

from bot.understanding import Act, Intent, KnownPerson, TextContext, understand
from bot.understanding.example_classifier import load_examples, reclassify
from bot.understanding.lexicon import WORDS, cached_per_language, load
from bot.understanding.phrase_classifier import UNCLASSIFIED, Classification
from bot.understanding.tokenizer import tokenize

NOW = datetime.fromisoformat("2026-11-23T10:00")
CASES = Path(__file__).parents[2] / "understanding" / "cases"


def test_every_intent_has_examples_and_none_is_repeated() -> None:
    data = tomllib.loads((WORDS / "en.examples.toml").read_text(encoding="utf-8"))
    assert set(data) == set(Intent)
    sentences = [line for said in data.values() for line in said.splitlines()]
    assert len(set(sentences)) == len(sentences)
    assert all(len(said.splitlines()) >= 100 for said in data.values())


def test_a_language_without_examples_changes_nothing() -> None:
    assert load_examples("es") is None
    assert reclassify(UNCLASSIFIED, tokenize("no se puede"), "es") is UNCLASSIFIED


def test_many_threads_load_a_language_once() -> None:
    made, gate = list[str](), threading.Barrier(8)

    @cached_per_language
    def make(lang: str) -> object:
        made.append(lang)
        time.sleep(0.02)
        return object()

    def ask(_: int) -> object:
        gate.wait(60)
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
def test_examples_decide_where_no_phrase_does(text: str, intent: str) -> None:
    assert understand(text, now=NOW).intent == intent


@pytest.mark.parametrize("text", ["1 or 2", "friday to sunday", "from 3 to 4", ".", "xyzzy"])
def test_times_and_function_words_alone_are_not_classified(text: str) -> None:
    assert reclassify(UNCLASSIFIED, tokenize(text), "en") is UNCLASSIFIED


def test_a_sure_phrase_is_not_questioned() -> None:
    sure = Classification(Act.URGENT, 1.0, "seizure")
    assert reclassify(sure, tokenize("what is the capital of peru"), "en") is sure


def test_a_residents_name_outweighs_likeness_to_off_topic_examples() -> None:
    people = (KnownPerson("Marcus Johnson", "48213", "mother"),)
    assert understand("marcus sun 3", now=NOW, context=TextContext(people=people)).intent == "book"


def test_the_rule_index_leaves_out_no_matching_rule() -> None:
    for file in sorted(CASES.glob("e*.toml"))[::4]:
        lexicon = load(file.stem[:2])
        for case in tomllib.loads(file.read_text(encoding="utf-8"))["case"][::9]:
            row = lexicon.encode(tokenize(case["text"]))
            for table in (lexicon.rules, lexicon.phrases):
                every = {rule.order: rule for rules in table._after.values() for rule, _after in rules}.values()
                for i in range(len(row)):
                    fitting = {r.order for r in every if (m := r.compiled.regex.match(row, i)) and m.end() > i}
                    assert fitting <= {r.order for r in table.at(row, i)}, case["text"]
