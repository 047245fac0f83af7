"""The function for each kind of outbox job. A test compares this table with the effects and the job kinds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.messages import Address
from handlers.deps import Deps
from handlers.inbound import inbox
from handlers.messaging import end_notices, family_notices, prompts, sending, visit_notices
from handlers.payments import checkout, refunds
from handlers.staff import briefing, decision_outcomes, disputed_visits
from handlers.wakeups import call_topic
from handlers.work import Work
from scheduling import queries
from scheduling.calls import devices, signaling_queue
from scheduling.policy.job_payloads import CallJob, ChatJob, JobKind, VisitJob
from scheduling.policy.lifecycle import Effect
from scheduling.policy.vocabulary import LeftReason
from scheduling.queries import VisitDetails
from scheduling.storage import outbox
from scheduling.storage.database import Tx
from scheduling.storage.outbox import Job
from scheduling.visits import asking, credit, deciding, ending
from scheduling.visits.visit import Visit


@dataclass(frozen=True, slots=True)
class JobHandler:
    """How one kind of job is run.

    Exactly one of the first two is set. `in_transaction` runs in the transaction that settles the job. `with_provider`
    calls a provider, with no transaction open, and settles the job itself. A job that `lasts` is never given up: money is
    owed, or a person waits for an answer. `retain` gives the part of the payload that may be retained once the job is
    given up.
    """

    in_transaction: Callable[[Work, Job], None] | None = None
    with_provider: Callable[[Deps, Job], None] | None = None
    lasts: bool = False
    retain: Callable[[Mapping[str, object]], Mapping[str, object]] | None = None


class TimerCommand(Protocol):
    """A command of scheduling that acts only when a deadline of the visit has passed."""

    def __call__(self, tx: Tx, visit: Visit, /, *, now: datetime) -> object:
        """Act if the deadline has passed."""


def _details(tx: Tx, job: Job) -> VisitDetails:
    visit_id = job.read(VisitJob).visit
    details = queries.by_id(tx, visit_id)
    if details is None:
        raise LookupError(f"no visit {visit_id}")
    return details


def _notice(notify: family_notices.Notifier, *, by_start: bool = False) -> JobHandler:
    """A text to the family, queued only if the visit still has the revision that it had when the job was queued.

    With `by_start` the function itself checks that the visit still has the same start.
    """

    def transact(work: Work, job: Job) -> None:
        details = _details(work.tx, job)
        prompts.withdraw(work.tx, details.visit.id, details.visit.revision, now=work.now)
        if by_start or details.visit.revision == job.read(VisitJob).revision:
            notify(work, details, job)

    return JobHandler(in_transaction=transact)


def _staff_notice(notify: Callable[[Work, VisitDetails], None]) -> JobHandler:
    """The same for a text to staff."""
    return _notice(lambda work, details, _: notify(work, details))


def _timer(command: TimerCommand, *, lasts: bool = False) -> JobHandler:
    """A deadline. The command itself checks whether it has passed."""

    def transact(work: Work, job: Job) -> None:
        command(work.tx, _details(work.tx, job).visit, now=work.now)

    return JobHandler(in_transaction=transact, lasts=lasts)


def _close_cards(work: Work, job: Job) -> None:
    details = _details(work.tx, job)
    prompts.withdraw(work.tx, details.visit.id, details.visit.revision, now=work.now)
    decision_outcomes.close_cards(work, details, job)


def _settle_money(work: Work, job: Job) -> None:
    ending.settle_money(work.tx, _details(work.tx, job).visit, now=work.now, correlation=work.correlation)


def _give_back_credit(work: Work, job: Job) -> None:
    details = _details(work.tx, job)
    amount = credit.refund_unused(work.tx, details.visit, now=work.now, correlation=work.correlation)
    if amount:
        end_notices.carried_back(work, details, job, amount)


def _end_call(deps: Deps, job: Job) -> None:
    """Take every device out of the call, delete the signaling messages, and notify the devices that are connected."""
    visit_id = job.read(VisitJob).visit

    def transact(tx: Tx) -> None:
        devices.leave(tx, devices.present(tx, visit_id), LeftReason.OVER, now=deps.now())
        signaling_queue.delete(tx, visit_id)
        outbox.mark_done(tx, job, now=deps.now())

    deps.db.run(transact)
    deps.wakeups.notify(call_topic(visit_id))  # after the commit: before it, readers would see the call as it was


def _notify_call(deps: Deps, job: Job) -> None:
    """Notify the devices of a call that an officer changed by text. The change is committed by now."""
    deps.wakeups.notify(call_topic(job.read(CallJob).visit))
    deps.db.run(lambda tx: outbox.mark_done(tx, job, now=deps.now()))


def _handle_chat(deps: Deps, job: Job) -> None:
    if inbox.handle(deps, Address.from_stored(*job.read(ChatJob).address)):
        deps.db.run(lambda tx: outbox.mark_done(tx, job, now=deps.now()))
    else:
        deps.db.run(lambda tx: outbox.reschedule(tx, job, now=deps.now(), error="not handled yet", after=5, lasts=True))


JOBS: Mapping[str, JobHandler] = {
    JobKind.SEND: JobHandler(with_provider=sending.send, retain=sending.retained_payload),
    JobKind.REFUND: JobHandler(with_provider=refunds.run_refund, lasts=True),
    JobKind.HANDLE_CHAT: JobHandler(with_provider=_handle_chat, lasts=True),
    JobKind.RING_CALL: JobHandler(with_provider=_notify_call),
    JobKind.CARRY_OUT: JobHandler(in_transaction=decision_outcomes.carry_out, lasts=True),
    JobKind.BRIEF: JobHandler(in_transaction=briefing.run_brief),
    Effect.EXPIRE_CHECKOUT: JobHandler(with_provider=checkout.run_expiry, lasts=True),
    Effect.LAPSE_CHOICE: _timer(asking.expire_choice),
    Effect.LAPSE_NEW: _timer(asking.expire_choice),
    Effect.ASK_STAFF_AGAIN: _timer(deciding.ask_again),
    Effect.EXPIRE_REQUEST: _timer(deciding.expire),
    Effect.EXPIRE_OFFER: _timer(deciding.expire),
    Effect.EXPIRE_PAYMENT: _timer(deciding.expire),
    Effect.FINISH: _timer(ending.finish, lasts=True),
    Effect.EXPIRE_DOUBT: _timer(ending.expire_doubt, lasts=True),
    Effect.GIVE_BACK_CARRIED: JobHandler(in_transaction=_give_back_credit, lasts=True),
    Effect.END_CALL: JobHandler(with_provider=_end_call, lasts=True),
    Effect.SETTLE_MONEY: JobHandler(in_transaction=_settle_money, lasts=True),
    Effect.RETIRE_CARDS: JobHandler(in_transaction=_close_cards),
    Effect.SEND_CARDS: _staff_notice(briefing.send_cards),
    Effect.ASK_WHAT_HAPPENED: _staff_notice(disputed_visits.ask_staff),
    Effect.NOTIFY_STAFF_WITHDRAWN: _staff_notice(decision_outcomes.notify_withdrawn),
    **{effect: _notice(notify) for effect, notify in visit_notices.NOTICES.items()},
    **{effect: _notice(notify, by_start=True) for effect, notify in visit_notices.REMINDERS.items()},
}
