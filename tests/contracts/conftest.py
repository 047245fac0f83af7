"""Servers for the contract tests, in this process or in separate ones."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.contracts.phones import Phones
from tests.contracts.standing import Standing

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.contracts.calling import Calls
    from tests.contracts.chats import Chats
    from tests.contracts.many import Many
    from tests.contracts.paying import Paying
    from tests.emulators.deployment import CarrierProcess
    from tests.emulators.postgres import PostgresServer
    from tests.emulators.redis_server import RedisServer
    from tests.emulators.stripe_emulator import StripeEmulator
    from tests.emulators.telegram_emulator import TelegramEmulator

Opened = Callable[..., Standing]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """`opened(changes...)` is a server with these changes to the sample facility and without channels."""
    with ExitStack() as stack:

        def build(*changes: tuple[str, str]) -> Standing:
            app_server = Standing(tmp_path, *changes)
            stack.callback(app_server.close)
            return app_server

        yield build


@pytest.fixture
def standing(opened: Opened) -> Standing:
    return opened()


@pytest.fixture
def phones(standing: Standing, tmp_path: Path) -> Iterator[Phones]:
    """The simulator's carrier, connected to the server."""
    made = Phones(standing, tmp_path)
    standing.join([made.channel])
    yield made
    made.close()


@pytest.fixture
def chats(standing: Standing, phones: Phones, telegram_emulator: "TelegramEmulator") -> "Chats":
    """The server's bot at our Telegram emulator, which polls."""
    from tests.contracts.chats import Chats

    return Chats(standing, phones, telegram_emulator)


@pytest.fixture
def paying(standing: Standing, phones: Phones, stripe_emulator: "StripeEmulator") -> "Paying":
    """An approved visit that can be paid at our Stripe emulator."""
    from tests.contracts.paying import Paying

    return Paying(standing, phones, stripe_emulator)


@pytest.fixture
def many(
    tmp_path: Path,
    carrier_process: "Callable[[str, str], CarrierProcess]",
    stripe_emulator: "StripeEmulator",
    redis_server: "RedisServer",
    postgres: "PostgresServer",
) -> "Iterator[Callable[..., Many]]":
    """`many(SEND_PACE=...)` is the server as several processes with changed settings and a prepared database."""
    import sqlalchemy as sa

    from tests.cast import OURS
    from tests.contracts.many import Many, prepare, settings, three_days_on
    from tests.emulators.deployment import AppServer
    from tests.emulators.processes import free_port

    with ExitStack() as stack:
        database = postgres.database(postgres.template("released", lambda url: prepare(url, tmp_path)))
        stack.callback(postgres.drop, database)
        engine = sa.create_engine(database)
        stack.callback(engine.dispose)

        def build(through: Callable[[str], str] | None = None, **changes: str) -> Many:
            port = free_port()
            carrier = carrier_process(f"http://127.0.0.1:{port}", OURS)
            reached = through(carrier.url) if through else carrier.url
            wanted = settings(tmp_path, reached, stripe_emulator, redis_server.url, database) | changes
            built = AppServer(wanted, port=port)
            stack.callback(built.close)
            stripe_emulator.webhook = f"{built.url}/webhooks/stripe"
            return Many(built, carrier, stripe_emulator, redis_server, engine, three_days_on())

        yield build


@pytest.fixture
def calls(
    tmp_path: Path, chromium: "Browser", postgres: "PostgresServer", redis_server: "RedisServer"
) -> "Iterator[Calls]":
    """A running visit on two web processes."""
    from tests.contracts.calling import calls_line

    with calls_line(tmp_path, chromium, postgres, redis_server.url) as made:
        yield made
