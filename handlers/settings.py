"""Settings: one flat list of names, described in `docs/settings.md`. A group that is only partly set is an error.

Sources, in order of precedence: environment variables, the file `.env` in the working directory (ENV_FILE names another,
or none if it is empty), and files in `/run/secrets`, where container platforms put secrets.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from limits import parse
from pydantic import SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.adapters import web_address
from handlers import adapters
from handlers.adapters import AdapterSettings

SECRETS = Path("/run/secrets")


class SettingsError(Exception):
    """A setting is missing or wrong; the message names it and says what to do."""


class Settings(AdapterSettings, BaseSettings):
    """All settings, by the names of `docs/settings.md` in lower case."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True, env_file_encoding="utf-8")

    secret_key: SecretStr = SecretStr("")
    database_url: str = ""
    redis_url: str = ""
    facilities: str = ""
    console_password: SecretStr = SecretStr("")
    send_pace: str = "1/second"  # for each of our numbers; carriers pass about one segment a second of a long code
    video: str = "builtin"
    call_streams: int = 128  # devices in calls with an event stream, per web process; the others poll

    _public_address = field_validator("public_url")(web_address)

    @field_validator("video")
    @classmethod
    def _known_video(cls, value: str) -> str:
        names = [adapter.name for adapter in adapters.VIDEO]
        if value not in names:
            raise ValueError(f"{value!r} is none of {', '.join(names)}")
        return value

    @field_validator("database_url")
    @classmethod
    def _driver(cls, value: str) -> str:
        """Add the driver that we use: hosting platforms set `postgres://` or `postgresql://`."""
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
    def database(self) -> str:
        """The database's address; a SQLite file in `data_dir` unless set."""
        return self.database_url or f"sqlite:///{self.data_dir / 'visitline.db'}"

    def problems(self) -> list[str]:
        """One sentence for each setting that is missing in a group of which others are set."""
        groups = [group for adapter in adapters.ADAPTERS for group in adapter.groups]
        return [line for group in groups for line in group.problems(self, in_public=not self.loopback)]


def _message(error: Mapping[str, Any]) -> str:
    """What is wrong with one setting, in our words."""
    name, given = ".".join(map(str, error["loc"])).upper(), error.get("input")
    if str(error["type"]).startswith("int"):
        return f"{name}: {given!r} is not a whole number. Set it to one, such as {name}=8000, or leave it out."
    return f"{name}: {str(error['msg']).removeprefix('Value error, ')}"


def load() -> Settings:
    """Read the settings of this process. SettingsError when one cannot be used."""
    named = os.environ.get("ENV_FILE", ".env")
    if named not in ("", ".env") and not Path(named).is_file():
        raise SettingsError(f"ENV_FILE: {named!r} is not a file. Correct it, or set it to nothing to read no file.")
    # pydantic-settings warns about a folder that does not exist, so it is named only if it does.
    sources: dict[str, Any] = {"_env_file": named or None, "_secrets_dir": SECRETS if SECRETS.is_dir() else None}
    try:
        settings = Settings(**sources)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{named} cannot be read: {error}") from None
    except ValidationError as error:
        raise SettingsError("\n".join(_message(each) for each in error.errors())) from None
    except ValueError as error:
        raise SettingsError(str(error)) from None
    if problems := settings.problems():
        raise SettingsError("\n".join(problems))
    return settings
