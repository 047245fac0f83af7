"""What an officer sees of the calls in his units, and what he does about them. The page of calls is made of this."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handlers.calls import joining
from handlers.deps import Deps
from handlers.messaging import text_facts
from handlers.staff import alerts
from handlers.wakeups import call_topic
from scheduling import call_status, queries
from scheduling.call_status import Sight
from scheduling.calls import record
from scheduling.facilities import store
from scheduling.people import people, staff_links
from scheduling.people.people import Person
from scheduling.policy.facility import Facility
from scheduling.policy.ids import VisitId
from scheduling.policy.visit_state import STANDING, State
from scheduling.policy.vocabulary import ActorKind, AdmittedBy, VisitKind
from scheduling.storage.database import Tx
from scheduling.visits import ending
from scheduling.visits.transition import Actor
from scheduling.visits.visit import Visit, get

Officer = Person
REASONS = ending.END_REASONS
LONGEST = record.NOTICE_FITS
IN_DOUBT = State.IN_DOUBT


@dataclass(frozen=True, slots=True)
class CallView:
    """One call as the page shows it. Times are by the facility's clocks.

    `phone` and `screen` are the words of `scheduling.call_status` for how these are. `own` is the officer's own family's: a
    colleague acts on it. `watchable` is never an attorney's. `said_no`: the family said that it is somebody else.
    """

    visit: VisitId
    ref: str
    visitor: str
    resident: str
    number: str
    terminal: str
    unit: str
    starts: datetime
    ends: datetime
    begun: bool
    minutes_left: int
    doubt: bool
    legal: bool
    own: bool
    watchable: bool
    screen_on: bool
    asked: bool
    admitted: str | None
    phones: int
    kiosk_in: bool
    watched: bool
    connected: bool
    minutes_connected: int
    phone: str
    screen: str
    notice: str | None
    said_no: bool
    trouble_at: datetime | None


@dataclass(frozen=True, slots=True)
class Desk:
    """Who opened the page of calls, and what it says of his facility."""

    officer: Officer
    facility: Facility
    language: str


def desk(deps: Deps, token: str) -> Desk | None:
    """Whose link this is; None for what is no link, has run out, or is that of somebody who is no officer any more."""
    with deps.db.read() as tx:
        officer = staff_links.find(tx, token, now=deps.now())
        if officer is None:
            return None
        facility = store.rules(tx, officer.facility_id)
        return Desk(officer, facility, text_facts.known(officer.language, facility))


def calls_now(deps: Deps, officer: Officer) -> list[CallView]:
    """The calls of his units: what may be joined or runs now, and what ended in doubt; those first, then in order of time."""
    with deps.db.read() as tx:
        found = [_view(tx, deps, officer, visit) for visit in _visits(tx, deps, officer)]
    return sorted(found, key=lambda each: (not each.doubt, each.starts))


def admit(deps: Deps, officer: Officer, ref: str, correlation: str) -> str:  # noqa: ARG001  # as all that acts
    """An officer has seen that it is him: "admitted", "already", "own", or "gone" when there is no such call now."""

    def work(tx: Tx, visit: Visit) -> str:
        if visit.state == IN_DOUBT:
            return "gone"
        now = deps.now()
        return "admitted" if alerts.admit(tx, visit, AdmittedBy.OFFICER, by=officer.id, now=now) else "already"

    return _do(deps, officer, ref, work)


def notice(deps: Deps, officer: Officer, ref: str, words: str, correlation: str) -> str:  # noqa: ARG001
    """His words on both screens, until others take their place: "noticed", "cleared", "too_long", "own" or "gone"."""
    words = " ".join(words.split())

    def work(tx: Tx, visit: Visit) -> str:
        if visit.state == IN_DOUBT:
            return "gone"
        if not words:
            record.note(tx, visit, notice=None, notice_at=None)
            return "cleared"
        record.say(tx, visit, words, now=deps.now())
        return "noticed"

    return "too_long" if len(words) > LONGEST else _do(deps, officer, ref, work)


def end(deps: Deps, officer: Officer, ref: str, reason: str, correlation: str) -> str:
    """The call is over, for one of REASONS: "ended", "own" or "gone"."""

    def work(tx: Tx, visit: Visit) -> str:
        visit = get(tx, visit.id, lock=True)
        if visit.state not in STANDING or reason not in REASONS:
            return "gone"
        ending.staff_end(tx, visit, actor=_actor(officer, correlation), now=deps.now(), reason=reason)
        return "ended"

    return _do(deps, officer, ref, work)


def decide(deps: Deps, officer: Officer, ref: str, correlation: str, *, took_place: bool) -> str:
    """A visit in doubt took place, or the family has its money back: "decided", "own" or "gone"."""

    def work(tx: Tx, visit: Visit) -> str:
        visit = get(tx, visit.id, lock=True)
        if visit.state != IN_DOUBT:
            return "gone"
        actor = _actor(officer, correlation)
        ending.decide_doubt(tx, visit, took_place=took_place, actor=actor, now=deps.now())
        return "decided"

    return _do(deps, officer, ref, work)


def _actor(officer: Officer, correlation: str) -> Actor:
    return Actor(ActorKind.STAFF, officer.id, "page", correlation)


def call_now(deps: Deps, officer: Officer, ref: str) -> CallView | None:
    """One of his calls by its reference; None when it is not among them now, or his own family's."""
    return next((each for each in calls_now(deps, officer) if each.ref == ref and not each.own), None)


def watch(deps: Deps, officer: Officer, ref: str) -> CallView | None:
    """The call he may watch; None where there is none, the facility does not watch, or it is an attorney's."""
    found = call_now(deps, officer, ref)
    return found if found is not None and found.watchable else None


def enter_watch(deps: Deps, officer: Officer, ref: str) -> dict[str, Any] | None:
    """His page becomes a device of the call that only watches: its entry, or None."""
    found = watch(deps, officer, ref)
    if found is None:
        return None
    try:
        return joining.enter_watcher(deps, officer, found.visit)
    except joining.CannotEnter:
        return None


def _visits(tx: Tx, deps: Deps, officer: Officer) -> list[Visit]:
    early = store.rules(tx, officer.facility_id).join_early
    return call_status.now_on(tx, officer.facility_id, officer.units, now=deps.now(), early=early)


def _do(deps: Deps, officer: Officer, ref: str, work: Callable[[Tx, Visit], str]) -> str:
    """Act on one of his calls. His own family's is a colleague's business."""

    touched: list[VisitId] = []

    def found(tx: Tx) -> str:
        visit = next((each for each in _visits(tx, deps, officer) if each.reference == ref), None)
        if visit is None:
            return "gone"
        touched.append(visit.id)
        return "own" if people.same_phone(tx, officer.id, visit.visitor_id) else work(tx, visit)

    done = deps.db.run(found)
    for visit_id in touched:
        deps.wakeups.notify(call_topic(visit_id))
    deps.wakeups.notify_workers()
    return done


def _view(tx: Tx, deps: Deps, officer: Officer, visit: Visit) -> CallView:
    now, whole, seen = deps.now(), queries.details(tx, visit), call_status.of(tx, visit, now=deps.now())
    own, legal, doubt = (
        people.same_phone(tx, officer.id, visit.visitor_id),
        visit.kind == VisitKind.LEGAL,
        visit.state == IN_DOUBT,
    )
    begun = visit.starts <= now
    return CallView(
        visit=visit.id,
        ref=visit.reference,
        visitor=whole.visitor.name,
        resident=whole.resident.name,
        number=whole.resident.number,
        terminal=store.terminal_name(tx, visit.terminal_id),
        unit=whole.resident.unit,
        starts=text_facts.local(visit.starts, whole.facility),
        ends=text_facts.local(visit.ends, whole.facility),
        begun=begun,
        minutes_left=_minutes(visit.ends if begun else visit.starts, now),
        doubt=doubt,
        legal=legal,
        own=own,
        watchable=whole.facility.watching and not legal and not own and not doubt,
        screen_on=seen.screen_on,
        asked=call_status.asks(seen.call),
        admitted=seen.call.admitted_how if doubt or call_status.let_in(tx, visit, seen.call) else None,
        phones=_in(seen, "family", now),
        kiosk_in=bool(_in(seen, "kiosk", now)),
        watched=bool(_in(seen, "watcher", now)),
        connected=seen.connected,
        minutes_connected=seen.seconds // 60,
        phone=call_status.phone_says(seen, now),
        screen=call_status.screen_says(seen, now),
        notice=seen.call.notice,
        said_no=seen.call.stopped_why == "not_them",
        trouble_at=None
        if seen.call.trouble_told_at is None
        else text_facts.local(seen.call.trouble_told_at, whole.facility),
    )


def _in(seen: Sight, side: str, now: datetime) -> int:
    return len([each for each in seen.devices if each.side == side and each.heard_of(now)])


def _minutes(until: datetime, now: datetime) -> int:
    """Whole minutes that are left; a part of one counts as one."""
    return max(0, -int((now - until).total_seconds() // 60))
