"""The simulator's page in a real browser: nothing cut off, nothing wrapped, reachable by keys, honest without scripts."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.wrappers import Response

from tests.emulators.served import Served
from tests.webhooks.simulator.recording_app import LINE, MONDAY, RecordingApp
from tests.webhooks.simulator.twilio_side import twilio_client
from webhooks.simulator import Simulator

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TANYA, REED = "+15550100002", "+15550109001"
LONG = "reminder, 15 minutes before the visit that has a very long description, V7K2"
CARDS = [
    f"{name} Tanya Johnson (mother) for Marcus Johnson 48213, unit B\nDecide by 5:00 PM\n"
    f"Reply {code} OK, {code} NO, or {code} SUN 2PM. All: LIST"
    for name, code in (("Q4M8", 233), ("V7K2", 417))
]
BOOKED = "Paid and booked: Marcus. Reply 1, 2 or 3. To change: MOVE V7K2 or CANCEL VISIT V7K2"


@pytest.fixture
def address(simulator: Simulator, application: RecordingApp) -> Iterator[str]:
    application.next_due = (MONDAY + timedelta(hours=20, minutes=56), LONG)
    simulator.application.read_clock()
    mounted = DispatcherMiddleware(Response("", 404), {"/simulator": simulator})
    server = Served(mounted)
    yield f"{server.url}/simulator/"
    server.close()


@pytest.fixture
def page(chromium: "Browser", address: str) -> "Iterator[Page]":
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector(".chips button")
    yield page
    context.close()


def test_the_bar_is_one_line_and_what_is_due_is_whole_in_the_title(page: "Page") -> None:
    jump = page.locator("#jump")
    page.wait_for_function("document.querySelector('#jump').textContent.startsWith('Jump to')")
    tops = page.evaluate("[...document.querySelectorAll('.bar > *')].map((e) => e.getBoundingClientRect())")
    assert max(each["top"] for each in tops) < min(each["bottom"] for each in tops)
    assert max(each["right"] for each in tops) <= 1280
    assert jump.get_attribute("title") == f"Jump to Tuesday 10:00 AM, when {LONG}"
    assert jump.evaluate("(e) => e.scrollWidth > e.clientWidth")
    jump.click()
    page.locator("#happened", has_text="Just now: ").wait_for()
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_last_chip_is_whole(page: "Page", simulator: Simulator) -> None:
    client = twilio_client(simulator)
    client.messages.create(to=TANYA, from_=LINE, body=BOOKED)
    for card in CARDS:
        client.messages.create(to=REED, from_=LINE, body=card)
    page.get_by_role("button", name="MOVE V7K2").wait_for()
    page.get_by_role("button", name="233 OK").wait_for()
    for place in ("left", "right"):
        chips = page.locator(f"[data-place={place}] .chips")
        assert chips.locator("button").count() >= 7
        box, last = chips.bounding_box(), chips.locator("button").last.bounding_box()
        assert box is not None
        assert last is not None
        assert last["y"] + last["height"] <= box["y"] + box["height"]


def test_the_text_box_is_one_key_away(page: "Page") -> None:
    page.locator("#left-pick").focus()
    page.keyboard.press("Shift+Tab")
    skip = page.locator("[data-place=left] .skip")
    assert skip.evaluate("(e) => e === document.activeElement")
    box = skip.bounding_box()
    assert box is not None
    assert box["width"] > 50  # seen while it has the focus
    page.keyboard.press("Enter")
    page.keyboard.type("visits")
    assert page.locator("#left-text").input_value() == "visits"


def test_a_carrier_that_is_down_is_said_without_numbers_nobody_knows(page: "Page") -> None:
    page.get_by_text("Carrier is down").click()
    words = "The carrier is down. Texts to and from the phones wait; all of it goes on when it is back."
    expect(page.locator("#notice")).to_have_text(words)


def test_without_scripts_there_are_no_empty_phones(chromium: "Browser", address: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator("noscript .notice").is_visible()
    assert "This page needs JavaScript" in page.inner_text("body")
    assert page.locator(".phone:visible, button:visible").count() == 0
    context.close()
