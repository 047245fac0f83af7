"""Takes pictures of the simulator's page, to be looked at: ``python -m tests.webhooks.simulator.look DIRECTORY``.

A far application stands in for the line, a short story is told through the page itself, in Debian's Chromium.
"""

import sys
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.wrappers import Response

from tests.browser.screen import drawn
from tests.emulators.served import Served
from tests.webhooks.simulator.recording_app import ACCOUNT, DEV_TOKEN, LINE, MONDAY, TOKEN, RecordingApp
from tests.webhooks.simulator.twilio_side import twilio_client
from webhooks.simulator import Simulator, SimulatorConfig, create_simulator

TANYA, ANA, REED = "+15550100002", "+15550100001", "+15550109001"
PAY = "https://visits.example.org/p/8sJq2LmXvR4tWn7KcYb3Zd"
OFFER = (
    "Marcus Johnson, Sat Nov 28, 30 min, $2.70 in all. Open times:\n1) 1:00 PM\n2) 1:45 PM\n3) 2:30 PM\n"
    "Reply 1, 2 or 3, or text another day or time."
)
CARD = (
    "V7K2 Tanya Johnson (mother) for Marcus Johnson 48213, unit B\nSat Nov 28 1:45 PM, 30 min, terminal B-2\n"
    "Flags: none. Decide by 5:00 PM\nReply 417 OK, 417 NO, or 417 SUN 2PM. All: LIST"
)
APPROVED = (
    f"Approved: Marcus Johnson, Sat Nov 28, 1:45 PM. Pay $2.70 by Tue 10:00 AM to keep it: {PAY}\nNo other fees. Anyone"
    " may pay with this link. If it is not paid, the place opens for others and you owe nothing. Ref V7K2"
)


def picture(page: Page, path: Path, width: int, height: int, *, whole: bool = False) -> None:
    page.set_viewport_size({"width": width, "height": height})
    drawn(page)
    page.screenshot(path=str(path), full_page=whole)


def tell(page: Page, simulator: Simulator) -> None:
    client = twilio_client(simulator)
    left, right = page.locator("[data-place=left]"), page.locator("[data-place=right]")
    left.get_by_role("button", name="its tanya, can i see marcus saturday afternoon").click()
    client.messages.create(to=TANYA, from_=LINE, body=OFFER)
    left.get_by_role("button", name="2", exact=True).click()
    client.messages.create(to=REED, from_=LINE, body=CARD)
    client.messages.create(to=ANA, from_=LINE, body="Luis Ortega, sábado 28 de noviembre: no hay lugar por la tarde.")
    right.get_by_role("button", name="417 OK").click()
    client.messages.create(to=REED, from_=LINE, body="V7K2 approved. Tanya Johnson was sent the link to pay.")
    client.messages.create(to=TANYA, from_=LINE, body=APPROVED)
    left.get_by_role("link", name=PAY).wait_for()
    page.get_by_role("button", name="Jump to Tuesday 10:00 AM, when the time to pay ends (V7K2)").wait_for()
    expect(page.locator(".bubble.moving")).to_have_count(0)


def look(simulator: Simulator, address: str, out: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        wrong: list[str] = []
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(address)
        page.get_by_role("button", name="visits").first.wait_for()
        picture(page, out / "empty.png", 1280, 800)
        tell(page, simulator)
        picture(page, out / "wide.png", 1280, 800)
        picture(page, out / "narrow.png", 320, 640, whole=True)
        page.emulate_media(color_scheme="dark")
        page.get_by_text("Carrier is down").click()
        page.get_by_label("Text to").first.fill("visits")
        page.get_by_role("button", name="Send").first.click()
        page.get_by_text("Texts to and from the phones wait").wait_for()
        picture(page, out / "down.png", 1280, 800)
        spare = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        sys.stdout.write(f"errors in the page: {wrong}; sideways scroll: {spare}\n")
        browser.close()


def main(out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    application = RecordingApp(next_due=(MONDAY + timedelta(hours=20, minutes=56), "the time to pay ends (V7K2)"))
    application.public_url = application.url
    db = out / "look.db"
    db.unlink(missing_ok=True)
    simulator = create_simulator(SimulatorConfig(application.url, str(db), ACCOUNT, TOKEN, LINE, dev_token=DEV_TOKEN))
    mounted = DispatcherMiddleware(Response("", 404), {"/simulator": simulator})
    server = Served(mounted)
    simulator.start()
    look(simulator, f"{server.url}/simulator/", out)
    simulator.stop()
    server.close()
    application.close()
    simulator.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
