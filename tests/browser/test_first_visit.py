"""The README's first visit, played in a browser with the simulator's two phones."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import NewPage
from tests.browser.screen import NARROW, WIDE, Simulator, code_on, drawn, in_order, reference_in
from tests.emulators.standalone import Standalone

LINK = re.compile(r"/[pj]/[A-Za-z0-9_-]{22}")
PICTURE = Path(__file__).resolve().parents[2] / "docs" / "first-visit.png"


def pays(page: Page) -> None:
    """Pay: go from the pay page to the card page and back."""
    in_order(page)
    page.locator("form button").first.click()
    page.wait_for_url("**/sandbox/**")
    in_order(page)
    page.locator("form[action$='/pay'] button").click()
    page.wait_for_url("**/p/**")
    in_order(page)
    expect(page.locator(".good")).to_be_visible()


def test_a_visit_from_the_first_text_to_the_end(simulator: Simulator) -> None:
    in_order(simulator.page)
    tanya, reed = simulator.family, simulator.staff
    tanya.types("its tanya, can i see marcus saturday afternoon")
    tanya.hears("2) 1:45 PM")
    tanya.types("2")
    tanya.hears("Asked, not booked yet: Marcus")
    reed.types(f"{code_on(reed.hears('Tanya Johnson (mother) for Marcus Johnson'))} ok")
    reed.hears("approved: Tanya Johnson")
    simulator.answer_takes_effect()
    tanya.hears("Approved: Marcus")
    if os.environ.get("VISITLINE_PICTURE") == "1":
        picture(simulator)
    page = tanya.opens("Approved: Marcus")
    assert "$2.70" in page.locator("main").inner_text()
    pays(page)
    page.close()

    join = tanya.opens("Paid and booked: Marcus")
    in_order(join)
    assert join.locator("form button.big").count() == 0
    join.close()
    simulator.jump_until("the reminder 15 minutes before is sent")
    tanya.hears("Marcus at 1:45 PM, in 15 minutes.")
    simulator.jump_until("the call opens")
    join = tanya.opens("in 15 minutes")
    in_order(join)
    join.locator("form button.big").click()
    expect(join.locator(".stage")).to_contain_text("Starts at 1:45 PM")
    in_order(join)
    join.get_by_role("button", name="Leave").click()
    expect(join.get_by_role("button", name="Come back")).to_be_visible()
    in_order(join)
    join.close()
    simulator.jump_until("the visit ends")
    tanya.hears("the call with Marcus", "did not work, and that was not your fault", "$2.70 goes back")


def picture(simulator: Simulator) -> None:
    """Take the README's picture."""
    page = simulator.page
    expect(page.locator(".bubble.moving")).to_have_count(0, timeout=10_000)
    page.set_viewport_size({"width": 1320, "height": 960})
    page.evaluate("document.activeElement.blur()")
    drawn(page)
    page.screenshot(path=PICTURE)
    page.set_viewport_size(WIDE)


def asked_and_paid(simulator: Simulator, words: str = "quiero ver a Luis el sábado a las 10") -> str:
    """Ana asks for Luis in Spanish, Sgt. Molina approves, Ana pays. Returns the reference."""
    family, staff = simulator.family, simulator.staff
    family.pick("Ana Diaz")
    staff.pick("Sgt. Molina")
    family.types(words)
    family.hears("Responda 1 para pedirla", words[-2:])
    family.types("1")
    reference = reference_in(family.hears("no confirmada: Luis", words[-2:]))
    staff.types(f"{code_on(staff.hears(f'{reference} Ana Diaz'))} ok")
    staff.hears(f"{reference} approved")
    simulator.answer_takes_effect()
    page = family.opens("Aprobada: Luis", reference)
    assert page.locator("html").get_attribute("lang") == "es"
    pays(page)
    page.close()
    return reference


def test_a_cancelled_visit_is_refunded_and_in_the_log(simulator: Simulator, box: Standalone, new_page: NewPage) -> None:
    family, staff = simulator.family, simulator.staff
    reference = asked_and_paid(simulator)
    family.hears("Pagada y reservada: Luis", reference)
    family.types(f"cancelar visita {reference}")
    said = family.hears("Cancelada")
    assert "$2.70" in said
    staff.hears(f"{reference} cancelled by the family")

    console = new_page()
    console.goto(f"{box.url}/console/log")
    in_order(console)
    console.get_by_label("Password").fill(box.password)
    console.get_by_role("button", name="Log in").click()
    console.wait_for_url("**/console/log")
    in_order(console)
    assert console.locator("a.row", has_text="twilio").count() > 5
    assert "+15550100001" not in console.content()
    console.get_by_label("Reference").fill(reference)
    console.get_by_role("button", name="Show").click()
    asked = console.locator("a.row", has_text="message").last
    asked.click()
    console.wait_for_load_state()
    in_order(console)
    whole = console.locator("main").inner_text()
    for heading in ("What came in", "What was understood", "What changed", "What went out"):
        assert heading in whole
    assert reference in whole
    assert "delivered" in whole
    assert LINK.search(console.content()) is None


@pytest.mark.slow
def test_no_page_scrolls_sideways_on_a_small_phone(box: Standalone, new_page: NewPage) -> None:
    page = new_page(NARROW)
    simulator = Simulator(page)
    simulator.open(box.url)
    in_order(page)
    family = simulator.family
    reference = asked_and_paid(simulator, "quiero ver a Luis el domingo a las 11")
    join = family.opens("Pagada y reservada: Luis", reference)
    in_order(join)
    for path in ("/console/log", "/simulator/"):
        page.goto(box.url + path)
        in_order(page)
    page.goto(f"{box.url}/console/log")
    page.get_by_label("Password").fill(box.password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/console/log")
    in_order(page)
    page.locator("a.row").first.click()
    page.wait_for_url("**/console/log/**")
    in_order(page)


def test_a_missing_page_says_so_in_the_readers_language(box: Standalone, chromium: Browser) -> None:
    for locale, words in (("en-US", "not"), ("es-MX", "no")):
        context = chromium.new_context(viewport=NARROW, locale=locale)
        page = context.new_page()
        for path in (f"/p/{'x' * 22}", f"/j/{'x' * 22}", "/nowhere"):
            answer = page.goto(box.url + path)
            assert answer is not None
            assert answer.status == 404
            in_order(page)
            assert page.locator("html").get_attribute("lang") == locale[:2]
            assert words in page.locator("main").inner_text()
        context.close()
