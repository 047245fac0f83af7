"""Who of the staff is told that somebody at a screen or a phone needs them, with the link that opens the page of calls."""

from collections.abc import Mapping

from bot.texts import say
from handlers import cards, facts
from handlers.deps import Deps
from scheduling import people, staff_links
from scheduling.db import Tx
from scheduling.ids import FacilityId, PersonId
from scheduling.outbox import Class
from scheduling.people import Person
from scheduling.queries import Whole


def calls_link(tx: Tx, deps: Deps, officer: Person) -> str:
    """A fresh link of his to the page of calls."""
    return f"{deps.settings.url}/calls/{staff_links.mint(tx, officer.id, now=deps.now())}"


def tell_duty(
    tx: Tx, deps: Deps, whole: Whole, key: str, *, pieces: Mapping[str, str], correlation: str | None
) -> bool:
    """Tell whoever is on duty for the unit, else the supervisors, of a visit. False when nobody could be.

    `pieces` are facts that are texts themselves, by their keys. Nobody is told of his own family's visit.
    """
    told = [_tell(tx, deps, each, whole, key, pieces, correlation) for each in cards.who_decides(tx, deps, whole)]
    return any(told)


def _tell(
    tx: Tx, deps: Deps, officer: Person, whole: Whole, key: str, pieces: Mapping[str, str], correlation: str | None
) -> bool:
    lang = facts.known(officer.language, whole.facility)
    values = facts.of_visit(whole, lang, deps.now())
    values |= {"start": values["old_start"], "link": calls_link(tx, deps, officer)}
    values |= {name: say(piece, lang) for name, piece in pieces.items()}
    return cards.tell(tx, deps, officer, key, cls=Class.URGENT, correlation=correlation, **values)


def tell_supervisors(
    tx: Tx, deps: Deps, facility_id: FacilityId, key: str, *, but: PersonId, correlation: str | None, **more: object
) -> bool:
    """Tell the supervisors on duty, all of them when none is; not the one who did it. True when somebody is told."""
    bosses = [who for who in people.staff(tx, facility_id) if who.role == "supervisor" and not who.suspended]
    others = [who for who in bosses if who.id != but]
    on_duty = [who for who in others if who.on_duty]
    told = [
        cards.tell(tx, deps, who, key, cls=Class.URGENT, correlation=correlation, **more) for who in on_duty or others
    ]
    return any(told)
