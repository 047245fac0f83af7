"""The calls in an officer's units, as the page of calls shows them."""

from dataclasses import dataclass
from datetime import datetime

from handlers.deps import Deps
from handlers.messaging import text_facts
from scheduling import call_status, queries
from scheduling.call_status import CallStatus
from scheduling.facilities import store
from scheduling.people import person_addresses, staff_links
from scheduling.people.people import Person
from scheduling.policy.facility import Facility
from scheduling.policy.ids import VisitId
from scheduling.policy.visit_state import State
from scheduling.policy.vocabulary import Side, StopReason, VisitKind
from scheduling.storage.database import Tx
from scheduling.visits.visit import Visit

IN_DOUBT = State.IN_DOUBT


@dataclass(frozen=True, slots=True)
class CallView:
    """One call as the page shows it. Times are on the facility's clock.

    `phone` and `screen` are conditions as `scheduling.call_status` names them. `own`: the visit is of the officer's own
    family, so a colleague has to act on it. `watchable` is never true for an attorney's visit. `said_no`: the family said
    that somebody else was on the screen.
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
    """The officer who opened the page of calls, their facility, and the language of the page."""

    officer: Person
    facility: Facility
    language: str


def desk(deps: Deps, token: str) -> Desk | None:
    """The officer of this link; None when it is unknown or expired, or its owner is not an active officer any more."""
    with deps.db.read() as tx:
        officer = staff_links.find(tx, token, now=deps.now())
        if officer is None:
            return None
        facility = store.rules(tx, officer.facility_id)
        return Desk(officer, facility, text_facts.known(officer.language, facility))


def calls_now(deps: Deps, officer: Person) -> list[CallView]:
    """The calls of the officer's units that may be joined or run now, and those in doubt: these first, then by time."""
    with deps.db.read() as tx:
        found = [_view(tx, deps, officer, visit) for visit in visits_now(tx, deps, officer)]
    return sorted(found, key=lambda each: (not each.doubt, each.starts))


def call_now(deps: Deps, officer: Person, ref: str) -> CallView | None:
    """One of the officer's calls by its reference; None when it is not among them now, or is of their own family."""
    return next((each for each in calls_now(deps, officer) if each.ref == ref and not each.own), None)


def visits_now(tx: Tx, deps: Deps, officer: Person) -> list[Visit]:
    """The visits of `calls_now`."""
    early = store.rules(tx, officer.facility_id).join_early
    return call_status.now_on(tx, officer.facility_id, officer.units, now=deps.now(), early=early)


def _view(tx: Tx, deps: Deps, officer: Person, visit: Visit) -> CallView:
    now, whole, seen = deps.now(), queries.details(tx, visit), call_status.of(tx, visit, now=deps.now())
    own, legal, doubt = (
        person_addresses.same_phone(tx, officer.id, visit.visitor_id),
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
        asked=call_status.waits_for_officer(seen.call),
        admitted=seen.call.admitted_how if doubt or call_status.is_admitted(tx, visit, seen.call) else None,
        phones=_count(seen, Side.FAMILY, now),
        kiosk_in=bool(_count(seen, Side.KIOSK, now)),
        watched=bool(_count(seen, Side.WATCHER, now)),
        connected=seen.connected,
        minutes_connected=seen.seconds // 60,
        phone=call_status.phone_status(seen, now),
        screen=call_status.screen_status(seen, now),
        notice=seen.call.notice,
        said_no=seen.call.stopped_why == StopReason.NOT_THEM,
        trouble_at=None
        if seen.call.trouble_told_at is None
        else text_facts.local(seen.call.trouble_told_at, whole.facility),
    )


def _count(seen: CallStatus, side: Side, now: datetime) -> int:
    """How many devices of this side are in the call and were heard from recently."""
    return len([each for each in seen.devices if each.side == side and each.heard_of(now)])


def _minutes(until: datetime, now: datetime) -> int:
    """Minutes that are left, rounded up."""
    return max(0, -int((now - until).total_seconds() // 60))
