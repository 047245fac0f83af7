"""Before the server starts: migrates the tables, loads the facility files, and prints what changed."""

from handlers.deps import Deps
from handlers.operations import build_deps, load_facilities
from handlers.operations.load_facilities import Loaded
from handlers.settings import Settings, SettingsError
from scheduling.storage import schema
from scheduling.storage.database import Database


def migrate(db: Database) -> None:
    """Bring the tables up to date."""
    schema.upgrade(db)


def refuse_old_tables(db: Database) -> None:
    """SettingsError when the tables are not those of this version."""
    if not schema.is_current(db):
        raise SettingsError("The database's tables are not up to date: run `visitline release` first.")


def release(settings: Settings) -> int:
    """Migrate and load FACILITIES. Safe to run again, and from two machines at once."""
    db = build_deps.database(settings)
    schema.upgrade(db)
    print_loaded(load_facilities.first_start(Deps(db=db, settings=settings)))
    db.close()
    return 0


def load(settings: Settings, pattern: str) -> int:
    """Check facility files and load them. Nothing is written when anything in them is wrong."""
    files = load_facilities.read(pattern)
    db = build_deps.database(settings)
    schema.upgrade(db)
    print_loaded(load_facilities.load(Deps(db=db, settings=settings), files))
    db.close()
    return 0


def print_loaded(loaded: list[Loaded]) -> None:
    """Print what loading changed, one line for each fact."""
    for each in loaded:
        report = each.report
        print(f"{each.name}: {len(report.added)} added, {len(report.changed)} changed")
        for line in report.removed:
            print(f"  lost access: {line} (not in the file any more)")
        for line in report.missing:
            print(f"  not in the file, left as it is: {line}")
        for line in each.warnings:
            print(f"  note: {line}")
