"""One `visitline run` for all tests of a module, and browsers whose errors and warnings fail the test."""

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.emulators.standalone import Standalone

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

    from tests.browser.screen import Simulator

collect_ignore = [] if os.environ.get("VISITLINE_PICTURES") == "1" else ["test_pictures.py"]
NewPage = Callable[..., "Page"]


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
