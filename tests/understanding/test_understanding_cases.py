"""The project's own sentences: every case of `cases/*.toml` is understood as the case says."""

import tomllib
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot.understanding import KnownPerson, Meaning, Offer, TextContext, Window, understand

CASES = Path(__file__).parent / "cases"
CAST = (
    KnownPerson("Marcus Johnson", "48213", "mother"),
    KnownPerson("Darnell Price", "50333", "aunt"),
    KnownPerson("Luis Ortega", "51877", "sister"),
)


def load(file: str = "*") -> list[Any]:
    """Every case (of one file), completed with the defaults of its file, as pytest parameters."""
    found = []
    for path in sorted(CASES.glob(f"{file}.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        for case in data["case"]:
            full = {"now": data["now"], "lang": data.get("lang"), "languages": data.get("languages"), **case}
            found.append(pytest.param(full, id=f"{path.stem}: {case['text'][:60]}"))
    return found


def written(window: Window) -> str:
    """A window as the case files write it: "2026-11-28T14:00", "A/B", "after A", "not A/B", "existing A"."""
    start, end = (None if at is None else at.isoformat(timespec="minutes") for at in (window.start, window.end))
    span = f"{window.open} {start or end}" if window.open else start if end is None else f"{start}/{end}"
    return f"{span}" if window.role == "want" else f"{'not' if window.role == 'exclude' else window.role} {span}"


def shown(meaning: Meaning) -> dict[str, Any]:
    """The parts of a meaning that a case may state."""
    return {
        "act": meaning.act,
        "intent": meaning.intent,
        "when": [written(w) for w in meaning.windows],
        "who": [p.name.split()[0] for p in meaning.residents],
        "speaker": [p.name for p in meaning.visitors],
        "minutes": meaning.duration_min,
        "party": meaning.party,
        "ref": meaning.reference,
        "choice": meaning.choice,
        "reads": meaning.lang,
        "needs": list(meaning.needs),
    }


def read(case: dict[str, Any], *, fallback: bool = True) -> Meaning:
    """Understand a case in its own context. The people of the cast are those whom the sender may see."""

    def offers(key: str) -> tuple[Offer, ...]:
        pairs = (written_offer.split("/") for written_offer in case.get(key, ()))
        return tuple(
            Offer(datetime.fromisoformat(p[0]), datetime.fromisoformat(p[1]) if p[1:] else None) for p in pairs
        )

    context = TextContext(case.get("asked"), offers("offered"), offers("hours"), CAST)
    languages = tuple(case["languages"] or ("en", "es"))
    now = datetime.fromisoformat(case["now"])
    return understand(case["text"], now=now, languages=languages, lang=case["lang"], context=context, fallback=fallback)


def said(case: dict[str, Any]) -> dict[str, Any]:
    """The expected meaning of a case. Windows, people, a choice or a reference that it does not state must be absent."""
    silent: dict[str, Any] = {"when": [], "who": [], "choice": None, "ref": None, "minutes": None, "party": None}
    return {**silent, **{k: v for k, v in case.items() if k in shown(Meaning())}}


def files() -> list[str]:
    return sorted(path.stem for path in CASES.glob("*.toml"))


def cases_of(file: str) -> list[dict[str, Any]]:
    return [param.values[0] for param in load(file)]


@pytest.mark.parametrize("file", files())
def test_every_sentence_of_ours_is_understood(file: str) -> None:
    """One test for each file: thousands of tests would take longer than all the texts. Shows every wrong case."""
    wrong = []
    for case in cases_of(file):
        wanted, got = said(case), shown(read(case))
        differs = {k: (got[k], wanted[k]) for k in wanted if got[k] != wanted[k]}
        if bool(differs) != ("fails" in case):
            wrong.append((case["text"], differs or "passes, though marked as failing", case["why"]))
    assert not wrong


def test_every_case_says_why_it_is_there() -> None:
    cases = [param.values[0] for param in load()]
    assert all(case["why"].strip() and "act" in case for case in cases)
    assert len(
        {(c["text"], c["lang"], str(c.get("offered")), str(c.get("hours")), c.get("asked"), c["now"]) for c in cases}
    ) == len(cases)


def test_there_are_as_many_cases_as_promised() -> None:
    langs = Counter(str(param.id)[:2] for param in load())
    assert langs["en"] >= 600
    assert langs["es"] >= 300


def test_thirty_cases_pass_only_with_the_fallback() -> None:
    """Portuguese has no word file, so only dateparser reads it."""
    only = 0
    for case in cases_of("pt_ultimo"):
        wanted, bare = said(case), shown(read(case, fallback=False))
        only += {k: bare[k] for k in wanted} != wanted
    assert only >= 30
