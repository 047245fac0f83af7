"""What was said in `visitline chat`, and its export as the skeleton of a story test."""

import re
from typing import NamedTuple


class Line(NamedTuple):
    """One line of the transcript. `kind` is says, hears, passes, pays or joins; `after` how many seconds after
    the line before, where that is not as usual in a story."""

    kind: str
    who: str
    text: str
    after: float | None = None


def story(lines: list[Line]) -> str:
    """The transcript as the skeleton of a story test: it runs as it stands, and says little yet about what is heard."""
    people = list(dict.fromkeys(line.who for line in lines if line.who))
    body = [step for at, line in enumerate(lines) for step in _step(line, lines[:at])]
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


def _step(line: Line, before: list[Line]) -> list[str]:
    if line.kind == "passes":
        return [f"line.passes({line.text})"]
    if line.kind in ("pays", "joins"):
        return [f"{line.who}.{'pays' if line.kind == 'pays' else 'presses_join'}()"]
    if line.kind == "says":
        soon = "" if line.after is None else f", after={line.after:g}"
        return [f"{line.who}.says({_said(line, before)}{soon})"]
    if re.search(r"\b\d{3} OK, \d{3} NO\b", line.text):
        return [f"{line.who}_card = {line.who}.hears_card()"]
    return [f"{line.who}.hears({_quoted(_lasting(line.text))})"]


def _said(line: Line, before: list[Line]) -> str:
    """What somebody says; a code or a reference, made by chance, is taken from what they heard."""
    heard = " ".join(each.text for each in before if each.kind == "hears" and each.who == line.who)
    found = re.search(r"\b\d{3}\b", line.text)
    if found and f"{found[0]} OK" in heard:
        return "f" + _quoted(line.text.replace(found[0], f"{{{line.who}_card}}", 1))
    found = re.search(r"\b[A-Za-z](?=[A-Za-z0-9]*\d)[A-Za-z0-9]{3}\b", line.text)
    if found and found[0].upper() in heard:
        return "f" + _quoted(line.text.replace(found[0], f"{{{line.who}.reference()}}", 1))
    return _quoted(line.text)


def _lasting(text: str) -> str:
    """The longest piece of a text's first line without what is different each time: a link, a reference, a code."""
    pieces = re.split(r"http\S*|\b[A-Z](?=[A-Z0-9]*\d)[A-Z0-9]{3}\b|\b\d{3}\b", text.splitlines()[0])
    return max(pieces, key=len).strip()[:80].rstrip()


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
