"""A visit in doubt: what staff are told of it, and until when they may say whether it took place."""

from bot.texts import say
from handlers.messaging import text_facts
from handlers.staff import alerts, cards
from handlers.work import Work
from scheduling.calls import attendance
from scheduling.calls.attendance import Attendance
from scheduling.queries import VisitDetails
from scheduling.visits.transition import DOUBT_EXPIRES_AFTER


def ask_staff(work: Work, details: VisitDetails) -> None:
    """Tell whoever decides for the unit; the page of calls has the buttons."""
    found = attendance.of(work.tx, details.visit, now=work.now)
    until = (details.visit.ended_at or work.now) + DOUBT_EXPIRES_AFTER
    for officer in cards.who_decides(work, details):
        lang = text_facts.known(officer.language, details.facility)
        about = text_facts.of_visit(details, lang, work.now)
        about |= {"why": say(f"doubt.{doubt_reason(found)}", lang), "connected": found.minutes}
        about |= {"by": text_facts.local(until, details.facility), "link": alerts.calls_link(work, officer)}
        cards.notify(work, officer, "doubt_staff", **about)


def doubt_reason(found: Attendance) -> str:
    """Why nobody can say by the record what happened: not_them, one_side or short."""
    if found.stopped == "not_them":
        return "not_them"
    return "short" if found.connected else "one_side"
