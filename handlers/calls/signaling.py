"""A device in a call: it says what comes in, tells the others, reads what they tell, leaves.

Each is one transaction; after one that changes what others see, the call's topic is rung.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handlers.calls import call_state
from handlers.deps import Deps
from handlers.messaging import text_facts
from handlers.staff import flags
from handlers.wakeups import call_topic, device_topic
from scheduling import queries
from scheduling.calls import devices, evidence, signaling_queue
from scheduling.calls.devices import Device
from scheduling.calls.signaling_queue import KINDS, Letter
from scheduling.policy.ids import DeviceId, VisitId
from scheduling.policy.vocabulary import ActorKind, LeftReason, Side
from scheduling.queries import VisitDetails
from scheduling.storage.database import Tx
from scheduling.visits import ending
from scheduling.visits.transition import Actor
from scheduling.visits.visit import get

MOST_LETTERS = 64
MOST = 20_000
"""Letters of one device from one loading of its page: a link that restarts every five seconds writes a third of that."""
LONGEST = 16_384
"""Of one letter, as JSON; an offer takes three to seven thousand."""
FULL = signaling_queue.MOST_BYTES // LONGEST
"""So many letters may be all that one answer had room for: there may be more."""


class NotLetters(ValueError):
    """What was sent is no list of letters as docs/calls.md describes them."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a device reads: letters after its cursor, and how the call stands."""

    device: Device
    messages: list[dict[str, Any]]
    state: dict[str, Any]

    @property
    def topic(self) -> str:
        """Rung when the call changes."""
        return call_topic(self.device.visit_id)

    @property
    def own(self) -> str:
        """Rung when the device is told something."""
        return device_topic(self.device.id)


@dataclass(frozen=True, slots=True)
class Beat:
    """A sign of life with what came in since the last one: pictures, sound, the device's report of itself, its figures."""

    seen: bool
    heard: bool
    report: Mapping[str, Any]
    figures: Mapping[str, Any]


def beat(deps: Deps, key: str, said: Beat) -> Read | None:
    """Keep a beat; how the call stands. None for a key of nobody."""
    changed: list[VisitId] = []

    def work(tx: Tx) -> Read | None:
        device, now = devices.by_key(tx, key), deps.now()
        if device is None:
            return None
        there = devices.present(tx, device.visit_id)
        # Who was not heard of itself cannot tell whether the others are gone, or nobody was heard: the house was away.
        away = now - device.seen_at > devices.SILENT
        gone = [each for each in there if each.id != device.id and not away and now - each.seen_at > devices.GONE]
        found = call_state.state(tx, device, now, [each for each in there if each not in gone])
        if found["over"] is None:
            _keep(tx, device, said, now, in_call=found["phase"] == "call")
            if gone:
                devices.leave(tx, gone, LeftReason.SILENT, now=now)
            if gone or away:
                changed.append(device.visit_id)
        return Read(device, [], found)

    answer = deps.db.run(work)
    for visit_id in changed:
        deps.wakeups.notify(call_topic(visit_id))
    return answer


def beat_on(deps: Deps, told: Read, said: Beat) -> bool:
    """Keep a beat of a device whose call stands as it was told lately, without a look at it. False, and nothing kept, when
    the device has left meanwhile, or has entered anew."""
    in_call = told.state["phase"] == "call"
    return deps.db.run(lambda tx: _keep(tx, told.device, said, deps.now(), in_call=in_call))


def _keep(tx: Tx, device: Device, said: Beat, now: datetime, *, in_call: bool) -> bool:
    if not devices.heard(tx, device, said.report, now=now):
        return False
    if device.side != Side.WATCHER and in_call:
        kept = said.figures if _sample_due(device, now) else {}
        evidence.beat(tx, device, seen=said.seen, heard=said.heard, figures=kept, now=now)
    return True


def _sample_due(device: Device, now: datetime) -> bool:
    """One beat a minute brings the minute's sample; which one differs, so that they do not all write at once."""
    slots = 60 // evidence.SLOT
    return evidence.slot_of(now) % slots == device.id % slots


def send(deps: Deps, key: str, letters: Sequence[Letter]) -> bool:
    """Tell other devices of the same call something. False for a device that is not in a call."""

    def work(tx: Tx) -> set[DeviceId] | None:
        device = devices.by_key(tx, key)
        if device is None or device.left_at is not None or not call_state.may_stay(tx, device):
            return None
        there = {each.id for each in devices.present(tx, device.visit_id)} - {device.id}
        return _told(tx, deps, device, letters, there)

    told = deps.db.run(work)
    for device_id in told or ():
        deps.wakeups.notify(device_topic(device_id))
    return told is not None


def send_on(deps: Deps, told: Read, letters: Sequence[Letter]) -> bool:
    """The same of a device whose call stands as it was told lately, without a look at it. False, and nothing told, when the
    device has left meanwhile, or has entered anew."""
    there = {DeviceId(each["id"]) for each in told.state["peers"]}

    def work(tx: Tx) -> set[DeviceId] | None:
        return _told(tx, deps, told.device, letters, there) if devices.is_in(tx, told.device) else None

    heard = deps.db.run(work)
    for device_id in heard or ():
        deps.wakeups.notify(device_topic(device_id))
    return heard is not None


def _told(tx: Tx, deps: Deps, device: Device, letters: Sequence[Letter], there: set[DeviceId]) -> set[DeviceId]:
    """Whom to ring: also for letters that were there already, for who wrote them may have died before it rang."""
    mine = [each for each in letters if each.to in there]
    signaling_queue.put(tx, device, mine, now=deps.now())
    return {each.to for each in mine}


def read(deps: Deps, key: str, cursor: int) -> Read | None:
    """What there is for a device after its cursor. None for a key of nobody."""
    with deps.db.read() as tx:
        device = devices.by_key(tx, key)
        if device is None:
            return None
        state = call_state.state(tx, device, deps.now())
        messages = signaling_queue.after(tx, device, cursor) if state["over"] is None else []
        return Read(device, messages, state)


def letters(deps: Deps, told: Read, cursor: int) -> list[dict[str, Any]]:
    """The letters alone: what there is to read when nothing else has changed."""
    with deps.db.read() as tx:
        return signaling_queue.after(tx, told.device, cursor)


def leave(deps: Deps, key: str) -> None:
    """The page was closed, or Leave was pressed; the same phone may come back."""

    def work(tx: Tx) -> VisitId | None:
        device = devices.by_key(tx, key)
        if device is None:
            return None
        devices.leave(tx, [device], LeftReason.LEFT, now=deps.now())
        return device.visit_id

    visit_id = deps.db.run(work)
    if visit_id is not None:
        deps.wakeups.notify(call_topic(visit_id))


def not_them(deps: Deps, key: str, *, correlation: str) -> dict[str, Any] | None:
    """A family says that somebody else is on the screen: the call is over, staff are told. None for any other device."""

    def work(tx: Tx) -> tuple[VisitId, dict[str, Any]] | None:
        device, now = devices.by_key(tx, key), deps.now()
        if device is None or device.side != Side.FAMILY or device.left_at is not None:
            return None
        visit = get(tx, device.visit_id, lock=True)
        if ending.joinable(visit, now=now, opens=visit.starts):
            whole = queries.details(tx, visit)
            ending.not_them(tx, visit, actor=Actor(ActorKind.FAMILY, device.person_id, "page", correlation), now=now)
            flag(tx, deps, whole, "not_them")
        return device.visit_id, call_state.state(tx, device, now)

    done = deps.db.run(work)
    if done is None:
        return None
    deps.wakeups.notify(call_topic(done[0]))
    deps.wakeups.notify_workers()
    return done[1]


def flag(tx: Tx, deps: Deps, whole: VisitDetails, kind: str) -> None:
    """Something in a call that a person must look at."""
    address = text_facts.address_of(whole.visit)
    flags.raise_flag(
        tx, whole.visit.facility_id, kind, address, now=deps.now(), said=whole.visit.reference, who=[whole.visitor],
        visits=[whole.visit],
    )  # fmt: skip


def letters_of(rows: object) -> list[Letter]:
    """What a page sent, as letters; NotLetters."""
    if not isinstance(rows, list) or len(rows) > MOST_LETTERS:
        raise NotLetters
    try:
        found = [
            Letter(int(row["number"]), DeviceId(int(row["to"])), int(row["to_epoch"]), str(row["kind"]), row["body"])
            for row in rows
        ]
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise NotLetters from error
    if not all(_is_letter(each) for each in found):
        raise NotLetters
    return found


def _is_letter(each: Letter) -> bool:
    small = all(0 <= number < 2**31 for number in (each.number, each.to, each.to_epoch))
    return small and each.number <= MOST and each.kind in KINDS and isinstance(each.body, dict) and _fits(each)


def _fits(each: Letter) -> bool:
    return len(json.dumps(each.body)) <= LONGEST
