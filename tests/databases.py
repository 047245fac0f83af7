"""Makes a database for each test cheap. Nothing here changes what a statement does."""

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
    """SQLAlchemy caches compiled SQL per engine and compares dialects by identity, so each test would compile again what
    the server compiles once. Here, dialects of one class are equal, and all their engines share one cache."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    @classmethod
    def engine_created(cls, engine: sa.Engine) -> None:
        engine._compiled_cache = _COMPILED


class Sqlite(_Alike, SQLiteDialect_pysqlite):
    """SQLAlchemy's dialect for SQLite."""

    supports_statement_cache = True


class Postgres(_Alike, PGDialect_psycopg):
    """SQLAlchemy's dialect for PostgreSQL."""

    supports_statement_cache = True


def compile_once() -> None:
    """Let the engines of this process share their cache of compiled SQL."""
    registry.register("sqlite", __name__, "Sqlite")
    registry.register("postgresql.psycopg", __name__, "Postgres")


def hasty(db: Database) -> Database:
    """Let SQLite not wait for the disk: nobody needs a test's database after a power cut."""
    if db.sqlite:
        sa.event.listen(db.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    return db


def whole(path: Path) -> bytes:
    """The content of a SQLite file that nobody has open, to be copied elsewhere."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path.read_bytes()
