"""Every text key in `bot/texts` is used: named in code, a page or a script, or built from a prefix there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from bot import texts

REPO = Path(__file__).resolve().parents[2]
PACKAGES = ("bot", "handlers", "scheduling", "webhooks")
SAID_BY_NOBODY = {
    "no_place": "the measure that every secret refusal is compared with (tests/bot/texts/test_every_text.py)",
}
STRING = re.compile(r"""["'`]([a-z_0-9.]+)["'`]""")
TEMPLATE = re.compile(r"`([a-z_.]+\$\{[^`]*)`")
SHORTEST_PREFIX = 4
"""Minimum length of the fixed prefix of a built key: a shorter prefix would match every other key."""


def sources(*endings: str) -> Iterator[str]:
    for package in PACKAGES:
        for path in sorted((REPO / package).rglob("*")):
            if path.suffix in endings:
                yield path.read_text(encoding="utf-8")


def built(node: ast.JoinedStr) -> str:
    """The pattern of an f-string: its fixed characters, with a wildcard for each value."""
    return "".join(re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+" for part in node.values)


def patterns() -> Iterator[str]:
    for text in sources(".py"):
        yield from (built(node) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.JoinedStr))
    for text in sources(".js"):
        yield from (re.sub(r"\\\$\\\{.*?\\\}", ".+", re.escape(found)) for found in TEMPLATE.findall(text))


def unsaid(keys: set[str]) -> set[str]:
    named = {found for text in sources(".py", ".js", ".html") for found in STRING.findall(text)}
    left = keys - named
    for pattern in patterns():
        if len(pattern.replace("\\", "").partition(".+")[0]) >= SHORTEST_PREFIX:
            left -= {key for key in left if re.fullmatch(pattern, key)}
    return left


def test_every_text_is_said_somewhere() -> None:
    assert unsaid(set(texts.keys())) == set(SAID_BY_NOBODY)


def test_a_text_that_nobody_says_is_found() -> None:
    assert unsaid({"asked", "a_text_nobody_says", "cancelled_by_you_refund"}) == {"a_text_nobody_says"}
