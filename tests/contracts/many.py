"""The server as several processes on PostgreSQL and Redis, with a carrier, a Stripe emulator and a real clock.

Staff are always on duty and quiet hours are far away, so that a visit can be approved at any time of day.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from handlers.deps import Deps, wall_clock
from handlers.operations import load_facilities
from handlers.settings import Settings
from scheduling.storage import schema
from scheduling.storage.database import Database
from tests.cast import CENTRAL, REED, TANYA, TANYA_ALONE, WITHOUT_UNDO, Member, facility_file
from tests.contracts.visiting import CODE, LINK, newest
from tests.emulators.deployment import AppServer, CarrierProcess
from tests.emulators.processes import Child
from tests.emulators.redis_server import RedisServer
from tests.emulators.served import caller
from tests.emulators.stripe_emulator import StripeEmulator
from tests.waiting import TIMEOUT_SECONDS, eventually

CLOSURES = re.compile(r"^\[\[closures\]\]\n(?:[^\[\n].*\n|\n)*", re.MULTILINE)


def always_open(folder: Path, now: datetime) -> Path:
    """A facility file that allows a visit in three days to be requested, decided and paid at any time of day."""
    night = (now + timedelta(hours=12)).astimezone(CENTRAL)
    text = facility_file(
        TANYA_ALONE,
        ('from = "07:00"\nto = "21:00"', 'from = "00:00"\nto = "24:00"'),
        ('from = "21:00"\nto = "08:00"', f'from = "{night:%H}:00"\nto = "{night:%H}:30"'),
        ('days = ["sat", "sun"]\nfrom = "13:00"',
         'days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]\nfrom = "13:00"'),
        WITHOUT_UNDO,
    )  # fmt: skip
    text = CLOSURES.sub("", text)
    file = folder / "always_open.toml"
    file.write_text(text, encoding="utf-8")
    return file


@dataclass
class Many:
    """Processes, emulators, and queries of the database. `web` and `worker` of `app_server` start more processes."""

    app_server: AppServer
    carrier: CarrierProcess
    stripe: StripeEmulator
    redis: RedisServer
    database: sa.Engine
    day: str

    def starts(self, *, workers: int = 1) -> list[Child]:
        """Start one web process and this many workers. Returns the workers."""
        self.app_server.web()
        return [self.app_server.worker() for _ in range(workers)]

    def heard(self, who: Member) -> list[str]:
        return self.carrier.heard_by(who.phone)

    def says(self, who: Member, words: str) -> str:
        """Send a text, and wait for the next text that this phone gets."""
        before = len(self.heard(who))
        self.carrier.say(who.phone, words)
        return eventually(lambda: self.heard(who)[before:])[0]

    def hears(self, who: Member, words: str, within: float = TIMEOUT_SECONDS) -> str:
        """Wait for the text that contains these words."""
        return eventually(lambda: next((text for text in self.heard(who) if words in text), None), within)

    def asks(self) -> None:
        """Tanya asks for an afternoon three days ahead and takes the second time."""
        offered = self.says(TANYA, f"can i see marcus {self.day} afternoon")
        assert "2) 1:45 PM" in offered, offered
        asked = self.says(TANYA, "2")
        assert "Asked, not booked yet" in asked, self.heard(TANYA)

    def approved(self) -> str:
        """She requests a visit and Officer Reed approves it. Returns the link to pay."""
        self.asks()
        return self.approve()

    def approve(self) -> str:
        """Officer Reed approves her request. Returns the link to pay."""
        card = self.hears(REED, "Tanya Johnson (mother) for Marcus Johnson")
        self.carrier.say(REED.phone, f"{newest(CODE, [card])} ok")
        return self.app_server.url + newest(LINK, [self.hears(TANYA, "Approved: Marcus")])

    def pays(self, page: str) -> None:
        """She presses the button and pays on Stripe's page, and Stripe posts its webhook."""
        with caller() as browser:
            card_page = browser.post(page).headers["location"]
            browser.post(f"{card_page}/pay")
        self.stripe.drain()

    def rows(self, words: str, **values: Any) -> list[sa.RowMapping]:
        """Query the database."""
        with self.database.connect() as connection:
            return list(connection.execute(sa.text(words), values).mappings())

    def sent(self, texts: int) -> list[sa.RowMapping]:
        """All texts that were sent, oldest first, as soon as there are this many."""
        found = self.rows("SELECT at, segments, status FROM messages ORDER BY at, id")
        return found if len(found) >= texts else []

    def write(self, words: str, **values: Any) -> None:
        """Change the database, as the passing of time would."""
        with self.database.begin() as connection:
            connection.execute(sa.text(words), values)

    def handled(self, texts: int) -> None:
        """Wait until this many texts have been handled and nothing is due."""
        done = "SELECT id FROM inbound WHERE state = 'handled'"
        eventually(lambda: len(self.rows(done)) == texts, within=60)
        self.quiet()

    def quiet(self) -> None:
        """Wait until nothing is due."""
        due = "SELECT id FROM jobs WHERE state = 'leased' OR (state = 'queued' AND due <= :now)"
        eventually(lambda: not self.rows(due, now=wall_clock()), within=60)


def prepare(url: str, folder: Path) -> None:
    """Prepare an empty database, as `visitline release` does."""
    db = Database(url)
    schema.upgrade(db)
    deps = Deps(db, Settings(data_dir=folder, facilities=str(always_open(folder, wall_clock()))))
    load_facilities.first_start(deps)
    db.close()


def settings(
    folder: Path, carrier_url: str, stripe: StripeEmulator, redis_url: str, database_url: str
) -> dict[str, str]:
    """All settings that `web` and `worker` need."""
    return {
        "DATA_DIR": str(folder), "DATABASE_URL": database_url, "REDIS_URL": redis_url,
        "FACILITIES": str(always_open(folder, wall_clock())), "SECRET_KEY": "for-these-tests",
        "CONSOLE_PASSWORD": "for these tests", "SEND_PACE": "100/second",
        "TWILIO_ACCOUNT_SID": CarrierProcess.account_sid, "TWILIO_AUTH_TOKEN": CarrierProcess.auth_token,
        "TWILIO_API_BASE_URL": carrier_url, "STRIPE_API_KEY": stripe.api_key, "STRIPE_API_BASE_URL": stripe.url,
        "STRIPE_WEBHOOK_SECRET": stripe.secret,
    }  # fmt: skip


def three_days_on() -> str:
    return f"{wall_clock().astimezone(CENTRAL) + timedelta(days=3):%A}".lower()
