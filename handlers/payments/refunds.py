"""Refunds at the provider: one outbox job for each, tried until the provider answers."""

from handlers.deps import Deps
from handlers.gateways.payments.base import GatewayDown, GatewayRefused, KeyReused, PaymentGateway, RefundAtProvider
from handlers.payments import payment_events
from handlers.work import Work, run
from scheduling.policy.job_payloads import RefundJob
from scheduling.policy.vocabulary import EntryState, JobState
from scheduling.storage import outbox
from scheduling.storage.outbox import Job
from scheduling.visits import ledger


def run_refund(deps: Deps, job: Job) -> None:
    """The job that makes one refund. However often it is tried, the money goes back once."""
    if deps.payments is None:
        _retry(deps, job, "no payment provider is set", unsure=job.unsure)
        return
    try:
        made = _refund(deps, deps.payments, job)
    except GatewayDown as error:
        _retry(deps, job, str(error), unsure=True)
    except GatewayRefused as error:
        _close(deps, job, EntryState.FAILED, None, note=str(error))
    else:
        _close(deps, job, made.state, made.id)


def _refund(deps: Deps, gateway: PaymentGateway, job: Job) -> RefundAtProvider:
    """Make the refund, or find it.

    After an unknown outcome the refund is looked up first: the provider may have forgotten the idempotency key.
    """
    wanted = job.read(RefundJob)
    with deps.db.read() as tx:
        key = ledger.refund_of(tx, wanted.ledger).key
    if job.unsure and (found := gateway.find_refund(wanted.payment, key)) is not None:
        return found
    try:
        return gateway.refund(wanted.payment, wanted.amount, key, {"ledger": str(wanted.ledger)})
    except KeyReused as error:
        if (found := gateway.find_refund(wanted.payment, key)) is not None:
            return found
        deps.db.run(lambda tx: ledger.new_key(tx, wanted.ledger))
        raise GatewayDown("the key belongs to another refund") from error


def _retry(deps: Deps, job: Job, error: str, *, unsure: bool) -> None:
    deps.db.run(lambda tx: outbox.reschedule(tx, job, now=deps.now(), error=error, unsure=unsure, lasts=True))


def _close(deps: Deps, job: Job, state: EntryState, provider_id: str | None, note: str | None = None) -> None:
    outcome = JobState.DEAD if state is EntryState.FAILED else JobState.DONE

    def transact(work: Work) -> None:
        refund = ledger.refund_of(work.tx, job.read(RefundJob).ledger)
        payment_events.settle_refund(work, refund, state, provider_id)
        outbox.mark_done(work.tx, job, now=work.now, outcome=outcome, note=note)

    run(deps, transact, correlation=job.correlation)
