"""Visitors, attorneys and staff, and the residents whom they may see. Limits, bans and relations belong to the person."""

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
    """A visitor, an attorney or an officer. `units` are the units of an officer; None means all units.

    `duty_units` are the units that an officer is on duty for now; None means all of their units. `suspended`: the officer's
    phone is lost.
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
        """The name that short texts use."""
        return self.name.split()[0]


@dataclass(frozen=True, slots=True)
class Resident:
    """A resident, as one visitor may see them. `relation` is what the visitor is to the resident; "" when not known."""

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
        """The name that short texts use."""
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
    """The residents whom this visitor or attorney may request, also those who are no longer held."""
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
    """A resident with their relation to this visitor; without a relation when the visitor may not see them (any more)."""
    seen = (each for each in may_see(tx, visitor) if each.id == resident_id)
    return next(seen, None) or resident(tx, resident_id)


def find_residents(tx: Tx, facility_id: FacilityId, said: str, units: Sequence[str] | None) -> list[Resident]:
    """Residents held in these units (None: all) with this number, else with this name, else with all these words in it."""
    here = (residents.c.facility_id == facility_id) & residents.c.held
    if units is not None:
        here &= residents.c.unit.in_(units)
    # Case is folded here because lower() of SQLite handles only A to Z.
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
    """The officers who get the cards of a unit now: those on duty for it, else the supervisors. Never a suspended one."""
    everyone = [who for who in staff(tx, facility_id) if not who.suspended]
    here = [who for who in everyone if who.on_duty and on_duty_for(who, unit)]
    return here or [who for who in everyone if who.role == StaffRole.SUPERVISOR]


def on_duty_for(who: Person, unit: str) -> bool:
    """Whether a unit is among the units of an officer and among those that they are on duty for now."""
    return all(units is None or unit in units for units in (who.units, who.duty_units))


def set_duty(tx: Tx, person_id: PersonId, *, on: bool, units: Sequence[str] | None = None) -> None:
    """Set an officer on duty (for these of their units, or for all of them) or off duty."""
    values = {"on_duty": on, "duty_units": None if units is None else list(units)}
    tx.execute(sa.update(people).where(people.c.id == person_id).values(**values))


def suspend(tx: Tx, person_id: PersonId, *, suspended: bool) -> None:
    """Suspend an officer whose phone is lost: off duty and without access until a supervisor ends it."""
    values = {"suspended": suspended, "on_duty": not suspended, "duty_units": None}
    tx.execute(sa.update(people).where(people.c.id == person_id).values(**values))


def set_language(tx: Tx, person_id: PersonId, language: str) -> None:
    """Store which language a person reads."""
    tx.execute(sa.update(people).where(people.c.id == person_id).values(language=language))


def find_named(tx: Tx, facility_id: FacilityId, name: str) -> list[Person]:
    """The active people of a facility with this name, else with this first name. Case is ignored."""
    here = (people.c.facility_id == facility_id) & people.c.active
    rows = tx.execute(sa.select(people).where(here).order_by(people.c.id)).mappings()
    # Case is folded here because lower() of SQLite handles only A to Z.
    everybody, said = [person_of(row) for row in rows], _folded(name)
    whole = [who for who in everybody if _folded(who.name) == said]
    return whole or [who for who in everybody if _folded(who.first_name) == said]


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", " ".join(name.split())).casefold()


def wrong_code(tx: Tx, person_id: PersonId, *, now: datetime) -> int:
    """Count one wrong answer code of an officer. Returns how many there were in the last hour."""
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
