"""What every adapter of a provider declares about itself, whether it carries texts, money or calls.

An adapter is one file. It declares its settings, the routes that its provider posts to, and how it is built from the
settings; `handlers/adapters.py` lists the adapters there are. Nothing else names a provider or a channel.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Generic, Protocol, TypeVar, runtime_checkable
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr

MAX_CLOCK_SKEW = timedelta(seconds=30)
"""Stripe refuses signatures that are over five minutes old. Deadlines are wrong with a smaller skew already."""
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SettingsT_contra = TypeVar("SettingsT_contra", contravariant=True)
BuiltT_co = TypeVar("BuiltT_co", covariant=True)


class CoreSettings(BaseModel):
    """What adapters need besides their own settings: our address, and the folder for files. Their settings extend this."""

    port: int = 8000
    public_url: str = ""
    data_dir: Path = Path("var")

    @property
    def url(self) -> str:
        """The public address, without a slash at the end; a loopback address unless PUBLIC_URL is set."""
        return self.public_url or f"http://127.0.0.1:{self.port}"

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach us: the simulator and the sandbox payment exist only then."""
        return (urlsplit(self.url).hostname or "") in LOOPBACK


def web_address(value: str, schemes: tuple[str, ...] = ("http", "https")) -> str:
    """A web address without the slash at its end; ValueError, which says what is wrong, for anything else. "" passes."""
    value = value.rstrip("/")
    parts = urlsplit(value)
    if value and (parts.scheme not in schemes or not parts.hostname):
        wanted = " or ".join(f"{scheme}://" for scheme in schemes)
        raise ValueError(f"{value!r} is not a web address: it must begin with {wanted}")
    return value


def server_address(name: str, value: str, schemes: tuple[str, ...]) -> str:
    """The address of a server in the setting `name`, as it is; ValueError unless it has one of these schemes. Only a
    server on this machine may be talked to without encryption."""
    try:
        parts = urlsplit(value)
        usable = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
        usable = usable and (parts.scheme in ("https", "wss") or parts.hostname in LOOPBACK)
    except ValueError:
        usable = False
    if not usable:
        raise ValueError(f"{name}: {value!r} is not an address that begins with {schemes[0]}://.")
    return value


@dataclass(frozen=True, slots=True)
class SettingsGroup:
    """Settings that only work together, by their names in lower case.

    All of `required` are set, or none is; `optional` ones need the required ones. `builds_on` are settings of another
    group that these need. `required_in_public` are needed, too, where the public address is not a loopback one. `hints`
    says what a setting holds, for the message when it is missing.
    """

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    builds_on: tuple[str, ...] = ()
    required_in_public: tuple[str, ...] = ()
    hints: tuple[tuple[str, str], ...] = ()

    def problems(self, settings: BaseModel, *, in_public: bool) -> list[str]:
        """Each way in which the group is only partly set, in one sentence that names the setting and what to do."""
        hints = dict(self.hints)
        present = [
            name for name in (*self.required, *self.optional, *self.required_in_public) if is_set(settings, name)
        ]
        if not present:
            return []
        whole = all(is_set(settings, name) for name in self.required)
        needed = (*self.required, *self.builds_on, *(self.required_in_public if in_public and whole else ()))
        return [
            f"{name.upper()} is not set, but {present[0].upper()} is: {self.name} needs both. "
            + (f"Set it to {hints[name]}, " if name in hints else "Set it, ")
            + "or unset the other."
            for name in needed
            if not is_set(settings, name)
        ]


def is_set(settings: BaseModel, name: str) -> bool:
    """Whether a text setting, secret or not, is set."""
    value = getattr(settings, name)
    return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)


@dataclass(frozen=True, slots=True)
class WebhookRoute:
    """One path that a provider posts to.

    `kind` names it in the log. `answer` and `mimetype` are the body of a 200. `person_waits`: somebody is waiting for
    the answer to what this carries, so it goes before the requests of calls.
    """

    path: str
    kind: str
    answer: str = ""
    mimetype: str = "text/plain"
    person_waits: bool = False


@dataclass(frozen=True)
class Adapter(Generic[SettingsT_contra, BuiltT_co]):
    """What the registry knows of one provider's adapter.

    `build` gives None where its settings are not set; it may raise ValueError,
    which says what is wrong with them. `files` are what an operator puts into DATA_DIR/static for its pages: (the path
    at which pages load it, the name of the file)."""

    name: str
    provider: str
    build: Callable[[SettingsT_contra], BuiltT_co | None]
    groups: tuple[SettingsGroup, ...] = ()
    routes: tuple[WebhookRoute, ...] = ()
    files: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One line that `visitline doctor` prints. A finding that is `wrong` needs action; a note does not."""

    text: str
    wrong: bool = True


@dataclass(frozen=True, slots=True)
class Installation:
    """What the check of an adapter is given: our public address, whether it is a loopback one, the time (aware UTC), and
    (name, phone number) of each facility."""

    url: str
    loopback: bool
    now: datetime
    numbers: tuple[tuple[str, str], ...] = ()


@runtime_checkable
class Checkable(Protocol):
    """A channel or gateway that can check itself for `visitline doctor`."""

    def check(self, installation: Installation) -> list[Finding]:
        """What is wrong, one sentence each with what to do. Asks the provider with a time-out; changes nothing."""


def clock_skew(who: str, theirs: datetime, ours: datetime) -> list[Finding]:
    """Whether another machine's clock differs too much from ours."""
    apart = theirs - ours
    if abs(apart) <= MAX_CLOCK_SKEW:
        return []
    seconds, side = abs(int(apart.total_seconds())), "ahead of" if apart > timedelta() else "behind"
    return [Finding(f"{who} is {seconds} s {side} this machine: let all machines set their clocks by NTP.")]
