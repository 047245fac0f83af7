"""How a call stands for one of its devices: what its page shows, whom it has a link with, whether it is over."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.texts import say
from handlers.messaging import text_facts
from scheduling import call_status, queries
from scheduling.calls import devices, kiosks, record
from scheduling.calls.devices import Device
from scheduling.calls.record import Call
from scheduling.facilities import store
from scheduling.people import people, visit_links
from scheduling.policy.visit_state import STANDING, State
from scheduling.policy.vocabulary import LinkPurpose, Side
from scheduling.storage.database import Tx
from scheduling.visits.visit import Visit, get

_OVER = {"replaced": "replaced", "left": "left", "silent": "gone"}
_STOPPED = {State.ENDED_BY_STAFF, State.FACILITY_CANCELLED}


def state(tx: Tx, device: Device, now: datetime, present: Sequence[Device] | None = None) -> dict[str, Any]:
    """A state as docs/calls.md has it; `present` are the devices in the call, where they were read already. There are no
    peers until both sides are there and the visit has begun."""
    visit = get(tx, device.visit_id)
    there = devices.present(tx, visit.id) if present is None else present
    there = [each for each in there if each.side != Side.WATCHER or _may_stay(tx, each, visit)]
    call = record.of(tx, visit)
    sides = {each.side for each in there}
    over = _over(device, visit, call, now) or (None if _may_stay(tx, device, visit) else "gone")
    together = {Side.FAMILY, Side.KIOSK} <= sides and visit.starts <= now
    phase = "over" if over else "call" if together else "waiting"
    peers = [each for each in there if phase == "call" and each.id != device.id]
    if device.side == Side.WATCHER:
        peers = [each for each in peers if each.side != Side.WATCHER]
    return {
        "phase": phase,
        "now": now.timestamp(),
        "starts_in": round((visit.starts - now).total_seconds(), 1),
        "ends_in": round((visit.ends - now).total_seconds(), 1),
        "peers": [{"id": each.id, "epoch": each.epoch, "side": each.side} for each in peers],
        "silent": [each.id for each in peers if not each.heard_of(now)],
        "family": Side.FAMILY in sides,
        "kiosk": Side.KIOSK in sides,
        "screen": Side.KIOSK in sides or kiosks.is_on(kiosks.of_terminal(tx, visit.terminal_id), now),
        "asks": Side.KIOSK not in sides and call_status.asks(call),
        "watched": Side.WATCHER in sides,
        "notice": call.notice,
        "over": None
        if over is None
        else {"why": over, "text": say(_words(device, over), _language(tx, device, visit))},
    }


def _words(device: Device, over: str) -> str:
    """What is said of the end: a resident gets no text, has paid nothing, and is not told what the family said."""
    return "over.kiosk" if device.side == Side.KIOSK and over in ("staff", "not_them") else f"over.{over}"


def _over(device: Device, visit: Visit, call: Call, now: datetime) -> str | None:
    """Why the call is over for this device; None while it is not."""
    if device.left_why in _OVER:
        return _OVER[device.left_why]
    if call.stopped_why is not None:
        return call.stopped_why
    if visit.state in _STOPPED:
        return "staff"
    return "end" if visit.state not in STANDING or now >= visit.ends or device.left_at is not None else None


def may_stay(tx: Tx, device: Device) -> bool:
    """Whether whoever is at this device may still be in the call: an officer who is none any more, or whose phone is lost,
    may not; nor anybody who watches where the facility has changed its mind; nor a family whose link was taken back."""
    return _may_stay(tx, device, get(tx, device.visit_id))


def _may_stay(tx: Tx, device: Device, visit: Visit) -> bool:
    if device.side == Side.FAMILY and device.person_id is not None:
        return not visit_links.revoked(tx, visit.id, device.person_id, LinkPurpose.JOIN)
    if device.side != Side.WATCHER:
        return True
    if device.person_id is None or not store.rules(tx, visit.facility_id).watching:
        return False
    officer = people.get(tx, device.person_id)
    mine = officer.units is None or people.resident(tx, visit.resident_id).unit in officer.units
    return officer.active and not officer.suspended and mine


def _language(tx: Tx, device: Device, visit: Visit) -> str:
    """Of whom this device is: the family, the resident, the officer."""
    whole = queries.details(tx, visit)
    if device.side == Side.FAMILY:
        return text_facts.language(tx, whole)
    spoken = whole.resident.language
    if device.side == Side.WATCHER and device.person_id is not None:
        spoken = people.get(tx, device.person_id).language
    return text_facts.known(spoken, whole.facility)
