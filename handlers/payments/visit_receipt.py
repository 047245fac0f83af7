"""The receipt on a family's page after a visit: what happened to the visit and to the money."""

from collections.abc import Mapping

from bot.texts import say
from bot.wording import Money, money
from handlers.messaging import family_notices
from scheduling.calls import attendance
from scheduling.policy.visit_state import OVER, State
from scheduling.queries import VisitDetails, history, refunds_total
from scheduling.storage.database import Tx
from scheduling.visits import ledger


def happened(tx: Tx, details: VisitDetails, language: str, values: Mapping[str, object]) -> str | None:
    """How the visit ended, in the words of a text.

    None while it is not over. None also for a visit that took place, unless staff had to decide that.
    """
    state = details.visit.state
    if state is State.IN_DOUBT:
        return say("visit_state.in_doubt", language, **values)
    outcome = state.traits.outcome
    if state not in OVER or outcome is None or (state is State.COMPLETED and not _decided(tx, details)):
        return None
    about_money = family_notices.money_words(tx, details, family_notices.settled(tx, details, outcome))
    key = "call_took_place" if state is State.COMPLETED else f"visit_state.{state}"
    return say(key, language, **{**values, "money": about_money, "reason": None})


def _decided(tx: Tx, details: VisitDetails) -> bool:
    """Whether staff decided that the visit took place, because the record did not tell."""
    return any(event.old == State.IN_DOUBT for event in history(tx, details.visit.id))


def lines(tx: Tx, details: VisitDetails, language: str) -> list[tuple[str, str]]:
    """The lines of the receipt, as pairs of a name and a value: booked, connected, paid and refunded."""
    visit = details.visit
    if visit.state not in OVER or visit.state is State.IN_DOUBT:
        return []
    connected = attendance.of(tx, visit, now=visit.ended_at or visit.ends).minutes
    found = [(say("receipt.booked", language), say("receipt.minutes", language, minutes=visit.minutes))]
    if visit.joined_at is not None:
        found.append((say("receipt.connected", language), say("receipt.minutes", language, minutes=connected)))
    paid, back = ledger.paid_total(tx, visit.id), refunds_total(tx, visit.id)
    if paid:
        found.append((say("receipt.paid", language), money(Money(paid, visit.currency), language)))
    if back:
        found.append((say("receipt.back", language), money(Money(back, visit.currency), language)))
    if paid and details.facility.settle_by_minute and visit.state is State.COMPLETED:
        found.append((say("receipt.rule", language), say("receipt.rule.text", language)))
    return found
