"""A running call on several server processes, with PostgreSQL, Redis and a real clock.

The facility is in a time zone where it is noon now and has visits round the clock, so a visit can run at any time.
"""

import functools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from handlers.deps import Deps, wall_clock
from handlers.operations import load_facilities
from handlers.settings import Settings
from scheduling.storage import schema
from scheduling.storage.database import Database
from tests.browser.calls import TIMEOUT_MS, Scene, Served, figures
from tests.cast import facility_file
from tests.contracts.many import CLOSURES
from tests.emulators.deployment import AppServer
from tests.emulators.postgres import PostgresServer
from tests.emulators.processes import Child
from tests.webhooks import app_server as inside
from tests.webhooks.kiosk_kit import KEY

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

QUARTER = timedelta(minutes=15)
NOWHERE = "http://127.0.0.1:9"
"""No text is sent and nothing is paid: there are no workers."""


def running_since(now: datetime) -> datetime:
    """The start of a visit of half an hour that ends a quarter of an hour from now."""
    return now - timedelta(minutes=now.minute % 15, seconds=now.second, microseconds=now.microsecond)


def noon_file(folder: Path, now: datetime) -> Path:
    """The sample facility in a time zone where it is noon, with visits round the clock. Staff may watch."""
    east = 12 - now.hour
    text = facility_file(
        ("America/Chicago", f"Etc/GMT{-east:+}"),
        ("# [calls]\n# watching = false", "[calls]\nwatching = true"),
        ('days = ["sat", "sun"]\nfrom = "13:00"\nto = "16:30"',
         'days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]\nfrom = "00:00"\nto = "24:00"'),
        ('unit = "B"\ndays = ["mon", "wed", "fri"]', 'unit = "A"\ndays = ["mon", "wed", "fri"]'),
        ('unit = "B"\nkind = "legal"\ndays = ["mon", "tue", "wed", "thu", "fri"]\nfrom = "09:00"\nto = "11:00"',
         'unit = "A"\nkind = "legal"\ndays = ["mon", "tue", "wed", "thu", "fri"]\nfrom = "16:00"\nto = "17:00"'),
    )  # fmt: skip
    file = folder / "noon.toml"
    file.write_text(CLOSURES.sub("", text), encoding="utf-8")
    return file


def _fill(folder: Path, url: str) -> None:
    db = Database(url)
    schema.upgrade(db)
    load_facilities.first_start(Deps(db, Settings(data_dir=folder, facilities=str(noon_file(folder, wall_clock())))))
    db.close()


def comes_in(*pages: "Page") -> None:
    """Wait until new pictures, new sound and some loud sound have arrived on each page."""
    for page in pages:
        missing, before, timeout = {"frames", "sound", "loud"}, figures(page), time.monotonic() + TIMEOUT_MS / 1000
        while missing:
            assert time.monotonic() < timeout, missing
            page.wait_for_timeout(200)
            now = figures(page)
            missing = {what for what in missing if now[what] <= before[what]}
            before = now


@dataclass
class Calls(Scene):
    """A running visit and the web processes that serve its call: phones use the first, kiosks and officers the second."""

    line: AppServer = field(kw_only=True)

    @property
    def webs(self) -> list[Child]:
        return self.line.children

    def __post_init__(self) -> None:
        app_server = self.served.app_server
        app_server.set_clock(self.start - timedelta(days=1))  # when it was booked
        super().__post_init__()
        app_server.set_clock(wall_clock())

    def restart(self) -> None:
        """Stop the phones' process as an operator does, and start it again."""
        self.webs.pop(0).stop()
        self.line.web(self.line.port)

    def freeze(self) -> None:
        """Freeze all processes: they answer nobody, and keep what they hold."""
        for web in self.webs:
            web.freeze()

    def thaw(self) -> None:
        for web in self.webs:
            web.thaw()


@contextmanager
def calls_line(
    folder: Path, browser: "Browser", postgres: PostgresServer, redis_url: str, **changes: str
) -> Iterator[Calls]:
    """Two web processes and the visit, with changed settings."""
    database = postgres.database(postgres.template("calls", functools.partial(_fill, folder)))
    settings = {
        "DATA_DIR": str(folder), "DATABASE_URL": database, "REDIS_URL": redis_url, "SECRET_KEY": KEY,
        "CONSOLE_PASSWORD": "for these tests", "TWILIO_ACCOUNT_SID": "AC" + "5" * 32, "TWILIO_AUTH_TOKEN": "token",
        "TWILIO_API_BASE_URL": NOWHERE, "STRIPE_API_KEY": "sk_test_1", "STRIPE_WEBHOOK_SECRET": "whsec_1",
        "STRIPE_API_BASE_URL": NOWHERE,
    }  # fmt: skip
    line, db = AppServer(settings | changes), Database(database)
    try:
        line.web()
        second = line.web_at()
        at = [wall_clock()]
        known = inside.AppServer(Deps(db, Settings(secret_key=SecretStr(KEY), data_dir=folder), lambda: at[0]), at)
        calls = Calls(Served(known, line.url), browser, running_since(wall_clock()), line=line, screens=second)
        yield calls
        calls.close()
    finally:
        line.close()
        db.close()
        postgres.drop(database)
