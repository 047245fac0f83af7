"""The migrations create exactly the tables of the code, on both databases, also when run twice or by two processes."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

import handlers.tables  # noqa: F401 - its tables belong to the metadata
from scheduling.storage import schema
from scheduling.storage.database import Database, metadata
from tests.scheduling.kit import at_once


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without tables."""
    if request.param == "sqlite":
        db = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    else:
        db = Database(request.getfixturevalue("postgres_url"))
    yield db
    db.close()


def differences(db: Database) -> list[object]:
    with db.read() as tx:
        context = MigrationContext.configure(tx, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))


def indexes(db: Database) -> dict[str, set[tuple[str, ...]]]:
    look = sa.inspect(db.engine)
    return {
        name: {tuple(str(column) for column in index["column_names"]) for index in look.get_indexes(name)}
        | {tuple(unique["column_names"]) for unique in look.get_unique_constraints(name)}
        for name in metadata.tables
    }


def test_the_migrations_give_exactly_the_tables(empty: Database) -> None:
    assert not schema.is_current(empty)
    schema.upgrade(empty)
    assert schema.is_current(empty)
    assert differences(empty) == []


def test_the_migrations_give_the_same_keys_and_indexes(empty: Database) -> None:
    """Compares keys and indexes, which Alembic does not compare."""
    schema.upgrade(empty)
    found = indexes(empty)
    for name, table in metadata.tables.items():
        wanted = {tuple(str(column.name) for column in index.columns) for index in table.indexes}
        wanted |= {
            tuple(column.name for column in each.columns)
            for each in table.constraints
            if isinstance(each, sa.UniqueConstraint)
        }
        assert found[name] == wanted, name


def test_again_changes_nothing(empty: Database) -> None:
    schema.upgrade(empty)
    before = indexes(empty)
    schema.upgrade(empty)
    assert indexes(empty) == before
    assert differences(empty) == []


def test_two_processes_at_once_are_fine(empty: Database) -> None:
    other = Database(empty.url.render_as_string(hide_password=False))
    outcomes = at_once(lambda: schema.upgrade(empty), lambda: schema.upgrade(other))
    other.close()
    assert outcomes == [None, None]
    assert differences(empty) == []


def test_the_switch_to_the_write_ahead_log_waits_for_another_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "new.db"
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    holder.execute("CREATE TABLE of_another_process (id INTEGER)")
    pauses: list[float] = []

    def commit_at_the_third_pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            holder.execute("COMMIT")

    monkeypatch.setattr("scheduling.storage.database.time.sleep", commit_at_the_third_pause)
    db = Database(f"sqlite:///{path}")
    schema.upgrade(db)
    assert schema.is_current(db)
    assert len(pauses) == 3
    db.close()
