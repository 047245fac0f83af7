"""Who may enter a call, and how: a phone of the family, the kiosk, an officer who watches."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from handlers.calls import call_state, signaling
from handlers.deps import Deps
from handlers.gateways.video.base import Seat as Place
from handlers.gateways.video.base import room_of
from handlers.wakeups import call_topic
from scheduling import call_status, queries
from scheduling.calls import devices, kiosks, record
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

TESTED_WITHIN = timedelta(minutes=10)
TWICE_WITHIN = timedelta(minutes=1)
"""Two phones that take a visit over within this are one flag for staff."""


class CannotEnter(Exception):
    """Why not: unknown, early, over, unbooked, elsewhere (another phone of theirs is in), not_admitted, not_watched."""

    def __init__(self, why: str, *, room: bool = False) -> None:
        super().__init__(why)
        self.why, self.room = why, room


def fresh_browser() -> str:
    """What a browser keeps, so that the same phone is known again."""
    return fresh()


def for_a_test(deps: Deps, whole: VisitDetails) -> dict[str, Any]:
    """The servers with which a page tries out its network before the call."""
    place = _place(deps, whole, 0, Side.FAMILY, deps.now() + TESTED_WITHIN)
    ice: dict[str, Any] = deps.video.join(place, now=deps.now())["ice"]
    return ice


def enter_family(deps: Deps, token: str, browser: str, how: str, *, correlation: str, at: int = 0) -> dict[str, Any]:
    """Join pressed on a phone, which marks the family as there. `browser` is what this browser keeps, `how` is "", "move"
    (from another phone to this one) or "too". CannotEnter says why not."""

    def work(tx: Tx) -> dict[str, Any]:
        view, now = queries.by_link(tx, token, LinkPurpose.JOIN, now=deps.now()), deps.now()
        if view is None or view.revoked:
            raise CannotEnter("unknown")
        whole = _booked(tx, view.details, now)
        seat = Seat(Side.FAMILY, person_id=view.person_id, browser=hashed(browser), at=at)
        _not_overtaken(tx, whole, seat)
        replaced = _make_room(tx, deps, whole, seat, how)
        by = Actor(ActorKind.FAMILY, view.person_id, "page", correlation)
        whole = queries.details(tx, ending.join(tx, whole.visit, actor=by, now=now))
        if replaced:
            last = record.of(tx, whole.visit).replaced_at
            record.note(tx, whole.visit, replaced_at=now)
            if last is not None and now - last <= TWICE_WITHIN:
                signaling.flag(tx, deps, whole, "takeovers")
        return _entry(tx, deps, whole, seat)

    return _rung(deps, work)


def enter_kiosk(deps: Deps, kiosk_id: KioskId, visit_id: VisitId) -> dict[str, Any]:
    """The screen of the visit's terminal, once the resident was let in."""

    def work(tx: Tx) -> dict[str, Any]:
        visit, now = get(tx, visit_id, lock=True), deps.now()
        whole = _booked(tx, queries.details(tx, visit), now)
        if not kiosks.is_of(tx, kiosk_id, visit.terminal_id) or not call_status.let_in(tx, visit, record.of(tx, visit)):
            raise CannotEnter("not_admitted")
        seat = Seat(Side.KIOSK, kiosk_id=kiosk_id)
        devices.leave(tx, _others(tx, visit_id, seat), LeftReason.REPLACED, now=now)
        return _entry(tx, deps, whole, seat)

    return _rung(deps, work)


def enter_watcher(deps: Deps, officer: Person, visit_id: VisitId) -> dict[str, Any]:
    """An officer who only watches, where the facility allows it; one at a time. An attorney's visit is never watched."""

    def work(tx: Tx) -> dict[str, Any]:
        visit, now = get(tx, visit_id, lock=True), deps.now()
        whole = _booked(tx, queries.details(tx, visit), now)
        if not may_watch(whole):
            raise CannotEnter("not_watched")
        seat = Seat(Side.WATCHER, person_id=officer.id)
        devices.leave(tx, _others(tx, visit_id, seat), LeftReason.REPLACED, now=now)
        return _entry(tx, deps, whole, seat)

    return _rung(deps, work)


def may_watch(whole: VisitDetails) -> bool:
    """Whether staff may watch this call."""
    return whole.facility.watching and whole.visit.kind != VisitKind.LEGAL


def _rung(deps: Deps, work: Callable[[Tx], dict[str, Any]]) -> dict[str, Any]:
    entry: dict[str, Any] = deps.db.run(work)
    deps.wakeups.notify(call_topic(entry.pop("visit")))
    return entry


def _booked(tx: Tx, whole: VisitDetails, now: datetime) -> VisitDetails:
    """The visit under its lock, if its call can be entered now."""
    visit = get(tx, whole.visit.id, lock=True)
    if visit.state not in STANDING:
        raise CannotEnter("unbooked" if visit.live else "over")
    if now >= visit.ends:
        raise CannotEnter("over")
    if now < visit.starts - whole.facility.join_early:
        raise CannotEnter("early")
    return queries.details(tx, visit)


def _not_overtaken(tx: Tx, whole: VisitDetails, seat: Seat) -> None:
    """A try that waited in a frozen house must not take the key from a later one of the same phone."""
    before = devices.same_browser(tx, whole.visit.id, seat)
    if before is not None and int(before.report.get("at", 0)) > seat.at > 0:
        raise CannotEnter("overtaken")


def _make_room(tx: Tx, deps: Deps, whole: VisitDetails, seat: Seat, how: str) -> bool:
    """Let this phone in beside others of the same family; True when it took the place of one."""
    now, visit_id = deps.now(), whole.visit.id
    before = devices.same_browser(tx, visit_id, seat)
    family = [each for each in devices.present(tx, visit_id) if each.side == Side.FAMILY]
    gone = [each for each in family if not each.heard_of(now)]
    others = devices.others_of(tx, visit_id, seat, now=now)
    devices.leave(tx, [each for each in gone if before is None or each.id != before.id], LeftReason.SILENT, now=now)
    if not others or (before is not None and before.left_at is None):
        return False
    room = len(others) < _phones(whole.facility)
    if how == "move":
        devices.leave(tx, others[:1], LeftReason.REPLACED, now=now)  # the one that was there first
        return True
    if how == "too" and room:
        return False
    raise CannotEnter("elsewhere", room=room)


def _phones(facility: Facility) -> int:
    return min(facility.family_devices, facility.people_per_visit)


def _others(tx: Tx, visit_id: VisitId, seat: Seat) -> list[Device]:
    same = devices.same_browser(tx, visit_id, seat)
    there = [each for each in devices.present(tx, visit_id) if each.side == seat.side]
    return [each for each in there if same is None or each.id != same.id]


def _entry(tx: Tx, deps: Deps, whole: VisitDetails, seat: Seat) -> dict[str, Any]:
    """Enter, and everything the page needs for it."""
    now, visit = deps.now(), whole.visit
    device, key = devices.enter(tx, visit.id, seat, now=now)
    place = _place(deps, whole, device.id, seat.side, visit.ends)
    return {
        **deps.video.join(place, now=max(now, visit.starts)),
        "key": key, "device": device.id, "epoch": device.epoch, "side": device.side,
        "kbps": whole.facility.video_kbps, "cursor": 0, "state": call_state.state(tx, device, now), "visit": visit.id,
    }  # fmt: skip


def _place(deps: Deps, whole: VisitDetails, device: int, side: Side, until: datetime) -> Place:
    # A provider shows these names on all screens, and the kiosk hangs in a dayroom: nobody is named.
    names = {Side.FAMILY: "Family", Side.KIOSK: "Kiosk", Side.WATCHER: "Staff"}
    room = room_of(deps.settings.secret_key.get_secret_value(), whole.visit.id)
    return Place(room, device, side, names[side], until)
