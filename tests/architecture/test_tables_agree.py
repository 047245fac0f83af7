"""Tables of two packages that must agree: effects and jobs, codes and sentences, options and their handlers."""

import ast
import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import texts
from bot.understanding import Act
from bot.understanding.lexicon import WORDS
from bot.understanding.staff import DENIAL_LETTERS, parse_staff_command
from handlers.inbound.dispatch import ACTIONS, TOPICS
from handlers.inbound.topics import TOPIC_OF_ACT, Topic
from handlers.jobs.registry import JOBS
from handlers.messaging.option_actions import OptionAction, TimeChoice, VisitsChoice
from scheduling.facilities.file import values
from scheduling.policy.denials import DenialReason
from scheduling.policy.ids import PersonId, ResidentId
from scheduling.policy.job_payloads import JobKind
from scheduling.policy.lifecycle import Effect, diagram
from scheduling.policy.refusals import CommandRefusal, Refusal
from scheduling.policy.timespan import EPOCH
from scheduling.policy.visit_state import State

REPO = Path(__file__).resolve().parents[2]
SAID = {"say", "words"}
KEY = re.compile(r"[a-z_]+(\.[a-z_]+)*")


def modules() -> Iterator[ast.Module]:
    for package in ("handlers", "scheduling", "webhooks"):
        for path in sorted((REPO / package).rglob("*.py")):
            if "simulator" not in path.parts and "migrations" not in path.parts:
                yield ast.parse(path.read_text())


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        called = getattr(node, "func", None)
        name = getattr(called, "attr", getattr(called, "id", None))
        if isinstance(node, ast.Call) and name in names:
            yield node


def strings(node: ast.AST) -> set[str]:
    return {each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)}


def words_of(lang: str, family: str) -> set[str]:
    catalogue = (REPO / "bot" / "texts" / f"{lang}.po").read_text(encoding="utf-8")
    return set(re.findall(rf'^msgid "{family}\.(.+)"$', catalogue, re.MULTILINE))


def test_every_effect_and_every_job_kind_has_a_handler_and_no_other_kind_has() -> None:
    assert set(JOBS) == {str(kind) for kind in (*Effect, *JobKind)}


def test_every_job_kind_is_queued_somewhere_and_no_kind_is_queued_as_a_bare_string() -> None:
    """The only call without a member queues the effects of a move (scheduling/visits/effects.py)."""
    enqueued = [call for tree in modules() for call in calls(tree, "enqueue")]
    queued = [ast.unparse(call.args[1]) for call in enqueued if ast.unparse(call.func) == "outbox.enqueue"]
    assert sorted(queued) == sorted([*(f"JobKind.{kind.name}" for kind in JobKind), "effect"])


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_every_refusal_has_a_sentence_for_families_and_a_reason_for_staff(lang: str) -> None:
    codes = {str(code) for code in Refusal}
    assert words_of(lang, "refusal") == codes
    assert words_of(lang, "why") == codes | {CommandRefusal.OFFER_OPEN}


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_every_letter_of_a_denial_has_its_words_for_families_and_for_staff(lang: str) -> None:
    assert words_of(lang, "reason") == words_of(lang, "reason_staff") == set(DENIAL_LETTERS)


def test_the_word_of_each_denial_reason_is_the_one_that_staff_read() -> None:
    assert {reason: reason.traits.word for reason in DenialReason} == {
        reason: texts.say(f"reason_staff.{reason}", "en") for reason in DenialReason
    }


def test_every_letter_of_a_denial_can_be_sent() -> None:
    for letter in DENIAL_LETTERS:
        command = parse_staff_command(f"417 no {letter}", now=EPOCH.replace(tzinfo=None), languages=("en", "es"))
        assert command is not None
        assert (command.code, command.verb, command.letter) == (417, "no", letter)


@pytest.mark.parametrize("lang", texts.LANGUAGES)
@pytest.mark.parametrize("family", ["state", "visit_state"])
def test_every_state_has_its_words(lang: str, family: str) -> None:
    assert words_of(lang, family) == {str(state) for state in State if state is not State.NONE}


def test_every_act_has_a_topic_and_every_topic_a_dialogue() -> None:
    assert set(TOPIC_OF_ACT) == set(Act)
    assert set(TOPICS) == set(Topic)


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_every_act_of_a_word_file_is_one_there_is(lang: str) -> None:
    data = tomllib.loads((WORDS / f"{lang}.toml").read_text(encoding="utf-8"))
    assert {intent["act"] for intent in data["intent"]} <= set(Act)


def test_both_packages_speak_the_same_languages() -> None:
    assert tuple(texts.LANGUAGES) == values.LANGUAGES


def test_every_option_is_offered_and_answered() -> None:
    """Dialogues and notices name an action where they offer it. A comparison with an action does not offer it."""
    files = [*(REPO / "handlers" / "dialogues").rglob("*.py"), REPO / "handlers" / "messaging" / "visit_notices.py"]
    offered: set[str] = set()
    for tree in (ast.parse(path.read_text()) for path in files):
        compared = {node for each in ast.walk(tree) if isinstance(each, ast.Compare) for node in ast.walk(each)}
        offered |= {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "OptionAction" and node not in compared
        }
    assert offered == set(OptionAction.__members__)
    assert set(ACTIONS) == set(OptionAction)


def test_an_option_is_stored_as_it_was_before_there_were_types() -> None:
    """Options sent before an upgrade still work afterwards; extra values that an older version stored are ignored."""
    start = datetime(2026, 11, 28, 13, tzinfo=UTC)
    stored = {"minutes": 30, "resident": 3, "visitor": 5, "kind": "family", "start": start.isoformat()}
    chosen = TimeChoice.from_json(stored)
    assert chosen == TimeChoice(start, 30, ResidentId(3), PersonId(5))
    assert chosen.to_json() == {name: value for name, value in stored.items() if name != "kind"}
    assert VisitsChoice.from_json({"visits": [1, 2]}).to_json() == {"visits": [1, 2]}


def test_every_text_named_in_the_code_exists() -> None:
    named = {
        call.args[0].value
        for tree in modules()
        for call in calls(tree, *SAID)
        if call.args and isinstance(call.args[0], ast.Constant) and KEY.fullmatch(str(call.args[0].value))
    }
    assert len(named) > 80
    assert named - texts.keys() == set()


def test_the_drawing_in_the_docs_is_the_table() -> None:
    page = (REPO / "docs" / "lifecycle.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```mermaid\n(.*?)```", page, re.DOTALL)
    assert block == diagram(), "make diagram"
