"""Who of the staff is told that somebody at a screen or a phone needs them, and letting a resident in."""

from collections.abc import Mapping
from datetime import datetime

from bot.texts import say
from handlers.messaging import text_facts
from handlers.staff import cards
from handlers.work import Work
from scheduling import call_status
from scheduling.calls import call_record
from scheduling.people import people, staff_links
from scheduling.people.people import Person
from scheduling.policy.ids import FacilityId, PersonId
from scheduling.policy.vocabulary import AdmittedBy, StaffRole
from scheduling.queries import VisitDetails
from scheduling.storage.database import Tx
from scheduling.storage.outbox import Priority
from scheduling.visits.visit import Visit


def calls_link(work: Work, officer: Person) -> str:
    """A new link for this officer to the page of calls."""
    return f"{work.deps.settings.url}/calls/{staff_links.mint(work.tx, officer.id, now=work.now)}"


def notify_duty(work: Work, details: VisitDetails, key: str, *, pieces: Mapping[str, str]) -> bool:
    """Tell whoever is on duty for the unit, else the supervisors, of a visit. False when nobody could be.

    `pieces` are facts that are texts themselves, by their keys. An officer is never notified of a visit of their own family.
    """
    told = [_notify(work, each, details, key, pieces) for each in cards.who_decides(work, details)]
    return any(told)


def _notify(
    work: Work,
    officer: Person,
    details: VisitDetails,
    key: str,
    pieces: Mapping[str, str],
) -> bool:
    lang = text_facts.known(officer.language, details.facility)
    values = text_facts.of_visit(details, lang, work.now)
    values |= {"start": values["old_start"], "link": calls_link(work, officer)}
    values |= {name: say(piece, lang) for name, piece in pieces.items()}
    return cards.notify(work, officer, key, priority=Priority.URGENT, **values)


def notify_supervisors(work: Work, facility_id: FacilityId, key: str, *, but: PersonId, **more: object) -> bool:
    """Tell the supervisors on duty, all of them when none is; not the one who did it. True when somebody is told."""
    bosses = [
        who for who in people.staff(work.tx, facility_id) if who.role == StaffRole.SUPERVISOR and not who.suspended
    ]
    others = [who for who in bosses if who.id != but]

    def told(*, on_duty: bool) -> bool:
        wanted = [who for who in others if who.on_duty is on_duty]
        heard = [cards.notify(work, who, key, priority=Priority.URGENT, **more) for who in wanted]
        return any(heard)

    return told(on_duty=True) or told(on_duty=False)


def admit(tx: Tx, visit: Visit, how: AdmittedBy, *, now: datetime, by: PersonId | None = None) -> bool:
    """The resident may take the call (again, after they left); False when they may already."""
    if call_status.is_admitted(tx, visit, call_record.get(tx, visit)):
        return False
    call_record.admit(tx, visit, how, now=now, by=by)
    return True
