"""Visitors, attorneys and staff, and the residents whom they may see. Limits, bans and relations follow the person."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

import sqlalchemy as sa

from scheduling.policy.ids import FacilityId, PersonId, ResidentId
from scheduling.policy.vocabulary import PersonKind, StaffRole
from scheduling.storage.database import Tx, insert
from scheduling.storage.tables import keep_apart, people, relations, residents


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody the facility knows. `kind` is visitor, attorney or staff; the units are for staff (None = all of them).

    `duty_units` are those they is on duty for just now (None = all of their); `suspended` is one whose phone is lost.
    """

    id: PersonId
    facility_id: FacilityId
    kind: PersonKind
    name: str
    language: str | None
    role: StaffRole | None
    units: tuple[str, ...] | None
    active: bool
    on_duty: bool
    duty_units: tuple[str, ...] | None
    suspended: bool
    all_residents: bool
    banned_until: datetime | None

    @property
    def first_name(self) -> str:
        """How a short text names them."""
        return self.name.split()[0]


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody held at the facility, as one visitor may see them; `relation` is what they are to that visitor."""

    id: ResidentId
    facility_id: FacilityId
    number: str
    name: str
    unit: str
    language: str | None
    held: bool
    relation: str = ""

    @property
    def first_name(self) -> str:
        """How a short text names them."""
        return self.name.split()[0]


def person_of(row: sa.RowMapping) -> Person:
    """The person in a row of the `people` table."""
    values = {field.name: row[field.name] for field in fields(Person)}
    units = {name: None if row[name] is None else tuple(row[name]) for name in ("units", "duty_units")}
    role = row["role"]
    words = {"kind": PersonKind(row["kind"]), "role": None if role is None else StaffRole(role)}
    return Person(**values | units | words)


def _resident(row: sa.RowMapping, relation: str = "") -> Resident:
    values = {field.name: row[field.name] for field in fields(Resident) if field.name != "relation"}
    return Resident(**values, relation=relation)


def get(tx: Tx, person_id: PersonId) -> Person:
    """The person with this id; LookupError when there is none."""
    row = tx.execute(sa.select(people).where(people.c.id == person_id)).mappings().first()
    if row is None:
        raise LookupError(f"no person {person_id}")
    return person_of(row)


def may_see(tx: Tx, person: Person) -> list[Resident]:
    """The residents this visitor or attorney may ask for, whether still held or not."""
    if person.kind == PersonKind.ATTORNEY and person.all_residents:
        query = sa.select(residents).where(residents.c.facility_id == person.facility_id).order_by(residents.c.id)
        return [_resident(row, "attorney") for row in tx.execute(query).mappings()]
    joined = sa.select(residents, relations.c.relation.label("as_what")).join(
        relations, relations.c.resident_id == residents.c.id
    )
    query = joined.where(relations.c.person_id == person.id).order_by(residents.c.id)
    return [_resident(row, row["as_what"]) for row in tx.execute(query).mappings()]


def resident(tx: Tx, resident_id: ResidentId) -> Resident:
    """The resident with this id; LookupError when there is none."""
    row = tx.execute(sa.select(residents).where(residents.c.id == resident_id)).mappings().first()
    if row is None:
        raise LookupError(f"no resident {resident_id}")
    return _resident(row)


def resident_of(tx: Tx, visitor: Person, resident_id: ResidentId) -> Resident:
    """A resident with what this visitor is to them; without a relation where the visitor may not see them (any more)."""
    seen = (each for each in may_see(tx, visitor) if each.id == resident_id)
    return next(seen, None) or resident(tx, resident_id)


def find_residents(tx: Tx, facility_id: FacilityId, said: str, units: Sequence[str] | None) -> list[Resident]:
    """Who is held in these units (None: in all) and has this number, else this name, else all of these words in it."""
    here = (residents.c.facility_id == facility_id) & residents.c.held
    if units is not None:
        here &= residents.c.unit.in_(units)
    # Folded here: SQLite's own lower() knows A to Z only.
    found = [_resident(row) for row in tx.execute(sa.select(residents).where(here).order_by(residents.c.id)).mappings()]
    wanted = _folded(said)
    words = set(wanted.split())
    numbered = [who for who in found if _folded(who.number) == wanted]
    named = [who for who in found if _folded(who.name) == wanted]
    return numbered or named or [who for who in found if words and words <= set(_folded(who.name).split())]


def apart_from(tx: Tx, resident_id: ResidentId) -> list[ResidentId]:
    """The residents who must not have a visit on the same day as this one."""
    one, other = keep_apart.c.one_id, keep_apart.c.other_id
    query = sa.union(sa.select(other).where(one == resident_id), sa.select(one).where(other == resident_id))
    return sorted(ResidentId(found) for found in tx.execute(query).scalars())


def staff(tx: Tx, facility_id: FacilityId) -> list[Person]:
    """The facility's active staff."""
    query = sa.select(people).where(
        (people.c.facility_id == facility_id) & (people.c.kind == PersonKind.STAFF) & people.c.active
    )
    return [person_of(row) for row in tx.execute(query.order_by(people.c.id)).mappings()]


def deciders(tx: Tx, facility_id: FacilityId, unit: str) -> list[Person]:
    """Who gets the cards of a unit now: approvers and supervisors on duty for it, else the supervisors. Nobody whose
    phone is lost."""
    everyone = [who for who in staff(tx, facility_id) if not who.suspended]
    here = [who for who in everyone if who.on_duty and on_duty_for(who, unit)]
    return here or [who for who in everyone if who.role == StaffRole.SUPERVISOR]


def on_duty_for(who: Person, unit: str) -> bool:
    """Whether a unit is among those an officer answers for, and among those they is on duty for just now."""
    return all(units is None or unit in units for units in (who.units, who.duty_units))


def set_duty(tx: Tx, person_id: PersonId, *, on: bool, units: Sequence[str] | None = None) -> None:
    """An officer is on duty (for these of their units, or all of them), or off."""
    values = {"on_duty": on, "duty_units": None if units is None else list(units)}
    tx.execute(sa.update(people).where(people.c.id == person_id).values(**values))


def suspend(tx: Tx, person_id: PersonId, *, suspended: bool) -> None:
    """A lost phone: off duty and without a say until a supervisor takes it back."""
    values = {"suspended": suspended, "on_duty": not suspended, "duty_units": None}
    tx.execute(sa.update(people).where(people.c.id == person_id).values(**values))


def set_language(tx: Tx, person_id: PersonId, language: str) -> None:
    """Remember which language a person reads."""
    tx.execute(sa.update(people).where(people.c.id == person_id).values(language=language))


def find_named(tx: Tx, facility_id: FacilityId, name: str) -> list[Person]:
    """Active people of a facility whose name is this one, else whose first name it is, without regard to case."""
    here = (people.c.facility_id == facility_id) & people.c.active
    rows = tx.execute(sa.select(people).where(here).order_by(people.c.id)).mappings()
    # Folded here: SQLite's own lower() knows A to Z only.
    everybody, said = [person_of(row) for row in rows], _folded(name)
    whole = [who for who in everybody if _folded(who.name) == said]
    return whole or [who for who in everybody if _folded(who.first_name) == said]


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", " ".join(name.split())).casefold()


def wrong_code(tx: Tx, person_id: PersonId, *, now: datetime) -> int:
    """Count one wrong answer code of an officer; how many there were in the last hour."""
    row = tx.execute(sa.select(people.c.wrong_codes).where(people.c.id == person_id)).scalar_one()
    recent = [at for at in row if datetime.fromisoformat(at) > now - timedelta(hours=1)] + [now.isoformat()]
    tx.execute(sa.update(people).where(people.c.id == person_id).values(wrong_codes=recent))
    return len(recent)


def forgive_codes(tx: Tx, person_id: PersonId) -> None:
    """Reset the count of wrong codes."""
    tx.execute(sa.update(people).where(people.c.id == person_id).values(wrong_codes=[]))


def add(tx: Tx, facility_id: FacilityId, kind: PersonKind, name: str, **more: object) -> PersonId:
    """Add a person."""
    return PersonId(insert(tx, people, facility_id=facility_id, kind=kind, name=name, **more))
