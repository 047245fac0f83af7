"""What makes a database for each test cheap. None of it changes what a statement does."""

import sqlite3
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

from scheduling.storage.database import Database

_COMPILED: LRUCache[Any, Any] = LRUCache(4000)


class _Alike(DefaultDialect):
    """SQLAlchemy keeps compiled SQL with the engine and knows a dialect by identity, so that each test would compile what
    the server compiles once. Dialects of one class are equal here, and all their engines keep it in one place."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    @classmethod
    def engine_created(cls, engine: sa.Engine) -> None:
        engine._compiled_cache = _COMPILED


class Sqlite(_Alike, SQLiteDialect_pysqlite):
    """SQLite as SQLAlchemy speaks it."""

    supports_statement_cache = True


class Postgres(_Alike, PGDialect_psycopg):
    """PostgreSQL as SQLAlchemy speaks it."""

    supports_statement_cache = True


def compile_once() -> None:
    """From now on the engines of this process share what they have compiled."""
    registry.register("sqlite", __name__, "Sqlite")
    registry.register("postgresql.psycopg", __name__, "Postgres")


def hasty(db: Database) -> Database:
    """Nobody needs a test's database after a power cut, so SQLite does not wait for the disk."""
    if db.sqlite:
        sa.event.listen(db.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    return db


def whole(path: Path) -> bytes:
    """All of a SQLite file that nobody has open, to be written elsewhere."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path.read_bytes()
