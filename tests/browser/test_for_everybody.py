"""Every state of every page, in both languages: axe-core finds nothing serious, nothing scrolls sideways."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scheduling.lifecycle import Move
from tests.browser.axe import trouble
from tests.browser.calls import Served, serve
from tests.browser.screen import NARROW, in_order
from tests.webhooks.house import SATURDAY, House

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HOUR = timedelta(hours=1)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serve(tmp_path) as made:
        yield made


@pytest.fixture
def page(chromium: "Browser") -> "Iterator[Page]":
    context = chromium.new_context(viewport=NARROW, bypass_csp=True, timezone_id="America/New_York")
    yield context.new_page()
    context.close()


def cancelled(house: House) -> str:
    return house.link(house.moved(house.paid(), Move("facility_cancel")), "join")


def ahead(house: House, by: timedelta, purpose: str = "join", *, paid: bool = True) -> str:
    visit = house.paid() if paid else house.approved()
    link = house.link(visit, purpose)
    house.set_clock(SATURDAY + by)
    return link


STATES: dict[str, Callable[[House], str]] = {
    "join early": lambda house: ahead(house, -2 * HOUR),
    "join open": lambda house: ahead(house, -HOUR / 12),
    "join over": lambda house: ahead(house, HOUR),
    "join unbooked": lambda house: house.link(house.approved(), "join"),
    "join cancelled": cancelled,
    "pay due": lambda house: house.link(house.approved(), "pay"),
    "pay declined": lambda house: house.link(house.approved(), "pay") + "?back=declined",
    "pay left": lambda house: house.link(house.approved(), "pay") + "?back=left",
    "pay checking": lambda house: house.link(house.approved(), "pay") + "?back=paid",
    "pay paid": lambda house: house.link(house.paid(), "pay"),
    "pay expired": lambda house: ahead(house, HOUR, "pay", paid=False),
    "pay nothing": lambda house: house.link(house.asked(), "pay"),
    "unknown link": lambda _house: f"/j/{'x' * 22}",
    "no page": lambda _house: "/nowhere",
    "front": lambda _house: "/",
}


@pytest.mark.parametrize("state", STATES)
def test_nobody_is_left_out(state: str, served: Served, page: "Page") -> None:
    address = STATES[state](served.house)
    for lang in ("en", "es"):
        page.goto(f"{served.url}{address}{'&' if '?' in address else '?'}lang={lang}")
        in_order(page)
        assert page.locator("html").get_attribute("lang") == lang
        assert trouble(page) == []
