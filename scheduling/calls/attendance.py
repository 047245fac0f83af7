"""Evidence of attendance from the heartbeats of a call, in slots of ten seconds, and what follows for the visit.

A heartbeat says whether video or audio of the other side has arrived since the previous one. A slot is connected when a
device of the family and the kiosk both say so. Nothing else is evidence of a connection.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from scheduling.calls import call_record, devices
from scheduling.calls.devices import Device
from scheduling.calls.visit_protocol import VisitOfCall
from scheduling.policy.lifecycle import Move
from scheduling.policy.vocabulary import Side, StopReason
from scheduling.storage.database import Tx
from scheduling.storage.tables import call_beats, call_samples, kiosks

SLOT_SECONDS = 10
"""The length of a slot in seconds."""
MIN_CONNECTED = timedelta(minutes=1)
"""A call that was connected for less than this does not show by itself whether the visit took place."""
MIN_RECEIVED_SLOTS = 6
"""Slots in which one side must have received something, so that the call is not counted as our technical failure: a phone
may receive everything and send nothing."""
KIOSK_GRACE = timedelta(minutes=5)
"""How late a kiosk may begin to ring, and how long before the end it may have been seen last, to count as on."""


@dataclass(frozen=True, slots=True)
class Attendance:
    """What is known about the call of a visit.

    `connected`: the time in which both sides received the other. `family_got`, `kiosk_got`: in how many slots that side
    received anything. `family_in`: a phone of the family was in the call after the visit began. `complained`: the family
    wrote that they cannot connect.
    """

    joined: bool
    screen: bool
    pressed: bool
    admitted: bool
    kiosk_in: bool
    family_in: bool
    family_got: int
    kiosk_got: int
    connected: timedelta
    stopped: StopReason | None
    complained: bool = False

    @property
    def minutes(self) -> int:
        """The whole minutes connected. A partial minute does not count."""
        return self.connected // timedelta(minutes=1)


def end_move(found: Attendance, needed: timedelta = MIN_CONNECTED) -> Move:
    """The move that the evidence leads to at the end of a visit. When staff end a visit, that is a different move.

    A call that was connected for less than `needed` is in doubt: the family is not charged for it in full unless staff
    decide so.
    """
    if found.stopped is StopReason.NOT_THEM:
        return Move.DOUBT
    if not found.joined:
        return _not_joined(found)
    if found.connected >= MIN_CONNECTED:
        return Move.DOUBT if _one_sided(found) or found.connected < needed else Move.COMPLETE
    if not found.admitted and not found.kiosk_in:
        return Move.DECLINE if found.screen and not found.pressed else Move.FAIL
    if found.connected or found.kiosk_got or found.family_got >= MIN_RECEIVED_SLOTS or not found.family_in:
        return Move.DOUBT
    return Move.FAIL


def _not_joined(found: Attendance) -> Move:
    """The move when nobody pressed Join: a no-show, unless the kiosk was off or the family wrote that they cannot connect."""
    if not found.screen:
        return Move.FAIL
    return Move.DOUBT if found.complained else Move.NO_SHOW


def _one_sided(found: Attendance) -> bool:
    """Whether one side received so much more than the other that a device is broken or reports falsely."""
    less, more = sorted((found.family_got, found.kiosk_got))
    return more >= 2 * MIN_RECEIVED_SLOTS and more >= 2 * less


def slot_of(now: datetime) -> int:
    """The slot that a heartbeat arriving now reports on. Pages send heartbeats in the middle of a slot."""
    return int(now.timestamp()) // SLOT_SECONDS


def record_heartbeat(
    tx: Tx, device: Device, *, seen: bool, heard: bool, figures: Mapping[str, int | float], now: datetime
) -> None:
    """Store one heartbeat, and its figures as the sample of the minute."""
    row = {"device_id": device.id, "slot": slot_of(now), "visit_id": device.visit_id, "side": device.side,
           "seen": seen, "heard": heard}  # fmt: skip
    make = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
    put = make(call_beats).values(row)
    either = {name: sa.or_(call_beats.c[name], put.excluded[name]) for name in ("seen", "heard")}
    tx.execute(put.on_conflict_do_update(index_elements=["device_id", "slot"], set_=either))
    if figures:
        minute = int(now.timestamp()) // 60
        sample = make(call_samples).values(device_id=device.id, minute=minute, figures=dict(figures))
        newest = {"figures": sample.excluded.figures}
        tx.execute(sample.on_conflict_do_update(index_elements=["device_id", "minute"], set_=newest))


def of(tx: Tx, visit: VisitOfCall, *, now: datetime) -> Attendance:
    """The attendance of a visit's call up to now."""
    call, there = call_record.get(tx, visit), devices.of_visit(tx, visit.id)
    got = {side: _slots(tx, visit, side) for side in (Side.FAMILY, Side.KIOSK)}
    return Attendance(
        joined=visit.joined_at is not None,
        screen=_rang(tx, visit, call, now),
        pressed=call.pressed_at is not None,
        admitted=call.admitted_at is not None,
        kiosk_in=any(each.side == Side.KIOSK for each in there),
        family_in=any(each.side == Side.FAMILY and (each.left_at or each.seen_at) > visit.starts for each in there),
        family_got=len(got[Side.FAMILY]),
        kiosk_got=len(got[Side.KIOSK]),
        connected=timedelta(seconds=SLOT_SECONDS) * len(got[Side.FAMILY] & got[Side.KIOSK]),
        stopped=call.stopped_why,
        complained=call.complained_at is not None,
    )


def _slots(tx: Tx, visit: VisitOfCall, side: str) -> set[int]:
    """The slots of the visit in which that side received something."""
    first, last = (int(moment.timestamp()) // SLOT_SECONDS for moment in (visit.starts, visit.ends))
    mine = (call_beats.c.visit_id == visit.id) & (call_beats.c.side == side)
    mine &= (call_beats.c.slot >= first) & (call_beats.c.slot < last) & (call_beats.c.seen | call_beats.c.heard)
    return set(tx.execute(sa.select(call_beats.c.slot).where(mine)).scalars())


def _rang(tx: Tx, visit: VisitOfCall, call: call_record.Call, now: datetime) -> bool:
    """Whether the kiosk rang in time and was still on at the end."""
    if call.rang_at is None or call.rang_at > visit.starts + KIOSK_GRACE:
        return False
    seen = tx.execute(sa.select(kiosks.c.seen_at).where(kiosks.c.terminal_id == visit.terminal_id)).scalar()
    return seen is not None and bool(seen >= min(visit.ends, now) - KIOSK_GRACE)


def connected_slots(tx: Tx, visit: VisitOfCall) -> set[int]:
    """The slots of the visit in which both sides received something."""
    return _slots(tx, visit, Side.FAMILY) & _slots(tx, visit, Side.KIOSK)
