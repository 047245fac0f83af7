"""Checks the accessibility of a page, as it is on the screen now, with axe-core."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tests.emulators.processes import cannot_test

if TYPE_CHECKING:
    from playwright.sync_api import Page

SCRIPT = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RUN = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
  .filter((each) => ["serious", "critical"].includes(each.impact))
  .map((each) => `${each.id}: ${each.nodes.map((node) => node.target.join(" ")).join(", ")}`)"""


@cache
def _script() -> str:
    if not SCRIPT.exists():
        cannot_test("axe-core is not installed", "make node-tools")
    return SCRIPT.read_text(encoding="utf-8")


def violations(page: "Page") -> list[str]:
    """The serious and critical violations. The browser context must bypass the CSP."""
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(_script())
    found: list[str] = page.evaluate(RUN)
    return found
