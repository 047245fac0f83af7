"""The simulator's page as a person uses it, and rules that every page must keep."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, ViewportSize, expect

TIMEOUT_MS = 15_000
WIDE: ViewportSize = {"width": 1180, "height": 820}
NARROW: ViewportSize = {"width": 320, "height": 640}
FITS_WIDTH = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


@dataclass
class Watch:
    """Collects the errors, warnings and failed requests of all pages of a browser context."""

    complaints: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        """Start to collect."""
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(f"script: {error.error}"))
        context.on("requestfailed", self._failed)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        # A page aborts its requests when the browser leaves it.
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"request: {urlsplit(request.url).path} {request.failure}")


def drawn(page: Page) -> None:
    """Wait until no animation runs and the page has been drawn twice, before a picture is taken."""
    page.wait_for_function(
        "() => document.getAnimations().every(({ effect, playState }) => playState !== 'running'"
        " || effect.getComputedTiming().endTime === Infinity)"
    )
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def in_order(page: Page) -> None:
    """Check: a language, a title, one h1, alternative texts for images, labels for fields, no sideways scrolling."""
    assert page.locator("html").get_attribute("lang") in ("en", "es")
    assert page.title().strip()
    assert page.locator("h1").count() == 1
    assert page.locator("img:not([alt])").count() == 0
    unlabelled = (
        "[...document.querySelectorAll('input:not([type=hidden]), select')].filter(e => !e.labels.length).length"
    )
    assert page.evaluate(unlabelled) == 0
    assert page.evaluate(FITS_WIDTH)


@dataclass
class PhonePanel:
    """One of the two phones on the simulator's page."""

    page: Page
    place: str

    @property
    def section(self) -> Locator:
        return self.page.locator(f"section[data-place={self.place}]")

    def pick(self, name: str) -> None:
        """Show another phone in this place."""
        self.section.locator(".pick").select_option(label=name)

    def types(self, words: str) -> None:
        """Type a text and send it."""
        field = self.section.locator(".say input")
        field.fill(words)
        field.press("Enter")

    def bubble(self, *words: str) -> Locator:
        """Wait for the newest received text that contains all these words."""
        found = self.section.locator(".bubble:not(.mine)")
        for each in words:
            found = found.filter(has_text=each)
        found = found.last
        expect(found).to_be_visible(timeout=TIMEOUT_MS)
        return found

    def hears(self, *words: str) -> str:
        """Its whole text."""
        return self.bubble(*words).locator(".text").inner_text()

    def opens(self, *words: str) -> Page:
        """Open the link in that text, in a new page."""
        with self.page.expect_popup() as opened:
            self.bubble(*words).locator("a").first.click()
        opened.value.wait_for_load_state()
        return opened.value


TAKES_EFFECT = "answer takes effect"


@dataclass
class Simulator:
    """The page with both phones and the clock."""

    page: Page

    @property
    def family(self) -> PhonePanel:
        return PhonePanel(self.page, "left")

    @property
    def staff(self) -> PhonePanel:
        return PhonePanel(self.page, "right")

    def open(self, url: str) -> None:
        """Open the front page, which leads to the simulator."""
        self.page.goto(f"{url}/")
        expect(self.page.locator("#zone")).to_contain_text("America/Chicago", timeout=TIMEOUT_MS)

    def answer_takes_effect(self) -> None:
        """Jump past the time in which an officer can undo an answer."""
        expect(self.page.locator("#jump")).to_contain_text(TAKES_EFFECT, timeout=TIMEOUT_MS)
        self.jump_until(TAKES_EFFECT)

    def jump_until(self, what: str) -> None:
        """Press the clock's Jump button until it has jumped to the event with this name."""
        button = self.page.locator("#jump")
        for _ in range(12):
            expect(button).to_be_enabled(timeout=TIMEOUT_MS)
            named = button.inner_text()
            with self.page.expect_response("**/api/clock", timeout=TIMEOUT_MS):
                button.click()
            if what in named:
                return
            expect(button).not_to_have_text(named, timeout=TIMEOUT_MS)
        raise AssertionError(f"{what!r} never became due; the last was {named!r}")


def code_on(card: str) -> str:
    """The answer code of a card."""
    found = re.search(r"(?:Reply|Responda) (\d{3}) OK", card)
    assert found, card
    return found[1]


def reference_in(text: str) -> str:
    """The visit's reference."""
    found = re.search(r"Ref ([A-Z][A-Z0-9]{3})", text)
    assert found, text
    return found[1]
