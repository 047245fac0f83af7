"""The devices of a call: phones of the family, the kiosk, an officer who watches.

A device is known by its key, which it shows with everything it sends; a family's browser also by a cookie, so that the same
phone after a reload is the same device, one epoch later. Only hashes are stored.
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
"""A device that sent nothing for so long may be gone: it is not in the way of another phone of the same person."""
GONE_AFTER = timedelta(seconds=90)
"""A device that sent nothing for so long is taken out of the call; it comes back by entering again."""


@dataclass(frozen=True, slots=True)
class Device:
    """One of them, in the call while `left_at` is None. `left_why` is left, replaced or silent; `report` its last words."""

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
        """Whether it is in the call and sent something recently."""
        return self.left_at is None and now - self.seen_at < within


@dataclass(frozen=True, slots=True)
class Seat:
    """Who enters: the side, and what the side is known by; `at` is the browser's own time of this try, in milliseconds."""

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
    """The device that shows this key, also when it has left."""
    return next(iter(_all(tx, call_devices.c.key == hashed(key))), None)


def of_visit(tx: Tx, visit_id: VisitId) -> list[Device]:
    """Every device that was ever in the call, in order of their first entering."""
    return _all(tx, call_devices.c.visit_id == visit_id)


def present(tx: Tx, visit_id: VisitId) -> list[Device]:
    """Those in the call now."""
    return _all(tx, (call_devices.c.visit_id == visit_id) & call_devices.c.left_at.is_(None))


def same_browser(tx: Tx, visit_id: VisitId, seat: Seat) -> Device | None:
    """The device this seat was before, if it was one: the same phone, the same kiosk, the same officer's page."""
    mine = (call_devices.c.visit_id == visit_id) & (call_devices.c.side == seat.side)
    for column, value in (("person_id", seat.person_id), ("kiosk_id", seat.kiosk_id), ("browser", seat.browser)):
        mine &= call_devices.c[column].is_(None) if value is None else call_devices.c[column] == value
    return next(iter(_all(tx, mine)), None)


def others_of(tx: Tx, visit_id: VisitId, seat: Seat, *, now: datetime) -> list[Device]:
    """Phones of the same family that are in the call and recently sent something, this one left out."""
    before = same_browser(tx, visit_id, seat)
    return [
        each
        for each in present(tx, visit_id)
        if each.side == seat.side and each.heard_of(now) and (before is None or each.id != before.id)
    ]


def enter(tx: Tx, visit_id: VisitId, seat: Seat, *, now: datetime) -> tuple[Device, str]:
    """Enter the call; returns the device and its key. Who calls holds the visit's lock and has asked who else is in."""
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
    """Record that it was seen; False when it has left, or has entered again since."""
    heard = sa.update(call_devices).where(_still(device)).values(seen_at=now, report=dict(report))
    return tx.execute(heard).rowcount == 1


def is_in(tx: Tx, device: Device) -> bool:
    """Whether it is in the call still, and has not entered again since."""
    return tx.execute(sa.select(call_devices.c.id).where(_still(device))).first() is not None


def _still(device: Device) -> sa.ColumnElement[bool]:
    same = (call_devices.c.id == device.id) & (call_devices.c.epoch == device.epoch)
    return same & call_devices.c.left_at.is_(None)


def shift_clock(tx: Tx, by: timedelta) -> None:
    """The clock jumps by so much: whoever is in a call has been heard of meanwhile."""
    for each in _all(tx, call_devices.c.left_at.is_(None)):
        tx.execute(sa.update(call_devices).where(call_devices.c.id == each.id).values(seen_at=each.seen_at + by))


def leave(tx: Tx, gone: Sequence[Device], why: LeftReason, *, now: datetime) -> None:
    """Take devices out of the call."""
    mine = call_devices.c.id.in_([each.id for each in gone]) & call_devices.c.left_at.is_(None)
    tx.execute(sa.update(call_devices).where(mine).values(left_at=now, left_why=why))


def leave_all_of_kiosk(tx: Tx, kiosk_id: KioskId, *, now: datetime) -> list[VisitId]:
    """A screen that is no longer its terminal's is in no call any more; the visits whose calls it has left."""
    there = _all(tx, (call_devices.c.kiosk_id == kiosk_id) & call_devices.c.left_at.is_(None))
    leave(tx, there, LeftReason.REPLACED, now=now)
    return [each.visit_id for each in there]
