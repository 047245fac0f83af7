"""A visit's event -> who of the family is told what. One function per effect of the lifecycle; each is one outbox job.

A text is made when its job runs and dropped when the visit has moved on since.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bot import questions
from bot.messages import Button
from bot.questions import Option
from bot.texts import say
from bot.wording import Money
from handlers.messaging import prompts, text_facts
from handlers.messaging.option_actions import OfferChoice, OptionAction, TimeChoice, option
from handlers.messaging.sending import Text, queue
from handlers.work import Work
from scheduling import queries
from scheduling.calls import attendance, call_record
from scheduling.people import people
from scheduling.policy.deadlines import cutoff
from scheduling.policy.job_payloads import VisitJob
from scheduling.policy.lifecycle import Effect, Move
from scheduling.policy.pricing import Action, Settlement
from scheduling.policy.visit_state import OFFERED, PAYABLE, STANDING, Outcome, State
from scheduling.policy.vocabulary import LinkPurpose
from scheduling.queries import VisitDetails
from scheduling.storage.database import Tx
from scheduling.storage.outbox import Job, Priority
from scheduling.visits import credit, decisions, ending, ledger, search
from scheduling.visits.search import Wish
from scheduling.visits.transition import DOUBT_EXPIRES_AFTER

Notifier = Callable[[Work, VisitDetails, Job], None]
LIST_LIFETIME = timedelta(hours=24)
"""How long the nearest times in a denial can be answered by number; a list keeps nothing, so it may stand long."""

REASONS_AGAINST_THE_HOUR = ("a", "c")
"""Denial reasons that rule out the hour itself: a time that overlaps it would be denied as well."""
REASON_ASK_THE_OFFICE = "d"
"""The denial reason that no other time helps against."""


def notify(
    work: Work,
    details: VisitDetails,
    job: Job,
    key: str,
    *,
    buttons: tuple[Button, ...] = (),
    until: datetime | None = None,
    **more: Any,
) -> None:
    """Queue one text to the family of a visit, true only as long as the visit is what it is now.

    With `until` it goes out whatever comes after, up to then: a link that joins must not be lost to a later move.
    """
    lang = text_facts.language(work.tx, details)
    visit, now = details.visit, work.now
    body = say(key, lang, **(text_facts.of_visit(details, lang, now) | more))
    revision = visit.revision if until is None else None
    text = Text(text_facts.address_of(visit), key, body, buttons, visit=visit.id, revision=revision)
    over = until or job.until or visit.deadline
    queue(work, text, priority=_priority(key), until=over, key=_token(job, key))


def _token(job: Job, key: str) -> str:
    """The outbox key of the text a job makes: told once, and by it a question knows whether it was sent."""
    return f"told:{job.id}:{key}"


def _priority(key: str) -> Priority:
    if key == "facility_cancelled":
        return Priority.URGENT
    return Priority.REST if key.startswith("reminder_day") else Priority.ANSWER


def wish_of(tx: Tx, details: VisitDetails) -> Wish:
    """The wish a visit came from, with what the visitor may see now."""
    resident = people.resident_of(tx, details.visitor, details.resident.id)
    return Wish(details.visitor, resident, details.visit.kind, details.visit.wanted_minutes)


def _nearest(work: Work, details: VisitDetails, lang: str, n: int, letter: str | None) -> list[Option]:
    """Times near the one that did not come to be, as options that ask for them; none that fails for the same reason."""
    wish, wanted = wish_of(work.tx, details), details.visit.wanted
    near = search.nearest_open(
        work.tx, wish, wanted.start, now=work.now, n=n, but=wanted if letter in REASONS_AGAINST_THE_HOUR else None
    )
    return [
        option(
            text_facts.label(at, details.facility, lang), OptionAction.ASK_AT,
            TimeChoice(at, wish.minutes, wish.resident.id, wish.visitor.id),
        )
        for at in near
    ]  # fmt: skip


def _with_times(
    work: Work, details: VisitDetails, job: Job, key: str, none: str, *, letter: str | None = None, **more: Any
) -> None:
    lang, now = text_facts.language(work.tx, details), work.now
    options = _nearest(work, details, lang, 2 if key == "denied" else 3, letter)
    if not options:
        notify(work, details, job, none, **more)
        return
    address = text_facts.address_of(details.visit)
    shown = prompts.push(work.tx, address, key, options, token=_token(job, key), until=now + LIST_LIFETIME, now=now)
    notify(work, details, job, key, buttons=questions.buttons(shown), options=questions.numbered(shown), **more)


def _pay(work: Work, details: VisitDetails, job: Job, key: str) -> None:
    if details.visit.state not in PAYABLE:
        return
    link = text_facts.link(work, details.visit, LinkPurpose.PAY)
    notify(work, details, job, key, link=link, price=Money(details.due, details.visit.currency))


def approved(work: Work, details: VisitDetails, job: Job) -> None:
    """Approved: the link to pay, the amount, and by when."""
    _pay(work, details, job, "approved_pay")


def remind_to_pay(work: Work, details: VisitDetails, job: Job) -> None:
    """The one reminder while it is still unpaid."""
    # Who does not pay the difference keeps the visit as it was: it must not be told to cancel.
    _pay(work, details, job, "move_top_up" if details.visit.state is State.TOPPING_UP else "pay_reminder")


def top_up(work: Work, details: VisitDetails, job: Job) -> None:
    """The move is approved, the longer visit costs more."""
    _pay(work, details, job, "move_top_up")


def confirmed(work: Work, details: VisitDetails, job: Job) -> None:
    """Booked: the link that joins."""
    key = "paid_confirmed" if ledger.net_paid(work.tx, details.visit.id) else "approved_free"
    notify(
        work, details, job, key, link=text_facts.link(work, details.visit, LinkPurpose.JOIN), until=details.visit.ends
    )


def denied(work: Work, details: VisitDetails, job: Job) -> None:
    """Denied, in safe words, with the nearest times; with none where the office has to be asked first."""
    letter, reason = _denial_letter(work.tx, details), _denial_reason(work.tx, details)
    held = _still_held(work, details)
    if letter == REASON_ASK_THE_OFFICE:
        notify(work, details, job, "denied_office", reason=reason, held=held)
        return
    _with_times(work, details, job, "denied", "denied_none", letter=letter, reason=reason, held=held)


def _still_held(work: Work, details: VisitDetails) -> str | None:
    """That money of an earlier visit is held for a new time, whatever became of this one; None when there is none."""
    visit = details.visit
    held = credit.held_for(work.tx, visit.visitor_id, visit.resident_id, visit.kind, visit.currency, now=work.now)
    if held is None:
        return None
    price = Money(ledger.net_paid(work.tx, held.id), held.currency)
    return say("money.held", text_facts.language(work.tx, details), price=price)


def _denial_letter(tx: Tx, details: VisitDetails) -> str | None:
    return queries.last_event(tx, details.visit.id, Move.DENY).reason


def _denial_reason(tx: Tx, details: VisitDetails) -> str:
    if (words := decisions.words_for(tx, details.visit)) is not None:
        return words
    lang = text_facts.language(tx, details)
    return say(f"reason.{_denial_letter(tx, details)}", lang, help=details.facility.help.to(lang))


def unanswered(work: Work, details: VisitDetails, job: Job) -> None:
    """Nobody answered in time (never called denied), with three times that pass."""
    settlement = settled(work.tx, details, Outcome.UNANSWERED)
    money = _still_held(work, details) or money_words(work.tx, details, settlement)
    _with_times(work, details, job, "unanswered", "unanswered_none", money=money)


def settled(tx: Tx, details: VisitDetails, outcome: Outcome) -> Settlement:
    """What happened to the money when the visit ended so."""
    visit = details.visit
    return ending.settlement(tx, visit, outcome, now=visit.ended_at or visit.changed_at)


def money_words(tx: Tx, details: VisitDetails, settlement: Settlement) -> str:
    """One sentence on the money."""
    lang = text_facts.language(tx, details)
    price = Money(settlement.amount, details.visit.currency)
    key = "nothing" if settlement.action is Action.NOTHING else settlement.action
    return say(f"money.{key}", lang, price=price)


def revised(work: Work, details: VisitDetails, job: Job) -> None:
    """Staff offer another time: it is kept, one digit takes it."""
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
        work.tx, address, "revised", options, token=_token(job, key), until=visit.deadline, now=now, visit=visit.id,
        revision=visit.revision,
    )  # fmt: skip
    digits: dict[str, Any] = {f"n{place}": option.number for place, option in enumerate(shown, 1)}
    more = {
        "old_start" if key == "revised" else "asked": text_facts.local(
            text_facts.asked_before(work.tx, visit), details.facility
        )
    }
    notify(work, details, job, key, buttons=questions.buttons(shown), **digits, **more)


def still_waiting(work: Work, details: VisitDetails, job: Job) -> None:
    """Staff were asked again. The family hears of the first time, and of the one on the day before it becomes too late;
    a text a day would say nothing new."""
    last = text_facts.local(cutoff(details.visit.first_start), details.facility)
    tomorrow = text_facts.local(work.now, details.facility).date() + timedelta(days=1)
    if details.visit.asked_count <= 2 or last.date() == tomorrow:
        notify(work, details, job, "still_waiting", latest=last)


def offer_lapsed(work: Work, details: VisitDetails, job: Job) -> None:
    """The other time was not taken while it was kept."""
    key = "revised_lapsed" if details.visit.state == State.LAPSED else "move_lapsed"
    notify(work, details, job, key, held=_still_held(work, details))


def unpaid(work: Work, details: VisitDetails, job: Job) -> None:
    """Not paid in time: the place is free, nothing is owed."""
    notify(work, details, job, "unpaid", held=_still_held(work, details))


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
    """The move was not approved; the visit stands where it was."""
    notify(
        work,
        details,
        job,
        "move_denied",
        reason=_denial_reason(work.tx, details),
        start=_asked_start(work.tx, details, Move.DENY),
    )


def move_unanswered(work: Work, details: VisitDetails, job: Job) -> None:
    """Nobody answered on the move; the visit stands where it was."""
    notify(work, details, job, "move_unanswered", start=_asked_start(work.tx, details, Move.EXPIRE))


def _asked_start(tx: Tx, details: VisitDetails, move: Move) -> Any:
    event = queries.last_event(tx, details.visit.id, move)
    asked = event.details.get("new_starts")
    moment = details.visit.starts if asked is None else type(details.visit.starts).fromisoformat(asked[0])
    return text_facts.local(moment, details.facility)


def top_up_unpaid(work: Work, details: VisitDetails, job: Job) -> None:
    """The difference was not paid; the visit stands where it was."""
    notify(work, details, job, "move_lapsed")


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
        _with_times(work, details, job, "call_technical_times", "call_technical", money=money)
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


def remind_day_before(work: Work, details: VisitDetails, job: Job) -> None:
    """The day before, out of quiet hours."""
    visit, facility = details.visit, details.facility
    refund_until = text_facts.local(visit.starts - facility.cancel_with_refund_until, facility)
    paid = ledger.net_paid(work.tx, visit.id)
    more = {"link": text_facts.link(work, visit, LinkPurpose.JOIN), "refund_until": refund_until}
    if paid:
        more["price"] = Money(paid, visit.currency)
    _remind(work, details, job, "reminder_day" if paid else "reminder_day_free", **more)


def remind_soon(work: Work, details: VisitDetails, job: Job) -> None:
    """A quarter of an hour before; quiet hours do not matter now."""
    now, visit = work.now, details.visit
    minutes = max(1, round((visit.starts - now).total_seconds() / 60))
    opens = visit.starts - details.facility.join_early
    more = {"in_minutes": minutes, "opens": text_facts.local(opens, details.facility) if opens > now else None}
    _remind(work, details, job, "reminder_soon", link=text_facts.link(work, visit, LinkPurpose.JOIN), **more)


def _remind(work: Work, details: VisitDetails, job: Job, key: str, **more: Any) -> None:
    """A reminder speaks of the time the visit has, also while another one is being decided."""
    visit = details.visit
    if visit.state in STANDING and visit.starts == job.read(VisitJob).starts:
        start = text_facts.local(visit.starts, details.facility)
        notify(work, details, job, key, start=start, minutes=visit.minutes, until=visit.starts, **more)


NOTICES: dict[Effect, Notifier] = {
    Effect.TELL_STILL_WAITING: still_waiting,
    Effect.TELL_APPROVED: approved,
    Effect.TELL_CONFIRMED: confirmed,
    Effect.TELL_DENIED: denied,
    Effect.TELL_REVISED: revised,
    Effect.TELL_OFFER_LAPSED: offer_lapsed,
    Effect.TELL_UNANSWERED: unanswered,
    Effect.TELL_UNPAID: unpaid,
    Effect.TELL_MOVED: moved,
    Effect.TELL_MOVE_DENIED: move_denied,
    Effect.TELL_MOVE_UNANSWERED: move_unanswered,
    Effect.TELL_TOP_UP: top_up,
    Effect.TELL_TOP_UP_UNPAID: top_up_unpaid,
    Effect.TELL_FACILITY_CANCELLED: facility_cancelled,
    Effect.TELL_NO_SHOW: no_show,
    Effect.TELL_COMPLETED: completed,
    Effect.TELL_DECLINED: _ended("call_declined", Outcome.RESIDENT_DECLINED),
    Effect.TELL_ENDED: ended,
    Effect.TELL_TECHNICAL: technical,
    Effect.TELL_IN_DOUBT: in_doubt,
    Effect.TELL_TOOK_PLACE: _ended("call_took_place", Outcome.COMPLETED),
    Effect.REMIND_TO_PAY: remind_to_pay,
}
REMINDERS: dict[Effect, Notifier] = {Effect.REMIND_DAY_BEFORE: remind_day_before, Effect.REMIND_SOON: remind_soon}
