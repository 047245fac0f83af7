"""Facilities in the database: reads their settings, and stores what a facility file contains.

Loading a file again changes only what came from a file. It never touches visits, never approves or unbans anyone again, and
reports what the file no longer names. Staff are the exception: an officer who is missing from the file loses access at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from scheduling.facilities.file import AttorneyRow, FacilityFile, VisitorRow
from scheduling.people import people, person_addresses
from scheduling.policy.availability import Terminal
from scheduling.policy.facility import Closure, Facility, Text
from scheduling.policy.ids import FacilityId, PersonId, ResidentId, TerminalId
from scheduling.policy.timespan import Span
from scheduling.policy.vocabulary import PHONE_CHANNEL, AddressSource, PersonKind
from scheduling.storage.database import Tx, insert, insert_or_ignore
from scheduling.storage.tables import addresses, closures, facilities, keep_apart, relations, residents, terminals
from scheduling.storage.tables import people as people_table

_known: WeakKeyDictionary[sa.Engine, dict[int, tuple[tuple[int, datetime], Facility]]] = WeakKeyDictionary()
"""Cache by facility: the version of its settings, and the settings."""


def rules(tx: Tx, facility_id: FacilityId) -> Facility:
    """The settings of the facility. Parsed once per loaded version and process."""
    mine = facilities.c.id == facility_id
    row = tx.execute(sa.select(facilities.c.version, facilities.c.loaded_at).where(mine)).one()
    # A database that was emptied and filled again reuses ids and versions, so the time of loading is compared too.
    version = (row.version, row.loaded_at)
    cache = _known.setdefault(tx.engine, {})
    known = cache.get(facility_id)
    if known is None or known[0] != version:
        plain = tx.execute(sa.select(facilities.c.rules).where(mine)).scalar_one()
        known = cache[facility_id] = (version, Facility.from_json(plain))
    return known[1]


def by_phone(tx: Tx, phone: str) -> FacilityId | None:
    """The facility whose number families text is this one."""
    found = tx.execute(sa.select(facilities.c.id).where(facilities.c.phone == phone).order_by(facilities.c.id)).scalar()
    return None if found is None else FacilityId(found)


def shared_phones(tx: Tx) -> list[str]:
    """Phone numbers that several facilities have: a text to one of them could reach the wrong facility."""
    many = sa.select(facilities.c.phone).group_by(facilities.c.phone).having(sa.func.count() > 1)
    return list(tx.execute(many.order_by(facilities.c.phone)).scalars())


def everyone(tx: Tx) -> list[FacilityId]:
    """All facilities, oldest first."""
    return [FacilityId(found) for found in tx.execute(sa.select(facilities.c.id).order_by(facilities.c.id)).scalars()]


def terminals_of(tx: Tx, facility_id: FacilityId, unit: str) -> list[Terminal]:
    """The active terminals of a unit, by name."""
    mine = (terminals.c.facility_id == facility_id) & (terminals.c.unit == unit) & terminals.c.active
    rows = tx.execute(sa.select(terminals).where(mine).order_by(terminals.c.name))
    return [Terminal(TerminalId(row.id), row.name, row.unit) for row in rows]


def terminal_name(tx: Tx, terminal_id: TerminalId) -> str:
    """The name of a terminal."""
    return str(tx.execute(sa.select(terminals.c.name).where(terminals.c.id == terminal_id)).scalar_one())


def closures_of(tx: Tx, facility_id: FacilityId, unit: str, window: Span) -> list[Span]:
    """The closures of a unit in a window, from the file and from staff."""
    mine = (closures.c.facility_id == facility_id) & (closures.c.unit.is_(None) | (closures.c.unit == unit))
    rows = tx.execute(
        sa.select(closures).where(mine & (closures.c.starts < window.end) & (closures.c.ends > window.start))
    )
    return [Span(row.starts, row.ends) for row in rows]


def closure_reason(tx: Tx, facility_id: FacilityId, unit: str, window: Span) -> Text | None:
    """The reason that families are told for a closure of the unit in the window: of several, that of the longest closure."""
    mine = (closures.c.facility_id == facility_id) & (closures.c.unit.is_(None) | (closures.c.unit == unit))
    told = mine & (closures.c.starts < window.end) & (closures.c.ends > window.start)
    rows = [row for row in tx.execute(sa.select(closures).where(told).order_by(closures.c.starts)) if row.reason]
    longest = max(rows, key=lambda row: row.ends - row.starts, default=None)
    return None if longest is None else Text(tuple(longest.reason.items()))


class PersonColumns(TypedDict, total=False):
    """The columns of a person that a facility file sets."""

    language: str | None
    role: str
    units: list[str] | None
    all_residents: bool


@dataclass
class Report:
    """What loading a file did, in words for the operator."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    def note(self, what: str, verdict: str) -> None:
        """Add a line under its verdict. "same" is not reported."""
        if verdict != "same":
            getattr(self, verdict).append(what)


def apply(tx: Tx, file: FacilityFile, *, now: datetime) -> Report:
    """Update the database to a checked FacilityFile."""
    report = Report()
    facility_id = _facility(tx, file.facility, report, now)
    _keyed(tx, terminals, facility_id, "name", [{"name": t.name, "unit": t.unit} for t in file.terminals], report)
    wanted = [{"number": r.number, "name": r.name, "unit": r.unit, "language": r.language} for r in file.residents]
    _keyed(tx, residents, facility_id, "number", wanted, report)
    numbers = _numbers(tx, facility_id)
    seen: set[int] = set()
    for visitor in file.visitors:
        seen.add(_visitor(tx, facility_id, PersonKind.VISITOR, visitor, numbers, report))
    for attorney in file.attorneys:
        seen.add(_visitor(tx, facility_id, PersonKind.ATTORNEY, attorney, numbers, report))
    for officer in file.staff:
        units = None if officer.units is None else list(officer.units)
        columns = PersonColumns(role=officer.role, units=units, language=officer.language)
        seen.add(_person(tx, facility_id, PersonKind.STAFF, officer.name, officer.phone, columns, report))
    _absent(tx, facility_id, seen, report)
    _keep_apart(tx, _pairs(file.keep_apart, numbers), numbers, report)
    _closures(tx, facility_id, file.closures)
    return report


def _facility(tx: Tx, wanted: Facility, report: Report, now: datetime) -> FacilityId:
    row = tx.execute(sa.select(facilities).where(facilities.c.code == wanted.code)).first()
    values = {"phone": wanted.phone, "rules": wanted.to_json(), "loaded_at": now}
    if row is None:
        report.note(f"facility {wanted.code}", "added")
        return FacilityId(insert(tx, facilities, code=wanted.code, version=1, **values))
    if row.rules != values["rules"]:
        report.note(f"facility {wanted.code}: rules", "changed")
        tx.execute(sa.update(facilities).where(facilities.c.id == row.id).values(**values, version=row.version + 1))
    return FacilityId(row.id)


def _keyed(
    tx: Tx,
    table: sa.Table,
    facility_id: FacilityId,
    key: str,
    wanted: Sequence[Mapping[str, str | None]],
    report: Report,
) -> None:
    """Add or change terminals or residents, found by one key. Reports those that the file does not name."""
    known = {row[key]: row for row in tx.execute(sa.select(table).where(table.c.facility_id == facility_id)).mappings()}
    noun = table.name.removesuffix("s")
    for values in wanted:
        row = known.pop(values[key], None)
        if row is None:
            insert(tx, table, facility_id=facility_id, **values)
        elif any(row[name] != value for name, value in values.items()):
            tx.execute(sa.update(table).where(table.c.id == row["id"]).values(**values))
        same = row is not None and all(row[name] == value for name, value in values.items())
        report.note(f"{noun} {values[key]}", "same" if same else "added" if row is None else "changed")
    for left in known:
        report.note(f"{noun} {left}", "missing")


def _numbers(tx: Tx, facility_id: FacilityId) -> dict[str, ResidentId]:
    rows = tx.execute(sa.select(residents.c.number, residents.c.id).where(residents.c.facility_id == facility_id))
    return {row.number: ResidentId(row.id) for row in rows}


def _visitor(
    tx: Tx,
    facility_id: FacilityId,
    kind: PersonKind,
    who: VisitorRow | AttorneyRow,
    numbers: dict[str, ResidentId],
    report: Report,
) -> PersonId:
    columns = PersonColumns(language=who.language, all_residents=who.may_visit is None)
    person_id = _person(tx, facility_id, kind, who.name, who.phone, columns, report)
    links = [
        (each, "attorney") if isinstance(each, str) else (each.resident, each.relation) for each in who.may_visit or ()
    ]
    wanted, known = {numbers[number]: what for number, what in links}, _relations(tx, person_id)
    rows = [{"person_id": person_id, "resident_id": whom, "relation": what} for whom, what in wanted.items()]
    insert_or_ignore(tx, relations, rows)
    for number, whom in numbers.items():
        if whom not in known or known[whom] == wanted.get(whom) or who.may_visit is None:
            continue
        if whom in wanted:
            here = (relations.c.person_id == person_id) & (relations.c.resident_id == whom)
            tx.execute(sa.update(relations).where(here).values(relation=wanted[whom]))
        report.note(f"{kind} {who.name}, {known[whom]} of {number}", "changed" if whom in wanted else "missing")
    return person_id


def _relations(tx: Tx, person_id: PersonId) -> dict[ResidentId, str]:
    rows = tx.execute(sa.select(relations).where(relations.c.person_id == person_id))
    return {ResidentId(row.resident_id): row.relation for row in rows}


def _person(
    tx: Tx, facility_id: FacilityId, kind: PersonKind, name: str, phone: str, values: PersonColumns, report: Report
) -> PersonId:
    """Add or change a person, found by phone and name (staff by phone alone).

    A language that was chosen by text stays when the file has none.
    """
    here = (addresses.c.channel == PHONE_CHANNEL) & (addresses.c.address == phone)
    mine = (people_table.c.facility_id == facility_id) & (people_table.c.kind == kind)
    query = sa.select(people_table).join(addresses, addresses.c.person_id == people_table.c.id).where(here & mine)
    if kind != PersonKind.STAFF:
        query = query.where(people_table.c.name == name)
    row = tx.execute(query).mappings().first()
    if row is None:
        person_id = people.add(tx, facility_id, kind, name, **values)
        person_addresses.link(tx, person_id, PHONE_CHANNEL, phone, AddressSource.FILE)
        report.note(f"{kind} {name}", "added")
        return person_id
    wanted = {"name": name, "active": True} | {k: v for k, v in values.items() if k != "language" or v is not None}
    same = all(row[key] == value for key, value in wanted.items())
    if not same:
        tx.execute(sa.update(people_table).where(people_table.c.id == row["id"]).values(**wanted))
    report.note(f"{kind} {name}", "same" if same else "changed")
    return PersonId(row["id"])


def _absent(tx: Tx, facility_id: FacilityId, seen: set[int], report: Report) -> None:
    """Report people who came from a file and are not in it any more. Staff lose access at once."""
    from_file = sa.exists().where(
        (addresses.c.person_id == people_table.c.id) & (addresses.c.source == AddressSource.FILE)
    )
    mine = (people_table.c.facility_id == facility_id) & people_table.c.active & from_file
    for row in tx.execute(sa.select(people_table).where(mine)).all():
        if row.id in seen:
            continue
        if row.kind == PersonKind.STAFF:
            tx.execute(sa.update(people_table).where(people_table.c.id == row.id).values(active=False))
        report.note(f"{row.kind} {row.name}", "removed" if row.kind == PersonKind.STAFF else "missing")


def _keep_apart(tx: Tx, wanted: set[tuple[int, int]], numbers: dict[str, ResidentId], report: Report) -> None:
    """Add pairs. A pair that the file no longer names is still kept apart and is reported: no protection ends silently."""
    insert_or_ignore(tx, keep_apart, [{"one_id": one, "other_id": other} for one, other in sorted(wanted)])
    named = {whom: number for number, whom in numbers.items()}
    for one, other in tx.execute(sa.select(keep_apart.c.one_id, keep_apart.c.other_id)).all():
        if one in named and (one, other) not in wanted:
            report.note(f"keep apart {named[one]} and {named[other]}", "missing")


def _pairs(groups: Iterable[tuple[str, str]], numbers: dict[str, ResidentId]) -> set[tuple[int, int]]:
    pairs: set[tuple[int, int]] = set()
    for group in groups:
        ids = sorted(numbers[number] for number in group)
        pairs |= {(one, other) for at, one in enumerate(ids) for other in ids[at + 1 :]}
    return pairs


def _closures(tx: Tx, facility_id: FacilityId, wanted: Iterable[Closure]) -> None:
    """Replace the closures of an earlier file by those of this one. Closures entered by staff stay."""
    mine = (closures.c.facility_id == facility_id) & (closures.c.source == AddressSource.FILE)
    tx.execute(sa.delete(closures).where(mine))
    for each in wanted:
        reason = each.reason and dict(each.reason.words)
        insert(
            tx, closures, facility_id=facility_id, unit=each.unit, starts=each.span.start, ends=each.span.end,
            reason=reason, source=AddressSource.FILE,
        )  # fmt: skip
