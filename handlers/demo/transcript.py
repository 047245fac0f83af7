"""The transcript of `visitline chat`, and its export as the skeleton of a story test."""

import re
from enum import StrEnum
from typing import NamedTuple


class LineKind(StrEnum):
    """What happens in a line of the transcript. `PASSES`: time passes."""

    SAYS = "says"
    HEARS = "hears"
    PASSES = "passes"
    PAYS = "pays"
    JOINS = "joins"


class TranscriptLine(NamedTuple):
    """One line of the transcript. `after` is the number of seconds since the line before, if it is not the usual one."""

    kind: LineKind
    who: str
    text: str
    after: float | None = None


def story(lines: list[TranscriptLine]) -> str:
    """The transcript as the skeleton of a story test. It runs as it is, and checks only a part of each text."""
    people = list(dict.fromkeys(line.who for line in lines if line.who))
    steps = [step for at, line in enumerate(lines) for step in _step(line, lines[:at])]
    body = [_without_unused_card(step, steps[at + 1 :]) for at, step in enumerate(steps)]
    names, members = ", ".join(people), ", ".join(f"line.phone({who.upper()})" for who in people)
    return "\n".join(
        [
            '"""A story from `visitline chat`. Name it, and check what matters in every text."""',
            "",
            f"from tests.cast import {', '.join(sorted(who.upper() for who in people))}",
            "from tests.stories.conftest import Opened",
            "",
            "",
            "def test_name_this_story(opened: Opened) -> None:",
            "    line = opened()",
            *([f"    {names} = {members}"] if people else []),
            *(f"    {step}" for step in body),
            "",
        ]
    )


def _step(line: TranscriptLine, before: list[TranscriptLine]) -> list[str]:
    if line.kind is LineKind.PASSES:
        return [f"line.passes({line.text})"]
    if line.kind is LineKind.PAYS:
        return [f"{line.who}.pays()"]
    if line.kind is LineKind.JOINS:
        return [f"{line.who}.presses_join()"]
    if line.kind is LineKind.SAYS:
        after = "" if line.after is None else f", after={line.after:g}"
        return [f"{line.who}.says({_said(line, before)}{after})"]
    if re.search(r"\b\d{3} OK, \d{3} NO\b", line.text):
        return [f"{line.who}_card = {line.who}.hears_card()"]
    return [f"{line.who}.hears({_quoted(_lasting(line.text))})"]


def _without_unused_card(step: str, later: list[str]) -> str:
    """The step, without its assignment of a card whose code is not sent later: ruff rejects unused variables."""
    card, assigned, heard = step.partition(" = ")
    used = any(f"{{{card}}}" in each for each in later)
    return step if not assigned or not card.endswith("_card") or used else heard


def _said(line: TranscriptLine, before: list[TranscriptLine]) -> str:
    """The text that somebody sends. A code or a reference in it is random, so it is taken from what they heard."""
    heard = " ".join(each.text for each in before if each.kind is LineKind.HEARS and each.who == line.who)
    found = re.search(r"\b\d{3}\b", line.text)
    if found and f"{found[0]} OK" in heard:
        return "f" + _quoted(line.text.replace(found[0], f"{{{line.who}_card}}", 1))
    found = re.search(r"\b[A-Za-z](?=[A-Za-z0-9]*\d)[A-Za-z0-9]{3}\b", line.text)
    if found and found[0].upper() in heard:
        return "f" + _quoted(line.text.replace(found[0], f"{{{line.who}.reference()}}", 1))
    return _quoted(line.text)


def _lasting(text: str) -> str:
    """The longest piece of a text's first line that has no link, reference or code, which differ each time."""
    pieces = re.split(r"http\S*|\b[A-Z](?=[A-Z0-9]*\d)[A-Z0-9]{3}\b|\b\d{3}\b", text.splitlines()[0])
    return max(pieces, key=len).strip()[:80].rstrip()


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
