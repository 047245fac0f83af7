"""The pages' modules in a real browser: fetched once, in one version, without globals. A page without them says so."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.texts import say
from tests.browser.calls import Scene, serve
from tests.webhooks.live_kit import link as staff_link

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request

NO_MODULES = "delete HTMLScriptElement.prototype.noModule"
"""A script that makes a page believe that its browser has no modules."""
REFRESH = "meta[http-equiv=refresh]"


@pytest.fixture
def scene(tmp_path: Path, chromium: "Browser") -> Iterator[Scene]:
    with serve(tmp_path) as served:
        made = Scene(served, chromium)
        yield made
        made.close()


def addresses(scene: Scene) -> list[str]:
    """The pages of a family, a unit and an officer that have a module."""
    scene.allow(watching=True)
    calls = scene.served.url + staff_link(scene.served.app_server)
    pay = scene.served.url + scene.served.app_server.link(scene.visit, "pay")
    return [scene.link, pay, f"{scene.served.url}/kiosk", calls, f"{calls}/watch/{scene.visit.reference}"]


def without(page: "Page", name: str) -> "Page":
    """The same page, with one file that does not arrive."""
    page.route(f"**/{name}", lambda route: route.abort())
    return page


def _recorder(into: list[str]) -> "Callable[[Request], None]":
    return lambda request: into.append(request.url)


def test_every_file_is_fetched_once_in_one_version_and_no_script_leaves_a_global(scene: Scene) -> None:
    scene.at(minutes=1)
    plain = scene.page()
    plain.goto(f"{scene.served.url}/nowhere")  # has no module
    before = set(plain.evaluate("Object.getOwnPropertyNames(window)"))
    for address in addresses(scene):
        page = (
            scene.page()
        )  # no page before it: Chromium fetches a page's icon after its load, perhaps during the next one
        fetched: list[str] = []
        page.on("request", _recorder(fetched))
        page.goto(address, wait_until="load")
        page.wait_for_selector("html[data-started]")
        files = [url for url in fetched if "/static/" in url]
        assert len(files) == len(set(files)), files
        assert len({url.split("/static/")[1].split("/")[0] for url in files}) == 1
        assert any("/pages/" in url for url in files)
        assert set(page.evaluate("Object.getOwnPropertyNames(window)")) - before == set(), address
        assert not page.is_visible("#failed")


def test_a_join_page_whose_module_does_not_arrive_says_so_in_both_languages(scene: Scene) -> None:
    scene.at(minutes=-1)
    for language in ("en", "es"):
        page = without(scene.page(), "link.js")
        page.goto(f"{scene.link}?lang={language}")
        page.locator("#failed:visible", has_text=say("page.error.title", language)).wait_for()
        assert say("page.error.text", language) in page.inner_text("#failed")
        assert page.is_visible("footer a[href^='tel:']")
        assert say("page.join.noscript", language) not in page.inner_text("body")
        page.unroute("**/link.js")
        page.reload()
        page.wait_for_selector("html[data-started]")
        assert not page.is_visible("#failed")


def test_a_browser_without_modules_is_one_without_scripts(scene: Scene) -> None:
    scene.looks = NO_MODULES
    scene.at(minutes=-1)
    for language in ("en", "es"):
        page = without(scene.page(), "join.js")
        page.goto(f"{scene.link}?lang={language}")
        page.get_by_text(say("page.join.noscript", language)).wait_for()
        assert not page.is_visible("#failed")


def test_a_kiosk_and_the_page_of_calls_reload_by_themselves(scene: Scene) -> None:
    kiosk = without(scene.page(), "pin_pad.js")
    kiosk.goto(f"{scene.served.url}/kiosk")
    kiosk.locator("#failed:visible", has_text=say("kiosk.offline", "en")).wait_for()
    assert kiosk.locator(REFRESH).get_attribute("content") == "60"
    calls = without(scene.page(), "live.js")
    calls.goto(scene.served.url + staff_link(scene.served.app_server))
    calls.locator(REFRESH).wait_for(state="attached")
    assert calls.locator(REFRESH).get_attribute("content") == "15"
