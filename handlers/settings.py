"""Settings: one flat set of names, listed in `docs/settings.md`. A group that is only half set is an error that names it.

Sources, the first that has a name wins: environment variables, the file `.env` in the working directory (ENV_FILE names
another, or none when it is empty), and files in `/run/secrets`, where container platforms put secrets.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from limits import parse
from pydantic import SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SECRETS = Path("/run/secrets")
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_GROUPS = {
    "twilio": (("twilio_account_sid", "twilio_auth_token"), ("twilio_api_base_url",)),
    "telegram": (("telegram_bot_token",), ("telegram_api_base_url", "telegram_webhook_secret")),
    "stripe": (("stripe_api_key", "stripe_webhook_secret"), ("stripe_api_base_url",)),
    "turn": (("turn_urls", "turn_secret"), ()),
    "livekit": (("livekit_url", "livekit_api_key", "livekit_api_secret"), ()),
    "jitsi": (("jitsi_url", "jitsi_app_id", "jitsi_app_secret"), ()),
}


class SettingsError(Exception):
    """A setting is missing or wrong; the message names it and says what to do."""


class Settings(BaseSettings):
    """Everything that can be set from outside. Names are those of `docs/settings.md`, in lower case here."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True, env_file_encoding="utf-8")

    port: int = 8000
    public_url: str = ""
    secret_key: SecretStr = SecretStr("")
    database_url: str = ""
    redis_url: str = ""
    facilities: str = ""
    twilio_account_sid: str = ""
    twilio_auth_token: SecretStr = SecretStr("")
    twilio_api_base_url: str = ""
    telegram_bot_token: SecretStr = SecretStr("")
    telegram_api_base_url: str = ""
    telegram_webhook_secret: SecretStr = SecretStr("")
    stripe_api_key: SecretStr = SecretStr("")
    stripe_api_base_url: str = ""
    stripe_webhook_secret: SecretStr = SecretStr("")
    console_password: SecretStr = SecretStr("")
    send_pace: str = "1/second"  # per sender number of ours; a long code passes about one segment a second
    video: Literal["builtin", "livekit", "jitsi"] = "builtin"
    stun_urls: str = ""
    turn_urls: str = ""
    turn_secret: SecretStr = SecretStr("")
    relay_only: bool = False  # never phone to kiosk directly: neither learns the other's address
    livekit_url: str = ""
    livekit_api_key: str = ""
    livekit_api_secret: SecretStr = SecretStr("")
    jitsi_url: str = ""
    jitsi_app_id: str = ""
    jitsi_app_secret: SecretStr = SecretStr("")
    call_streams: int = 128  # devices in calls that a web process tells what is new; the others ask every few seconds
    data_dir: Path = Path("var")

    @field_validator("public_url", "twilio_api_base_url", "telegram_api_base_url", "stripe_api_base_url")
    @classmethod
    def _url(cls, value: str) -> str:
        value = value.rstrip("/")
        if value and urlsplit(value).scheme not in ("http", "https"):
            raise ValueError(f"{value!r} is not a web address: it must begin with http:// or https://")
        return value

    @field_validator("database_url")
    @classmethod
    def _driver(cls, value: str) -> str:
        """Name the driver that is installed: hosting platforms give `postgres://` or `postgresql://`."""
        scheme, separator, rest = value.partition("://")
        return f"postgresql+psycopg://{rest}" if separator and scheme in ("postgres", "postgresql") else value

    @field_validator("send_pace")
    @classmethod
    def _pace(cls, value: str) -> str:
        try:
            parse(value or "1/second")
        except ValueError:
            raise ValueError(f"{value!r} is not a pace such as 1/second or 100/minute") from None
        return value

    @property
    def url(self) -> str:
        """The address people and providers reach us at, without a slash at the end."""
        return self.public_url or f"http://127.0.0.1:{self.port}"

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach us: the simulator and the sandbox payment exist only then."""
        return (urlsplit(self.url).hostname or "") in LOOPBACK

    @property
    def database(self) -> str:
        """The database's address; a SQLite file in `data_dir` unless set."""
        return self.database_url or f"sqlite:///{self.data_dir / 'visitline.db'}"

    @property
    def telegram_id(self) -> str:
        """Our bot's id, the part of its token before the colon; it is our address in a Telegram chat."""
        return self.telegram_bot_token.get_secret_value().partition(":")[0]

    @property
    def many(self) -> bool:
        """Whether several processes may share the work."""
        return bool(self.redis_url) and not self.database.startswith("sqlite")

    def problems(self) -> list[str]:
        """Every group that is set by half, a line each."""
        found = []
        for name, (needed, extra) in _GROUPS.items():
            there = [each for each in needed if is_set(self, each)]
            missing = [each for each in needed if not is_set(self, each)]
            stray = [each for each in extra if is_set(self, each)]
            if missing and (there or stray):
                first = (there or stray)[0].upper()
                found.append(
                    f"{missing[0].upper()} is not set, but {first} is: {name} needs both. Set it or unset the other."
                )
        if (
            self.telegram_bot_token.get_secret_value()
            and not self.loopback
            and not is_set(self, "telegram_webhook_secret")
        ):
            found.append(
                "TELEGRAM_WEBHOOK_SECRET is not set: choose a long random text, so that nobody can forge updates."
            )
        return found


def is_set(settings: Settings, name: str) -> bool:
    """Whether this setting, a text, is there."""
    value = getattr(settings, name)
    return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)


def _said(error: Mapping[str, Any]) -> str:
    """What is wrong with one setting, in our words."""
    name, given = ".".join(map(str, error["loc"])).upper(), error.get("input")
    if str(error["type"]).startswith("int"):
        return f"{name}: {given!r} is not a whole number. Set it to one, such as {name}=8000, or leave it out."
    return f"{name}: {str(error['msg']).removeprefix('Value error, ')}"


def load() -> Settings:
    """The settings of this process; SettingsError when one cannot be used."""
    named = os.environ.get("ENV_FILE", ".env")
    if named not in ("", ".env") and not Path(named).is_file():
        raise SettingsError(f"ENV_FILE: {named!r} is not a file. Correct it, or set it to nothing to read no file.")
    # pydantic-settings warns about a folder that does not exist, so it is named only where it does.
    sources: dict[str, Any] = {"_env_file": named or None, "_secrets_dir": SECRETS if SECRETS.is_dir() else None}
    try:
        settings = Settings(**sources)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{named} cannot be read: {error}") from None
    except ValueError as error:
        lines = [_said(each) for each in getattr(error, "errors", list)()]
        raise SettingsError("\n".join(lines) or str(error)) from None
    if problems := settings.problems():
        raise SettingsError("\n".join(problems))
    return settings
