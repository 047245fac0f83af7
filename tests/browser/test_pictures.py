"""Takes the pictures in docs/calls.md while a call is played: `make pictures`."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.calls import Scene, serve
from tests.browser.png import smaller
from tests.browser.screen import drawn
from tests.browser.test_call import waits_for_pictures
from tests.webhooks.kiosk_kit import pin_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
MAX_BYTES_TOGETHER = 600_000
SMALL: "ViewportSize" = {"width": 640, "height": 480}
DRAWN_PERSON = """(([wall, shirt, skin, hair]) => {
  const board = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
  const pen = board.getContext("2d");
  const disc = (x, y, wide, high, colour) => {
    pen.fillStyle = colour;
    pen.beginPath();
    pen.ellipse(x, y, wide, high, 0, 0, 2 * Math.PI);
    pen.fill();
  };
  const draw = () => {
    pen.fillStyle = wall;
    pen.fillRect(0, 0, 640, 480);
    disc(320, 520, 190, 190, shirt);
    disc(320, 195, 108, 122, hair);
    disc(320, 225, 88, 112, skin);
    for (const x of [288, 352]) disc(x, 212, 8, 10, "#2b2b2b");
    pen.lineWidth = 6;
    pen.strokeStyle = "#7a3b30";
    pen.beginPath();
    pen.arc(320, 252, 38, 0.25 * Math.PI, 0.75 * Math.PI);
    pen.stroke();
  };
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    draw();
    setInterval(draw, 50);
    const got = new MediaStream();
    if (wanted.audio) (await ask({ audio: true })).getTracks().forEach((each) => got.addTrack(each));
    if (wanted.video) board.captureStream(20).getTracks().forEach((each) => got.addTrack(each));
    return got;
  };
})(LOOKS)"""
TANYA = '["#e8dcc8", "#3c6e8f", "#8d5a3b", "#3a3a3a"]'
MARCUS = '["#cfd6d3", "#5b7f6b", "#7a4a30", "#1d1a19"]'


@pytest.fixture
def scene(tmp_path: Path, chromium: "Browser") -> Iterator[Scene]:
    with serve(tmp_path) as served:
        made = Scene(served, chromium)
        yield made
        made.close()


def take(page: "Page", name: str, *, whole: bool = False) -> None:
    page.evaluate("document.activeElement.blur()")
    drawn(page)
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.png").write_bytes(smaller(page.screenshot(full_page=whole)))


def test_take_all_pictures(scene: Scene) -> None:
    scene.allow(watching=True, settle_by_minute=True)
    scene.looks = DRAWN_PERSON.replace("LOOKS", TANYA)
    pin_of(scene.served.app_server)
    scene.at(hours=-3)
    phone = scene.page()
    phone.goto(scene.link)
    take(phone, "early")
    phone.click("[data-do=check]")
    phone.wait_for_selector("[data-at=result]:visible")
    take(phone, "test", whole=True)
    scene.at(minutes=-4)
    phone.goto(scene.link)
    take(phone, "open")
    phone.click("form button")
    phone.wait_for_selector("[data-at=starts]:visible")
    take(phone, "waiting")

    scene.looks = DRAWN_PERSON.replace("LOOKS", MARCUS)
    kiosk = scene.kiosk()
    kiosk.set_viewport_size(SMALL)
    scene.at(minutes=-1)
    kiosk.reload()
    kiosk.wait_for_selector("[data-do=begin]:visible")
    take(kiosk, "kiosk-rings")
    scene.resident(kiosk, short=1)
    take(kiosk, "kiosk-pin")
    scene.resident(kiosk)
    scene.at(seconds=5)
    waits_for_pictures(phone, kiosk)
    take(phone, "call")
    take(kiosk, "kiosk-call")
    phone.click("[data-do=not-them]")
    take(phone, "not-them")
    phone.click("[data-do=not-them-no]")
    officer = scene.watcher()
    officer.set_viewport_size(SMALL)
    officer.click("[data-do=begin]")
    officer.wait_for_function("() => document.querySelectorAll('.tile:not(.dark)').length === 2")
    take(officer, "watching")
    take(phone, "watched")

    scene.looks = DRAWN_PERSON.replace("LOOKS", TANYA)
    second = scene.family()
    second.locator("[data-part=moved]:visible").wait_for()
    take(second, "moved")
    scene.at(minutes=30)
    phone.wait_for_selector("[data-part=over]:visible")
    take(phone, "over")
    assert sum(each.stat().st_size for each in FOLDER.glob("*.png")) < MAX_BYTES_TOGETHER
