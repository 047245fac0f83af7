"""A call through a bad day: a frozen house, no streams, a network that dies or gets narrow, a phone without camera."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.texts import say
from handlers.gateways.video.builtin import Builtin
from tests.browser.calls import Scene, figures, serve
from tests.browser.narrow import Way
from tests.browser.test_call import moves_on, plays, reads, until
from tests.emulators.coturn import Coturn

if TYPE_CHECKING:
    from playwright.sync_api import Browser

STATES = "links.map((each) => each.connectionState)"
THIN = 18_000


@pytest.fixture
def scene(tmp_path: Path, chromium: "Browser") -> Iterator[Scene]:
    with serve(tmp_path) as served:
        made = Scene(served, chromium)
        yield made
        made.close()


@pytest.fixture
def relayed(tmp_path: Path, chromium: "Browser", coturn: Coturn) -> Iterator[tuple[Scene, Way]]:
    """A call that goes through coturn alone, and the way there."""
    with closing(Way(coturn.port)) as way:
        video = Builtin(relays=[f"turn:127.0.0.1:{way.port}?transport=udp"], secret=coturn.secret, relay_only=True)
        with serve(tmp_path, video) as served:
            made = Scene(served, chromium)
            yield made, way
            made.close()


def test_nothing_is_lost_while_the_house_is_frozen_for_twenty_seconds(scene: Scene) -> None:
    scene.at(minutes=1)
    kiosk = scene.kiosk()
    scene.resident(kiosk)
    kiosk.wait_for_selector(".stage:visible")
    family = scene.page()
    family.goto(scene.link)
    with family.expect_request("**/call/*/send"):
        family.click("form button")
    scene.served.freeze(20)
    plays(family, kiosk)
    moves_on(family, 2)
    assert len(family.evaluate("links")) == 1


def test_an_entry_that_got_no_answer_is_no_second_phone(scene: Scene) -> None:
    scene.at(minutes=1)
    family = scene.page()
    family.goto(scene.link)
    scene.served.freeze(20)
    family.click("form button")
    reads(family, "call.still_entering", "[data-part=said]")
    reads(family, "call.waiting.screen")


def test_a_call_without_streams_asks_every_second(tmp_path: Path, chromium: "Browser") -> None:
    with serve(tmp_path, streams=0) as served:
        scene = Scene(served, chromium)
        scene.at(minutes=1)
        family, _ = scene.together()
        moves_on(family, 2)
        scene.at(minutes=30)
        family.wait_for_selector("[data-part=over]:visible")
        scene.close()


def test_a_link_that_broke_comes_back(relayed: tuple[Scene, Way]) -> None:
    scene, way = relayed
    scene.at(minutes=1)
    family, kiosk = scene.together()
    way.rate = 0
    reads(family, "call.link.lost")
    family.wait_for_timeout(8000)
    way.rate = None
    plays(family, kiosk)
    moves_on(family, 2)
    assert family.evaluate(STATES) == ["connected"]


def test_the_sound_stays_where_there_is_no_room_for_pictures(relayed: tuple[Scene, Way]) -> None:
    scene, way = relayed
    scene.at(minutes=1)
    family, kiosk = scene.together()
    way.rate = THIN
    reads(family, "call.other.dark")
    kiosk.locator("[data-at=status]", has_text=say("call.other.dark", "en")).wait_for()
    before = figures(family)
    family.wait_for_timeout(8000)
    after = figures(family)
    assert after["sound"] > before["sound"]
    assert (after["sent"] - before["sent"]) / 8 < 40 * 1000 / 8 * 1.3
    way.rate = None
    plays(family, kiosk)


def test_without_camera_and_microphone_one_still_sees_and_hears(scene: Scene) -> None:
    scene.at(minutes=1)
    family = scene.page()
    refuse = "() => Promise.reject(Object.assign(new Error('no'), { name: 'NotAllowedError' }))"
    family.add_init_script(f"navigator.mediaDevices.getUserMedia = {refuse}")
    family.goto(scene.link)
    family.click("[data-do=check]")
    family.locator("[data-at=how]", has_text=say("check.how.other", "en")).wait_for()
    family.click("form button")
    kiosk = scene.kiosk()
    scene.resident(kiosk)
    plays(family)
    reads(family, "call.no_both", "[data-at=mine]")
    assert figures(family)["frames"] > 0
    told = {"camera": "refused", "link": "connected"}  # the first beat may be from before the link stood
    until(lambda: told.items() <= scene.reports().get("family", {}).items(), family)
    kiosk.locator("[data-at=status]:visible").wait_for()
