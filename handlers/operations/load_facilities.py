"""Facility files into the record: all of them are read and checked before anything is written."""

from dataclasses import dataclass
from pathlib import Path

from handlers.deps import Deps
from scheduling.facilities import store
from scheduling.facilities.file import FacilityFile, read_facility, read_sample
from scheduling.facilities.store import Report
from scheduling.policy.facility import Facility
from scheduling.storage.database import Tx


class LoadError(Exception):
    """Nothing was loaded; the message says why, a line each."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """One facility that was loaded: what changed, and what its supervisor should know."""

    name: str
    report: Report
    warnings: tuple[str, ...]


def read(pattern: str) -> list[FacilityFile]:
    """The files a path or glob names. Raises LoadError (no such file, unreadable) and FacilityError."""
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
    return _apart(files)


def _apart(files: list[FacilityFile]) -> list[FacilityFile]:
    """Two files must not be about one facility, nor share the number families text."""
    for what in ("code", "phone"):
        seen: dict[str, str] = {}
        for file in files:
            value = getattr(file.facility, what)
            if value in seen:
                raise LoadError(f"{seen[value]} and {file.facility.name} have the same {what}: give each its own.")
            seen[value] = file.facility.name
    return files


def load(deps: Deps, files: list[FacilityFile]) -> list[Loaded]:
    """Bring the record up to date with these files, all in one transaction."""

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
    """What `run` and `release` load: FACILITIES every time; without it the sample, only into an empty record."""
    if deps.settings.facilities:
        return load(deps, read(deps.settings.facilities))
    with deps.db.read() as tx:
        empty = not store.everyone(tx)
    return load(deps, [read_sample()]) if empty else []


def first(deps: Deps) -> Facility:
    """The first facility of this line: whose number and words the demonstration shows."""
    with deps.db.read() as tx:
        return store.rules(tx, store.everyone(tx)[0])
