"""The texts to a family when a visit is over: how it ended, and what happens to the money."""

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
from scheduling.policy.vocabulary import StopReason
from scheduling.queries import VisitDetails
from scheduling.storage.outbox import Job
from scheduling.visits import credit, ledger
from scheduling.visits.effects import DOUBT_EXPIRES_AFTER


def facility_cancelled(work: Work, details: VisitDetails, job: Job) -> None:
    """The facility cancelled the visit."""
    settlement = settled(work.tx, details, Outcome.FACILITY_CANCELLED)
    notify(work, details, job, "facility_cancelled", money=money_words(work.tx, details, settlement), reason=None)


def no_show(work: Work, details: VisitDetails, job: Job) -> None:
    """Nobody joined."""
    settlement = settled(work.tx, details, Outcome.VISITOR_NO_SHOW)
    notify(work, details, job, "no_show_family", money=money_words(work.tx, details, settlement))


def completed(work: Work, details: VisitDetails, job: Job) -> None:
    """It took place: what was paid stays paid, or a part is refunded where the facility charges by the minute."""
    back = settled(work.tx, details, Outcome.COMPLETED)
    if back.action is Action.REFUND:
        minutes = attendance.of(work.tx, details.visit, now=work.now).minutes
        notify(work, details, job, "call_by_minute", connected=minutes, money=money_words(work.tx, details, back))
        return
    paid = ledger.net_paid(work.tx, details.visit.id)
    notify(work, details, job, "call_completed", price=Money(paid, details.visit.currency) if paid else None)


def technical(work: Work, details: VisitDetails, job: Job) -> None:
    """It did not take place, and the family is not at fault. If their money is held for a new time, times are offered."""
    money = money_words(work.tx, details, settled(work.tx, details, Outcome.TECHNICAL))
    if credit.is_held(work.tx, details.visit):
        notify_with_times(work, details, job, "call_technical_times", "call_technical", money=money)
    else:
        notify(work, details, job, "call_technical", money=money)


def carried_back(work: Work, details: VisitDetails, job: Job, back: int) -> None:
    """The money was held for a new time, none was booked, and it is refunded."""
    notify(work, details, job, "carried_back", price=Money(back, details.visit.currency))


def _ended(key: str, outcome: Outcome) -> Notifier:
    def tell_it(work: Work, details: VisitDetails, job: Job) -> None:
        notify(work, details, job, key, money=money_words(work.tx, details, settled(work.tx, details, outcome)))

    return tell_it


def ended(work: Work, details: VisitDetails, job: Job) -> None:
    """Staff ended the call. The reason is said in words that a family may read."""
    lang = text_facts.language(work.tx, details)
    reason = queries.last_event(work.tx, details.visit.id, Move.END).reason
    money = money_words(work.tx, details, settled(work.tx, details, Outcome.ENDED_BY_STAFF))
    notify(work, details, job, "call_ended", money=money, reason=say(f"end_reason.{reason}", lang))


def in_doubt(work: Work, details: VisitDetails, job: Job) -> None:
    """Staff have to say whether it took place. The text says by when, and what happens if they say nothing."""
    by = text_facts.local((details.visit.ended_at or work.now) + DOUBT_EXPIRES_AFTER, details.facility)
    paid = ledger.net_paid(work.tx, details.visit.id)
    price = Money(paid, details.visit.currency) if paid else None
    said = call_record.get(work.tx, details.visit).stopped_why == StopReason.NOT_THEM
    notify(work, details, job, "call_not_them" if said else "call_in_doubt", by=by, price=price)


END_NOTICES: dict[Effect, Notifier] = {
    Effect.NOTIFY_FACILITY_CANCELLED: facility_cancelled,
    Effect.NOTIFY_NO_SHOW: no_show,
    Effect.NOTIFY_COMPLETED: completed,
    Effect.NOTIFY_DECLINED: _ended("call_declined", Outcome.RESIDENT_DECLINED),
    Effect.NOTIFY_ENDED: ended,
    Effect.NOTIFY_TECHNICAL: technical,
    Effect.NOTIFY_IN_DOUBT: in_doubt,
    Effect.NOTIFY_TOOK_PLACE: _ended("call_took_place", Outcome.COMPLETED),
}
