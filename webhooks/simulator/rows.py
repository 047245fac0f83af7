"""The tables of the carrier's storage, and their rows as values."""

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
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
    """One text, in either direction.

    ``expires`` is a Unix time of the real clock; the datetimes are by the application's clock, in UTC.
    """

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
        """Whether a phone sent it."""
        return self.direction == "inbound"

    @property
    def phone(self) -> str:
        """The number of the phone that shows it."""
        return self.sender if self.inbound else self.recipient


QUEUED = "queued"
"""The status of a message that the carrier has taken and not sent on yet."""


class WebhookKind(StrEnum):
    """What a webhook tells the application."""

    INBOUND = "inbound"
    STATUS = "status"


@dataclass(frozen=True)
class DueWebhook:
    """A webhook that is still to be posted. Only the oldest of a lane may be posted."""

    id: int
    kind: WebhookKind
    sid: str
    lane: str
    detail: str
    attempts: int


def message_of(row: sqlite3.Row) -> Message:
    """The message of a row."""
    values: dict[str, Any] = dict(row)
    values["media"] = tuple(json.loads(values["media"]))
    for name in ("created", "sent", "updated"):
        values[name] = datetime.fromisoformat(values[name]) if values[name] else None
    return Message(**values)


def phone_of(row: sqlite3.Row) -> Phone:
    """The phone of a row."""
    values: dict[str, Any] = dict(row)
    return Phone(
        **values | {"suggestions": tuple(json.loads(values["suggestions"])), "reachable": bool(values["reachable"])}
    )
