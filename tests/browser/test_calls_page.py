"""The page of calls in a real browser: it is accessible, updates itself, and keeps what is being typed."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from scheduling.storage.tables import calls
from tests.browser.axe import violations
from tests.browser.calls import Served, serve
from tests.browser.screen import NARROW, in_order
from tests.webhooks.app_server import SATURDAY, minutes
from tests.webhooks.kiosk_kit import rules
from tests.webhooks.live_kit import device, doubted, link, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serve(tmp_path) as made:
        yield made


@pytest.fixture
def page(chromium: "Browser") -> "Iterator[Page]":
    context = chromium.new_context(viewport=NARROW, bypass_csp=True, timezone_id="America/New_York")
    yield context.new_page()
    context.close()


def waits_for(page: "Page", words: str) -> None:
    """Wait until the page shows these words."""
    page.wait_for_function("(words) => document.body.innerText.includes(words)", arg=words)


def full_card(served: Served) -> str:
    """Make a call with everything a card can show: the resident waits for an officer, the phone has no camera, a notice."""
    visit = running(served.app_server)
    rules(served.app_server, watching=True)
    device(served.app_server, visit, "family", camera="refused", link="connected")
    row = {
        "visit_id": visit.id,
        "starts": visit.starts,
        "rang_at": served.app_server.now,
        "pressed_at": served.app_server.now,
    }
    with served.app_server.deps.db.begin() as tx:
        tx.execute(sa.insert(calls).values(**row, notice="Five more minutes", notice_at=served.app_server.now))
    return link(served.app_server)


def test_the_page_is_accessible_in_both_languages(served: Served, page: "Page") -> None:
    def accessible(address: str) -> None:
        for lang in ("en", "es"):
            page.goto(f"{served.url}{address}?lang={lang}")
            in_order(page)
            assert page.locator("html").get_attribute("lang") == lang
            assert violations(page) == []

    accessible(link(served.app_server))
    accessible("/calls/" + "x" * 22)
    accessible(full_card(served))
    page.select_option("select", "emergency")
    page.get_by_role("button", name="Terminar la llamada").click()
    page.wait_for_selector("text=¿Terminar la llamada")
    in_order(page)
    assert violations(page) == []
    assert page.locator("html").get_attribute("lang") == "es"


def test_a_disputed_visit_is_accessible(served: Served, page: "Page") -> None:
    doubted(served.app_server)
    page.goto(served.url + link(served.app_server))
    assert "In doubt" in page.inner_text("body")
    in_order(page)
    assert violations(page) == []


@pytest.mark.slow
def test_it_updates_itself_and_what_is_typed_stays(served: Served, page: "Page") -> None:
    page.goto(served.url + full_card(served))
    page.fill("input[name=words]", "half a sen")
    page.focus("input[name=words]")
    with served.app_server.deps.db.begin() as tx:
        tx.execute(sa.update(calls).values(admitted_at=served.app_server.deps.now(), admitted_how="officer"))
    waits_for(page, "Let in by an officer")
    assert page.input_value("input[name=words]") == "half a sen"
    assert page.evaluate("document.activeElement.name") == "words"
    served.app_server.set_clock(SATURDAY + minutes(31))
    waits_for(page, "No call is open in your units now.")
    served.app_server.set_clock(SATURDAY + minutes(13 * 60))
    waits_for(page, "This link has run out")
