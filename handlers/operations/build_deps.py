"""Builds `Deps` from the settings. Providers are imported only when they are set: they are slow to import."""

import os
import secrets
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa
from pydantic import SecretStr

from bot.channels.base import Channel
from handlers.deps import Deps, wall_clock
from handlers.gateways.payments.base import PaymentGateway
from handlers.gateways.video.base import VideoGateway
from handlers.send_rate import SendRate
from handlers.settings import LOOPBACK, Settings, SettingsError, is_set
from handlers.wakeups import Wakeups
from scheduling.storage.database import Database


def database(settings: Settings) -> Database:
    """The database, its folder made when it is a file. SettingsError when it does not answer."""
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


def channels(settings: Settings) -> dict[str, Channel]:
    """The channels that are set up."""
    found: dict[str, Channel] = {}
    if settings.twilio_account_sid:
        from bot.channels.twilio import TwilioSms

        token = settings.twilio_auth_token.get_secret_value()
        found["sms"] = TwilioSms(settings.twilio_account_sid, token, settings.url, settings.twilio_api_base_url or None)
    if token := settings.telegram_bot_token.get_secret_value():
        from bot.channels.telegram import Telegram

        secret = settings.telegram_webhook_secret.get_secret_value() or secrets.token_urlsafe(16)
        found["telegram"] = Telegram(token, secret, settings.telegram_api_base_url or None)
    return found


def gateway(settings: Settings, *, sandbox: bool = True) -> PaymentGateway | None:
    """Stripe when it is set, else the sandbox: only where it is allowed and on a loopback address."""
    if key := settings.stripe_api_key.get_secret_value():
        from handlers.gateways.payments.stripe import StripeGateway

        return StripeGateway(
            key, settings.stripe_webhook_secret.get_secret_value(), settings.stripe_api_base_url or None
        )
    if sandbox and settings.loopback:
        from handlers.gateways.payments.sandbox import SandboxGateway

        return SandboxGateway(settings.url)
    return None


_REQUIRED = {
    "livekit_url": "the wss:// address of the LiveKit server",
    "livekit_api_key": "a key of the LiveKit server",
    "livekit_api_secret": "the secret of that key",
    "jitsi_url": "the https:// address of the Jitsi server",
    "jitsi_app_id": "its app_id",
    "jitsi_app_secret": "its app_secret",
}


def video(settings: Settings) -> VideoGateway:
    """The way of calls that VIDEO names. SettingsError when it lacks something."""
    missing = [
        f"VIDEO={settings.video}, but {name.upper()} is not set: {what}."
        for name, what in _REQUIRED.items()
        if name.startswith(f"{settings.video}_") and not is_set(settings, name)
    ]
    if missing:
        raise SettingsError("\n".join(missing))
    if settings.video == "livekit":
        return _livekit(settings)
    if settings.video == "jitsi":
        from handlers.gateways.video.jitsi import Jitsi

        url = _address(settings, "jitsi_url", ("https", "http"))
        return Jitsi(url, settings.jitsi_app_id, settings.jitsi_app_secret.get_secret_value())
    return _builtin(settings)


def _livekit(settings: Settings) -> VideoGateway:
    from handlers.gateways.video.livekit import CLIENT, LiveKit

    url = _address(settings, "livekit_url", ("wss", "ws", "https", "http"))
    file = settings.data_dir / "static" / CLIENT
    if not file.is_file():
        raise SettingsError(
            f"VIDEO=livekit, but {file} is not there: put LiveKit's client for browsers there, the file dist/{CLIENT} of "
            "the npm package livekit-client."
        )
    return LiveKit(url, settings.livekit_api_key, settings.livekit_api_secret.get_secret_value())


def _builtin(settings: Settings) -> VideoGateway:
    from handlers.gateways.video import stun_probe
    from handlers.gateways.video.builtin import Builtin

    lists = {name: _several(getattr(settings, name)) for name in ("stun_urls", "turn_urls")}
    for name, urls in lists.items():
        scheme = name.partition("_")[0]
        for url in urls:
            if not stun_probe.is_url(url) or not url.startswith(scheme):
                raise SettingsError(f"{name.upper()}: {url!r} is not an address such as {scheme}:calls.example:3478.")
    if settings.relay_only and not lists["turn_urls"]:
        raise SettingsError("RELAY_ONLY is set, but TURN_URLS is not: no call would find a way. Set a relay.")
    secret = settings.turn_secret.get_secret_value()
    return Builtin(lists["stun_urls"], lists["turn_urls"], secret, relay_only=settings.relay_only)


def _several(value: str) -> list[str]:
    return [each.strip() for each in value.split(",") if each.strip()]


def _address(settings: Settings, name: str, schemes: tuple[str, ...]) -> str:
    """The address that is set, when it is one; whoever talks to a server in the open must be on this machine."""
    value: str = getattr(settings, name)
    try:
        parts = urlsplit(value)
        usable = parts.scheme in schemes and parts.hostname and parts.port != 0
        usable = usable and (parts.scheme in ("https", "wss") or parts.hostname in LOOPBACK)
    except ValueError:
        usable = False
    if not usable:
        raise SettingsError(f"{name.upper()}: {value!r} is not an address that begins with {schemes[0]}://.")
    return value


def build(settings: Settings, db: Database, now: Callable[[], datetime] = wall_clock, *, sandbox: bool = True) -> Deps:
    """Everything from the settings. `sandbox` is False for one process of many: pretend money exists on one box only."""
    return Deps(
        db=db, settings=settings, now=now, channels=channels(settings), payments=gateway(settings, sandbox=sandbox),
        wakeups=Wakeups(settings.redis_url), pace=SendRate(settings.send_pace, settings.redis_url), video=video(settings),
    )  # fmt: skip


def with_own_secrets(settings: Settings) -> tuple[Settings, str | None]:
    """SECRET_KEY and CONSOLE_PASSWORD, made up where they are missing and kept beside the database.

    Returns the settings with them, and the password when it was not set, so that it can be shown.
    """
    key = settings.secret_key.get_secret_value() or own_secret(settings.data_dir, "secret_key")
    password = settings.console_password.get_secret_value()
    made = password or own_secret(settings.data_dir, "console_password", length=9)
    update = {"secret_key": SecretStr(key), "console_password": SecretStr(made)}
    return settings.model_copy(update=update), None if password else made


def own_secret(folder: Path, name: str, *, length: int = 32) -> str:
    """A secret of this installation: read from its file, made at the first start. Only its owner may read the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    if path.exists() and (found := path.read_text().strip()):
        return found
    # Whole or not at all: a start that is killed here must not leave an empty secret for the next.
    file, temporary = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
    with os.fdopen(file, "w") as written:
        written.write(secrets.token_urlsafe(length))
        written.flush()
        os.fsync(written.fileno())
    Path(temporary).replace(path)
    return path.read_text().strip()


def refuse_unless_many(settings: Settings) -> None:
    """What `web` and `worker` need: PostgreSQL, Redis, a channel, secrets. SettingsError says what is missing."""
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
    if not settings.twilio_account_sid and not settings.telegram_bot_token.get_secret_value():
        missing.append("No channel is set: TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or TELEGRAM_BOT_TOKEN.")
    return missing


def refuse_in_public(settings: Settings) -> None:
    """What `run` needs on a public address: the same as `web`, but for PostgreSQL and Redis."""
    if not settings.loopback and (missing := _for_the_public(settings)):
        raise SettingsError("\n".join(missing))


def refuse_without_money(deps: Deps) -> None:
    """A price and nobody to take the money: no visit could ever be booked. SettingsError."""
    from scheduling.facilities import store

    if deps.payments is not None:
        return
    with deps.db.read() as tx:
        every = [store.rules(tx, facility_id) for facility_id in store.everyone(tx)]
    priced = [rules.name for rules in every if max(rules.price_per_minute, rules.legal_per_minute) > 0]
    if priced:
        raise SettingsError(f"STRIPE_API_KEY is not set, but visits at {', '.join(priced)} have a price.")
