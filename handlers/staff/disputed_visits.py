"""Visits in doubt: staff are asked whether a visit took place, and until when they may say so."""

from enum import StrEnum

from bot.texts import say
from handlers.messaging import text_facts
from handlers.staff import alerts, cards
from handlers.work import Work
from scheduling.calls import attendance
from scheduling.calls.attendance import Attendance
from scheduling.policy.vocabulary import StopReason
from scheduling.queries import VisitDetails
from scheduling.storage.outbox import Priority
from scheduling.visits.effects import DOUBT_EXPIRES_AFTER


class DoubtReason(StrEnum):
    """Why the record does not tell whether a visit took place; said by the text `doubt.VALUE`.

    `NOT_THEM`: the family said that somebody else was on the screen. `ONE_SIDE`: both sides were never connected.
    `SHORT`: they were connected only for a short time.
    """

    NOT_THEM = "not_them"
    ONE_SIDE = "one_side"
    SHORT = "short"


def ask_staff(work: Work, details: VisitDetails) -> None:
    """Ask the officers who decide for the unit. They answer on the page of calls, which is linked."""
    found = attendance.of(work.tx, details.visit, now=work.now)
    until = (details.visit.ended_at or work.now) + DOUBT_EXPIRES_AFTER
    for officer in cards.who_decides(work, details):
        lang = text_facts.known(officer.language, details.facility)
        about = text_facts.of_visit(details, lang, work.now)
        about |= {"why": say(f"doubt.{doubt_reason(found)}", lang), "connected": found.minutes}
        about |= {"by": text_facts.local(until, details.facility), "link": alerts.calls_link(work, officer)}
        cards.notify(work, officer, "doubt_staff", priority=Priority.ANSWER, **about)


def doubt_reason(found: Attendance) -> DoubtReason:
    """Why the record does not tell whether the visit took place."""
    if found.stopped == StopReason.NOT_THEM:
        return DoubtReason.NOT_THEM
    return DoubtReason.SHORT if found.connected else DoubtReason.ONE_SIDE
