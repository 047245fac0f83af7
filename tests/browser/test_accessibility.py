"""Every page that a family can open, in both languages: axe-core finds nothing serious, and none scrolls sideways."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scheduling.policy.lifecycle import Move
from tests.browser.axe import violations
from tests.browser.calls import Served, serve
from tests.browser.screen import NARROW, in_order
from tests.webhooks.app_server import SATURDAY

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HOUR = timedelta(hours=1)
EARLY = SATURDAY.replace(hour=10)
SUNDAY = SATURDAY.replace(day=29, hour=13)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serve(tmp_path) as made:
        yield made


@pytest.fixture
def page(chromium: "Browser") -> "Iterator[Page]":
    context = chromium.new_context(viewport=NARROW, bypass_csp=True, timezone_id="America/New_York")
    yield context.new_page()
    context.close()


def violations_at(page: "Page", address: str) -> list[str]:
    """The violations of the page at this address."""
    for lang in ("es", "en"):
        page.goto(f"{address}{'&' if '?' in address else '?'}lang={lang}")
        in_order(page)
        assert page.locator("html").get_attribute("lang") == lang
    return violations(page)


def test_every_page_of_a_family_is_accessible(served: Served, page: "Page") -> None:
    app_server = served.app_server
    booked, unpaid = app_server.paid(), app_server.approved(EARLY, "Ana Diaz", "51877")
    gone = app_server.moved(app_server.paid(SUNDAY), Move.FACILITY_CANCEL)
    join, pay, paid = app_server.link(booked, "join"), app_server.link(unpaid, "pay"), app_server.link(booked, "pay")
    states = {
        "early": join,
        "unbooked": app_server.link(unpaid, "join"),
        "cancelled": app_server.link(gone, "join"),
        "due": pay,
        "declined": f"{pay}?back=declined",
        "left": f"{pay}?back=left",
        "checking": f"{pay}?back=paid",
        "paid": paid,
        "nothing": app_server.link(gone, "pay"),
        "unknown": f"/j/{'x' * 22}",
        "no page": "/nowhere",
        "front": "/",
    }
    found = {name: violations_at(page, served.url + address) for name, address in states.items()}
    app_server.set_clock(SATURDAY - HOUR / 12)
    found |= {"expired": violations_at(page, served.url + pay), "open": violations_at(page, served.url + join)}
    app_server.joined(booked)
    found["joined"] = violations_at(page, served.url + join)
    app_server.set_clock(SATURDAY + HOUR)
    app_server.moved(app_server.joined(booked), Move.FAIL)
    found["over"] = violations_at(page, served.url + join)
    assert {name: each for name, each in found.items() if each} == {}
