"""Enqueues the effects of a transition as outbox jobs, each with the moment at which it is due."""

from datetime import datetime, timedelta

from scheduling.policy.deadlines import cutoff, next_staff_time, out_of_quiet, pay_reminder_at
from scheduling.policy.facility import Facility
from scheduling.policy.job_payloads import VisitJob
from scheduling.policy.lifecycle import Effect, Transition
from scheduling.storage import outbox
from scheduling.storage.database import Tx
from scheduling.storage.outbox import Priority
from scheduling.visits.credit import CREDIT_EXPIRES_AFTER
from scheduling.visits.visit import Visit

REMIND_BEFORE = timedelta(minutes=15)
REMIND_DAY_BEFORE = timedelta(hours=24)
DOUBT_EXPIRES_AFTER = timedelta(days=2)
"""How long staff may decide about a visit in doubt. After that it is decided in favor of the family."""


def enqueue_effects(
    tx: Tx, visit: Visit, transition: Transition, facility: Facility, *, now: datetime, correlation: str | None
) -> None:
    """Enqueue the effects of a transition. The key of a timer contains the revision or the start that it belongs to."""
    for effect in transition.effects:
        mark = visit.starts.timestamp() if effect in _BY_START else f"{visit.revision}.{visit.asked_count}"
        if effect is Effect.FINISH:  # by its end: the length of a visit can change while its start stays the same
            mark = visit.ends.timestamp()
        if effect in (Effect.LAPSE_CHOICE, Effect.LAPSE_NEW) and visit.choose_until is not None:
            mark = visit.choose_until.timestamp()
        enqueue_effect(tx, visit, effect, facility, now=now, correlation=correlation, mark=mark)


def enqueue_effect(
    tx: Tx,
    visit: Visit,
    effect: Effect,
    facility: Facility,
    *,
    now: datetime,
    correlation: str | None,
    mark: float | str,
) -> None:
    """Enqueue one effect, unless it is not needed any more. `mark` makes its key unique among those of the visit."""
    due = _due(effect, visit, facility, now)
    if due is not None:
        outbox.enqueue(
            tx, effect, VisitJob(visit.id, visit.revision, visit.starts),
            now=now, due=due, key=f"{effect}:{visit.id}:{mark}", priority=_PRIORITY.get(effect, Priority.ANSWER),
            correlation=correlation, until=_until(effect, visit),
        )  # fmt: skip


_BY_START = {Effect.REMIND_DAY_BEFORE, Effect.REMIND_SOON}
_PRIORITY = {
    Effect.NOTIFY_FACILITY_CANCELLED: Priority.URGENT, Effect.NOTIFY_STAFF_WITHDRAWN: Priority.URGENT,
    Effect.REMIND_DAY_BEFORE: Priority.REST, Effect.REMIND_SOON: Priority.DEADLINE, Effect.REMIND_TO_PAY: Priority.DEADLINE,
    Effect.LAPSE_CHOICE: Priority.DEADLINE, Effect.LAPSE_NEW: Priority.DEADLINE, Effect.EXPIRE_REQUEST: Priority.DEADLINE,
    Effect.EXPIRE_OFFER: Priority.DEADLINE, Effect.EXPIRE_PAYMENT: Priority.DEADLINE, Effect.FINISH: Priority.DEADLINE,
    Effect.EXPIRE_DOUBT: Priority.DEADLINE, Effect.END_CALL: Priority.URGENT,
}  # fmt: skip


def _until(effect: Effect, visit: Visit) -> datetime | None:
    """When an effect is too late to be useful, such as a reminder of a visit that has begun; None when it never is."""
    if effect in (Effect.REMIND_SOON, Effect.REMIND_DAY_BEFORE):
        return visit.starts
    return visit.deadline if effect is Effect.REMIND_TO_PAY else None


def _due(effect: Effect, visit: Visit, facility: Facility, now: datetime) -> datetime | None:
    """When an effect is due; None when it is not needed any more."""
    if effect in (Effect.LAPSE_CHOICE, Effect.LAPSE_NEW):
        return visit.choose_until
    if effect is Effect.SEND_CARDS:
        opens = next_staff_time(now, facility)
        return opens if opens < cutoff(visit.first_start) else now
    if effect is Effect.ASK_STAFF_AGAIN:
        return visit.deadline if visit.deadline and visit.deadline < cutoff(visit.first_start) else None
    if effect is Effect.EXPIRE_REQUEST:
        return cutoff(visit.first_start)
    if effect in (Effect.EXPIRE_OFFER, Effect.EXPIRE_PAYMENT):
        return visit.deadline
    if effect is Effect.REMIND_TO_PAY:
        return pay_reminder_at(now, visit.deadline, facility) if visit.deadline else None
    if effect is Effect.REMIND_DAY_BEFORE:
        return _later(out_of_quiet(visit.starts - REMIND_DAY_BEFORE, facility), now)
    if effect is Effect.REMIND_SOON:
        return _later(visit.starts - REMIND_BEFORE, now)
    other = {
        Effect.FINISH: visit.ends, Effect.NOTIFY_STILL_WAITING: out_of_quiet(now, facility),
        Effect.NOTIFY_CHOICE_LAPSED: out_of_quiet(now, facility),
        Effect.EXPIRE_DOUBT: now + DOUBT_EXPIRES_AFTER,
        Effect.GIVE_BACK_CARRIED: max(now, (visit.ended_at or now) + CREDIT_EXPIRES_AFTER),
    }  # fmt: skip
    return other.get(effect, now)


def _later(due: datetime, now: datetime) -> datetime | None:
    return due if due > now else None
