"""Alerts to staff that somebody at a kiosk or a phone needs them, and the admission of a resident to a call."""

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
    """A new link to the page of calls for this officer."""
    return f"{work.deps.settings.url}/calls/{staff_links.mint(work.tx, officer.id, now=work.now)}"


def notify_duty(work: Work, details: VisitDetails, key: str, *, pieces: Mapping[str, str]) -> bool:
    """Notify the officers on duty for the unit of a visit, else the supervisors. False when nobody could be notified.

    `pieces` are facts that are texts themselves: name of the fact -> key of the text. An officer is never notified of a
    visit of their own family.
    """
    notified = [_notify(work, each, details, key, pieces) for each in cards.who_decides(work, details)]
    return any(notified)


def _notify(
    work: Work,
    officer: Person,
    details: VisitDetails,
    key: str,
    pieces: Mapping[str, str],
) -> bool:
    lang = text_facts.known(officer.language, details.facility)
    facts = text_facts.of_visit(details, lang, work.now)
    facts |= {"start": facts["old_start"], "link": calls_link(work, officer)}
    facts |= {name: say(piece, lang) for name, piece in pieces.items()}
    return cards.notify(work, officer, key, priority=Priority.URGENT, **facts)


def notify_supervisors(work: Work, facility_id: FacilityId, key: str, *, but: PersonId, **more: object) -> bool:
    """Notify the supervisors on duty except `but`, who caused it; those off duty when none can be notified.

    True when somebody is notified.
    """
    supervisors = [
        who
        for who in people.staff(work.tx, facility_id)
        if who.role == StaffRole.SUPERVISOR and not who.suspended and who.id != but
    ]

    def notify_some(*, on_duty: bool) -> bool:
        wanted = [who for who in supervisors if who.on_duty is on_duty]
        notified = [cards.notify(work, who, key, priority=Priority.URGENT, **more) for who in wanted]
        return any(notified)

    return notify_some(on_duty=True) or notify_some(on_duty=False)


def admit(tx: Tx, visit: Visit, how: AdmittedBy, *, now: datetime, by: PersonId | None = None) -> bool:
    """Admit the resident to the call, also again after they left. False when they are admitted already."""
    if call_status.is_admitted(tx, visit, call_record.get(tx, visit)):
        return False
    call_record.admit(tx, visit, how, now=now, by=by)
    return True
