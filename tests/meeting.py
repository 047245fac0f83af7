"""Records that two people see each other, as their pages would report it."""

from datetime import timedelta

import sqlalchemy as sa

from scheduling.calls import attendance, call_record, devices, kiosks
from scheduling.calls.devices import Seat
from scheduling.policy.vocabulary import AdmittedBy, Side
from scheduling.storage.database import Tx
from scheduling.storage.tables import kiosks as table
from scheduling.visits.visit import Visit


def screen_on(tx: Tx, visit: Visit) -> None:
    """The screen of the visit's terminal rings at its start and is on until the end."""
    call_record.set_once(tx, visit, "rang_at", now=visit.starts)
    known = kiosks.of_terminal(tx, visit.terminal_id)
    if known is None:
        secret = kiosks.create(tx, now=visit.starts)
        made = kiosks.by_secret(tx, secret)
        assert made is not None
        tx.execute(sa.update(table).where(table.c.id == made.id).values(terminal_id=visit.terminal_id))
        known = made
    kiosks.mark_all_seen(tx, {known.id}, now=visit.ends)


def meet(tx: Tx, visit: Visit, *, minutes: float, family: bool = True, kiosk: bool = True) -> None:
    """From the visit's start, pictures arrive on these sides for that long. Both devices are in the call in any case."""
    call_record.set_once(tx, visit, "rang_at", now=visit.starts)
    call_record.admit(tx, visit, AdmittedBy.PIN, now=visit.starts)
    phone, _ = devices.enter(tx, visit.id, Seat(Side.FAMILY, person_id=visit.visitor_id, browser="b"), now=visit.starts)
    screen, _ = devices.enter(tx, visit.id, Seat(Side.KIOSK), now=visit.starts)
    for slot in range(int(minutes * 6)):
        at = visit.starts + timedelta(seconds=10 * slot + 5)
        for device, got in ((phone, family), (screen, kiosk)):
            attendance.record_heartbeat(tx, device, seen=got, heard=got, figures={}, now=at)
