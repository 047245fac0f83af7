"""A server on a test database: SQLite, or both databases."""

from datetime import timedelta

import pytest

from tests.handlers.line import Line, open_line
from tests.scheduling.kit import Record, postgres_record, record, sqlite_record, sqlite_template

__all__ = ["postgres_record", "record", "sqlite_record", "sqlite_template"]


@pytest.fixture
def line(sqlite_record: Record) -> Line:
    """The server on SQLite, the faster one: for what does not depend on the database."""
    return open_line(_at_once(sqlite_record))


@pytest.fixture
def any_line(record: Record) -> Line:
    """The server on both databases: for locks, races, and one test of each path through the tables."""
    return open_line(_at_once(record))


def _at_once(record: Record) -> Record:
    """Let decisions take effect at once. The time in which they can be undone has its own tests."""
    record.settings(undo_within=timedelta(0))
    return record
