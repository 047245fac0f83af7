"""Loading a facility file again changes nothing, and a changed file changes only what came from a file."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from scheduling.facilities import store
from scheduling.facilities.file import FacilityFile, ResidentRow, StaffRow, TerminalRow, read_sample
from scheduling.facilities.store import Report
from scheduling.people import people, person_addresses
from scheduling.policy.facility import Closure, Text
from scheduling.policy.timespan import Span
from scheduling.storage.database import insert
from scheduling.storage.tables import closures, keep_apart, residents, terminals, visits
from scheduling.storage.tables import facilities as facilities_table
from scheduling.storage.tables import people as people_table
from tests.scheduling.kit import MARCUS, REED, SATURDAY, TANYA, Record

SAMPLE = read_sample()


@pytest.fixture
def record(sqlite_record: Record) -> Record:
    """Run on SQLite only: loading is the same on both databases."""
    return sqlite_record


def load(record: Record, file: FacilityFile = SAMPLE) -> Report:
    return record.run(lambda tx: store.apply(tx, file, now=record.now))


def without_visitor(name: str) -> FacilityFile:
    return replace(SAMPLE, visitors=tuple(each for each in SAMPLE.visitors if each.name != name))


@pytest.mark.parametrize("on", ["sqlite_record", "postgres_record"])
def test_the_same_file_twice_is_the_same_record(request: pytest.FixtureRequest, on: str) -> None:
    record: Record = request.getfixturevalue(on)
    before = {name: rows for name, rows in record.everything().items() if name != "closures"}
    report = load(record)
    assert report == Report()
    assert {name: rows for name, rows in record.everything().items() if name != "closures"} == before
    assert [row[1:] for row in record.rows(closures)] == [
        (record.facility, None, row.starts, row.ends, row.reason, "file") for row in record.rows(closures)
    ]
    assert len(record.rows(closures)) == 1


def test_an_empty_record_is_told_all_that_was_added(record: Record) -> None:
    other = replace(SAMPLE, facility=replace(SAMPLE.facility, code="oak", name="Oak Jail", phone="+15559990000"))
    report = load(record, other)
    assert "facility oak" in report.added
    assert {"terminal B-2", "resident 48213", "visitor Ana Diaz", "attorney Dana Whitlock"} < set(report.added)
    assert (report.changed, report.missing, report.removed) == ([], [], [])
    with record.db.read() as tx:
        assert len(store.everyone(tx)) == 2
        assert store.by_phone(tx, "+15559990000") == store.everyone(tx)[1]
        assert store.by_phone(tx, "+15550000000") is None


def test_rules_change_for_the_next_question_and_not_for_visits(record: Record) -> None:
    visit = record.approved()
    with record.db.read() as tx:
        assert store.rules(tx, record.facility).turnaround == 5
    dearer = replace(SAMPLE.facility, turnaround=10, price_per_minute=SAMPLE.facility.price_per_minute * 2)
    report = load(record, replace(SAMPLE, facility=dearer))
    assert report.changed == ["facility willow: rules"]
    with record.db.read() as tx:
        assert store.rules(tx, record.facility) == dearer
    assert record.rows(facilities_table)[0].version == 2
    assert record.fresh(visit) == visit


def test_who_is_missing_is_reported_and_left_as_they_are(record: Record) -> None:
    visit = record.asked()
    report = load(record, without_visitor("Tanya Johnson"))
    assert report.missing == ["visitor Tanya Johnson"]
    with record.db.read() as tx:
        assert people.get(tx, record.person("Tanya Johnson")).active
        assert len(people.may_see(tx, people.get(tx, record.person("Tanya Johnson")))) == 2
    assert record.fresh(visit) == visit
    gone = replace(SAMPLE, residents=SAMPLE.residents[1:], terminals=SAMPLE.terminals[1:], keep_apart=())
    visitors = tuple(
        replace(each, may_visit=tuple(m for m in each.may_visit if m.resident != MARCUS)) for each in gone.visitors
    )
    report = load(record, replace(gone, visitors=visitors))
    assert report.missing == [
        "terminal A-1", f"resident {MARCUS}", f"visitor Tanya Johnson, mother of {MARCUS}",
        f"visitor Keisha Johnson, sister of {MARCUS}", f"keep apart {MARCUS} and 50333",
    ]  # fmt: skip
    with record.db.read() as tx:
        assert people.resident(tx, record.resident(MARCUS)).held
    assert record.rows(terminals)[0].active


def test_an_officer_who_is_missing_loses_access_at_once_and_gets_it_back(record: Record) -> None:
    report = load(record, replace(SAMPLE, staff=SAMPLE.staff[1:]))
    assert report.removed == ["staff Officer Reed"]
    with record.db.read() as tx:
        assert person_addresses.at_address(tx, "sms", REED) == []
        assert [who.name for who in people.staff(tx, record.facility)] == ["Sgt. Molina"]
    report = load(record)
    assert report.changed == ["staff Officer Reed"]
    with record.db.read() as tx:
        assert [who.name for who in person_addresses.at_address(tx, "sms", REED)] == ["Officer Reed"]


def test_staff_are_known_by_the_phone_and_families_by_phone_and_name(record: Record) -> None:
    officer = record.person("Officer Reed")
    renamed = (StaffRow("Lt. Reed", REED, "es", "supervisor", None), *SAMPLE.staff[1:])
    married = tuple(
        replace(each, name="Tanya Price") if each.name == "Tanya Johnson" else each for each in SAMPLE.visitors
    )
    report = load(record, replace(SAMPLE, staff=renamed, visitors=married))
    assert report.changed == ["staff Lt. Reed"]
    assert report.added == ["visitor Tanya Price"]
    assert report.missing == ["visitor Tanya Johnson"]
    with record.db.read() as tx:
        reed = people.get(tx, officer)
        assert (reed.name, reed.role, reed.units, reed.language) == ("Lt. Reed", "supervisor", None, "es")
        assert [who.name for who in person_addresses.at_address(tx, "sms", TANYA)] == [
            "Tanya Johnson",
            "Keisha Johnson",
            "Tanya Price",
        ]


def test_nobody_is_unbanned_released_again_or_made_to_read_another_language(record: Record) -> None:
    until = record.now + timedelta(days=9)
    with record.db.begin() as tx:
        tanya = record.person("Tanya Johnson")
        tx.execute(sa.update(people_table).where(people_table.c.id == tanya).values(banned_until=until, language="es"))
        marcus = record.resident(MARCUS)
        tx.execute(sa.update(residents).where(residents.c.id == marcus).values(held=False))
    load(record)
    with record.db.read() as tx:
        who = people.get(tx, tanya)
        assert (who.banned_until, who.language) == (until, "es")
        assert not people.resident(tx, marcus).held


def test_visits_are_untouched(record: Record) -> None:
    record.topping_up()
    before = (record.rows(visits), record.everything()["visit_events"], record.everything()["jobs"])
    load(record, replace(SAMPLE, closures=(Closure(None, Span(SATURDAY, SATURDAY + timedelta(days=2))),)))
    assert (record.rows(visits), record.everything()["visit_events"], record.everything()["jobs"]) == before


def test_what_the_file_closes_is_replaced_and_what_staff_closed_stays(record: Record) -> None:
    span = Span(SATURDAY, SATURDAY + timedelta(hours=4))
    with record.db.begin() as tx:
        insert(
            tx, closures, facility_id=record.facility, unit="A", starts=span.start, ends=span.end, reason=None,
            source="staff",
        )  # fmt: skip
    other = Span(SATURDAY + timedelta(days=1), SATURDAY + timedelta(days=2))
    load(record, replace(SAMPLE, closures=(Closure("B", other, Text.same("painting")),)))
    assert [(row.unit, row.starts, row.source) for row in record.rows(closures)] == [
        ("A", span.start, "staff"), ("B", other.start, "file"),
    ]  # fmt: skip
    with record.db.read() as tx:
        week = Span(record.now, record.now + timedelta(days=7))
        assert store.closures_of(tx, record.facility, "A", week) == [span]
        assert store.closures_of(tx, record.facility, "B", week) == [other]


def test_a_resident_who_moved_is_in_the_new_unit(record: Record) -> None:
    marcus = ResidentRow(MARCUS, "Marcus Johnson", "A", None)
    report = load(record, replace(SAMPLE, residents=(marcus, *SAMPLE.residents[1:])))
    assert report.changed == [f"resident {MARCUS}"]
    with record.db.read() as tx:
        assert people.resident(tx, record.resident(MARCUS)).unit == "A"


def test_a_new_terminal_is_in_use(record: Record) -> None:
    report = load(record, replace(SAMPLE, terminals=(*SAMPLE.terminals, TerminalRow("B-3", "B"))))
    assert report.added == ["terminal B-3"]
    with record.db.read() as tx:
        found = store.terminals_of(tx, record.facility, "B")
        assert [each.name for each in found] == ["B-1", "B-2", "B-3"]
        assert [store.terminal_name(tx, each.id) for each in found] == ["B-1", "B-2", "B-3"]


def test_a_pair_to_be_kept_apart_stands_once(record: Record) -> None:
    load(record, replace(SAMPLE, keep_apart=tuple((b, a) for a, b in SAMPLE.keep_apart)))
    assert len(record.rows(keep_apart)) == 1


def test_a_pair_the_file_no_longer_names_is_told(record: Record) -> None:
    """A pair that is no longer in the file must be reported, neither dropped nor retained silently."""
    report = load(record, replace(SAMPLE, keep_apart=()))
    assert report.missing == ["keep apart 48213 and 50333"]
    assert len(record.rows(keep_apart)) == 1


def test_a_relation_the_file_says_otherwise_is_changed(record: Record) -> None:
    """The file corrects "mother" to "grandmother": relations come from the file."""
    tanya = next(each for each in SAMPLE.visitors if each.name == "Tanya Johnson")
    corrected = replace(tanya, may_visit=(replace(tanya.may_visit[0], relation="grandmother"), *tanya.may_visit[1:]))
    report = load(
        record, replace(SAMPLE, visitors=tuple(corrected if each is tanya else each for each in SAMPLE.visitors))
    )
    with record.db.read() as tx:
        seen = people.may_see(tx, people.get(tx, record.person("Tanya Johnson")))
    assert [who.relation for who in seen] == ["grandmother", "aunt"]
    assert report.changed == ["visitor Tanya Johnson, mother of 48213"]
