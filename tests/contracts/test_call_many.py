"""A call between real browsers over two web processes: what one of them is told, those who ask the other hear."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.texts import say
from tests.browser.calls import CLOSED, figures
from tests.browser.test_call import moves_on, plays
from tests.contracts.calling import Calls, calls_line
from tests.farends.postgres import PostgresServer
from tests.farends.redis_server import RedisServer
from tests.webhooks.test_live import link as staff_link

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TWO_PICTURES = "() => document.querySelectorAll('.tile:not(.dark)').length === 2"


@pytest.fixture
def calls(tmp_path: Path, chromium: "Browser", postgres: PostgresServer, redis_server: RedisServer) -> Iterator[Calls]:
    with calls_line(tmp_path, chromium, postgres, redis_server.url) as made:
        yield made


def end(calls: Calls, page: "Page") -> None:
    """An officer ends the call, at the first process."""
    page.goto(f"{calls.served.url}{staff_link(calls.served.house)}")
    page.select_option("select[name=reason]", "operations")
    page.click("form[action*='/end'] button")
    page.click("form[action*='/end'] button")
    page.locator("body", has_text=say("live.done.ended", "en", ref=calls.visit.reference)).wait_for()


def test_a_call_over_two_processes(calls: Calls) -> None:
    family, kiosk = calls.together()
    for page in (family, kiosk):
        moves_on(page, 1)

    officer = calls.watcher()
    officer.click("[data-do=begin]")
    officer.wait_for_function(TWO_PICTURES)
    assert figures(officer)["sent"] == 0
    for page in (family, kiosk):
        page.locator("[data-at=watched]:visible").wait_for()

    family.reload()
    plays(family, kiosk)
    moves_on(family, 1, links=2)

    second = calls.family(calls.screens)
    second.click("[data-do=here]")
    family.wait_for_selector("[data-part=over]:visible")
    assert family.inner_text("[data-part=over] h2") == say("call.over.replaced.title", "en")
    assert family.evaluate(CLOSED)
    plays(second, kiosk)
    moves_on(second, 1, links=2)

    end(calls, calls.page())
    second.wait_for_selector("[data-part=over]:visible")
    kiosk.wait_for_selector("[data-part=after]:visible")
    officer.locator("[data-part=said]:visible").wait_for()
    for page in (second, kiosk):
        assert page.evaluate(CLOSED)
    assert officer.evaluate("links.every((each) => each.connectionState === 'closed')")
