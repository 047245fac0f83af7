"""Signalling: what one device of a call tells another, as rows that are read by a cursor.

The rows hold addresses of networks, so they are burnt when the visit is over.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from scheduling.calls.devices import Device
from scheduling.policy.ids import DeviceId, VisitId
from scheduling.storage.database import Tx, lock, upsert_nothing
from scheduling.storage.tables import call_devices, call_messages

KINDS = frozenset({"offer", "answer", "candidate", "restart"})
MOST_READ = 200
MOST_BYTES = 65_536
"""Of one answer: who reads slowly holds a thread of its web process for as long as it is being sent."""
OLD = timedelta(minutes=2)
"""A letter that nobody has read by then is of a link that is being made anew."""

TIDY = 8
"""With one letter of so many the old ones go."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What a device wants told; `number` is its own count since it entered."""

    number: int
    to: DeviceId
    to_epoch: int
    kind: str
    body: Mapping[str, Any]


def put(tx: Tx, sender: Device, letters: Sequence[Letter], *, now: datetime) -> int:
    """Keep these letters; one with a number that came before is the same letter. Returns how many are new."""
    rows = [
        {"visit_id": sender.visit_id, "sender": sender.id, "sender_epoch": sender.epoch, "number": each.number,
         "recipient": each.to, "recipient_epoch": each.to_epoch, "kind": each.kind, "body": dict(each.body), "at": now}
        for each in letters
    ]  # fmt: skip
    # Numbers of rows are given out before they are committed: two senders at once could commit in the other order, and the
    # cursor of who reads between them would pass over one. Two who write to each other at once lock each other's device
    # and refer to their own: did the lock keep that off, they would wait for each other.
    lock(tx, call_devices, {each.to for each in letters}, referable=True)
    if any(each.number % TIDY == 1 for each in letters):
        old = (call_messages.c.visit_id == sender.visit_id) & (call_messages.c.at < now - OLD)
        tx.execute(sa.delete(call_messages).where(old))
    return upsert_nothing(tx, call_messages, rows) if rows else 0


def after(tx: Tx, device: Device, cursor: int) -> list[dict[str, Any]]:
    """What was told to this device since it entered and after the cursor, oldest first, as its page reads it; as much as
    fits into one answer, and one letter at least."""
    mine = (call_messages.c.recipient == device.id) & (call_messages.c.recipient_epoch == device.epoch)
    query = sa.select(call_messages).where(mine & (call_messages.c.id > cursor)).order_by(call_messages.c.id)
    found: list[dict[str, Any]] = []
    size = 0
    for row in tx.execute(query.limit(MOST_READ)):
        size += len(json.dumps(row.body))
        if found and size > MOST_BYTES:
            break
        found.append(
            {"id": row.id, "from": row.sender, "from_epoch": row.sender_epoch, "to_epoch": row.recipient_epoch,
             "kind": row.kind, "body": row.body}
        )  # fmt: skip
    return found


def burn(tx: Tx, visit_id: VisitId) -> None:
    """Nobody needs them any more."""
    tx.execute(sa.delete(call_messages).where(call_messages.c.visit_id == visit_id))
