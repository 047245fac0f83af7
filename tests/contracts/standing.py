"""The server in this process, served on loopback, with provider emulators.

Its clock begins on the Monday of the stories and runs from there. Nothing happens in the background: `settle` runs what
is due, on both sides, until nothing is.
"""

import functools
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from pydantic import SecretStr

from bot.channels.base import Channel
from bot.messages import ChannelName
from handlers import tables
from handlers.deps import Deps, wall_clock
from handlers.gateways.payments.base import PaymentGateway
from handlers.gateways.payments.sandbox import SandboxGateway
from handlers.jobs.worker import run_due
from handlers.operations import load_facilities
from handlers.settings import Settings
from scheduling.facilities.file import read_facility
from scheduling.storage import schema
from scheduling.storage.database import Database
from tests.cast import MONDAY, TANYA_ALONE, WITHOUT_UNDO, facility_file
from tests.databases import hasty, whole
from tests.emulators.served import Served, caller
from webhooks.app import create_app

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


@functools.cache
def _loaded(*changes: tuple[str, str]) -> bytes:
    """A SQLite file that contains the facility, made once for each run."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "app_server.db"
        db = Database(f"sqlite:///{path}")
        schema.upgrade(db)
        file = read_facility(facility_file(TANYA_ALONE, WITHOUT_UNDO, *changes), "willow.toml")
        load_facilities.load(Deps(db, Settings(data_dir=Path(folder)), lambda: MONDAY), [file])
        db.close()
        return whole(path)


class Clock:
    """The real clock, moved so that the test begins at a chosen moment."""

    def __init__(self, start: datetime = MONDAY) -> None:
        self._shift = start - wall_clock()

    def __call__(self) -> datetime:
        return (wall_clock() + self._shift).astimezone(UTC)

    def pass_by(self, **amount: float) -> None:
        """Jump ahead (`hours=2`)."""
        self._shift += timedelta(**amount)

    def reach(self, moment: datetime) -> None:
        """Jump to this moment."""
        self._shift += moment - self()


class Standing:
    """The server at `url`. `join` connects its channels and its payment provider, which may need its address."""

    def __init__(self, folder: Path, *changes: tuple[str, str]) -> None:
        self.clock = Clock()
        self._served = Served(self._serve)
        self.url = self._served.url
        self.web = caller()
        self.channels: dict[ChannelName, Channel] = {}
        self.deliveries: list[Callable[[], int]] = []
        (folder / "app_server.db").write_bytes(_loaded(*changes))
        self._db = hasty(Database(f"sqlite:///{folder / 'app_server.db'}"))
        self._settings = Settings(
            public_url=self.url, secret_key=SecretStr("for these tests"), console_password=SecretStr("for these tests"),
            data_dir=folder,
        )  # fmt: skip
        self.deps = Deps(self._db, self._settings, self.clock)

    def join(self, channels: Iterable[Channel], payments: PaymentGateway | None = None, **settings: Any) -> Deps:
        """Build the server with these emulators."""
        self.channels |= {channel.name: channel for channel in channels}
        self._settings = self._settings.model_copy(update=settings)
        pays = payments or SandboxGateway(self.url)
        self.deps = Deps(self._db, self._settings, self.clock, self.channels, pays)
        self._app = create_app(self.deps)
        return self.deps

    def _serve(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return self._app(environ, start_response)

    def settle(self) -> None:
        """Run what is due here and at the emulators, until nothing is."""
        while run_due(self.deps) + sum(side() for side in self.deliveries):
            pass

    def rows(self, table: sa.Table, *conditions: sa.ColumnElement[bool]) -> list[sa.RowMapping]:
        """The rows of a table, oldest first."""
        with self._db.read() as tx:
            return list(tx.execute(sa.select(table).where(*conditions).order_by(table.c.id)).mappings())

    def receipts(self) -> list[tuple[str, str]]:
        """The delivery receipts in order of arrival, as (provider's id, status)."""
        return [(row["provider_id"], row["status"]) for row in self.rows(tables.receipts)]

    def outcomes(self, provider: str) -> list[tuple[int, str]]:
        """How we answered this provider's requests, oldest first, as (status, outcome)."""
        found = self.rows(tables.requests, tables.requests.c.provider == provider)
        return [(row["status"], row["outcome"]) for row in found]

    @contextmanager
    def without(self, table: sa.Table) -> Iterator[None]:
        """Rename this table for a while, so that everything that needs it fails."""
        hidden = f"{table.name}_hidden"
        with self._db.engine.begin() as connection:
            connection.execute(sa.text(f"ALTER TABLE {table.name} RENAME TO {hidden}"))
        yield
        with self._db.engine.begin() as connection:
            connection.execute(sa.text(f"ALTER TABLE {hidden} RENAME TO {table.name}"))

    def close(self) -> None:
        """Close everything that the server opened."""
        self._served.close()
        for channel in self.channels.values():
            channel.close()
        self.web.close()
        self._db.close()
