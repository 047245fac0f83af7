"""Provider emulators as fixtures. With VISITLINE_REQUIRE_ALL=1 a skipped test is a failed test."""

import gc
import json
import os
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.databases import compile_once
from tests.emulators.processes import program
from tests.emulators.provider_schemas import providers_own
from tests.emulators.schemas import twilio
from tests.skips import not_tested

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.emulators.coturn import Coturn
    from tests.emulators.deployment import AppServer, CarrierProcess
    from tests.emulators.emulate import EmulateTwilio
    from tests.emulators.local_stripe import LocalStripe
    from tests.emulators.postgres import PostgresServer
    from tests.emulators.redis_server import RedisServer
    from tests.emulators.stripe_emulator import StripeEmulator
    from tests.emulators.telegram_emulator import TelegramEmulator

REQUIRE_ALL = os.environ.get("VISITLINE_REQUIRE_ALL") == "1"

compile_once()
os.environ["ENV_FILE"] = ""  # a developer's .env could make a test send real texts


def pytest_collection_finish() -> None:
    """Exclude everything that exists now from garbage collection: it lives until the end."""
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On PostgreSQL `make test` runs the modules where the databases differ most: locks, queues and unique places.

    The rest of what runs on both databases is slow there, and left to `make proof`.
    """
    for item in items:
        on_postgres = isinstance(item, pytest.Function) and "record" in item.fixturenames and "[postgres" in item.name
        if on_postgres and item.get_closest_marker("both_databases") is None:
            item.add_marker(pytest.mark.slow)


def _forbid_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid}: nothing may be skipped (VISITLINE_REQUIRE_ALL=1): {_reason(report)}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Report what was not tested."""
    skipped = [(each.nodeid, _reason(each)) for each in terminalreporter.stats.get("skipped", [])]
    for line in not_tested(skipped):
        terminalreporter.write_line(line, yellow=True)


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    return report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _forbid_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _forbid_skip(report)
    return report


@pytest.fixture(scope="session")
def postgres() -> "Iterator[PostgresServer]":
    """One PostgreSQL server for the whole run."""
    from tests.emulators.postgres import PostgresServer

    server = PostgresServer()
    yield server
    server.close()


@pytest.fixture
def postgres_url(postgres: "PostgresServer") -> Iterator[str]:
    """The address of an empty PostgreSQL database for this test."""
    url = postgres.database()
    yield url
    postgres.drop(url)


@pytest.fixture(scope="session")
def _redis_server() -> "Iterator[RedisServer]":
    from tests.emulators.redis_server import RedisServer

    server = RedisServer()
    yield server
    server.stop()


@pytest.fixture
def redis_server(_redis_server: "RedisServer") -> "RedisServer":
    """A running, empty Redis that the test may stop and start."""
    _redis_server.start()
    _redis_server.flush()
    return _redis_server


@pytest.fixture
def twilio_emulate() -> "Iterator[EmulateTwilio]":
    """A new Twilio emulator (npm emulate)."""
    from tests.emulators.emulate import EmulateTwilio

    far = EmulateTwilio()
    yield far
    far.close()


@pytest.fixture
def prism(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """`prism(upstream)` checks a carrier against a description of Twilio's API, and returns the address to use instead.

    The description is Twilio's where it is on this machine, otherwise ours.
    """
    from tests.emulators.prism import Prism

    description = providers_own("twilio")
    if description is None:
        description = tmp_path / "twilio.json"
        description.write_text(json.dumps(twilio.DESCRIPTION), encoding="utf-8")
    with ExitStack() as stack:

        def before(upstream: str) -> str:
            proxy = Prism(description, upstream)
            stack.callback(proxy.close)
            return proxy.url

        yield before


@pytest.fixture
def telegram_emulator() -> "Iterator[TelegramEmulator]":
    """A new Telegram emulator of ours. The test fails when one of its answers violates Telegram's description."""
    from tests.emulators.telegram_emulator import TelegramEmulator

    far = TelegramEmulator()
    yield far
    far.close()
    assert far.faults == []


@pytest.fixture
def stripe_emulator() -> "Iterator[StripeEmulator]":
    """A new Stripe emulator of ours. The test fails when one of its answers violates Stripe's description."""
    from tests.emulators.stripe_emulator import StripeEmulator

    far = StripeEmulator()
    yield far
    far.close()
    assert far.faults == []


@pytest.fixture
def local_stripe() -> "Iterator[LocalStripe]":
    """localstripe, for webhook signatures that our code did not make."""
    from tests.emulators.local_stripe import LocalStripe

    far = LocalStripe()
    yield far
    far.close()


@pytest.fixture(scope="module")
def coturn() -> "Iterator[Coturn]":
    """Debian's coturn on loopback, which a test may freeze, stop and start."""
    from tests.emulators.coturn import Coturn

    far = Coturn()
    yield far
    far.close()


@pytest.fixture
def carrier_process(tmp_path: Path) -> "Iterator[Callable[[str, str], CarrierProcess]]":
    """`carrier_process(application_url, our_number)` starts the simulator's carrier as a separate process."""
    from tests.emulators.deployment import CarrierProcess

    with ExitStack() as stack:

        def start(application_url: str, ours: str) -> CarrierProcess:
            carrier = CarrierProcess(application_url, tmp_path, ours)
            stack.callback(carrier.close)
            return carrier

        yield start


@pytest.fixture
def app_server() -> "Iterator[Callable[[Mapping[str, str]], AppServer]]":
    """`app_server(settings)` is the server as separate processes; nothing runs until `web()` or `worker()`."""
    from tests.emulators.deployment import AppServer

    with ExitStack() as stack:

        def build(settings: Mapping[str, str]) -> AppServer:
            built = AppServer(settings)
            stack.callback(built.close)
            return built

        yield build


@pytest.fixture(scope="module")
def chromium() -> "Iterator[Browser]":
    """The system's Chromium, headless, with a fake camera and microphone.

    It lasts for one module: while Playwright runs, its event loop occupies the thread, and `asyncio.run` fails elsewhere.
    """
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program("chromium"), args=[*flags, "--autoplay-policy=no-user-gesture-required"]
        )
        yield browser
        browser.close()
