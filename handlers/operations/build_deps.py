"""Builds `Deps` from the settings. The clients of providers are slow to import, so they are imported only when used."""

import os
import secrets
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from pydantic import SecretStr

from bot.adapters import is_set
from bot.channels.base import Channel
from bot.messages import ChannelName
from handlers import adapters
from handlers.deps import Deps, wall_clock
from handlers.gateways.payments.base import PaymentGateway
from handlers.gateways.video.base import VideoGateway
from handlers.send_rate import SendRate
from handlers.settings import Settings, SettingsError
from handlers.wakeups import Wakeups
from scheduling.storage.database import Database


def database(settings: Settings) -> Database:
    """The database. The folder of a SQLite file is created. SettingsError when the database does not answer."""
    if settings.database.startswith("sqlite:///"):
        Path(settings.database.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    try:
        db = Database(settings.database)
        with db.engine.connect():
            return db
    except (sa.exc.SQLAlchemyError, ModuleNotFoundError) as error:
        raise SettingsError(
            f"DATABASE_URL: the database cannot be reached ({type(error).__name__}). Start it, or correct the address."
        ) from None


def channels(settings: Settings) -> dict[ChannelName, Channel]:
    """The channels that are set up, by name."""
    built = [adapter.build(settings) for adapter in adapters.CHANNELS]
    return {channel.name: channel for channel in built if channel is not None}


def gateway(settings: Settings, *, sandbox: bool = True) -> PaymentGateway | None:
    """The payment gateway that is set up. Otherwise the sandbox, if it is allowed and the address is a loopback one."""
    usable = (*adapters.PAYMENTS, *((adapters.SANDBOX,) if sandbox else ()))
    return next((built for each in usable if (built := each.build(settings)) is not None), None)


def video(settings: Settings) -> VideoGateway:
    """The video gateway that VIDEO names. SettingsError when it lacks something."""
    adapter = next(each for each in adapters.VIDEO if each.name == settings.video)
    hints = {name: hint for group in adapter.groups for name, hint in group.hints}
    missing = [
        f"VIDEO={settings.video}, but {name.upper()} is not set: {hint}."
        for name, hint in hints.items()
        if not is_set(settings, name)
    ]
    if missing:
        raise SettingsError("\n".join(missing))
    try:
        built = adapter.build(settings)
    except ValueError as error:
        raise SettingsError(str(error)) from None
    assert built is not None  # the settings that it needs were checked above
    return built


def build(settings: Settings, db: Database, now: Callable[[], datetime] = wall_clock, *, sandbox: bool = True) -> Deps:
    """Build everything from the settings.

    `sandbox` is False for one process of many: the payment sandbox works only where all runs in one process.
    """
    return Deps(
        db=db, settings=settings, now=now, channels=channels(settings), payments=gateway(settings, sandbox=sandbox),
        wakeups=Wakeups(settings.redis_url), pace=SendRate(settings.send_pace, settings.redis_url), video=video(settings),
    )  # fmt: skip


def with_own_secrets(settings: Settings) -> tuple[Settings, str | None]:
    """Fill in SECRET_KEY and CONSOLE_PASSWORD where they are not set. Generated values are stored beside the database.

    Returns the settings, and the password if it was not set, so that it can be shown.
    """
    key = settings.secret_key.get_secret_value() or own_secret(settings.data_dir, "secret_key")
    password = settings.console_password.get_secret_value()
    made = password or own_secret(settings.data_dir, "console_password", length=9)
    update = {"secret_key": SecretStr(key), "console_password": SecretStr(made)}
    return settings.model_copy(update=update), None if password else made


def own_secret(folder: Path, name: str, *, length: int = 32) -> str:
    """A secret of this installation, generated at the first start and read from its file later.

    Only the owner of the file may read it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    if path.exists() and (found := path.read_text().strip()):
        return found
    # Written to another file and then renamed: a start that is killed here must not leave an empty secret behind.
    file, temporary = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
    with os.fdopen(file, "w") as written:
        written.write(secrets.token_urlsafe(length))
        written.flush()
        os.fsync(written.fileno())
    Path(temporary).replace(path)
    return path.read_text().strip()


def refuse_unless_many(settings: Settings) -> None:
    """Raise SettingsError unless all is set that `web` and `worker` need: PostgreSQL, Redis, a channel, secrets."""
    missing = []
    if settings.database.startswith("sqlite"):
        missing.append(
            "DATABASE_URL must name a PostgreSQL database (postgresql+psycopg://...): "
            "SQLite serves one process, `visitline run`."
        )
    if not settings.redis_url:
        missing.append("REDIS_URL is not set: several processes need Redis to wake each other.")
    if not settings.public_url:
        missing.append("PUBLIC_URL is not set: the https address that families and providers reach.")
    missing += _for_the_public(settings)
    if missing:
        raise SettingsError("\n".join(missing))


def _for_the_public(settings: Settings) -> list[str]:
    missing = []
    if not settings.secret_key.get_secret_value():
        missing.append("SECRET_KEY is not set: a long random text, the same for all processes.")
    if not settings.console_password.get_secret_value():
        missing.append("CONSOLE_PASSWORD is not set: it opens /console.")
    if not channels(settings):
        ways = [" and ".join(map(str.upper, group.required)) for each in adapters.CHANNELS for group in each.groups]
        missing.append(f"No channel is set: {', or '.join(ways)}.")
    return missing


def refuse_in_public(settings: Settings) -> None:
    """Raise SettingsError unless all is set that `run` needs on a public address: what `web` needs, without
    PostgreSQL and Redis.
    """
    if not settings.loopback and (missing := _for_the_public(settings)):
        raise SettingsError("\n".join(missing))


def refuse_without_money(deps: Deps) -> None:
    """Raise SettingsError if visits have a price and no payment gateway is set: then none could ever be paid."""
    from scheduling.facilities import store

    if deps.payments is not None:
        return
    with deps.db.read() as tx:
        every = [store.rules(tx, facility_id) for facility_id in store.everyone(tx)]
    priced = [rules.name for rules in every if max(rules.price_per_minute, rules.legal_per_minute) > 0]
    if priced:
        raise SettingsError(f"STRIPE_API_KEY is not set, but visits at {', '.join(priced)} have a price.")
