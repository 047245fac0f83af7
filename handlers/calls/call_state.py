"""The state of a call as one of its devices sees it: what its page shows, its peers, and whether the call is over."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.texts import say
from handlers.messaging import text_facts
from scheduling import call_status, queries
from scheduling.calls import call_record, devices, kiosks
from scheduling.calls.call_record import Call
from scheduling.calls.devices import Device
from scheduling.facilities import store
from scheduling.people import people, visit_links
from scheduling.policy.ids import DeviceId
from scheduling.policy.visit_state import STANDING, State
from scheduling.policy.vocabulary import LeftReason, LinkPurpose, Side
from scheduling.storage.database import Tx
from scheduling.visits.visit import Visit, get


class Phase(StrEnum):
    """Where a device is in its call. `CALL` begins when both sides are present and the visit has begun."""

    WAITING = "waiting"
    CALL = "call"
    OVER = "over"


class OverReason(StrEnum):
    """Why a call is over for a device. `GONE`: it was silent for too long, or may not be in the call any more."""

    END = "end"
    LEFT = "left"
    REPLACED = "replaced"
    STAFF = "staff"
    NOT_THEM = "not_them"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Peer:
    """A device to connect to. A new epoch means that its page was loaded again: the connection is made again."""

    id: DeviceId
    epoch: int
    side: Side


@dataclass(frozen=True, slots=True)
class Over:
    """The end of a call, with the sentence for the person at the device."""

    why: OverReason
    text: str


@dataclass(frozen=True, slots=True)
class CallState:
    """A state as docs/calls.md describes it. Field names are the JSON keys that the pages read.

    `now` is in seconds of the epoch; `starts_in` and `ends_in` are in seconds. `silent` are the peers that were not heard
    from for 25 seconds. `screen` tells whether the kiosk is on, `asks` whether the resident is at it and waits for an
    officer.
    """

    phase: Phase
    now: float
    starts_in: float
    ends_in: float
    peers: tuple[Peer, ...]
    silent: tuple[DeviceId, ...]
    family: bool
    kiosk: bool
    screen: bool
    asks: bool
    watched: bool
    notice: str | None
    over: Over | None

    def to_json(self) -> dict[str, object]:
        """The state as the pages receive it."""
        return asdict(self)

    def later(self, seconds: float) -> "CallState":
        """The same state with its clocks moved on."""
        return replace(
            self,
            now=self.now + seconds,
            starts_in=round(self.starts_in - seconds, 1),
            ends_in=round(self.ends_in - seconds, 1),
        )

    def differs(self, other: "CallState | None") -> bool:
        """Whether anything but the clocks is different."""
        if other is None:
            return True
        return replace(other, now=self.now, starts_in=self.starts_in, ends_in=self.ends_in) != self


_OVER_AFTER = {
    LeftReason.REPLACED: OverReason.REPLACED,
    LeftReason.LEFT: OverReason.LEFT,
    LeftReason.SILENT: OverReason.GONE,
}
"""Why a device has left -> why the call is over for it."""
_STOPPED = {State.ENDED_BY_STAFF, State.FACILITY_CANCELLED}


def state(tx: Tx, device: Device, now: datetime, present: Sequence[Device] | None = None) -> CallState:
    """The state of the device's call. `present` are the devices in the call, if the caller has read them already.

    A device has no peers until both sides are present and the visit has begun. Watchers are not each other's peers.
    """
    visit = get(tx, device.visit_id)
    there = devices.present(tx, visit.id) if present is None else present
    there = [each for each in there if each.side != Side.WATCHER or _may_stay(tx, each, visit)]
    call = call_record.get(tx, visit)
    sides = {each.side for each in there}
    over = _over(device, visit, call, now) or (None if _may_stay(tx, device, visit) else OverReason.GONE)
    together = {Side.FAMILY, Side.KIOSK} <= sides and visit.starts <= now
    phase = Phase.OVER if over else Phase.CALL if together else Phase.WAITING
    peers = [each for each in there if phase is Phase.CALL and each.id != device.id]
    if device.side == Side.WATCHER:
        peers = [each for each in peers if each.side != Side.WATCHER]
    return CallState(
        phase=phase,
        now=now.timestamp(),
        starts_in=round((visit.starts - now).total_seconds(), 1),
        ends_in=round((visit.ends - now).total_seconds(), 1),
        peers=tuple(Peer(each.id, each.epoch, each.side) for each in peers),
        silent=tuple(each.id for each in peers if not each.heard_of(now)),
        family=Side.FAMILY in sides,
        kiosk=Side.KIOSK in sides,
        screen=Side.KIOSK in sides or kiosks.is_on(kiosks.of_terminal(tx, visit.terminal_id), now),
        asks=Side.KIOSK not in sides and call_status.waits_for_officer(call),
        watched=Side.WATCHER in sides,
        notice=call.notice,
        over=None if over is None else Over(over, say(_text_key(device, over), _language(tx, device, visit))),
    )


def _text_key(device: Device, over: OverReason) -> str:
    """The text about the end. A resident has a text of their own: they paid nothing, and must not read what was reported."""
    kiosk_only = device.side == Side.KIOSK and over in (OverReason.STAFF, OverReason.NOT_THEM)
    return "over.kiosk" if kiosk_only else f"over.{over}"


def _over(device: Device, visit: Visit, call: Call, now: datetime) -> OverReason | None:
    """Why the call is over for this device; None while it is not."""
    if device.left_why in _OVER_AFTER:
        return _OVER_AFTER[device.left_why]
    if call.stopped_why is not None:
        return OverReason(call.stopped_why)
    if visit.state in _STOPPED:
        return OverReason.STAFF
    ended = visit.state not in STANDING or now >= visit.ends or device.left_at is not None
    return OverReason.END if ended else None


def may_stay(tx: Tx, device: Device) -> bool:
    """Whether the person at this device may still be in the call.

    Officers may not once they are inactive, suspended or moved to other units, nor when the facility stops watching. A
    family may not once its link was revoked.
    """
    return _may_stay(tx, device, get(tx, device.visit_id))


def _may_stay(tx: Tx, device: Device, visit: Visit) -> bool:
    if device.side == Side.FAMILY and device.person_id is not None:
        return not visit_links.revoked(tx, visit.id, device.person_id, LinkPurpose.JOIN)
    if device.side != Side.WATCHER:
        return True
    if device.person_id is None or not store.rules(tx, visit.facility_id).watching:
        return False
    officer = people.get(tx, device.person_id)
    own_unit = officer.units is None or people.resident(tx, visit.resident_id).unit in officer.units
    return officer.active and not officer.suspended and own_unit


def _language(tx: Tx, device: Device, visit: Visit) -> str:
    """The language of the person at this device: the family, the resident, or the officer."""
    whole = queries.details(tx, visit)
    if device.side == Side.FAMILY:
        return text_facts.language(tx, whole)
    spoken = whole.resident.language
    if device.side == Side.WATCHER and device.person_id is not None:
        spoken = people.get(tx, device.person_id).language
    return text_facts.known(spoken, whole.facility)
