"""The carrier's storage: one SQLite file, which several threads of a process may use."""

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from webhooks.simulator.config import Phone
from webhooks.simulator.rows import FORGET, SCHEMA, DueWebhook, Message, WebhookKind, message_of, phone_of


class Store:
    """The file at ``path``, created if missing. Each public method is a transaction, or part of the surrounding one."""

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
        """One transaction for everything done inside; an exception rolls all of it back."""
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
        """Store a new message and return it; ``parties`` are the sender and the recipient."""
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
        """Set a message's status; None when it was deleted by a reset. ``sent`` is set when the status first is ``sent``."""
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
        """Messages that match a condition on the columns; ``where`` and ``order`` never contain text from outside."""
        sql = f"SELECT * FROM message WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?"  # noqa: S608 - see above
        with self.transaction() as db:
            return [message_of(row) for row in db.execute(sql, (*values, limit, offset))]

    def _existing(self, sid: str) -> Message:
        found = self.message(sid)
        if found is None:
            raise LookupError(sid)
        return found

    # work

    def put_work(self, kind: WebhookKind, sid: str, lane: str, detail: str, due: float) -> None:
        """Add a webhook to post. ``due`` is a Unix time.

        ``detail`` is the opt-out type of an inbound text, or the status of an outbound one.
        """
        with self.transaction() as db:
            db.execute(
                "INSERT INTO work (kind, sid, lane, detail, due) VALUES (?, ?, ?, ?, ?)", (kind, sid, lane, detail, due)
            )

    def next_work(self) -> tuple[DueWebhook, float] | None:
        """The work that is due first among the oldest of each lane, and when."""
        with self.transaction() as db:
            row = db.execute(
                "SELECT * FROM work w WHERE NOT EXISTS (SELECT 1 FROM work o WHERE o.lane = w.lane AND o.id < w.id)"
                " ORDER BY due, id LIMIT 1"
            ).fetchone()
        if row is None:
            return None
        return DueWebhook(
            row["id"], WebhookKind(row["kind"]), row["sid"], row["lane"], row["detail"], row["attempts"]
        ), row["due"]

    def retry_work(self, work: DueWebhook, due: float) -> None:
        """Keep it for another attempt."""
        with self.transaction() as db:
            db.execute("UPDATE work SET attempts = attempts + 1, due = ? WHERE id = ?", (due, work.id))

    def drop_work(self, work: DueWebhook) -> None:
        """Delete work that is done or given up."""
        with self.transaction() as db:
            db.execute("DELETE FROM work WHERE id = ?", (work.id,))

    def drop_work_of(self, sid: str) -> None:
        """Delete all work about this message."""
        with self.transaction() as db:
            db.execute("DELETE FROM work WHERE sid = ?", (sid,))

    # opt-outs

    def set_opted_out(self, ours: str, theirs: str, *, out: bool) -> None:
        """Record whether this phone refuses texts from this number of ours."""
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
        """All phones, in the order in which they were added."""
        with self.transaction() as db:
            return [phone_of(row) for row in db.execute("SELECT * FROM phone ORDER BY rowid")]

    def phone(self, number: str) -> Phone | None:
        """The phone of that number."""
        return next((phone for phone in self.phones() if phone.number == number), None)

    # counters and switches

    def counter(self, name: str) -> int:
        """The value; 0 until it was counted or set."""
        with self.transaction() as db:
            row = db.execute("SELECT value FROM counter WHERE name = ?", (name,)).fetchone()
            return int(row["value"]) if row else 0

    def set_counter(self, name: str, value: int) -> None:
        """Set the value. A switch is a counter of 0 or 1."""
        with self.transaction() as db:
            db.execute("INSERT OR REPLACE INTO counter VALUES (?, ?)", (name, value))

    def count(self, name: str) -> int:
        """Add one, and return the new value."""
        with self.transaction():
            value = self.counter(name) + 1
            self.set_counter(name, value)
            return value

    def clear(self) -> None:
        """Delete messages, work, opt-outs, phones and switches. Cursors keep growing, so that every reader notices."""
        with self.transaction() as db:
            for statement in FORGET:
                db.execute(statement)
            self.count("epoch")
