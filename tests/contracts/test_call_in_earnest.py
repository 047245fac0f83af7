"""A call while Redis, a web process or the relay fails; and a whole visit on one machine, from the first text on."""

import re
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.texts import say
from tests.browser.calls import CLOSED, PHONE, SCREEN, SPY, TIMEOUT_MS
from tests.browser.test_call import waits_for_pictures
from tests.cast import REED, TANYA, WITHOUT_UNDO, facility_file
from tests.contracts.calling import Calls, calls_line, comes_in
from tests.contracts.test_call_many import TWO_PICTURES, end
from tests.contracts.visiting import CODE, LINK, newest
from tests.emulators.coturn import Coturn
from tests.emulators.postgres import PostgresServer
from tests.emulators.redis_server import RedisServer
from tests.emulators.standalone import Standalone
from tests.waiting import eventually

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow
A_WHILE = 60
"""A number of pictures larger than any buffer holds."""
WAYS = """async () => {
  const found = [];
  for (const link of links.filter((each) => each.connectionState === "connected")) {
    const all = await link.getStats(), of = (id) => all.get(id).candidateType;
    all.forEach((each) => {
      if (each.type !== "transport") return;
      const pair = all.get(each.selectedCandidatePairId);
      found.push([of(pair.localCandidateId), of(pair.remoteCandidateId)]);
    });
  }
  return found;
}"""
FRAMES = """async () => {
  let frames = 0;
  for (const link of links) {
    (await link.getStats()).forEach((each) => (frames += each.type === "inbound-rtp" ? each.framesDecoded || 0 : 0));
  }
  return frames;
}"""


def over(family: "Page", kiosk: "Page") -> None:
    """Check that the visit is over on both sides and no connection is open."""
    family.wait_for_selector("[data-part=over]:visible")
    assert family.evaluate(CLOSED)
    kiosk.wait_for_selector("[data-part=after]:visible")
    assert kiosk.evaluate(CLOSED)


@pytest.mark.parametrize("how", ["stop", "freeze"])
def test_redis_fails_during_a_call(calls: Calls, redis_server: RedisServer, how: str) -> None:
    family, kiosk = calls.together()
    getattr(redis_server, how)()
    began = time.monotonic()
    second = calls.family(calls.screens)
    second.click("[data-do=too]")
    waits_for_pictures(second)
    kiosk.wait_for_function(TWO_PICTURES)
    sys.stdout.write(f"a second phone without Redis: {time.monotonic() - began:.1f} s\n")
    comes_in(kiosk)

    began = time.monotonic()
    kiosk.reload()
    waits_for_pictures(family, second)
    kiosk.wait_for_function(TWO_PICTURES)
    sys.stdout.write(f"a reload without Redis: {time.monotonic() - began:.1f} s\n")
    comes_in(family)

    redis_server.start()
    end(calls)
    over(family, kiosk)
    over(second, kiosk)


def test_a_web_process_is_started_again_during_a_call(calls: Calls) -> None:
    family, kiosk = calls.together()
    calls.restart()
    comes_in(family)
    kiosk.reload()
    waits_for_pictures(family, kiosk)
    comes_in(kiosk)
    eventually(lambda: {side for side, seen, heard in calls.beats() if seen and heard} == {"family", "kiosk"}, 30)
    end(calls)
    over(family, kiosk)


def until_still(page: "Page") -> int:
    """Wait until no new picture arrives. Returns how many there were."""
    before = -1
    while (now := page.evaluate(FRAMES)) != before:
        before = now
        page.wait_for_timeout(1000)
    return before


@pytest.fixture
def relayed(
    tmp_path: Path, chromium: "Browser", postgres: PostgresServer, redis_server: RedisServer, coturn: Coturn
) -> Iterator[Calls]:
    """A call that goes through coturn only."""
    relay = {"RELAY_ONLY": "true", "TURN_URLS": coturn.url, "TURN_SECRET": coturn.secret}
    with calls_line(tmp_path, chromium, postgres, redis_server.url, **relay) as made:
        yield made


def test_relay_and_line_are_frozen_for_twenty_seconds(relayed: Calls, coturn: Coturn) -> None:
    family, kiosk = relayed.together()
    for page in (family, kiosk):
        assert page.evaluate(WAYS) == [["relay", "relay"]]
    coturn.freeze()
    relayed.freeze()
    began = time.monotonic()
    try:
        still = [until_still(page) for page in (family, kiosk)]
        for page in (family, kiosk):
            page.locator("[data-at=status]", has_text=say("call.server.lost", "en")).wait_for()
        family.wait_for_timeout(max(0.0, 20 - (time.monotonic() - began)) * 1000)
        assert [page.evaluate(FRAMES) for page in (family, kiosk)] == still
    finally:
        coturn.thaw()
        relayed.thaw()
    waits_for_pictures(family, kiosk)
    for page, before in zip((family, kiosk), still, strict=True):
        page.wait_for_function(f"async () => await ({FRAMES})() > {before + A_WHILE}")
        assert page.evaluate(WAYS) == [["relay", "relay"]]


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Standalone]:
    file = tmp_path / "willow.toml"
    file.write_text(facility_file(WITHOUT_UNDO), encoding="utf-8")
    made = Standalone(tmp_path / "data", {"FACILITIES": str(file)})
    made.start()
    made.reach_monday_morning()
    yield made
    made.close()


def says(box: Standalone, number: str, words: str) -> str:
    """Send a text, and wait for the next one that this phone gets."""
    before = len(box.heard_by(number))
    box.say(number, words)
    return eventually(lambda: box.heard_by(number)[before:])[0]


def hears(box: Standalone, number: str, pattern: re.Pattern[str]) -> str:
    """The part of the newest text that matches, once the text has arrived."""
    eventually(lambda: any(pattern.search(text) for text in box.heard_by(number)))
    return newest(pattern, box.heard_by(number))


def booked(box: Standalone) -> None:
    """Tanya requests and pays a visit on Saturday at 1:45, by text."""
    assert "2) 1:45 PM" in says(box, TANYA.phone, "its tanya, can i see marcus saturday afternoon")
    assert "Asked" in says(box, TANYA.phone, "2")
    box.say(REED.phone, f"{hears(box, REED.phone, CODE)} ok")
    card_page = box.client.post(box.url + hears(box, TANYA.phone, LINK)).headers["location"]
    box.client.post(f"{card_page}/pay")
    hears(box, TANYA.phone, re.compile("(Paid and booked)"))


def clock_to(box: Standalone, moment: datetime) -> None:
    """Jump to at most a minute after this time."""
    box.advance(int((moment - box.clock()).total_seconds() // 60) + 1)


def test_one_box_from_the_first_text_to_the_end_of_the_call(box: Standalone, chromium: "Browser") -> None:
    booked(box)
    start = (box.clock() + timedelta(days=5)).replace(hour=13, minute=45, second=0, microsecond=0)
    clock_to(box, start - timedelta(minutes=8))
    joining = box.url + hears(box, TANYA.phone, re.compile(r"http://\S+?(/j/[A-Za-z0-9_-]{22})"))
    contexts = [chromium.new_context(viewport=size, locale="en-US") for size in (PHONE, SCREEN)]
    for context in contexts:
        context.add_init_script(SPY)
        context.set_default_timeout(TIMEOUT_MS)
    family, kiosk = (context.new_page() for context in contexts)

    kiosk.goto(f"{box.url}/kiosk")
    kiosk.wait_for_selector("[data-at=code]:not(:empty)")
    assert "is now B-1" in says(box, REED.phone, f"kiosk {kiosk.inner_text('[data-at=code]')} B-1")
    said = says(box, REED.phone, "pin 48213")
    pin = newest(re.compile(r": (\d{4})\."), [said])
    family.goto(joining)
    family.click("form button")
    family.locator("[data-at=starts]:visible").wait_for()
    clock_to(box, start)
    kiosk.reload()
    kiosk.click("[data-do=begin]")
    for digit in pin:
        kiosk.click(f"[data-key='{digit}']")
    kiosk.click("[data-do=ok]")
    waits_for_pictures(family, kiosk)
    comes_in(family, kiosk)
    assert box.interrupt()[0] == 0
    box.start()
    family.reload()
    waits_for_pictures(family, kiosk)

    clock_to(box, start + timedelta(minutes=30))
    over(family, kiosk)
    for context in contexts:
        context.close()
