"""The status of a visit's call: its kiosk, its devices, and whether both sides receive each other. Reads only."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from scheduling.calls import attendance, call_record, devices, kiosks
from scheduling.calls.call_record import Call
from scheduling.calls.devices import Device
from scheduling.policy.ids import FacilityId, TerminalId
from scheduling.policy.timespan import Span, quanta
from scheduling.policy.visit_state import STANDING, State
from scheduling.policy.vocabulary import LeftReason, PlaceKind, Side
from scheduling.storage.database import Tx
from scheduling.storage.tables import places, residents, terminals, visits
from scheduling.visits.visit import Visit, from_row

RECENT_SLOTS = 2
"""Both sides are connected now if they received something in the current slot or in this many slots before it."""
MAX_VISIT_LENGTH = timedelta(hours=6)
"""No visit is longer, so one that started earlier than this is over."""


@dataclass(frozen=True, slots=True)
class CallStatus:
    """A call with its record and devices, whether a kiosk is paired and on, and whether both sides receive each other."""

    call: Call
    devices: tuple[Device, ...]
    paired: bool
    screen_on: bool
    connected: bool
    seconds: int
    """For how long both sides received each other, in whole slots."""


def of(tx: Tx, visit: Visit, *, now: datetime) -> CallStatus:
    """The status of this visit's call now."""
    kiosk = kiosks.of_terminal(tx, visit.terminal_id)
    together, there = attendance.connected_slots(tx, visit), tuple(devices.of_visit(tx, visit.id))
    recently = attendance.slot_of(now) - RECENT_SLOTS
    # During a call the kiosk sends heartbeats and does not poll.
    on = kiosks.is_on(kiosk, now) or any(each.side == Side.KIOSK and each.heard_of(now) for each in there)
    return CallStatus(
        call_record.get(tx, visit), there, kiosk is not None, on,
        any(slot >= recently for slot in together), len(together) * attendance.SLOT_SECONDS,
    )  # fmt: skip


def at_terminal(tx: Tx, terminal_id: TerminalId, window: Span) -> list[Visit]:
    """The standing visits that have this terminal at some time in the window, in order. Cheap: uses the key of `places`."""
    found = quanta(window)
    here = (places.c.what == PlaceKind.TERMINAL) & (places.c.which == terminal_id)
    here &= places.c.quantum.between(found[0], found[-1])
    mine = visits.c.id.in_(sa.select(places.c.visit_id).where(here))
    stands = (visits.c.terminal_id == terminal_id) & visits.c.state.in_(sorted(STANDING))
    rows = tx.execute(sa.select(visits).where(mine & stands).order_by(visits.c.starts, visits.c.id)).mappings()
    return [visit for visit in map(from_row, rows) if visit.starts < window.end and visit.ends > window.start]


def now_on(
    tx: Tx, facility_id: FacilityId, units: tuple[str, ...] | None, *, now: datetime, early: timedelta
) -> list[Visit]:
    """Visits in these units (None: all units) that can be joined or run now, or ended in doubt, in order of time."""
    here = visits.c.facility_id == facility_id
    about_now = (visits.c.starts > now - MAX_VISIT_LENGTH) & (visits.c.starts <= now + early)
    doubtful = visits.c.state == State.IN_DOUBT
    wanted = here & ((about_now & visits.c.state.in_(sorted(STANDING))) | doubtful)
    if units is not None:
        wanted &= visits.c.resident_id.in_(sa.select(residents.c.id).where(residents.c.unit.in_(units)))
    rows = tx.execute(sa.select(visits).where(wanted).order_by(visits.c.starts, visits.c.id)).mappings()
    return [visit for visit in map(from_row, rows) if visit.state is State.IN_DOUBT or visit.ends > now]


def terminals_in(tx: Tx, facility_id: FacilityId, units: tuple[str, ...] | None) -> list[tuple[TerminalId, str, str]]:
    """(id, name, unit) of the active terminals in these units (None: all units), by name."""
    mine = (terminals.c.facility_id == facility_id) & terminals.c.active
    if units is not None:
        mine &= terminals.c.unit.in_(units)
    rows = tx.execute(sa.select(terminals).where(mine).order_by(terminals.c.name))
    return [(TerminalId(row.id), row.name, row.unit) for row in rows]


def is_admitted(tx: Tx, visit: Visit, call: Call) -> bool:
    """Whether the resident may take the call now.

    After Leave was pressed at the kiosk, and at another kiosk, the resident has to be admitted again. After the kiosk lost
    its power or its network they do not.
    """
    if call.admitted_at is None or kiosks.paired_after(tx, visit.terminal_id, call.admitted_at):
        return False
    screen = latest(tuple(devices.of_visit(tx, visit.id)), Side.KIOSK)
    if screen is None or screen.left_why not in (LeftReason.LEFT, LeftReason.REPLACED) or screen.left_at is None:
        return True
    if screen.left_why is LeftReason.REPLACED:
        return screen.left_at < call.admitted_at
    return screen.left_at <= call.admitted_at


def waits_for_officer(call: Call) -> bool:
    """Whether the resident waits for an officer: they asked for one and were not admitted since."""
    if call.pressed_at is None:
        return False
    return call.admitted_at is None or call.pressed_at > call.admitted_at


def latest(there: tuple[Device, ...], side: Side) -> Device | None:
    """The device of a side that sent something last."""
    return max((each for each in there if each.side == side), key=lambda each: each.seen_at, default=None)


def phone_status(sight: CallStatus, now: datetime) -> str:
    """The status of the family's phone by its last report: one of `PHONE_STATUSES`."""
    phone = latest(sight.devices, Side.FAMILY)
    if phone is None:
        return "not_opened"
    return _device_status(phone) if phone.heard_of(now) else "left"


def screen_status(sight: CallStatus, now: datetime) -> str:
    """The status of the kiosk: one of `SCREEN_STATUSES`."""
    if not sight.paired:
        return "unpaired"
    if not sight.screen_on:
        return "off"
    screen = latest(sight.devices, Side.KIOSK)
    if screen is not None and screen.heard_of(now):
        return _device_status(screen)
    call = sight.call
    if waits_for_officer(call):
        return "asks"
    if call.admitted_at is not None:
        return "left" if screen is not None else "let_in"
    return "rings" if call.rang_at is not None else "idle"


_BAD_CAMERA = {"refused": "camera_refused", "busy": "camera_busy", "none": "camera_none"} | dict.fromkeys(
    ("inapp", "insecure", "unable"), "camera_refused"
)
_LINK_STATUSES = ("waiting", "connecting", "connected", "trouble")
_DEVICE_STATUSES = (
    *dict.fromkeys(_BAD_CAMERA.values()),
    "microphone_refused",
    "microphone_none",
    *_LINK_STATUSES,
    "left",
)
PHONE_STATUSES = ("not_opened", *_DEVICE_STATUSES)
SCREEN_STATUSES = ("unpaired", "off", "idle", "rings", "asks", "let_in", *_DEVICE_STATUSES)


def _device_status(device: Device) -> str:
    """The worst of the reported conditions; "waiting" when the report has none that we know."""
    camera, microphone, link = (device.report.get(what) for what in ("camera", "microphone", "link"))
    if camera in _BAD_CAMERA:
        return _BAD_CAMERA[camera]
    if microphone in _BAD_CAMERA:
        return "microphone_none" if microphone == "none" else "microphone_refused"
    if device.report.get("thin") is True:  # too little bandwidth for video: only audio is sent
        return "trouble"
    return link if link in _LINK_STATUSES else "waiting"
