"""One `visitline run` for all tests of a module, and browsers whose errors and warnings fail the test."""

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.emulators.standalone import Standalone

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

    from tests.browser.screen import Simulator

APART = {
    "VISITLINE_LONG": ("test_call_in_trouble.py", "test_other_providers.py"),
    "VISITLINE_PICTURES": ("test_pictures.py",),
}
collect_ignore = [name for asked, names in APART.items() if os.environ.get(asked) != "1" for name in names]
SLOW = {
    "test_it_updates_itself_and_what_is_typed_stays",
    "test_a_resident_who_left_is_let_in_again_by_an_officer",
    "test_a_small_phone_that_may_use_neither_camera_nor_microphone",
    "test_before_the_call_a_phone_and_a_screen",
}
"""Slow tests, which run only with VISITLINE_LONG=1, as the files above do."""
NewPage = Callable[..., "Page"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the slow tests: a skip would mean that something is missing."""
    slow = [] if os.environ.get("VISITLINE_LONG") == "1" else [item for item in items if item.name in SLOW]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standalone]:
    """`visitline run` as a separate process with an empty data folder, on a Monday morning."""
    made = Standalone(tmp_path_factory.mktemp("browser") / "data")
    made.start()
    made.reach_monday_morning()
    yield made
    made.close()


@pytest.fixture
def new_page(chromium: "Browser") -> Iterator[NewPage]:
    """`new_page(size)` opens a page in a new browser context. Any error or warning of the browser fails the test."""
    from tests.browser.screen import WIDE, Watch

    watch, contexts = Watch(), []

    def build(size: "ViewportSize | None" = None) -> "Page":
        context = chromium.new_context(viewport=size or WIDE, timezone_id="America/New_York", locale="en-US")
        watch.over(context)
        contexts.append(context)
        return context.new_page()

    yield build
    for context in contexts:
        context.close()
    assert watch.complaints == []


@pytest.fixture
def simulator(box: Standalone, new_page: NewPage) -> "Simulator":
    """The simulator's page, opened."""
    from tests.browser.screen import Simulator

    made = Simulator(new_page())
    made.open(box.url)
    return made
