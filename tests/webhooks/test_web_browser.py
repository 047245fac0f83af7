"""The pay and join pages in a browser on the narrowest phone: payment, opening in time, and the reader's own clock."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.texts import say
from handlers.gateways.payments.sandbox import SandboxGateway
from scheduling.visits.visit import get
from tests.emulators.processes import free_port
from tests.emulators.served import Served
from tests.webhooks.app_server import SATURDAY, AppServer, application, build

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

PHONE: "ViewportSize" = {"width": 320, "height": 640}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[AppServer]:
    """An application behind a real port, with the payment sandbox."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    app_server = build(tmp_path, url=url)
    app_server.deps = replace(app_server.deps, payments=SandboxGateway(url))
    server = Served(application(app_server), port)
    yield app_server
    server.close()
    app_server.deps.db.close()


@pytest.fixture
def page(chromium: "Browser") -> "Iterator[Page]":
    """A phone in New York; the test fails on an error or a violation of the content security policy."""
    context = chromium.new_context(viewport=PHONE, timezone_id="America/New_York")
    page = context.new_page()
    broken: list[str] = []
    page.on("console", lambda said: broken.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: broken.append(str(error)))
    yield page
    context.close()
    assert broken == []


def fits(page: "Page") -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_a_visit_is_paid_by_tapping_and_the_declined_card_is_tried_again(served: AppServer, page: "Page") -> None:
    visit = served.approved()
    page.goto(served.deps.settings.url + served.link(visit, "pay"))
    assert fits(page)
    assert "2:00 PM EST" in page.inner_text(".yours")
    for tapped in (say("page.sandbox.decline", "en"), "The card pays $2.70"):
        page.click("text=Pay $2.70")
        page.wait_for_url("**/sandbox/**")
        assert fits(page)
        page.click(f"text={tapped}")
        page.wait_for_url("**/p/**")
    assert say("page.pay.paid.title", "en") in page.inner_text("main")
    with served.deps.db.read() as tx:
        assert get(tx, visit.id).state == "confirmed"


def test_a_join_page_left_open_opens_by_itself(served: AppServer, page: "Page") -> None:
    visit = served.paid()
    served.set_clock(SATURDAY - timedelta(minutes=10, seconds=5))
    page.goto(served.deps.settings.url + served.link(visit, "join"))
    assert fits(page)
    assert re.fullmatch(r"Opens in \d+ seconds?", page.inner_text(".countdown"))
    served.set_clock(SATURDAY - timedelta(minutes=10))
    page.wait_for_selector("form button.big", timeout=10_000)
    page.click("form button.big")
    page.wait_for_selector(".stage")
    page.wait_for_selector(f"text={say('call.starts_in', 'en')}")
    assert fits(page)
    page.click("[data-do=leave]")
    page.reload()
    page.wait_for_selector(f"text={say('page.join.joined', 'en')}")
    assert page.is_visible("form button.big")


@pytest.mark.parametrize(
    "lang,clock,opens", [("en", "2:00 PM EST", "Opens in 5 days"), ("es", "2:00 PM GMT-5", "Se abre dentro de 5 días")]
)
def test_both_clocks_are_written_alike_in_either_language(
    served: AppServer, page: "Page", lang: str, clock: str, opens: str
) -> None:
    page.goto(served.deps.settings.url + served.link(served.paid(), "join") + f"?lang={lang}")
    assert page.inner_text(".yours time").endswith(clock)
    assert page.inner_text(".countdown") == opens
    assert page.is_visible(f"text={say('page.join.by_itself', lang)}")
    assert fits(page)


def test_a_reader_in_the_same_zone_is_not_told_the_time_twice(served: AppServer, chromium: "Browser") -> None:
    context = chromium.new_context(viewport=PHONE, timezone_id="America/Chicago")
    page = context.new_page()
    page.goto(served.deps.settings.url + served.link(served.paid(), "join"))
    page.wait_for_selector(".countdown")
    assert page.is_hidden(".yours")
    context.close()


def test_without_scripts_the_page_says_what_a_call_needs(served: AppServer, chromium: "Browser") -> None:
    visit = served.paid()
    served.set_clock(SATURDAY)
    context = chromium.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(served.deps.settings.url + served.link(visit, "join"))
    assert say("page.join.noscript", "en") in page.inner_text("main")
    page.click("form button.big")
    assert say("page.join.noscript_here", "en") in page.inner_text("main")
    assert page.is_hidden("form button.big")
    assert page.is_visible("footer a[href^='tel:']")
    context.close()
