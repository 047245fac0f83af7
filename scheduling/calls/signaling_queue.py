"""Queue of signaling messages between the devices of a call: rows that each recipient reads by a cursor.

The rows contain network addresses, so they are deleted when the visit is over.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from scheduling.calls.devices import Device
from scheduling.policy.ids import DeviceId, VisitId
from scheduling.storage.database import Tx, insert_or_ignore, lock
from scheduling.storage.tables import call_devices, call_messages

MAX_MESSAGES_PER_READ = 200
MAX_BYTES_PER_READ = 65_536
"""The most bytes in one answer: a slow reader occupies a thread of its web process until all of it is sent."""
RETENTION = timedelta(minutes=2)
"""How long a message is retained. One that was not read by then belongs to a connection that is being set up again."""
PURGE_EVERY_N_MESSAGES = 8


class SignalKind(StrEnum):
    """What a signaling message of the built-in mesh is. `RESTART` asks the offering device to begin an ICE restart."""

    OFFER = "offer"
    ANSWER = "answer"
    CANDIDATE = "candidate"
    RESTART = "restart"


@dataclass(frozen=True, slots=True)
class SignalingMessage:
    """A message from one device to another. `number` is the sender's own count since it entered."""

    number: int
    to: DeviceId
    to_epoch: int
    kind: SignalKind
    body: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class QueuedMessage:
    """A signaling message as its recipient reads it. `id` is the cursor after it."""

    id: int
    sender: DeviceId
    sender_epoch: int
    to_epoch: int
    kind: str
    body: Mapping[str, object]

    def to_json(self) -> dict[str, object]:
        """The message as docs/calls.md describes it."""
        return {
            "id": self.id, "from": self.sender, "from_epoch": self.sender_epoch, "to_epoch": self.to_epoch,
            "kind": self.kind, "body": self.body,
        }  # fmt: skip


def enqueue(tx: Tx, sender: Device, messages: Sequence[SignalingMessage], *, now: datetime) -> int:
    """Add messages; one whose number the sender has used since it entered is ignored. Returns how many are new."""
    rows = [
        {"visit_id": sender.visit_id, "sender": sender.id, "sender_epoch": sender.epoch, "number": each.number,
         "recipient": each.to, "recipient_epoch": each.to_epoch, "kind": each.kind, "body": dict(each.body), "at": now}
        for each in messages
    ]  # fmt: skip
    # Row ids are assigned before the commit. Two senders at once could commit in the other order, and the cursor of a
    # reader between the two commits would skip a message: so the recipients are locked. Two devices that write to each
    # other at once lock each other's row and reference their own: a lock that excluded references would deadlock them.
    lock(tx, call_devices, {each.to for each in messages}, referable=True)
    if any(each.number % PURGE_EVERY_N_MESSAGES == 1 for each in messages):
        old = (call_messages.c.visit_id == sender.visit_id) & (call_messages.c.at < now - RETENTION)
        tx.execute(sa.delete(call_messages).where(old))
    return insert_or_ignore(tx, call_messages, rows) if rows else 0


def read_after(tx: Tx, device: Device, cursor: int) -> list[QueuedMessage]:
    """The messages to this device since it entered and after the cursor, oldest first.

    As many as fit into one answer, and at least one if there is any.
    """
    mine = (call_messages.c.recipient == device.id) & (call_messages.c.recipient_epoch == device.epoch)
    query = sa.select(call_messages).where(mine & (call_messages.c.id > cursor)).order_by(call_messages.c.id)
    found: list[QueuedMessage] = []
    size = 0
    for row in tx.execute(query.limit(MAX_MESSAGES_PER_READ)):
        size += len(json.dumps(row.body))
        if found and size > MAX_BYTES_PER_READ:
            break
        found.append(QueuedMessage(row.id, row.sender, row.sender_epoch, row.recipient_epoch, row.kind, row.body))
    return found


def delete(tx: Tx, visit_id: VisitId) -> None:
    """Delete all messages of a visit's call."""
    tx.execute(sa.delete(call_messages).where(call_messages.c.visit_id == visit_id))
