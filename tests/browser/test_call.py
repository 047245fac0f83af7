"""A call between real browsers with fake cameras and microphones, from the waiting room to the end."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.texts import say
from tests.browser.axe import violations
from tests.browser.calls import CLOSED, PLAYS, Scene, figures, serve
from tests.browser.screen import FITS_WIDTH, NARROW
from tests.webhooks.kiosk_kit import pin_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BITRATES = """() => Object.fromEntries(links.flatMap((link) => link.getSenders())
  .filter((sender) => sender.track)
  .map((sender) => [sender.track.kind, sender.getParameters().encodings[0].maxBitrate]))"""
"""What a page sends at most, in bits a second, by kind."""
MAX_PAGE_BYTES = 100_000
REFUSED = """navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("no", "NotAllowedError"); };"""
OWN_PICTURE_APART = """() => {
  const own = document.querySelector(".own").getBoundingClientRect();
  return [...document.querySelectorAll(".tile")].every((each) => each.getBoundingClientRect().right <= own.left + 1);
}"""
IN_VIEWPORT = """(which) => {
  const { top, bottom } = document.querySelector(which).getBoundingClientRect();
  return 0 <= top && bottom <= innerHeight;
}"""


@pytest.fixture
def scene(tmp_path: Path, chromium: "Browser") -> Iterator[Scene]:
    with serve(tmp_path) as served:
        made = Scene(served, chromium)
        yield made
        made.close()


def waits_for_text(page: "Page", key: str, where: str = "[data-at=status]") -> None:
    """Wait until the page shows this text."""
    words = say(key, "en", resident="Marcus", start=Scene.start, end=Scene.start + timedelta(minutes=30))
    page.locator(where, has_text=words).wait_for()


def waits_for_pictures(*pages: "Page") -> None:
    """Wait until each page plays a picture of the other side."""
    for page in pages:
        page.wait_for_function(PLAYS)


def media_arrives(page: "Page") -> None:
    """Wait until more pictures and more sound have arrived."""
    before = figures(page)
    wait_until(lambda: all(figures(page)[name] > before[name] for name in ("frames", "sound", "loud")), page)


def wait_until(so: Callable[[], bool], page: "Page") -> None:
    """Wait until the condition is true."""
    for _ in range(60):
        if so():
            return
        page.wait_for_timeout(500)
    raise AssertionError


def accessible(*pages: "Page") -> None:
    """Check that axe finds nothing serious, and that no page scrolls sideways."""
    for page in pages:
        assert violations(page) == []
        assert page.evaluate(FITS_WIDTH)


def test_a_visit_from_the_waiting_room_to_its_end(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webhooks.call_api.stream.STREAM_SECONDS", 3)
    scene.at(minutes=-1)
    family = scene.family()
    asked: list[str] = []
    family.on("request", lambda request: asked.append(request.url.partition("?")[0].rpartition("/")[2]))
    waits_for_text(family, "call.waiting.screen")
    waits_for_text(family, "call.waiting.starts", "[data-at=starts]")
    kiosk = scene.kiosk()
    scene.resident(kiosk)
    waits_for_text(family, "call.waiting.here")
    assert "Marcus" not in kiosk.inner_text(".stage")
    scene.at(seconds=0)
    waits_for_pictures(family, kiosk)
    media_arrives(family)
    media_arrives(kiosk)

    family.reload()
    waits_for_pictures(family, kiosk)
    media_arrives(family)

    wait_until(lambda: {side for side, seen, heard in scene.beats() if seen and heard} == {"family", "kiosk"}, family)
    assert family.evaluate(BITRATES) == {"audio": 40_000, "video": 300_000}
    scene.at(minutes=25, seconds=1)
    waits_for_text(family, "call.minutes_5", "[data-at=warning]")
    scene.at(minutes=30)
    family.wait_for_selector("[data-part=over]:visible")
    assert family.evaluate(CLOSED)
    kiosk.wait_for_selector("[data-part=after]:visible")
    assert kiosk.evaluate(CLOSED)
    family.wait_for_selector(f"text={say('page.join.over.title', 'en')}")
    assert asked.count("stream") > 3  # streams follow one another
    assert "mail" not in asked


@pytest.mark.slow
def test_another_phone_and_an_officer(scene: Scene) -> None:
    scene.inspected = True
    scene.allow(watching=True)
    scene.at(minutes=1)
    family, kiosk = scene.together()
    officer = scene.watcher()
    accessible(officer)
    officer.click("[data-do=begin]")
    officer.wait_for_function("() => document.querySelectorAll('.tile:not(.dark)').length === 2")
    assert figures(officer)["sent"] == 0
    for page in (family, kiosk):
        page.locator("[data-at=watched]:visible").wait_for()
    accessible(family, kiosk, officer)

    second = scene.family()
    second.locator("[data-part=moved]:visible").wait_for()
    accessible(second)
    second.click("[data-do=too]")
    waits_for_pictures(second)
    kiosk.wait_for_function("() => document.querySelectorAll('.tile').length === 2")
    for page in (second, kiosk):
        page.wait_for_function(OWN_PICTURE_APART)
    accessible(second, kiosk)
    second.click("[data-do=leave]")
    second.click("[data-do=back]")
    second.click("[data-do=here]")
    family.wait_for_selector("[data-part=over]:visible")
    assert family.inner_text("[data-part=over] h2") == say("call.over.replaced.title", "en")
    assert family.evaluate(CLOSED)
    accessible(family)
    waits_for_pictures(second, kiosk)
    assert family.inner_text("[data-do=back]") == say("call.over.replaced.again", "en")
    family.click("[data-do=back]")
    for choice in ("here", "too"):
        family.wait_for_selector(f"[data-do={choice}]:visible")

    second.click("[data-do=not-them]")
    accessible(second)
    second.click("[data-do=not-them-yes]")
    second.wait_for_selector("[data-part=over]:visible")
    kiosk.wait_for_selector("[data-part=after]:visible")
    officer.locator("[data-part=said]:visible").wait_for()
    assert second.evaluate(CLOSED)
    assert kiosk.evaluate(CLOSED)


@pytest.mark.slow
def test_before_the_call_a_phone_and_a_screen(scene: Scene) -> None:
    scene.inspected = True
    pin_of(scene.served.app_server)
    scene.at(hours=-2)
    phone = scene.page()
    phone.set_viewport_size(NARROW)
    weight: list[int] = []
    phone.on("response", lambda answer: weight.append(len(answer.body())))
    phone.goto(scene.link, wait_until="networkidle")
    assert 0 < sum(weight) < MAX_PAGE_BYTES
    phone.click("[data-do=check]")
    phone.locator("[data-at=result]", has_text=say("check.good", "en")).wait_for()
    accessible(phone)
    phone.click("[data-do=close]")
    assert phone.evaluate("mine.every((each) => each.readyState === 'ended')")

    kiosk = scene.page(NARROW)
    kiosk.goto(f"{scene.served.url}/kiosk")
    kiosk.wait_for_selector("[data-at=code]:not(:empty)")
    accessible(kiosk)
    scene.pair(kiosk.inner_text("[data-at=code]"))
    kiosk.reload()
    kiosk.wait_for_selector("[data-at=none]:visible")
    accessible(kiosk)
    scene.at(minutes=-1)
    kiosk.reload()
    kiosk.wait_for_selector("[data-do=begin]:visible")
    accessible(kiosk)
    kiosk.keyboard.press("Tab")
    kiosk.keyboard.press("Enter")
    kiosk.keyboard.type("0000")
    kiosk.keyboard.press("Enter")
    kiosk.wait_for_selector("[data-at=pin_said]:visible")
    accessible(kiosk)
    kiosk.click("[data-do=no-pin]")
    kiosk.wait_for_selector("[data-part=officer]:visible")
    accessible(kiosk)

    phone.goto(scene.link)
    phone.click("form button")
    waits_for_text(phone, "call.waiting.starts", "[data-at=starts]")
    accessible(phone)
    phone.click("[data-do=leave]")
    phone.wait_for_selector("[data-do=back]:visible")
    accessible(phone)
    scene.at(minutes=29, seconds=50)
    phone.click("[data-do=back]")
    phone.click("[data-do=leave]")
    phone.wait_for_selector(f"text={say('page.join.over.title', 'en')}")


@pytest.mark.slow
def test_a_small_phone_that_may_use_neither_camera_nor_microphone(scene: Scene) -> None:
    scene.looks = REFUSED
    scene.at(minutes=1)
    phone = scene.family()
    phone.set_viewport_size({"width": 320, "height": 568})
    for pressed in ("camera", "mute"):
        phone.click(f"[data-do={pressed}]")
        waits_for_text(phone, "check.how.other", "[data-at=how]")
    scene.looks = ""
    kiosk = scene.kiosk()
    scene.resident(kiosk)
    waits_for_pictures(phone)
    phone.click("[data-do=not-them]")
    assert phone.evaluate(IN_VIEWPORT, "[data-do=not-them-no]")
    phone.click("[data-do=not-them-no]")
    assert phone.is_visible("[data-do=leave]")
    kiosk.click("[data-do=camera]")
    phone.locator(".tile.dark").wait_for(state="attached", timeout=4000)
    waits_for_text(phone, "call.other.dark")
