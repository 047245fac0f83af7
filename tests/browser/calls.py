"""A server on a real port in this process, with a running clock that can be set, and the browsers of a call."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from handlers.gateways.payments.base import PaymentGateway
from handlers.gateways.payments.sandbox import SandboxGateway
from handlers.gateways.video.base import VideoGateway
from handlers.wakeups import call_topic
from scheduling.calls import devices, kiosks
from scheduling.storage.tables import call_beats, call_devices, terminals
from scheduling.storage.tables import people as people_table
from scheduling.visits.visit import Visit
from tests.emulators.processes import free_port
from tests.emulators.served import Served as Server
from tests.webhooks.app_server import SATURDAY, AppServer, application, build
from tests.webhooks.kiosk_kit import pin_of, rules
from tests.webhooks.live_kit import link as staff_link

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

PHONE: "ViewportSize" = {"width": 375, "height": 720}
SCREEN: "ViewportSize" = {"width": 1024, "height": 768}
TIMEOUT_MS = 45_000
"""A long timeout, because a machine that plays several videos while other tests run is slow."""
PLAYS = """() => [...document.querySelectorAll(".tile:not(.dark) video")]
  .some((video) => video.videoWidth > 0 && !video.paused && video.readyState >= 2)"""
SPY = """(() => {
  const Real = RTCPeerConnection, media = navigator.mediaDevices, ask = media.getUserMedia.bind(media);
  Object.assign(window, { links: [], mine: [] });
  window.RTCPeerConnection = function (...given) { const made = new Real(...given); links.push(made); return made; };
  media.getUserMedia = async (...given) => { const got = await ask(...given); mine.push(...got.getTracks()); return got; };
})()"""
FIGURES = """async () => {
  const sum = { frames: 0, sound: 0, sent: 0, loud: 0 };
  for (const link of links.filter((each) => each.connectionState === "connected")) {
    (await link.getStats()).forEach((each) => {
      if (each.type === "inbound-rtp" && each.kind === "video") sum.frames += each.framesDecoded || 0;
      if (each.type === "inbound-rtp" && each.kind === "audio") {
        sum.sound += (each.totalSamplesReceived || 0) - (each.concealedSamples || 0);
        sum.loud += each.totalAudioEnergy || 0;
      }
      if (each.type === "outbound-rtp") sum.sent += each.bytesSent || 0;
    });
  }
  return sum;
}"""
CLOSED = """() => links.every((each) => each.connectionState === "closed")
  && mine.length > 0 && mine.every((each) => each.readyState === "ended")
  && [...document.querySelectorAll("video")].every((each) => !each.srcObject)"""


@dataclass
class Served:
    """A running server. `freeze` keeps it from answering for that many seconds."""

    app_server: AppServer
    url: str
    frozen: list[float] = field(default_factory=lambda: [0.0])

    def freeze(self, seconds: float) -> None:
        self.frozen[0] = time.monotonic() + seconds


@contextmanager
def serve(folder: Path, video: VideoGateway | None = None, streams: int = 16) -> Iterator[Served]:
    """Start a server on an empty database, whose clock runs on from wherever it is set."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    app_server = build(folder, url=url)
    money: PaymentGateway = SandboxGateway(url)
    settings = app_server.deps.settings.model_copy(update={"call_streams": streams})
    app_server.deps = replace(
        app_server.deps,
        payments=money,
        now=_Running(app_server),
        video=video or app_server.deps.video,
        settings=settings,
    )
    made = Served(app_server, url)
    app = application(app_server)

    @app.before_request
    def hold() -> None:
        while time.monotonic() < made.frozen[0]:
            time.sleep(0.05)

    server = Server(app, port)
    try:
        yield made
    finally:
        server.close()
        app_server.deps.db.close()


class _Running:
    """A clock: what it was last set to, plus the time since."""

    def __init__(self, app_server: AppServer) -> None:
        self._app_server, self._set, self._since = app_server, app_server.now, time.monotonic()

    def __call__(self) -> datetime:
        if self._app_server.now != self._set:
            self._set, self._since = self._app_server.now, time.monotonic()
        return self._set + timedelta(seconds=time.monotonic() - self._since)


@dataclass
class Scene:
    """One booked visit and the browsers of its call.

    `inspected` browsers bypass the CSP, as axe needs it. `looks` is a script that runs first in every page; `script` is
    the body of the fake provider's script. `screens` is the address of the process for the kiosk and the officer,
    if it is not the phones'.
    """

    served: Served
    browser: "Browser"
    start: datetime = SATURDAY
    inspected: bool = False
    looks: str = ""
    script: str = ""
    screens: str = ""
    contexts: "list[BrowserContext]" = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    visit: Visit = field(init=False)
    link: str = field(init=False)

    def __post_init__(self) -> None:
        self.visit = self.served.app_server.paid(self.start)
        self.link = self.served.url + self.served.app_server.link(self.visit, "join")

    def at(self, **later: float) -> None:
        """Set the clock to that long after the start, as a jump of the demonstration does: devices in the call count as
        heard meanwhile, and the streams are notified."""
        app_server, moment = self.served.app_server, self.start + timedelta(**later)
        with app_server.deps.db.begin() as tx:
            devices.shift_clock(tx, max(moment - app_server.deps.now(), timedelta()))
        app_server.set_clock(moment)
        app_server.deps.wakeups.notify(call_topic(self.visit.id))

    def page(self, size: "ViewportSize" = PHONE) -> "Page":
        """Open a page in a new browser context, without cookies or storage."""
        context = self.browser.new_context(
            viewport=size, timezone_id="America/New_York", locale="en-US", bypass_csp=self.inspected
        )
        context.add_init_script(self.looks)
        context.add_init_script(SPY)
        if self.script:
            context.route(
                "**/pretended.js", lambda route: route.fulfill(body=self.script, content_type="text/javascript")
            )
        self.contexts.append(context)
        context.set_default_timeout(TIMEOUT_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: self.said.append(f"script: {error}"))
        page.on("console", lambda told: self.said.append(told.text) if _is_wrong(told.type, told.text) else None)
        return page

    def family(self, url: str = "") -> "Page":
        """A phone that has pressed Join; `url` is another process to use."""
        page = self.page()
        page.goto(self.link.replace(self.served.url, url or self.served.url))
        page.click("form button")
        return page

    def kiosk(self) -> "Page":
        """The kiosk of the visit's terminal: paired, and nobody has pressed its button."""
        page = self.page(SCREEN)
        page.goto(f"{self.screens or self.served.url}/kiosk")
        page.wait_for_selector("[data-at=code]:not(:empty)")
        self.pair(page.inner_text("[data-at=code]"))
        page.reload()
        return page

    def pair(self, code: str) -> None:
        """An officer pairs the kiosk that shows this code."""
        app_server = self.served.app_server
        with app_server.deps.db.begin() as tx:
            where = tx.execute(sa.select(terminals).where(terminals.c.id == self.visit.terminal_id)).one()
            by = tx.execute(sa.select(people_table.c.id).where(people_table.c.name == "Officer Reed")).scalar_one()
            assert kiosks.pair(tx, where.facility_id, code, where.id, by, now=app_server.deps.now())

    def resident(self, kiosk: "Page", short: int = 0) -> None:
        """The resident presses the button and types their PIN, without the last `short` digits."""
        pin = pin_of(self.served.app_server)[short:]
        kiosk.reload()
        kiosk.click("[data-do=begin]")
        for digit in pin:
            kiosk.click(f"[data-key='{digit}']")
        if not short:
            kiosk.click("[data-do=ok]")

    def together(self) -> "tuple[Page, Page]":
        """Bring both sides into the call, each with the other's picture."""
        family, kiosk = self.family(), self.kiosk()
        self.resident(kiosk)
        for page in (family, kiosk):
            page.wait_for_function(PLAYS)
        return family, kiosk

    def watcher(self) -> "Page":
        """An officer's page to watch this call."""
        page = self.page(SCREEN)
        page.goto(f"{self.screens or self.served.url}{staff_link(self.served.app_server)}/watch/{self.visit.reference}")
        return page

    def allow(self, **changes: Any) -> None:
        """Change settings of the facility."""
        rules(self.served.app_server, **changes)

    def beats(self) -> list[tuple[str, bool, bool]]:
        """All heartbeats so far: side, seen, heard."""
        wanted = sa.select(call_beats.c.side, call_beats.c.seen, call_beats.c.heard)
        with self.served.app_server.deps.db.read() as tx:
            rows = tx.execute(wanted.where(call_beats.c.visit_id == self.visit.id)).all()
        return [(row.side, row.seen, row.heard) for row in rows]

    def reports(self) -> dict[str, dict[str, Any]]:
        """The last report of each side."""
        wanted = sa.select(call_devices.c.side, call_devices.c.report).where(call_devices.c.visit_id == self.visit.id)
        with self.served.app_server.deps.db.read() as tx:
            return {row.side: row.report for row in tx.execute(wanted)}

    def close(self) -> None:
        for context in self.contexts:
            context.close()
        assert self.said == [], self.said


def _is_wrong(kind: str, text: str) -> bool:
    # Chromium reports every answer of 403, 409 or 503; these are expected.
    return kind in ("error", "warning") and "Failed to load resource" not in text


def figures(page: "Page") -> dict[str, float]:
    """Sums over all connected links: frames decoded, audio samples that really arrived, bytes sent, and loudness."""
    found: dict[str, float] = page.evaluate(FIGURES)
    return found
