"""The texts to a family about a visit: one function for each effect of the lifecycle, each run by an outbox job.

A text is written when its job runs, and dropped when the visit has changed since the job was queued.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot import questions
from bot.texts import say
from bot.wording import Money
from handlers.messaging import prompts, text_facts
from handlers.messaging.end_notices import END_NOTICES
from handlers.messaging.family_notices import (
    Notifier,
    credit_words,
    money_words,
    notify,
    notify_with_facts,
    notify_with_times,
    settled,
    text_key,
)
from handlers.messaging.option_actions import OfferChoice, OptionAction, option
from handlers.work import Work
from scheduling import queries
from scheduling.policy.deadlines import cutoff
from scheduling.policy.denials import DenialReason
from scheduling.policy.job_payloads import VisitJob
from scheduling.policy.lifecycle import Effect, Move
from scheduling.policy.visit_state import OFFERED, PAYABLE, STANDING, Outcome, State
from scheduling.policy.vocabulary import LinkPurpose
from scheduling.queries import VisitDetails
from scheduling.storage.database import Tx
from scheduling.storage.outbox import Job
from scheduling.visits import decisions, ledger


def _pay(work: Work, details: VisitDetails, job: Job, key: str) -> None:
    if details.visit.state not in PAYABLE:
        return
    link = text_facts.link(work, details.visit, LinkPurpose.PAY)
    notify(work, details, job, key, link=link, price=Money(details.due, details.visit.currency))


def approved(work: Work, details: VisitDetails, job: Job) -> None:
    """The request is approved: the link to pay, the amount, and by when."""
    _pay(work, details, job, "approved_pay")


def remind_to_pay(work: Work, details: VisitDetails, job: Job) -> None:
    """The only reminder while the visit is unpaid."""
    # After a move the visit stands as it was if the difference is not paid: the text must not speak of losing it.
    _pay(work, details, job, "move_top_up" if details.visit.state is State.TOPPING_UP else "pay_reminder")


def top_up(work: Work, details: VisitDetails, job: Job) -> None:
    """The move is approved, and the longer visit costs more."""
    _pay(work, details, job, "move_top_up")


def confirmed(work: Work, details: VisitDetails, job: Job) -> None:
    """The visit is booked: the link to join."""
    key = "paid_confirmed" if ledger.net_paid(work.tx, details.visit.id) else "approved_free"
    notify(
        work, details, job, key, link=text_facts.link(work, details.visit, LinkPurpose.JOIN), until=details.visit.ends
    )


def denied(work: Work, details: VisitDetails, job: Job) -> None:
    """The request is denied: the reason in safe words, and the nearest times unless the family must ask the office first."""
    denial, reason = _denial(work.tx, details), _reason_words(work.tx, details)
    held = credit_words(work, details)
    if denial is not None and denial.traits.office_first:
        notify(work, details, job, "denied_office", reason=reason, held=held)
        return
    notify_with_times(work, details, job, "denied", "denied_none", denial=denial, reason=reason, held=held)


def _denial(tx: Tx, details: VisitDetails) -> DenialReason | None:
    """The reason of the last denial; None when the officer wrote their own words instead."""
    event = queries.last_event(tx, details.visit.id, Move.DENY)
    return None if event.reason is None else DenialReason(event.reason)


def _reason_words(tx: Tx, details: VisitDetails) -> str:
    if (words := decisions.words_for(tx, details.visit)) is not None:
        return words
    lang = text_facts.language(tx, details)
    return say(f"reason.{_denial(tx, details)}", lang, help=details.facility.help.to(lang))


def unanswered(work: Work, details: VisitDetails, job: Job) -> None:
    """Nobody answered in time, which is never called a denial; three times that could be approved."""
    settlement = settled(work.tx, details, Outcome.UNANSWERED)
    money = credit_words(work, details) or money_words(work.tx, details, settlement)
    notify_with_times(work, details, job, "unanswered", "unanswered_none", money=money)


def revised(work: Work, details: VisitDetails, job: Job) -> None:
    """Staff offer another time: it is held, and one digit accepts it."""
    visit, lang, now = details.visit, text_facts.language(work.tx, details), work.now
    if visit.state not in OFFERED or visit.deadline is None:
        return
    offer = OfferChoice(visit.id, visit.revision)
    take = say("label.take", lang, start=text_facts.local(visit.wanted.start, details.facility))
    drop = say("label.drop" if visit.state == State.COUNTERED else "label.keep_as_is", lang)
    options = [
        option(take, OptionAction.TAKE_OFFER, offer),
        option(say("label.other_times", lang), OptionAction.OTHER_TIMES, offer),
        option(drop, OptionAction.DROP_OFFER, offer),
    ]
    address, key = text_facts.address_of(visit), "revised" if visit.state == State.COUNTERED else "revised_move"
    shown = prompts.push(
        work.tx, address, "revised", options, token=text_key(job, key), until=visit.deadline, now=now, visit=visit.id,
        revision=visit.revision,
    )  # fmt: skip
    facts: dict[str, object] = {f"n{place}": option.number for place, option in enumerate(shown, 1)}
    asked = text_facts.local(text_facts.asked_before(work.tx, visit), details.facility)
    facts["old_start" if key == "revised" else "asked"] = asked
    notify_with_facts(work, details, job, key, facts, buttons=questions.buttons(shown))


def still_waiting(work: Work, details: VisitDetails, job: Job) -> None:
    """Staff were asked again. The family is told the first time, and on the day before it is too late to decide.

    A text every day would say nothing new.
    """
    last = text_facts.local(cutoff(details.visit.first_start), details.facility)
    tomorrow = text_facts.local(work.now, details.facility).date() + timedelta(days=1)
    if details.visit.asked_count <= 2 or last.date() == tomorrow:
        notify(work, details, job, "still_waiting", latest=last)


def choice_lapsed(work: Work, details: VisitDetails, job: Job) -> None:
    """A place was kept and the family did not answer. Not said once they have asked for another, or booked anything else."""
    visit = details.visit
    if visit.state is not State.LAPSED:
        notify(work, details, job, "new_time_lapsed")
    elif not queries.has_later_visit(work.tx, visit):
        notify(work, details, job, "choice_lapsed")


def offer_lapsed(work: Work, details: VisitDetails, job: Job) -> None:
    """The offered time was not accepted while it was held."""
    key = "revised_lapsed" if details.visit.state == State.LAPSED else "move_lapsed"
    notify(work, details, job, key, held=credit_words(work, details))


def unpaid(work: Work, details: VisitDetails, job: Job) -> None:
    """It was not paid in time: the place is free again, and nothing is owed."""
    notify(work, details, job, "unpaid", held=credit_words(work, details))


def moved(work: Work, details: VisitDetails, job: Job) -> None:
    """The visit is at its new time."""
    back = ledger.refund_for_move(work.tx, details.visit.id, details.visit.price, details.visit.changed_at)
    money = (
        say("money.refund", text_facts.language(work.tx, details), price=Money(back, details.visit.currency))
        if back
        else None
    )
    link = text_facts.link(work, details.visit, LinkPurpose.JOIN)
    notify(work, details, job, "move_approved", link=link, money=money, until=details.visit.ends)


def move_denied(work: Work, details: VisitDetails, job: Job) -> None:
    """The move was denied; the visit stands at its old time."""
    notify(
        work,
        details,
        job,
        "move_denied",
        reason=_reason_words(work.tx, details),
        start=_asked_start(work.tx, details, Move.DENY),
    )


def move_unanswered(work: Work, details: VisitDetails, job: Job) -> None:
    """Nobody decided the move in time; the visit stands at its old time."""
    notify(work, details, job, "move_unanswered", start=_asked_start(work.tx, details, Move.EXPIRE))


def _asked_start(tx: Tx, details: VisitDetails, move: Move) -> datetime:
    """The time that was requested, from the last event of this move."""
    event = queries.last_event(tx, details.visit.id, move)
    asked = event.details.get("new_starts")
    moment = details.visit.starts if asked is None else datetime.fromisoformat(asked[0])
    return text_facts.local(moment, details.facility)


def top_up_unpaid(work: Work, details: VisitDetails, job: Job) -> None:
    """The difference was not paid; the visit stands at its old time."""
    notify(work, details, job, "move_lapsed")


def remind_day_before(work: Work, details: VisitDetails, job: Job) -> None:
    """The reminder on the day before, outside quiet hours."""
    visit, facility = details.visit, details.facility
    refund_until = text_facts.local(visit.starts - facility.cancel_with_refund_until, facility)
    paid = ledger.net_paid(work.tx, visit.id)
    facts: dict[str, object] = {
        "link": text_facts.link(work, visit, LinkPurpose.JOIN),
        "refund_until": refund_until,
    }
    if paid:
        facts["price"] = Money(paid, visit.currency)
    _remind(work, details, job, "reminder_day" if paid else "reminder_day_free", facts)


def remind_soon(work: Work, details: VisitDetails, job: Job) -> None:
    """The reminder a quarter of an hour before, also in quiet hours."""
    now, visit = work.now, details.visit
    minutes = max(1, round((visit.starts - now).total_seconds() / 60))
    opens = visit.starts - details.facility.join_early
    facts = {
        "in_minutes": minutes,
        "opens": text_facts.local(opens, details.facility) if opens > now else None,
        "link": text_facts.link(work, visit, LinkPurpose.JOIN),
    }
    _remind(work, details, job, "reminder_soon", facts)


def _remind(work: Work, details: VisitDetails, job: Job, key: str, facts: Mapping[str, object]) -> None:
    """Queue a reminder of the time that the visit has, also while a move of it is undecided."""
    visit = details.visit
    if visit.state in STANDING and visit.starts == job.read(VisitJob).starts:
        start = text_facts.local(visit.starts, details.facility)
        facts = {**facts, "start": start, "minutes": visit.minutes}
        notify_with_facts(work, details, job, key, facts, until=visit.starts)


NOTICES: dict[Effect, Notifier] = {
    Effect.NOTIFY_STILL_WAITING: still_waiting,
    Effect.NOTIFY_APPROVED: approved,
    Effect.NOTIFY_CONFIRMED: confirmed,
    Effect.NOTIFY_DENIED: denied,
    Effect.NOTIFY_REVISED: revised,
    Effect.NOTIFY_CHOICE_LAPSED: choice_lapsed,
    Effect.NOTIFY_OFFER_LAPSED: offer_lapsed,
    Effect.NOTIFY_UNANSWERED: unanswered,
    Effect.NOTIFY_UNPAID: unpaid,
    Effect.NOTIFY_MOVED: moved,
    Effect.NOTIFY_MOVE_DENIED: move_denied,
    Effect.NOTIFY_MOVE_UNANSWERED: move_unanswered,
    Effect.NOTIFY_TOP_UP: top_up,
    Effect.NOTIFY_TOP_UP_UNPAID: top_up_unpaid,
    Effect.REMIND_TO_PAY: remind_to_pay,
    **END_NOTICES,
}
REMINDERS: dict[Effect, Notifier] = {Effect.REMIND_DAY_BEFORE: remind_day_before, Effect.REMIND_SOON: remind_soon}
