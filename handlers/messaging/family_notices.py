"""Queues a text to the family of a visit: in their language, with its facts, and with new times where it helps."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from bot import questions
from bot.messages import Button
from bot.questions import Option
from bot.texts import say
from bot.wording import Money
from handlers.messaging import prompts, text_facts
from handlers.messaging.option_actions import OptionAction, TimeChoice, option
from handlers.messaging.sending import OutboundText, queue
from handlers.work import Work
from scheduling.people import people
from scheduling.policy.denials import DenialReason
from scheduling.policy.pricing import Action, Settlement
from scheduling.policy.visit_state import Outcome
from scheduling.queries import VisitDetails
from scheduling.storage.database import Tx
from scheduling.storage.outbox import Job, Priority
from scheduling.visits import credit, ending, ledger, search
from scheduling.visits.search import Wish

Notifier = Callable[[Work, VisitDetails, Job], None]
LIST_LIFETIME = timedelta(hours=24)
"""How long a list of nearest times can be answered by number. It holds no place, so this may be long."""


def notify(
    work: Work,
    details: VisitDetails,
    job: Job,
    key: str,
    *,
    until: datetime | None = None,
    **facts: object,
) -> None:
    """Queue one text to the family of a visit. It is sent only if the visit has not changed by then.

    With `until` it is sent up to then, even if the visit has changed: a link to join must not be lost to a later move.
    """
    notify_with_facts(work, details, job, key, facts, until=until)


def notify_with_facts(
    work: Work,
    details: VisitDetails,
    job: Job,
    key: str,
    facts: Mapping[str, object],
    *,
    buttons: tuple[Button, ...] = (),
    until: datetime | None = None,
) -> None:
    """The same as `notify`, with the facts as a mapping, and with buttons."""
    lang = text_facts.language(work.tx, details)
    visit, now = details.visit, work.now
    body = say(key, lang, **{**text_facts.of_visit(details, lang, now), **facts})
    revision = visit.revision if until is None else None
    text = OutboundText(text_facts.address_of(visit), key, body, buttons, visit=visit.id, revision=revision)
    over = until or job.until or visit.deadline
    queue(work, text, priority=_priority(key), until=over, key=text_key(job, key))


def text_key(job: Job, key: str) -> str:
    """The outbox key of a text that a job makes. It is queued once; a question finds by this key whether it was sent."""
    return f"told:{job.id}:{key}"


def _priority(key: str) -> Priority:
    if key == "facility_cancelled":
        return Priority.URGENT
    return Priority.REST if key.startswith("reminder_day") else Priority.ANSWER


def wish_of(tx: Tx, details: VisitDetails) -> Wish:
    """What the visitor wished for in asking for this visit, with what they may see of the resident now."""
    resident = people.resident_of(tx, details.visitor, details.resident.id)
    return Wish(details.visitor, resident, details.visit.kind, details.visit.wanted_minutes)


def _nearest(work: Work, details: VisitDetails, lang: str, n: int, denial: DenialReason | None) -> list[Option]:
    """Free times near the one that was denied or not answered, as options that request them.

    Times that would be denied for the same reason are left out.
    """
    wish, wanted = wish_of(work.tx, details), details.visit.wanted
    but = wanted if denial is not None and denial.traits.rules_out_hour else None
    near = search.nearest_open(work.tx, wish, wanted.start, now=work.now, n=n, but=but)
    return [
        option(
            text_facts.label(at, details.facility, lang), OptionAction.ASK_AT,
            TimeChoice(at, wish.minutes, wish.resident.id, wish.visitor.id),
        )
        for at in near
    ]  # fmt: skip


def notify_with_times(
    work: Work,
    details: VisitDetails,
    job: Job,
    key: str,
    none: str,
    *,
    denial: DenialReason | None = None,
    **facts: object,
) -> None:
    """Queue the text `key` with a numbered list of near times; the text `none` when there are none."""
    lang, now = text_facts.language(work.tx, details), work.now
    options = _nearest(work, details, lang, 2 if key == "denied" else 3, denial)
    if not options:
        notify_with_facts(work, details, job, none, facts)
        return
    address = text_facts.address_of(details.visit)
    shown = prompts.push(work.tx, address, key, options, token=text_key(job, key), until=now + LIST_LIFETIME, now=now)
    facts = {**facts, "options": questions.numbered(shown)}
    notify_with_facts(work, details, job, key, facts, buttons=questions.buttons(shown))


def credit_words(work: Work, details: VisitDetails) -> str | None:
    """The sentence that money of an earlier visit is held for a new time; None when none is held."""
    visit = details.visit
    held = credit.held_for(work.tx, visit.visitor_id, visit.resident_id, visit.kind, visit.currency, now=work.now)
    if held is None:
        return None
    price = Money(ledger.net_paid(work.tx, held.id), held.currency)
    return say("money.held", text_facts.language(work.tx, details), price=price)


def settled(tx: Tx, details: VisitDetails, outcome: Outcome) -> Settlement:
    """What happens to the money when the visit has this outcome."""
    visit = details.visit
    return ending.settlement(tx, visit, outcome, now=visit.ended_at or visit.changed_at)


def money_words(tx: Tx, details: VisitDetails, settlement: Settlement) -> str:
    """One sentence on what happens to the money."""
    lang = text_facts.language(tx, details)
    price = Money(settlement.amount, details.visit.currency)
    key = "nothing" if settlement.action is Action.NOTHING else settlement.action
    return say(f"money.{key}", lang, price=price)
