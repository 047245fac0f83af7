"""What a device in a call sends and reads: heartbeats, signaling messages, its state, and leaving.

Each function is one transaction. After one that changes what other devices see, the call's topic is notified.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from handlers.calls import call_state
from handlers.calls.call_state import CallState, Phase
from handlers.deps import Deps
from handlers.messaging import text_facts
from handlers.staff import flags
from handlers.tables import FlagKind
from handlers.wakeups import call_topic, device_topic
from scheduling import queries
from scheduling.calls import attendance, devices, signaling_queue
from scheduling.calls.devices import Device
from scheduling.calls.signaling_queue import QueuedMessage, SignalingMessage
from scheduling.policy.ids import DeviceId, VisitId
from scheduling.policy.vocabulary import ActorKind, LeftReason, Side
from scheduling.queries import VisitDetails
from scheduling.storage.database import Tx
from scheduling.visits import ending
from scheduling.visits.transition import Actor
from scheduling.visits.visit import get

Message = QueuedMessage


@dataclass(frozen=True, slots=True)
class Read:
    """What a device reads: the messages after its cursor, and the state of its call."""

    device: Device
    messages: Sequence[Message]
    state: CallState

    @property
    def call_topic(self) -> str:
        """Notified when the call changes."""
        return call_topic(self.device.visit_id)

    @property
    def device_topic(self) -> str:
        """Notified when the device is sent a message."""
        return device_topic(self.device.id)


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What a device reports every ten seconds: whether pictures (`seen`) or sound (`heard`) of the other side came in since
    the last heartbeat, its own condition (`report`), and measurements (`figures`)."""

    seen: bool
    heard: bool
    report: Mapping[str, str | bool]
    figures: Mapping[str, int | float]


def heartbeat(deps: Deps, key: str, beat: Heartbeat) -> Read | None:
    """Record a heartbeat and return the state of the call. None for an unknown key."""
    changed: list[VisitId] = []

    def work(tx: Tx) -> Read | None:
        device, now = devices.by_key(tx, key), deps.now()
        if device is None:
            return None
        there = devices.present(tx, device.visit_id)
        # After a gap of our own we cannot tell whether the peers left or the server was down, so we drop nobody.
        away = now - device.seen_at > devices.SILENT_AFTER
        gone = [each for each in there if each.id != device.id and not away and now - each.seen_at > devices.GONE_AFTER]
        found = call_state.state(tx, device, now, [each for each in there if each not in gone])
        if found.over is None:
            _record(tx, device, beat, now, in_call=found.phase is Phase.CALL)
            if gone:
                devices.leave(tx, gone, LeftReason.SILENT, now=now)
            if gone or away:
                changed.append(device.visit_id)
        return Read(device, [], found)

    answer = deps.db.run(work)
    for visit_id in changed:
        deps.wakeups.notify(call_topic(visit_id))
    return answer


def heartbeat_cached(deps: Deps, cached: Read, beat: Heartbeat) -> bool:
    """Record a heartbeat of a device whose state is cached, without reading its call.

    False, and nothing recorded, when the device has left meanwhile or has entered again.
    """
    in_call = cached.state.phase is Phase.CALL
    return deps.db.run(lambda tx: _record(tx, cached.device, beat, deps.now(), in_call=in_call))


def _record(tx: Tx, device: Device, beat: Heartbeat, now: datetime, *, in_call: bool) -> bool:
    if not devices.record_heartbeat(tx, device, beat.report, now=now):
        return False
    if device.side != Side.WATCHER and in_call:
        figures = beat.figures if _sample_due(device, now) else {}
        attendance.record_heartbeat(tx, device, seen=beat.seen, heard=beat.heard, figures=figures, now=now)
    return True


def _sample_due(device: Device, now: datetime) -> bool:
    """Whether this heartbeat writes the sample of its minute. The slot differs by device: they do not all write at once."""
    slots = 60 // attendance.SLOT_SECONDS
    return attendance.slot_of(now) % slots == device.id % slots


def send(deps: Deps, key: str, messages: Sequence[SignalingMessage]) -> bool:
    """Send messages to other devices of the same call. False for a device that is not in a call."""

    def work(tx: Tx) -> set[DeviceId] | None:
        device = devices.by_key(tx, key)
        if device is None or device.left_at is not None or not call_state.may_stay(tx, device):
            return None
        there = {each.id for each in devices.present(tx, device.visit_id)} - {device.id}
        return _enqueue(tx, deps, device, messages, there)

    return _notify_recipients(deps, deps.db.run(work))


def send_cached(deps: Deps, cached: Read, messages: Sequence[SignalingMessage]) -> bool:
    """Send messages of a device whose state is cached, without reading its call.

    False, and nothing sent, when the device has left meanwhile or has entered again.
    """
    there = {each.id for each in cached.state.peers}

    def work(tx: Tx) -> set[DeviceId] | None:
        return _enqueue(tx, deps, cached.device, messages, there) if devices.is_in(tx, cached.device) else None

    return _notify_recipients(deps, deps.db.run(work))


def _enqueue(
    tx: Tx, deps: Deps, device: Device, messages: Sequence[SignalingMessage], there: set[DeviceId]
) -> set[DeviceId]:
    """Enqueue the messages to devices that are `there`, and return the recipients to notify.

    They are notified of a repeated message too: the process that enqueued it may have died before it notified anybody.
    """
    deliverable = [each for each in messages if each.to in there]
    signaling_queue.enqueue(tx, device, deliverable, now=deps.now())
    return {each.to for each in deliverable}


def _notify_recipients(deps: Deps, recipients: Iterable[DeviceId] | None) -> bool:
    for device_id in recipients or ():
        deps.wakeups.notify(device_topic(device_id))
    return recipients is not None


def read(deps: Deps, key: str, cursor: int) -> Read | None:
    """The state of a device's call and its messages after the cursor. None for an unknown key."""
    with deps.db.read() as tx:
        device = devices.by_key(tx, key)
        if device is None:
            return None
        state = call_state.state(tx, device, deps.now())
        messages = signaling_queue.read_after(tx, device, cursor) if state.over is None else []
        return Read(device, messages, state)


def read_messages(deps: Deps, cached: Read, cursor: int) -> Sequence[Message]:
    """The messages alone, for a device whose state has not changed."""
    with deps.db.read() as tx:
        return signaling_queue.read_after(tx, cached.device, cursor)


def leave(deps: Deps, key: str) -> None:
    """Take the device out of its call: its page was closed, or Leave was pressed. The same phone may come back."""

    def work(tx: Tx) -> VisitId | None:
        device = devices.by_key(tx, key)
        if device is None:
            return None
        devices.leave(tx, [device], LeftReason.LEFT, now=deps.now())
        return device.visit_id

    visit_id = deps.db.run(work)
    if visit_id is not None:
        deps.wakeups.notify(call_topic(visit_id))


def not_them(deps: Deps, key: str, *, correlation: str) -> CallState | None:
    """End the call because the family says that somebody else is on the screen, and flag it for staff.

    None for any device but one of a family that is in its call.
    """

    def work(tx: Tx) -> tuple[VisitId, CallState] | None:
        device, now = devices.by_key(tx, key), deps.now()
        if device is None or device.side != Side.FAMILY or device.left_at is not None:
            return None
        visit = get(tx, device.visit_id, lock=True)
        if ending.joinable(visit, now=now, opens=visit.starts):
            whole = queries.details(tx, visit)
            ending.end_as_wrong_person(
                tx, visit, actor=Actor(ActorKind.FAMILY, device.person_id, "page", correlation), now=now
            )
            flag(tx, deps, whole, FlagKind.NOT_THEM)
        return device.visit_id, call_state.state(tx, device, now)

    done = deps.db.run(work)
    if done is None:
        return None
    visit_id, state = done
    deps.wakeups.notify(call_topic(visit_id))
    deps.wakeups.notify_workers()
    return state


def flag(tx: Tx, deps: Deps, whole: VisitDetails, kind: FlagKind) -> None:
    """Flag something in a call that a person must look at."""
    address = text_facts.address_of(whole.visit)
    flags.raise_flag(
        tx, whole.visit.facility_id, kind, address, now=deps.now(), said=whole.visit.reference, who=[whole.visitor],
        visits=[whole.visit],
    )  # fmt: skip
