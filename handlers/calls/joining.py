"""Entering a call: who may, and how. The device is a phone of the family, the kiosk, or an officer's who watches."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from handlers.calls import call_state, signaling
from handlers.calls.call_state import CallState
from handlers.deps import Deps
from handlers.gateways.video.base import IceConfiguration, VideoAccess, VideoSeat, room_of
from handlers.tables import FlagKind
from handlers.wakeups import call_topic
from scheduling import call_status, queries
from scheduling.calls import call_record, devices, kiosks
from scheduling.calls.devices import Device, Seat
from scheduling.people.people import Person
from scheduling.policy.facility import Facility
from scheduling.policy.ids import KioskId, VisitId
from scheduling.policy.visit_state import STANDING
from scheduling.policy.vocabulary import ActorKind, LeftReason, LinkPurpose, Side, VisitKind
from scheduling.queries import VisitDetails
from scheduling.storage.database import Tx
from scheduling.storage.secret_tokens import fresh, hashed
from scheduling.visits import ending
from scheduling.visits.transition import Actor
from scheduling.visits.visit import get

NETWORK_TEST_LIFETIME = timedelta(minutes=10)
TAKEOVER_WINDOW = timedelta(minutes=1)
"""Two phones that take a visit over within this are one flag for staff."""


class EntryRefusal(StrEnum):
    """Why a device may not enter a call.

    ELSEWHERE: another phone of the family is in it. OVERTAKEN: the same phone has entered by a later attempt.
    """

    UNKNOWN = "unknown"
    EARLY = "early"
    OVER = "over"
    UNBOOKED = "unbooked"
    ELSEWHERE = "elsewhere"
    OVERTAKEN = "overtaken"
    NOT_ADMITTED = "not_admitted"
    NOT_WATCHED = "not_watched"


class HowToEnter(StrEnum):
    """What a family chose when another phone of theirs is in the call: move the visit to this phone, or join as well."""

    ASK = ""
    MOVE = "move"
    TOO = "too"


class CannotEnter(Exception):
    """A device may not enter. `room` tells, for ELSEWHERE, whether this phone may join as well."""

    def __init__(self, why: EntryRefusal, *, room: bool = False) -> None:
        super().__init__(why)
        self.why, self.room = why, room


@dataclass(frozen=True, slots=True)
class CallEntry:
    """What a page needs to take part in a call. `key` authenticates the device, `access` is from the video provider."""

    device: Device
    key: str
    kbps: int
    access: VideoAccess
    state: CallState

    def to_json(self) -> dict[str, object]:
        """An entry as docs/calls.md describes it."""
        device = self.device
        return {
            **self.access.to_json(), "key": self.key, "device": device.id, "epoch": device.epoch, "side": device.side,
            "kbps": self.kbps, "cursor": 0, "state": self.state.to_json(),
        }  # fmt: skip


def new_browser_id() -> str:
    """The value of the cookie by which a phone is recognized."""
    return fresh()


def network_test_servers(deps: Deps, whole: VisitDetails) -> IceConfiguration:
    """The ICE servers with which a page tests its network before the call."""
    seat = _video_seat(deps, whole, 0, Side.FAMILY, deps.now() + NETWORK_TEST_LIFETIME)
    return deps.video.join(seat, now=deps.now()).ice


def enter_family(deps: Deps, token: str, browser: str, how: str, *, correlation: str, at: int = 0) -> CallEntry:
    """Enter a phone of the family, which marks the family as present. Raises CannotEnter.

    `browser` is the value of the phone's cookie, `how` one of HowToEnter, and `at` the phone's own time of this attempt, in
    milliseconds (0: unknown).
    """

    def work(tx: Tx) -> CallEntry:
        view, now = queries.by_link(tx, token, LinkPurpose.JOIN, now=deps.now()), deps.now()
        if view is None or view.revoked:
            raise CannotEnter(EntryRefusal.UNKNOWN)
        whole = _locked(tx, view.details, now)
        seat = Seat(Side.FAMILY, person_id=view.person_id, browser=hashed(browser), at=at)
        _refuse_older_attempt(tx, whole, seat)
        replaced = _make_room(tx, deps, whole, seat, how)
        by = Actor(ActorKind.FAMILY, view.person_id, "page", correlation)
        whole = queries.details(tx, ending.join(tx, whole.visit, actor=by, now=now))
        if replaced:
            last = call_record.get(tx, whole.visit).replaced_at
            call_record.update(tx, whole.visit, replaced_at=now)
            if last is not None and now - last <= TAKEOVER_WINDOW:
                signaling.flag(tx, deps, whole, FlagKind.TAKEOVERS)
        return _enter(tx, deps, whole, seat)

    return _run(deps, work)


def enter_kiosk(deps: Deps, kiosk_id: KioskId, visit_id: VisitId) -> CallEntry:
    """Enter the kiosk of the visit's terminal, once the resident was admitted. Raises CannotEnter."""

    def work(tx: Tx) -> CallEntry:
        visit, now = get(tx, visit_id, lock=True), deps.now()
        whole = _locked(tx, queries.details(tx, visit), now)
        if not kiosks.is_of(tx, kiosk_id, visit.terminal_id) or not call_status.is_admitted(
            tx, visit, call_record.get(tx, visit)
        ):
            raise CannotEnter(EntryRefusal.NOT_ADMITTED)
        return _enter_alone(tx, deps, whole, Seat(Side.KIOSK, kiosk_id=kiosk_id))

    return _run(deps, work)


def enter_watcher(deps: Deps, officer: Person, visit_id: VisitId) -> CallEntry:
    """Enter an officer who only watches, where the facility allows it; one at a time. Raises CannotEnter.

    An attorney's visit is never watched.
    """

    def work(tx: Tx) -> CallEntry:
        visit, now = get(tx, visit_id, lock=True), deps.now()
        whole = _locked(tx, queries.details(tx, visit), now)
        if not may_watch(whole):
            raise CannotEnter(EntryRefusal.NOT_WATCHED)
        return _enter_alone(tx, deps, whole, Seat(Side.WATCHER, person_id=officer.id))

    return _run(deps, work)


def may_watch(whole: VisitDetails) -> bool:
    """Whether staff may watch this call."""
    return whole.facility.watching and whole.visit.kind != VisitKind.LEGAL


def _run(deps: Deps, work: Callable[[Tx], CallEntry]) -> CallEntry:
    entry = deps.db.run(work)
    deps.wakeups.notify(call_topic(entry.device.visit_id))
    return entry


def _locked(tx: Tx, whole: VisitDetails, now: datetime) -> VisitDetails:
    """The visit under its lock; CannotEnter when its call cannot be entered now."""
    visit = get(tx, whole.visit.id, lock=True)
    if visit.state not in STANDING:
        raise CannotEnter(EntryRefusal.UNBOOKED if visit.live else EntryRefusal.OVER)
    if now >= visit.ends:
        raise CannotEnter(EntryRefusal.OVER)
    if now < visit.starts - whole.facility.join_early:
        raise CannotEnter(EntryRefusal.EARLY)
    return queries.details(tx, visit)


def _refuse_older_attempt(tx: Tx, whole: VisitDetails, seat: Seat) -> None:
    """An older attempt, delayed by a stalled server, must not invalidate the key issued to a newer one."""
    before = devices.same_browser(tx, whole.visit.id, seat)
    if before is not None and before.attempted_at > seat.at > 0:
        raise CannotEnter(EntryRefusal.OVERTAKEN)


def _make_room(tx: Tx, deps: Deps, whole: VisitDetails, seat: Seat, how: str) -> bool:
    """Make room for this phone beside others of the same family. True when it replaced one."""
    now, visit_id = deps.now(), whole.visit.id
    before = devices.same_browser(tx, visit_id, seat)
    family = [each for each in devices.present(tx, visit_id) if each.side == Side.FAMILY]
    gone = [each for each in family if not each.heard_of(now)]
    others = devices.others_of(tx, visit_id, seat, now=now)
    devices.leave(tx, [each for each in gone if before is None or each.id != before.id], LeftReason.SILENT, now=now)
    if not others or (before is not None and before.left_at is None):
        return False
    room = len(others) < _max_phones(whole.facility)
    if how == HowToEnter.MOVE:
        devices.leave(tx, others[:1], LeftReason.REPLACED, now=now)  # the phone that entered first
        return True
    if how == HowToEnter.TOO and room:
        return False
    raise CannotEnter(EntryRefusal.ELSEWHERE, room=room)


def _max_phones(facility: Facility) -> int:
    return min(facility.family_devices, facility.people_per_visit)


def _enter_alone(tx: Tx, deps: Deps, whole: VisitDetails, seat: Seat) -> CallEntry:
    """Enter as the only device of this side: any other is replaced."""
    same = devices.same_browser(tx, whole.visit.id, seat)
    there = [each for each in devices.present(tx, whole.visit.id) if each.side == seat.side]
    others = [each for each in there if same is None or each.id != same.id]
    devices.leave(tx, others, LeftReason.REPLACED, now=deps.now())
    return _enter(tx, deps, whole, seat)


def _enter(tx: Tx, deps: Deps, whole: VisitDetails, seat: Seat) -> CallEntry:
    now, visit = deps.now(), whole.visit
    device, key = devices.enter(tx, visit.id, seat, now=now)
    access = deps.video.join(_video_seat(deps, whole, device.id, seat.side, visit.ends), now=max(now, visit.starts))
    return CallEntry(device, key, whole.facility.video_kbps, access, call_state.state(tx, device, now))


def _video_seat(deps: Deps, whole: VisitDetails, device: int, side: Side, until: datetime) -> VideoSeat:
    # Providers show these names on all screens, and the kiosk is in a dayroom, so nobody is named.
    names = {Side.FAMILY: "Family", Side.KIOSK: "Kiosk", Side.WATCHER: "Staff"}
    room = room_of(deps.settings.secret_key.get_secret_value(), whole.visit.id)
    return VideoSeat(room, device, side, names[side], until)
