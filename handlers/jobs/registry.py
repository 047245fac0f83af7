"""Every kind of outbox job and the function that does it. A test holds this table against the lifecycle's effects."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.messages import Address
from handlers.deps import Deps
from handlers.gateways.payments.base import GatewayDown, GatewayRefused, KeyReused, PaymentGateway
from handlers.inbound import inbox
from handlers.messaging import prompts, sending, visit_notices
from handlers.payments import checkout, payment_events
from handlers.staff import briefing, decision_outcomes, disputed_visits
from handlers.wakeups import call_topic
from handlers.work import Work, run
from scheduling import queries
from scheduling.calls import devices, signaling_queue
from scheduling.policy.ids import VisitId
from scheduling.policy.lifecycle import Effect
from scheduling.policy.vocabulary import EntryState, JobState, LeftReason
from scheduling.queries import VisitDetails
from scheduling.storage import outbox
from scheduling.storage.database import Tx
from scheduling.storage.outbox import Job
from scheduling.visits import asking, credit, deciding, ending, ledger
from scheduling.visits.pending_decision import CARRY_OUT

Inside = Callable[[Work, Job], None]
Outside = Callable[[Deps, Job], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """A job that lives in one transaction with its settling, or one that talks to a provider and settles itself.

    One that `lasts` is never given up: money is owed, or a person waits for an answer. `kept` is what may be kept of
    the payload of one that is.
    """

    inside: Inside | None = None
    outside: Outside | None = None
    lasts: bool = False
    kept: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None


def _told(teller: visit_notices.Notifier, *, by_start: bool = False) -> Kind:
    """A text about a visit: only while the visit is what it was when the job was put."""

    def transact(work: Work, job: Job) -> None:
        details = _whole(work.tx, job)
        prompts.withdraw(work.tx, details.visit.id, details.visit.revision, now=work.now)
        if by_start or details.visit.revision == job.payload["revision"]:
            teller(work, details, job)

    return Kind(inside=transact)


def _for_staff(act: Callable[[Work, VisitDetails], None]) -> Kind:
    """The same for what staff get."""
    return _told(lambda work, details, _: act(work, details))


def _whole(tx: Tx, job: Job) -> VisitDetails:
    details = queries.by_id(tx, VisitId(job.payload["visit"]))
    if details is None:
        raise LookupError(f"no visit {job.payload['visit']}")
    return details


def _timer(command: Callable[..., Any], *, lasts: bool = False) -> Kind:
    """A clock's move: the command itself looks whether it is still due."""

    def transact(work: Work, job: Job) -> None:
        command(work.tx, _whole(work.tx, job).visit, now=work.now)

    return Kind(inside=transact, lasts=lasts)


def _retire(work: Work, job: Job) -> None:
    details = _whole(work.tx, job)
    prompts.withdraw(work.tx, details.visit.id, details.visit.revision, now=work.now)
    decision_outcomes.close_cards(work, details, job)


def _settle(work: Work, job: Job) -> None:
    ending.settle_money(work.tx, _whole(work.tx, job).visit, now=work.now, correlation=work.correlation)


def _give_back(work: Work, job: Job) -> None:
    details = _whole(work.tx, job)
    back = credit.refund_unused(work.tx, details.visit, now=work.now, correlation=work.correlation)
    if back:
        visit_notices.carried_back(work, details, job, back)


def _end_call(deps: Deps, job: Job) -> None:
    """Whoever is still in it is told at once, and what the devices told each other is forgotten."""
    visit_id = VisitId(job.payload["visit"])

    def transact(tx: Tx) -> None:
        devices.leave(tx, devices.present(tx, visit_id), LeftReason.OVER, now=deps.now())
        signaling_queue.delete(tx, visit_id)
        outbox.mark_done(tx, job, now=deps.now())

    deps.db.run(transact)
    deps.wakeups.notify(call_topic(visit_id))  # once it is so: who looks earlier sees the call as it was


def _ring_call(deps: Deps, job: Job) -> None:
    """Something changed in a call with a text of an officer: whoever is in it looks, now that it is so."""
    deps.wakeups.notify(call_topic(VisitId(job.payload["visit"])))
    deps.db.run(lambda tx: outbox.mark_done(tx, job, now=deps.now()))


def _refund(deps: Deps, job: Job) -> None:
    """Give money back at the provider, once, however often this is tried."""
    if deps.payments is None:
        _refund_later(deps, job, "no payment provider is set", unsure=job.unsure)
        return
    try:
        made = _given_back(deps, deps.payments, job)
    except GatewayDown as error:
        _refund_later(deps, job, str(error), unsure=True)
        return
    except GatewayRefused as error:
        _refund_closed(deps, job, EntryState.FAILED, None, note=str(error))
        return
    _refund_closed(deps, job, EntryState(made[1]), made[0])


def _given_back(deps: Deps, bank: PaymentGateway, job: Job) -> tuple[str, str]:
    """The refund at the provider. After an unknown outcome it is asked what it has: it may have forgotten the key."""
    payment, row = job.payload["payment"], job.payload["ledger"]
    with deps.db.read() as tx:
        key = ledger.refund_of(tx, row).key
    if job.unsure and (found := bank.find_refund(payment, key)) is not None:
        return found
    try:
        return bank.refund(payment, job.payload["amount"], key, {"ledger": str(row)})
    except KeyReused as error:
        if (found := bank.find_refund(payment, key)) is not None:
            return found
        deps.db.run(lambda tx: ledger.new_key(tx, row))
        raise GatewayDown("the key belongs to another refund") from error


def _refund_later(deps: Deps, job: Job, error: str, *, unsure: bool) -> None:
    deps.db.run(lambda tx: outbox.reschedule(tx, job, now=deps.now(), error=error, unsure=unsure, lasts=True))


def _refund_closed(deps: Deps, job: Job, state: EntryState, provider_id: str | None, note: str | None = None) -> None:
    def transact(work: Work) -> None:
        found = ledger.refund_of(work.tx, job.payload["ledger"])
        payment_events.settle_refund(work, found, state, provider_id)
        outbox.mark_done(
            work.tx,
            job,
            now=work.now,
            outcome=JobState.DEAD if state == EntryState.FAILED else JobState.DONE,
            note=note,
        )

    run(deps, transact, correlation=job.correlation)


def _expire_checkout(deps: Deps, job: Job) -> None:
    try:
        checkout.expire_checkouts(deps, job.payload["visit"])
    except (GatewayDown, GatewayRefused) as error:
        message, down = str(error), isinstance(error, GatewayDown)
        deps.db.run(lambda tx: outbox.reschedule(tx, job, now=deps.now(), error=message, lasts=down))
        return
    deps.db.run(lambda tx: outbox.mark_done(tx, job, now=deps.now()))


def _handle_chat(deps: Deps, job: Job) -> None:
    channel, theirs, ours = job.payload["address"]
    if inbox.handle(deps, Address.from_stored(channel, theirs, ours)):
        deps.db.run(lambda tx: outbox.mark_done(tx, job, now=deps.now()))
    else:
        deps.db.run(lambda tx: outbox.reschedule(tx, job, now=deps.now(), error="not handled yet", after=5, lasts=True))


JOBS: Mapping[str, Kind] = {
    "send": Kind(outside=sending.send, kept=sending.retained_payload),
    "refund": Kind(outside=_refund, lasts=True),
    "handle_chat": Kind(outside=_handle_chat, lasts=True),
    "ring_call": Kind(outside=_ring_call),
    CARRY_OUT: Kind(inside=decision_outcomes.carry_out, lasts=True),
    Effect.EXPIRE_CHECKOUT: Kind(outside=_expire_checkout, lasts=True),
    Effect.LAPSE_CHOICE: _timer(asking.expire_choice),
    Effect.LAPSE_NEW: _timer(asking.expire_choice),
    Effect.ASK_STAFF_AGAIN: _timer(deciding.ask_again),
    Effect.EXPIRE_REQUEST: _timer(deciding.expire),
    Effect.EXPIRE_OFFER: _timer(deciding.expire),
    Effect.EXPIRE_PAYMENT: _timer(deciding.expire),
    Effect.FINISH: _timer(ending.finish, lasts=True),
    Effect.EXPIRE_DOUBT: _timer(ending.expire_doubt, lasts=True),
    Effect.GIVE_BACK_CARRIED: Kind(inside=_give_back, lasts=True),
    Effect.END_CALL: Kind(outside=_end_call, lasts=True),
    Effect.ASK_WHAT_HAPPENED: _for_staff(disputed_visits.ask_staff),
    Effect.SETTLE_MONEY: Kind(inside=_settle, lasts=True),
    briefing.BRIEF: Kind(inside=briefing.run_brief),
    Effect.SEND_CARDS: _for_staff(briefing.send_cards),
    Effect.RETIRE_CARDS: Kind(inside=_retire),
    Effect.TELL_STAFF_WITHDRAWN: _for_staff(decision_outcomes.notify_withdrawn),
    **{effect: _told(teller) for effect, teller in visit_notices.NOTICES.items()},
    **{effect: _told(teller, by_start=True) for effect, teller in visit_notices.REMINDERS.items()},
}
