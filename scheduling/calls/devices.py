"""The devices of a call: phones of the family, the kiosk, and the pages of officers who watch.

A device sends its key with every request. A family's browser also has a cookie, so that the same phone after a reload is
the same device with the next epoch. Only hashes of keys and cookies are stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

import sqlalchemy as sa

from scheduling.policy.ids import DeviceId, KioskId, PersonId, VisitId
from scheduling.policy.vocabulary import LeftReason, Side
from scheduling.storage.database import Tx, insert
from scheduling.storage.secret_tokens import fresh, hashed
from scheduling.storage.tables import call_devices

SILENT_AFTER = timedelta(seconds=25)
"""A device that sent nothing for this long may be gone, so it does not keep another phone of the same person out."""
GONE_AFTER = timedelta(seconds=90)
"""A device that sent nothing for this long is removed from the call. It can enter again."""


@dataclass(frozen=True, slots=True)
class Device:
    """A device, which is in the call while `left_at` is None. `report` is the condition that it reported last."""

    id: DeviceId
    visit_id: VisitId
    side: Side
    person_id: PersonId | None
    kiosk_id: KioskId | None
    epoch: int
    joined_at: datetime
    seen_at: datetime
    left_at: datetime | None
    left_why: LeftReason | None
    report: Mapping[str, object]

    @property
    def attempted_at(self) -> int:
        """When the attempt to enter began by the clock of the browser, in milliseconds; 0 after its first heartbeat."""
        at = self.report.get("at")
        return at if isinstance(at, int) else 0

    def heard_of(self, now: datetime, within: timedelta = SILENT_AFTER) -> bool:
        """Whether the device is in the call and sent something recently."""
        return self.left_at is None and now - self.seen_at < within


@dataclass(frozen=True, slots=True)
class Seat:
    """What identifies a device that enters a call: the side, and the person, kiosk or browser.

    `at` is when this attempt began by the clock of the browser, in milliseconds.
    """

    side: Side
    person_id: PersonId | None = None
    kiosk_id: KioskId | None = None
    browser: str | None = None
    at: int = 0


_NAMES = tuple(field.name for field in fields(Device))
_COLUMNS = [call_devices.c[name] for name in _NAMES]


def _device(row: sa.RowMapping) -> Device:
    why = row["left_why"]
    words = {"side": Side(row["side"]), "left_why": None if why is None else LeftReason(why)}
    return Device(**{name: row[name] for name in _NAMES} | words)


def _all(tx: Tx, condition: sa.ColumnElement[bool]) -> list[Device]:
    rows = tx.execute(sa.select(*_COLUMNS).where(condition).order_by(call_devices.c.id)).mappings()
    return [_device(row) for row in rows]


def by_key(tx: Tx, key: str) -> Device | None:
    """The device with this key, also when it has left."""
    return next(iter(_all(tx, call_devices.c.key == hashed(key))), None)


def of_visit(tx: Tx, visit_id: VisitId) -> list[Device]:
    """Every device that was ever in the call, in the order in which they first entered."""
    return _all(tx, call_devices.c.visit_id == visit_id)


def present(tx: Tx, visit_id: VisitId) -> list[Device]:
    """The devices that are in the call now."""
    return _all(tx, (call_devices.c.visit_id == visit_id) & call_devices.c.left_at.is_(None))


def same_browser(tx: Tx, visit_id: VisitId, seat: Seat) -> Device | None:
    """The device that entered earlier with the same phone, kiosk or officer's page; None when there is none."""
    mine = (call_devices.c.visit_id == visit_id) & (call_devices.c.side == seat.side)
    for column, value in (("person_id", seat.person_id), ("kiosk_id", seat.kiosk_id), ("browser", seat.browser)):
        mine &= call_devices.c[column].is_(None) if value is None else call_devices.c[column] == value
    return next(iter(_all(tx, mine)), None)


def others_of(tx: Tx, visit_id: VisitId, seat: Seat, *, now: datetime) -> list[Device]:
    """The other phones of the family that are in the call and sent something recently."""
    before = same_browser(tx, visit_id, seat)
    return [
        each
        for each in present(tx, visit_id)
        if each.side == seat.side and each.heard_of(now) and (before is None or each.id != before.id)
    ]


def enter(tx: Tx, visit_id: VisitId, seat: Seat, *, now: datetime) -> tuple[Device, str]:
    """Enter the call. Returns the device and its new key. The caller has locked the visit and checked who is in."""
    key, before = fresh(), same_browser(tx, visit_id, seat)
    if before is not None:
        again = {"key": hashed(key), "epoch": before.epoch + 1, "seen_at": now, "left_at": None, "left_why": None,
                 "report": {"at": seat.at}}  # fmt: skip
        tx.execute(sa.update(call_devices).where(call_devices.c.id == before.id).values(again))
        return _all(tx, call_devices.c.id == before.id)[0], key
    made = insert(
        tx, call_devices, visit_id=visit_id, side=seat.side, person_id=seat.person_id, kiosk_id=seat.kiosk_id,
        browser=seat.browser, key=hashed(key), epoch=1, joined_at=now, seen_at=now, report={"at": seat.at},
    )  # fmt: skip
    return _all(tx, call_devices.c.id == made)[0], key


def record_heartbeat(tx: Tx, device: Device, report: Mapping[str, object], *, now: datetime) -> bool:
    """Store a heartbeat. False when the device has left, or has entered again since."""
    heard = sa.update(call_devices).where(_still(device)).values(seen_at=now, report=dict(report))
    return tx.execute(heard).rowcount == 1


def is_in(tx: Tx, device: Device) -> bool:
    """Whether the device is still in the call and has not entered again since."""
    return tx.execute(sa.select(call_devices.c.id).where(_still(device))).first() is not None


def _still(device: Device) -> sa.ColumnElement[bool]:
    same = (call_devices.c.id == device.id) & (call_devices.c.epoch == device.epoch)
    return same & call_devices.c.left_at.is_(None)


def shift_clock(tx: Tx, by: timedelta) -> None:
    """Shift the last heartbeats of all devices in calls, because the clock of the demonstration jumps by this much."""
    for each in _all(tx, call_devices.c.left_at.is_(None)):
        tx.execute(sa.update(call_devices).where(call_devices.c.id == each.id).values(seen_at=each.seen_at + by))


def leave(tx: Tx, gone: Sequence[Device], why: LeftReason, *, now: datetime) -> None:
    """Remove devices from their call."""
    mine = call_devices.c.id.in_([each.id for each in gone]) & call_devices.c.left_at.is_(None)
    tx.execute(sa.update(call_devices).where(mine).values(left_at=now, left_why=why))


def leave_all_of_kiosk(tx: Tx, kiosk_id: KioskId, *, now: datetime) -> list[VisitId]:
    """Remove a kiosk that lost its terminal from all calls. Returns the visits of those calls."""
    there = _all(tx, (call_devices.c.kiosk_id == kiosk_id) & call_devices.c.left_at.is_(None))
    leave(tx, there, LeftReason.REPLACED, now=now)
    return [each.visit_id for each in there]
