"""Calls under failures: a frozen server, no streams, a network that breaks or slows down, a phone without a camera."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.texts import say
from handlers.gateways.video.builtin import Builtin
from tests.browser.calls import Scene, figures, serve
from tests.browser.slow_network import SlowNetwork
from tests.browser.test_call import media_arrives, wait_until, waits_for_pictures, waits_for_text
from tests.emulators.coturn import Coturn

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow
ICE_ATTEMPT = "() => links[0].localDescription.sdp.match(/ice-ufrag:(\\S+)/)[1]"
"""The name of the link's latest attempt to connect: each restart has another."""
STATES = "links.map((each) => each.connectionState)"
SLOW_BYTES_PER_SECOND = 18_000
SENDS_VIDEO = """() => links.flatMap((link) => link.getSenders())
  .filter((sender) => sender.track && sender.track.kind === "video")
  .map((sender) => sender.getParameters().encodings[0].active)"""


@pytest.fixture
def scene(tmp_path: Path, chromium: "Browser") -> Iterator[Scene]:
    with serve(tmp_path) as served:
        made = Scene(served, chromium)
        yield made
        made.close()


class RelayOfToday(Builtin):
    """Credentials made with the machine's clock, which coturn uses: the clock of a scene may be days behind it."""

    def credentials(self, who: str, until: datetime) -> tuple[str, str]:  # the visit's end, by the clock of the scene
        return super().credentials(who, datetime.now(UTC) + timedelta(hours=1))


@pytest.fixture
def relayed(tmp_path: Path, chromium: "Browser", coturn: Coturn) -> Iterator[tuple[Scene, SlowNetwork]]:
    """A call that goes only through coturn, and the proxy that limits the network to it."""
    with closing(SlowNetwork(coturn.port)) as network:
        relay = f"turn:127.0.0.1:{network.port}?transport=udp"
        video = RelayOfToday(relays=[relay], secret=coturn.secret, relay_only=True)
        with serve(tmp_path, video) as served:
            made = Scene(served, chromium)
            yield made, network
            made.close()


def test_nothing_is_lost_while_the_server_is_frozen_for_twenty_seconds(scene: Scene) -> None:
    scene.at(minutes=1)
    kiosk = scene.kiosk()
    scene.resident(kiosk)
    kiosk.wait_for_selector(".stage:visible")
    family = scene.page()
    family.goto(scene.link)
    with family.expect_request("**/call/*/send"):
        family.click("form button")
    scene.served.freeze(20)
    waits_for_pictures(family, kiosk)
    media_arrives(family)
    assert len(family.evaluate("links")) == 1


def test_an_entry_whose_answer_was_lost_does_not_count_as_a_second_phone(scene: Scene) -> None:
    scene.at(minutes=1)
    family = scene.page()
    family.goto(scene.link)
    scene.served.freeze(20)
    family.click("form button")
    waits_for_text(family, "call.still_entering", "[data-part=said]")
    waits_for_text(family, "call.waiting.screen")


def test_a_call_without_streams_polls_every_second(tmp_path: Path, chromium: "Browser") -> None:
    with serve(tmp_path, streams=0) as served:
        scene = Scene(served, chromium)
        scene.at(minutes=1)
        family, _ = scene.together()
        media_arrives(family)
        scene.at(minutes=30)
        family.wait_for_selector("[data-part=over]:visible")
        scene.close()


def test_a_broken_link_reconnects(relayed: tuple[Scene, SlowNetwork]) -> None:
    scene, network = relayed
    scene.at(minutes=1)
    family, kiosk = scene.together()
    before = family.evaluate(ICE_ATTEMPT)
    network.rate = 0
    waits_for_text(family, "call.link.lost")
    family.wait_for_function(f"(before) => ({ICE_ATTEMPT})() !== before", arg=before)  # one restart fails meanwhile
    network.rate = None
    waits_for_pictures(family, kiosk)
    media_arrives(family)
    assert family.evaluate(STATES) == ["connected"]


def test_the_sound_goes_on_where_there_is_no_bandwidth_for_pictures(relayed: tuple[Scene, SlowNetwork]) -> None:
    scene, network = relayed
    scene.at(minutes=1)
    family, kiosk = scene.together()
    network.rate = SLOW_BYTES_PER_SECOND
    waits_for_text(family, "call.other.dark")
    kiosk.locator("[data-at=status]", has_text=say("call.other.dark", "en")).wait_for()
    before = figures(family)["sound"]
    wait_until(lambda: figures(family)["sound"] > before, family)
    wait_until(lambda: family.evaluate(SENDS_VIDEO) == [False], family)
    network.rate = None
    waits_for_pictures(family, kiosk)


def test_a_phone_without_camera_and_microphone_still_sees_and_hears(scene: Scene) -> None:
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
    waits_for_pictures(family)
    waits_for_text(family, "call.no_both", "[data-at=mine]")
    assert figures(family)["frames"] > 0
    told = {"camera": "refused", "link": "connected"}  # the first heartbeat may be from before the link was connected
    wait_until(lambda: told.items() <= scene.reports().get("family", {}).items(), family)
    kiosk.locator("[data-at=status]:visible").wait_for()
