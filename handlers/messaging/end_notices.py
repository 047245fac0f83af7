"""What a family is told when a visit is over: how it ended, and what happens to the money."""

from bot.texts import say
from bot.wording import Money
from handlers.messaging import text_facts
from handlers.messaging.family_notices import Notifier, money_words, notify, notify_with_times, settled
from handlers.work import Work
from scheduling import queries
from scheduling.calls import attendance, call_record
from scheduling.policy.lifecycle import Effect, Move
from scheduling.policy.pricing import Action
from scheduling.policy.visit_state import Outcome
from scheduling.queries import VisitDetails
from scheduling.storage.outbox import Job
from scheduling.visits import credit, ledger
from scheduling.visits.transition import DOUBT_EXPIRES_AFTER


def facility_cancelled(work: Work, details: VisitDetails, job: Job) -> None:
    """The facility took the visit away."""
    settlement = settled(work.tx, details, Outcome.FACILITY_CANCELLED)
    notify(work, details, job, "facility_cancelled", money=money_words(work.tx, details, settlement), reason=None)


def no_show(work: Work, details: VisitDetails, job: Job) -> None:
    """Nobody joined."""
    settlement = settled(work.tx, details, Outcome.VISITOR_NO_SHOW)
    notify(work, details, job, "no_show_family", money=money_words(work.tx, details, settlement))


def completed(work: Work, details: VisitDetails, job: Job) -> None:
    """It took place. Told only where something goes back, by the minute: who had their visit needs no text about it."""
    back = settled(work.tx, details, Outcome.COMPLETED)
    if back.action is Action.REFUND:
        minutes = attendance.of(work.tx, details.visit, now=work.now).minutes
        notify(work, details, job, "call_by_minute", connected=minutes, money=money_words(work.tx, details, back))


def technical(work: Work, details: VisitDetails, job: Job) -> None:
    """It did not come about, and the family is not at fault. Where the money is held, new times are offered with it."""
    money = money_words(work.tx, details, settled(work.tx, details, Outcome.TECHNICAL))
    if credit.is_held(work.tx, details.visit):
        notify_with_times(work, details, job, "call_technical_times", "call_technical", money=money)
    else:
        notify(work, details, job, "call_technical", money=money)


def carried_back(work: Work, details: VisitDetails, job: Job, back: int) -> None:
    """No new time was taken while the money was held for one."""
    notify(work, details, job, "carried_back", price=Money(back, details.visit.currency))


def _ended(key: str, outcome: Outcome) -> Notifier:
    def tell_it(work: Work, details: VisitDetails, job: Job) -> None:
        notify(work, details, job, key, money=money_words(work.tx, details, settled(work.tx, details, outcome)))

    return tell_it


def ended(work: Work, details: VisitDetails, job: Job) -> None:
    """Staff ended the call, with what a family may read of the reason."""
    lang = text_facts.language(work.tx, details)
    reason = queries.last_event(work.tx, details.visit.id, Move.END).reason
    money = money_words(work.tx, details, settled(work.tx, details, Outcome.ENDED_BY_STAFF))
    notify(work, details, job, "call_ended", money=money, reason=say(f"end_reason.{reason}", lang))


def in_doubt(work: Work, details: VisitDetails, job: Job) -> None:
    """Whether it took place is for staff to say: by when, and what happens when they say nothing."""
    by = text_facts.local((details.visit.ended_at or work.now) + DOUBT_EXPIRES_AFTER, details.facility)
    paid = ledger.net_paid(work.tx, details.visit.id)
    price = Money(paid, details.visit.currency) if paid else None
    said = call_record.get(work.tx, details.visit).stopped_why == "not_them"
    notify(work, details, job, "call_not_them" if said else "call_in_doubt", by=by, price=price)


END_NOTICES: dict[Effect, Notifier] = {
    Effect.TELL_FACILITY_CANCELLED: facility_cancelled,
    Effect.TELL_NO_SHOW: no_show,
    Effect.TELL_COMPLETED: completed,
    Effect.TELL_DECLINED: _ended("call_declined", Outcome.RESIDENT_DECLINED),
    Effect.TELL_ENDED: ended,
    Effect.TELL_TECHNICAL: technical,
    Effect.TELL_IN_DOUBT: in_doubt,
    Effect.TELL_TOOK_PLACE: _ended("call_took_place", Outcome.COMPLETED),
}
