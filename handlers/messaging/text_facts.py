"""The facts of a visit for texts: by the names that the templates use, with times on the facility's clock."""

from datetime import date, datetime, time, timedelta

from bot import texts
from bot.messages import Address
from bot.texts import relation, say
from bot.wording import Money, day, short_time, weekday, when
from handlers.messaging import prompts
from handlers.work import Work
from scheduling import queries
from scheduling.people import visit_links
from scheduling.policy.facility import Facility
from scheduling.policy.ids import PersonId
from scheduling.policy.lifecycle import Move
from scheduling.policy.visit_state import UNDECIDED, State
from scheduling.policy.vocabulary import LinkPurpose, VisitKind
from scheduling.queries import VisitDetails
from scheduling.storage.database import Tx
from scheduling.visits.visit import Visit


def address_of(visit: Visit) -> Address:
    """The chat in which a visit was requested."""
    return Address.from_stored(visit.channel, visit.theirs, visit.ours)


def language(tx: Tx, details: VisitDetails) -> str:
    """The language of a visit's family: the visitor's, else that of the chat, else the facility's first."""
    spoken = details.visitor.language or prompts.language_of(tx, address_of(details.visit))
    return known(spoken, details.facility)


def known(spoken: str | None, facility: Facility) -> str:
    """This language if we have texts in it, else the facility's first."""
    return spoken if spoken in texts.LANGUAGES else facility.languages[0]


def local(moment: datetime, facility: Facility) -> datetime:
    """The same moment in the facility's time zone."""
    return moment.astimezone(facility.zone)


def of_facility(facility: Facility, lang: str, now: datetime) -> dict[str, object]:
    """The facts that any text may use."""
    return {
        "facility": facility.name,
        "help": facility.help.to(lang),
        "urgent_phone": facility.urgent_phone.to(lang),
        "now": local(now, facility),
    }


def of_visit(details: VisitDetails, lang: str, now: datetime) -> dict[str, object]:
    """The facts of a visit. While a move is undecided, `start` is the time requested and `old_start` the one it has."""
    visit, facility = details.visit, details.facility
    wanted = visit.wanted
    return of_facility(facility, lang, now) | {
        "ref": visit.reference,
        "resident": details.resident.first_name,
        "name": details.resident.name,
        "number": details.resident.number,
        "unit": details.resident.unit,
        "terminal": details.terminal,
        "visitor": details.visitor.name,
        "relation": relation(visit.relation, lang),
        "start": local(wanted.start, facility),
        "end": local(wanted.end, facility),
        "old_start": local(visit.starts, facility),
        "minutes": visit.wanted_minutes,
        "price": Money(visit.price, visit.currency),
        "by": None if visit.deadline is None else local(visit.deadline, facility),
        "until": None if visit.choose_until is None else local(visit.choose_until, facility),
        "join_from": local(visit.starts - facility.join_early, facility),
        "legal": say("recording.legal", lang) if visit.kind == VisitKind.LEGAL else None,
        "other": other_time(facility, details.resident.unit, visit.kind, lang),
    }


def asked_before(tx: Tx, visit: Visit) -> datetime:
    """The time that was requested before staff offered another; the event of the offer has it."""
    event = queries.last_event(tx, visit.id, Move.REVISE)
    old = event.details.get("starts" if visit.state is State.COUNTERED else "new_starts")
    return visit.starts if old is None else datetime.fromisoformat(old[0])


def link(work: Work, visit: Visit, purpose: LinkPurpose, *, person: PersonId | None = None) -> str:
    """A new short link to pay for or to join a visit."""
    token = visit_links.mint(work.tx, visit.id, person or visit.visitor_id, purpose, now=work.now)
    return f"{work.deps.settings.url}/{'p' if purpose is LinkPurpose.PAY else 'j'}/{token}"


def label(moment: datetime, facility: Facility, lang: str) -> str:
    """An offered time with its day, as the label of an option."""
    return when(local(moment, facility), lang)


def is_move(visit: Visit) -> bool:
    """Whether the undecided request is to move a visit that is already approved."""
    return visit.state in UNDECIDED and visit.new_starts is not None and visit.state is not State.REQUESTED


def example(facility: Facility, unit: str, kind: str, lang: str) -> str:
    """A day and time that a family could text, "saturday 1 PM": the start of the unit's last session of the week."""
    moment = _open_then(facility, unit, kind)
    return f"{day(moment, lang).split()[0].lower()} {short_time(moment)}"


def other_time(facility: Facility, unit: str, kind: str, lang: str) -> str:
    """The same time as an officer writes it after a code: "SAT 1PM"."""
    moment = _open_then(facility, unit, kind)
    return f"{weekday(moment, lang)} {short_time(moment).replace(' ', '')}".upper()


def _open_then(facility: Facility, unit: str, kind: str) -> datetime:
    """A time at which the unit has visits of this kind; Saturday at 2 PM where it has none."""
    sessions = [each for each in facility.sessions if each.unit == unit and each.kind == kind]
    if not sessions:
        return datetime.combine(SOME_MONDAY + timedelta(days=SATURDAY), time(14), facility.zone)
    session = max(sessions, key=lambda each: min(max(each.days), SATURDAY))
    return datetime.combine(
        SOME_MONDAY + timedelta(days=min(max(session.days), SATURDAY)), session.from_, facility.zone
    )


SOME_MONDAY, SATURDAY = date(2024, 1, 1), 5


def hours(facility: Facility, unit: str, kind: str, lang: str) -> str:
    """The hours of a unit for a kind of visit, such as "Mon Wed Fri 5 PM-8:30 PM, Sat Sun 1 PM-4:30 PM"."""
    monday = datetime(2024, 1, 1, tzinfo=facility.zone)
    parts = []
    for session in facility.sessions:
        if session.unit == unit and session.kind == kind:
            days = " ".join(weekday(monday + timedelta(days=day), lang) for day in session.days)
            first, last = (datetime.combine(monday.date(), each, monday.tzinfo) for each in (session.from_, session.to))
            parts.append(f"{days} {short_time(first)}-{short_time(last)}")
    return ", ".join(parts)
