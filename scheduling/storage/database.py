"""Engine, transactions and column types: one code path for SQLite (one process) and PostgreSQL (many processes)."""

import contextlib
import copy
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeDecorator

T = TypeVar("T")
Tx = sa.Connection
metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
RETRIES = 3
LOCK_TIMEOUT_S = 30
# Serialization failure, deadlock, lock not available, unique violation (two chose the same free name: the second retries).
_RETRYABLE = {"40001", "40P01", "55P03", "23505"}


class Utc(TypeDecorator[datetime]):
    """An aware datetime, stored in UTC. A naive value is a programming error and raises ValueError."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Convert to UTC. Raises ValueError for a naive value. SQLite has no time zones, so it gets a naive UTC value."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: times in the database are aware")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """Return an aware datetime in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """Opens transactions.

    `begin()` opens the only kind of transaction that writes, `read()` one that cannot write. On SQLite, writers queue on a
    lock of this process before BEGIN IMMEDIATE, because SQLite's own busy wait is unfair (p99 ten times worse).
    """

    def __init__(self, url: str) -> None:
        self.url = sa.engine.make_url(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self._writing = threading.Lock()
        self.gate: contextlib.AbstractContextManager[object] = contextlib.nullcontext()
        self.engine = self._engine(read_only=False)
        self._reader = self._engine(read_only=True) if self.sqlite else self.engine

    def _engine(self, *, read_only: bool) -> sa.Engine:
        if not self.sqlite:
            return sa.create_engine(self.url, pool_size=10, max_overflow=20, pool_pre_ping=True)
        options = {"timeout": LOCK_TIMEOUT_S, "check_same_thread": False}
        engine = sa.create_engine(self.url, connect_args=options, pool_size=20)

        def connect(connection: sqlite3.Connection, _record: object) -> None:
            # The BEGIN of pysqlite is deferred: a second writer would fail with "locked".
            connection.isolation_level = None
            _switch_to_wal(connection)
            for pragma in ("synchronous=FULL", "foreign_keys=ON", "cache_size=-65536"):
                connection.execute(f"PRAGMA {pragma}")
            if read_only:
                connection.execute("PRAGMA query_only=ON")

        def begin(connection: sa.Connection) -> None:
            connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

        event.listen(engine, "connect", connect)
        event.listen(engine, "begin", begin)
        return engine

    def gated(self, gate: contextlib.AbstractContextManager[object]) -> "Database":
        """The same database behind a gate: each transaction enters the gate first and leaves it at its end.

        Transactions must not be nested, since the inner one would wait at the gate.
        """
        other = copy.copy(self)
        other.gate = gate
        return other

    @contextlib.contextmanager
    def begin(self) -> Iterator[Tx]:
        """One writing transaction: committed at the end of the block, rolled back when it raises."""
        with self.gate, self._writing if self.sqlite else contextlib.nullcontext(), self.engine.begin() as tx:
            yield tx

    @contextlib.contextmanager
    def read(self) -> Iterator[Tx]:
        """A read-only transaction."""
        with self.gate, self._reader.begin() as tx:
            yield tx

    def run(self, work: Callable[[Tx], T]) -> T:
        """Run `work` in one writing transaction. After a deadlock or a lost race it runs again, up to 3 times in all."""
        for attempt in range(1, RETRIES + 1):
            try:
                with self.begin() as tx:
                    return work(tx)
            except DBAPIError as error:
                if attempt == RETRIES or getattr(error.orig, "sqlstate", None) not in _RETRYABLE:
                    raise
        raise AssertionError("unreachable")

    def version(self) -> int | None:
        """SQLite's data version, which changes when another connection commits; None on PostgreSQL. Cheap to poll."""
        if not self.sqlite:
            return None
        with self._reader.connect() as connection:
            return int(connection.exec_driver_sql("PRAGMA data_version").scalar_one())

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()
        self._reader.dispose()


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """Set SQLite's write-ahead log, waiting as long for other connections as any statement does.

    The mode is kept in the file, so only the first connections to a new file switch it. While another connection
    writes, SQLite answers SQLITE_BUSY to the switch at once, without the busy timeout: two processes that start together
    on a new file would fail.
    """
    deadline = time.monotonic() + LOCK_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def lock(tx: Tx, table: sa.Table, ids: set[int], *, referable: bool = False) -> None:
    """Lock these rows in the order of their ids until the transaction ends. Does nothing on SQLite, which has one writer.

    Inserting a row that refers to a locked one waits too, unless the lock is `referable`.
    """
    if ids and tx.dialect.name != "sqlite":
        rows = sa.select(table.c.id).where(table.c.id.in_(sorted(ids))).order_by(table.c.id)
        tx.execute(rows.with_for_update(key_share=referable))


def insert(tx: Tx, table: sa.Table, **values: object) -> int:
    """Insert one row. Returns its id."""
    key = tx.execute(sa.insert(table), values).inserted_primary_key
    if key is None:
        raise AssertionError(f"{table.name} has no key of its own")
    return int(key[0])


def insert_or_ignore(tx: Tx, table: sa.Table, rows: Sequence[Mapping[str, object]]) -> int:
    """Insert the rows that violate no unique index. Returns how many were inserted."""
    from sqlalchemy.dialects import postgresql, sqlite

    if not rows:
        return 0
    make = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
    # The rows are parameters of the statement: as values in it, they would be compiled again for each call.
    statement = make(table).on_conflict_do_nothing().returning(*table.primary_key.columns)
    return len(tx.execute(statement, rows).all())
