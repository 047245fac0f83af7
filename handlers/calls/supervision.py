"""What an officer does about a call in their units: admit the resident, show a notice, end it, decide a doubt, watch it."""

from collections.abc import Callable
from enum import StrEnum

from handlers.calls import call_list, joining
from handlers.calls.call_list import CallView
from handlers.calls.joining import CallEntry
from handlers.deps import Deps
from handlers.staff import alerts
from handlers.wakeups import call_topic
from scheduling.calls import call_record
from scheduling.people import person_addresses
from scheduling.people.people import Person
from scheduling.policy.ids import VisitId
from scheduling.policy.visit_state import STANDING, State
from scheduling.policy.vocabulary import ActorKind, AdmittedBy
from scheduling.storage.database import Tx
from scheduling.visits import ending
from scheduling.visits.transition import Actor
from scheduling.visits.visit import Visit, get

REASONS = ending.END_REASONS
MAX_NOTICE_CHARACTERS = call_record.MAX_NOTICE_LENGTH
IN_DOUBT = State.IN_DOUBT


class ActionResult(StrEnum):
    """The result of an officer's action on a call; the page says it with the text `live.done.VALUE`.

    OWN: the visit is of the officer's own family, so a colleague must act. GONE: there is no such call now.
    """

    ADMITTED = "admitted"
    ALREADY = "already"
    NOTICED = "noticed"
    CLEARED = "cleared"
    TOO_LONG = "too_long"
    ENDED = "ended"
    NO_REASON = "no_reason"
    DECIDED = "decided"
    OWN = "own"
    GONE = "gone"


def admit(deps: Deps, officer: Person, ref: str) -> ActionResult:
    """Admit the resident, whom the officer has identified."""

    def work(tx: Tx, visit: Visit) -> ActionResult:
        if visit.state == IN_DOUBT:
            return ActionResult.GONE
        now = deps.now()
        return (
            ActionResult.ADMITTED
            if alerts.admit(tx, visit, AdmittedBy.OFFICER, by=officer.id, now=now)
            else ActionResult.ALREADY
        )

    return _do(deps, officer, ref, work)


def notice(deps: Deps, officer: Person, ref: str, words: str) -> ActionResult:
    """Show the officer's words on both screens, in place of any earlier ones; no words remove them."""
    words = " ".join(words.split())

    def work(tx: Tx, visit: Visit) -> ActionResult:
        if visit.state == IN_DOUBT:
            return ActionResult.GONE
        if not words:
            call_record.update(tx, visit, notice=None, notice_at=None)
            return ActionResult.CLEARED
        call_record.set_notice(tx, visit, words, now=deps.now())
        return ActionResult.NOTICED

    return ActionResult.TOO_LONG if len(words) > MAX_NOTICE_CHARACTERS else _do(deps, officer, ref, work)


def end(deps: Deps, officer: Person, ref: str, reason: str, correlation: str) -> ActionResult:
    """End the call for one of REASONS."""

    def work(tx: Tx, visit: Visit) -> ActionResult:
        visit = get(tx, visit.id, lock=True)
        if visit.state not in STANDING or reason not in REASONS:
            return ActionResult.GONE
        ending.staff_end(tx, visit, actor=_actor(officer, correlation), now=deps.now(), reason=reason)
        return ActionResult.ENDED

    return _do(deps, officer, ref, work)


def decide(deps: Deps, officer: Person, ref: str, correlation: str, *, took_place: bool) -> ActionResult:
    """Decide a visit in doubt: it took place, or the family is refunded."""

    def work(tx: Tx, visit: Visit) -> ActionResult:
        visit = get(tx, visit.id, lock=True)
        if visit.state != IN_DOUBT:
            return ActionResult.GONE
        actor = _actor(officer, correlation)
        ending.decide_doubt(tx, visit, took_place=took_place, actor=actor, now=deps.now())
        return ActionResult.DECIDED

    return _do(deps, officer, ref, work)


def _actor(officer: Person, correlation: str) -> Actor:
    return Actor(ActorKind.STAFF, officer.id, "page", correlation)


def watch(deps: Deps, officer: Person, ref: str) -> CallView | None:
    """The call, if the officer may watch it: the facility allows watching, and it is not an attorney's visit."""
    found = call_list.call_now(deps, officer, ref)
    return found if found is not None and found.watchable else None


def enter_watch(deps: Deps, officer: Person, ref: str) -> CallEntry | None:
    """Enter the call as a watcher; None when the officer may not watch it."""
    found = watch(deps, officer, ref)
    if found is None:
        return None
    try:
        return joining.enter_watcher(deps, officer, found.visit)
    except joining.CannotEnter:
        return None


def _do(deps: Deps, officer: Person, ref: str, work: Callable[[Tx, Visit], ActionResult]) -> ActionResult:
    """Act on one of the officer's calls, unless it is of their own family; then notify its devices and the workers."""

    touched: list[VisitId] = []

    def found(tx: Tx) -> ActionResult:
        visit = next((each for each in call_list.visits_now(tx, deps, officer) if each.reference == ref), None)
        if visit is None:
            return ActionResult.GONE
        touched.append(visit.id)
        return ActionResult.OWN if person_addresses.same_phone(tx, officer.id, visit.visitor_id) else work(tx, visit)

    done = deps.db.run(found)
    for visit_id in touched:
        deps.wakeups.notify(call_topic(visit_id))
    deps.wakeups.notify_workers()
    return done
