"""The carrier's memory: one SQLite file, safe to use from several threads of one process."""

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webhooks.simulator.config import Phone

SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY AUTOINCREMENT, sid TEXT NOT NULL UNIQUE, direction TEXT NOT NULL, sender TEXT NOT NULL,
    recipient TEXT NOT NULL, body TEXT NOT NULL, media TEXT NOT NULL, status TEXT NOT NULL, error_code INTEGER,
    note TEXT, callback TEXT, expires REAL, created TEXT NOT NULL, sent TEXT, updated TEXT NOT NULL,
    change INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS message_change ON message (change);
CREATE INDEX IF NOT EXISTS message_sender ON message (sender, id);
CREATE INDEX IF NOT EXISTS message_recipient ON message (recipient, id);
CREATE TABLE IF NOT EXISTS work (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, sid TEXT NOT NULL, lane TEXT NOT NULL,
    detail TEXT NOT NULL, due REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS work_lane ON work (lane, id);
CREATE TABLE IF NOT EXISTS opt_out (ours TEXT NOT NULL, theirs TEXT NOT NULL, PRIMARY KEY (ours, theirs));
CREATE TABLE IF NOT EXISTS phone (
    number TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, language TEXT NOT NULL,
    suggestions TEXT NOT NULL, reachable INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""

FORGET = (
    "DELETE FROM message",
    "DELETE FROM work",
    "DELETE FROM opt_out",
    "DELETE FROM phone",
    "DELETE FROM counter WHERE name NOT IN ('change', 'epoch')",
)


@dataclass(frozen=True)
class Message:
    """One text, either way. ``expires`` is a Unix time of the real clock; the datetimes are the house's, in UTC."""

    id: int
    sid: str
    direction: str
    sender: str
    recipient: str
    body: str
    media: tuple[str, ...]
    status: str
    error_code: int | None
    note: str | None
    callback: str | None
    expires: float | None
    created: datetime
    sent: datetime | None
    updated: datetime
    change: int

    @property
    def inbound(self) -> bool:
        """True when a phone said it."""
        return self.direction == "inbound"

    @property
    def phone(self) -> str:
        """The number of the phone it stands on."""
        return self.sender if self.inbound else self.recipient


@dataclass(frozen=True)
class Work:
    """A webhook still to be posted. Only the oldest of a lane may go."""

    id: int
    kind: str
    sid: str
    lane: str
    detail: str
    attempts: int


class Store:
    """Opens or creates the file at ``path``; every public method is a transaction, or part of the one around it."""

    def __init__(self, path: str) -> None:
        self._db = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._lock = threading.RLock()
        self._depth = 0
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        """No method may be called afterwards."""
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One transaction for everything done inside; an exception takes all of it back."""
        with self._lock:
            if self._depth:
                yield self._db
                return
            self._db.execute("BEGIN IMMEDIATE")
            self._depth = 1
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            else:
                self._db.execute("COMMIT")
            finally:
                self._depth = 0

    # messages

    def add_message(
        self,
        sid: str,
        direction: str,
        parties: tuple[str, str],
        body: str,
        status: str,
        *,
        now: datetime,
        media: Sequence[str] = (),
        callback: str | None = None,
        expires: float | None = None,
        sent: datetime | None = None,
    ) -> Message:
        """Keep a new message and return it; ``parties`` are who sent it and whom to."""
        values = (sid, direction, *parties, body, json.dumps(media), status, callback, expires)
        with self.transaction() as db:
            times = (now.isoformat(), sent.isoformat() if sent else None, now.isoformat(), self.count("change"))
            db.execute(
                "INSERT INTO message (sid, direction, sender, recipient, body, media, status, callback, expires,"
                " created, sent, updated, change) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*values, *times),
            )
            return self._existing(sid)

    def set_status(
        self, sid: str, status: str, now: datetime, *, error_code: int | None = None, note: str | None = None
    ) -> Message | None:
        """None when the message is gone (a reset). A message is stamped as sent when it first leaves us."""
        with self.transaction() as db:
            db.execute(
                "UPDATE message SET status = ?, error_code = ?, note = ?, updated = ?, change = ?,"
                " sent = coalesce(sent, CASE WHEN ? = 'sent' THEN ? END) WHERE sid = ?",
                (status, error_code, note, now.isoformat(), self.count("change"), status, now.isoformat(), sid),
            )
            return self.message(sid)

    def message(self, sid: str) -> Message | None:
        """The message of that sid."""
        found = self.messages("sid = ?", (sid,), limit=1)
        return found[0] if found else None

    def messages(
        self, where: str, values: Sequence[Any] = (), order: str = "id", limit: int = 500, offset: int = 0
    ) -> list[Message]:
        """Messages under a condition on the table's columns; ``where`` and ``order`` are never text from outside."""
        sql = f"SELECT * FROM message WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?"  # noqa: S608 - see above
        with self.transaction() as db:
            return [_message(row) for row in db.execute(sql, (*values, limit, offset))]

    def _existing(self, sid: str) -> Message:
        found = self.message(sid)
        if found is None:
            raise LookupError(sid)
        return found

    # work

    def put_work(self, kind: str, sid: str, lane: str, detail: str, due: float) -> None:
        """``due`` is a Unix time; ``detail`` is an inbound text's opt-out type or an outbound one's status."""
        with self.transaction() as db:
            db.execute(
                "INSERT INTO work (kind, sid, lane, detail, due) VALUES (?, ?, ?, ?, ?)", (kind, sid, lane, detail, due)
            )

    def next_work(self) -> tuple[Work, float] | None:
        """The piece of work that is due first, and when, among the oldest of each lane."""
        with self.transaction() as db:
            row = db.execute(
                "SELECT * FROM work w WHERE NOT EXISTS (SELECT 1 FROM work o WHERE o.lane = w.lane AND o.id < w.id)"
                " ORDER BY due, id LIMIT 1"
            ).fetchone()
        if row is None:
            return None
        return Work(row["id"], row["kind"], row["sid"], row["lane"], row["detail"], row["attempts"]), row["due"]

    def retry_work(self, work: Work, due: float) -> None:
        """Keep it for another attempt."""
        with self.transaction() as db:
            db.execute("UPDATE work SET attempts = attempts + 1, due = ? WHERE id = ?", (due, work.id))

    def drop_work(self, work: Work) -> None:
        """It is done or given up."""
        with self.transaction() as db:
            db.execute("DELETE FROM work WHERE id = ?", (work.id,))

    def drop_work_of(self, sid: str) -> None:
        """Nothing more is to be posted about this message."""
        with self.transaction() as db:
            db.execute("DELETE FROM work WHERE sid = ?", (sid,))

    # who has stopped

    def set_opted_out(self, ours: str, theirs: str, *, out: bool) -> None:
        """Remember that this phone does, or no longer does, refuse texts from this number of ours."""
        with self.transaction() as db:
            db.execute("DELETE FROM opt_out WHERE ours = ? AND theirs = ?", (ours, theirs))
            if out:
                db.execute("INSERT INTO opt_out VALUES (?, ?)", (ours, theirs))

    def opted_out(self, ours: str, theirs: str) -> bool:
        """Whether this phone refuses texts from this number of ours."""
        with self.transaction() as db:
            return bool(db.execute("SELECT 1 FROM opt_out WHERE ours = ? AND theirs = ?", (ours, theirs)).fetchone())

    # phones

    def put_phone(self, phone: Phone) -> None:
        """Add a phone, or replace the one of that number."""
        values = (phone.number, phone.name, phone.role, phone.language, json.dumps(phone.suggestions), phone.reachable)
        with self.transaction() as db:
            db.execute("INSERT OR REPLACE INTO phone VALUES (?, ?, ?, ?, ?, ?)", values)

    def phones(self) -> list[Phone]:
        """In the order they were added."""
        with self.transaction() as db:
            return [_phone(row) for row in db.execute("SELECT * FROM phone ORDER BY rowid")]

    def phone(self, number: str) -> Phone | None:
        """The phone of that number."""
        return next((phone for phone in self.phones() if phone.number == number), None)

    # counters and switches

    def counter(self, name: str) -> int:
        """0 until it was counted or set."""
        with self.transaction() as db:
            row = db.execute("SELECT value FROM counter WHERE name = ?", (name,)).fetchone()
            return int(row["value"]) if row else 0

    def set_counter(self, name: str, value: int) -> None:
        """A switch is a counter of 0 or 1."""
        with self.transaction() as db:
            db.execute("INSERT OR REPLACE INTO counter VALUES (?, ?)", (name, value))

    def count(self, name: str) -> int:
        """One more; the new value."""
        with self.transaction():
            value = self.counter(name) + 1
            self.set_counter(name, value)
            return value

    def clear(self) -> None:
        """Forget messages, work, opt-outs and switches. Cursors keep growing, so no reader misses it."""
        with self.transaction() as db:
            for statement in FORGET:
                db.execute(statement)
            self.count("epoch")


def _message(row: sqlite3.Row) -> Message:
    values: dict[str, Any] = dict(row)
    values["media"] = tuple(json.loads(values["media"]))
    for name in ("created", "sent", "updated"):
        values[name] = datetime.fromisoformat(values[name]) if values[name] else None
    return Message(**values)


def _phone(row: sqlite3.Row) -> Phone:
    values: dict[str, Any] = dict(row)
    return Phone(
        **values | {"suggestions": tuple(json.loads(values["suggestions"])), "reachable": bool(values["reachable"])}
    )
