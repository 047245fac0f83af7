"""A visit in doubt: what staff are told of it, and until when they may say whether it took place."""

from bot.texts import say
from handlers import cards, facts, helping
from handlers.deps import Deps
from scheduling.calls import evidence
from scheduling.calls.evidence import Evidence
from scheduling.db import Tx
from scheduling.outbox import Job
from scheduling.queries import Whole
from scheduling.visits.door import DOUBT_LASTS


def ask_staff(tx: Tx, deps: Deps, whole: Whole, job: Job) -> None:
    """Tell whoever decides for the unit; the page of calls has the buttons."""
    found = evidence.of(tx, whole.visit, now=deps.now())
    until = (whole.visit.ended_at or deps.now()) + DOUBT_LASTS
    for officer in cards.who_decides(tx, deps, whole):
        lang = facts.known(officer.language, whole.facility)
        about = facts.of_visit(whole, lang, deps.now())
        about |= {"why": say(f"doubt.{why(found)}", lang), "connected": found.minutes}
        about |= {"by": facts.local(until, whole.facility), "link": helping.calls_link(tx, deps, officer)}
        cards.tell(tx, deps, officer, "doubt_staff", correlation=job.correlation, **about)


def why(found: Evidence) -> str:
    """Why nobody can say by the record what happened: not_them, one_side or short."""
    if found.stopped == "not_them":
        return "not_them"
    return "short" if found.connected else "one_side"
