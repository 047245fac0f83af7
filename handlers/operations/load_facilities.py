"""Loads facility files into the database. All of them are read and checked before anything is written."""

from dataclasses import dataclass
from pathlib import Path

from handlers.deps import Deps
from scheduling.facilities import store
from scheduling.facilities.file import FacilityFile, read_facility, read_sample
from scheduling.facilities.store import Report
from scheduling.policy.facility import Facility
from scheduling.storage.database import Tx


class LoadError(Exception):
    """Nothing was loaded; each line of the message is a reason."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """One facility that was loaded: what changed, and what its supervisor should know."""

    name: str
    report: Report
    warnings: tuple[str, ...]


def read(pattern: str) -> list[FacilityFile]:
    """Read the files that a path or pattern names. Raises LoadError (no such file, unreadable) and FacilityError."""
    here = Path(pattern)
    paths = [here] if here.is_file() else sorted(Path(here.anchor or ".").glob(pattern.removeprefix(here.anchor)))
    if not paths:
        raise LoadError(
            f"{pattern}: there is no such file. FACILITIES is a path or a pattern such as facilities/*.toml"
        )
    files = []
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise LoadError(f"{path}: cannot be read ({error}). Facility files are UTF-8 text.") from error
        files.append(read_facility(text, str(path)))
    _check_distinct(files)
    return files


def _check_distinct(files: list[FacilityFile]) -> None:
    """Raise LoadError when two files are about one facility, or share the number that families text."""
    for what in ("code", "phone"):
        seen: dict[str, str] = {}
        for file in files:
            value = getattr(file.facility, what)
            if value in seen:
                raise LoadError(f"{seen[value]} and {file.facility.name} have the same {what}: give each its own.")
            seen[value] = file.facility.name


def load(deps: Deps, files: list[FacilityFile]) -> list[Loaded]:
    """Update the database from these files, all in one transaction."""

    def work(tx: Tx) -> list[Loaded]:
        loaded = [
            Loaded(file.facility.name, store.apply(tx, file, now=deps.now()), tuple(map(str, file.warnings)))
            for file in files
        ]
        for phone in store.shared_phones(tx):
            raise LoadError(f"{phone} is the phone of two facilities: give each its own.")
        return loaded

    return deps.db.run(work)


def first_start(deps: Deps) -> list[Loaded]:
    """Load what `run` and `release` load: FACILITIES every time; if it is not set, the sample into an empty database."""
    if deps.settings.facilities:
        return load(deps, read(deps.settings.facilities))
    with deps.db.read() as tx:
        empty = not store.everyone(tx)
    return load(deps, [read_sample()]) if empty else []


def first(deps: Deps) -> Facility:
    """The first facility, whose number and texts the demonstration shows."""
    with deps.db.read() as tx:
        return store.rules(tx, store.everyone(tx)[0])
