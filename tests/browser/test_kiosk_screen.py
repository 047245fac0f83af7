"""The kiosk in a real browser: pairing, ringing, the PIN, the call, leaving, and the PIN to come back."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from handlers.staff import alerts
from scheduling.calls import kiosks
from scheduling.policy.vocabulary import AdmittedBy
from scheduling.storage.tables import people as people_table
from scheduling.storage.tables import residents, terminals
from tests.browser.calls import Scene, Served, serve
from tests.browser.conftest import NewPage
from tests.webhooks.app_server import SATURDAY, minutes

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

KEY = "a-key-for-tests-only"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serve(tmp_path) as made:
        yield made


def pair(served: Served, code: str) -> None:
    with served.app_server.deps.db.begin() as tx:
        where = tx.execute(sa.select(terminals).where(terminals.c.name == "B-1")).one()
        by = tx.execute(sa.select(people_table.c.id).where(people_table.c.name == "Officer Reed")).scalar_one()
        assert kiosks.pair(tx, where.facility_id, code, where.id, by, now=served.app_server.deps.now())


def pin_of(served: Served) -> str:
    with served.app_server.deps.db.begin() as tx:
        who = tx.execute(sa.select(residents.c.id).where(residents.c.number == "48213")).scalar_one()
        return kiosks.set_pin(tx, who, KEY)


def type_pin(page: "Page", pin: str) -> None:
    for digit in pin:
        page.click(f"[data-key='{digit}']")
    page.click("[data-do=ok]")


def waits_for(page: "Page", part: str) -> None:
    page.wait_for_selector(f"[data-part={part}]:visible", timeout=25_000)


def test_from_the_pairing_code_to_a_call_and_back(served: Served, new_page: NewPage) -> None:
    served.app_server.paid()
    served.app_server.set_clock(SATURDAY + minutes(1))
    pin, page = pin_of(served), new_page()
    page.goto(f"{served.url}/kiosk")
    waits_for(page, "pairing")
    pair(served, page.inner_text("[data-at=code]").replace(" ", ""))
    page.evaluate("window.dispatchEvent(new Event('online'))")
    waits_for(page, "ring")
    assert "Marcus ..13" in page.inner_text("[data-part=ring]")
    assert "Tanya" not in page.content()
    page.click("[data-do=begin]")
    waits_for(page, "pin")
    type_pin(page, pin)
    waits_for(page, "stage")
    page.reload()
    waits_for(page, "stage")
    with page.expect_response("**/poll"):  # leaving polls at once, and the answer must not replace the end
        page.click("[data-part=stage] [data-do=leave]")
    waits_for(page, "after")
    assert page.is_visible("[data-part=after]")
    page.click("[data-do=come-back]")
    waits_for(page, "pin")
    type_pin(page, pin)
    waits_for(page, "stage")


@pytest.mark.slow
def test_a_resident_who_left_is_let_in_again_by_an_officer(served: Served, chromium: "Browser") -> None:
    scene = Scene(served, chromium)
    scene.at(minutes=1)
    page = scene.kiosk()
    scene.resident(page)
    waits_for(page, "stage")
    page.click("[data-part=stage] [data-do=leave]")
    page.click("[data-do=come-back]")
    page.click("[data-do=no-pin]")
    page.click("[data-do=have-pin]")
    waits_for(page, "pin")
    with page.expect_response("**/poll"):
        pass
    waits_for(page, "pin")
    page.click("[data-do=no-pin]")
    waits_for(page, "officer")
    with served.app_server.deps.db.begin() as tx:
        assert alerts.admit(tx, scene.visit, AdmittedBy.OFFICER, now=served.app_server.deps.now())
    waits_for(page, "stage")
    scene.close()
