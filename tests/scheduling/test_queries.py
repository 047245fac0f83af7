"""The queries of pages, lists and the console."""

from datetime import timedelta

import pytest

from scheduling import queries
from scheduling.policy.denials import DenialReason
from scheduling.policy.timespan import local_date, local_day
from scheduling.policy.visit_state import State
from scheduling.policy.vocabulary import ActorKind
from scheduling.storage.tables import visits
from scheduling.visits import deciding
from scheduling.visits.transition import Actor
from tests.scheduling.kit import ANA, CHICAGO, DARNELL, LUIS, SATURDAY, SUNDAY, Record, minutes

FRIDAY = SATURDAY - timedelta(hours=20)


@pytest.fixture
def record(sqlite_record: Record) -> Record:
    """Run on SQLite only: the queries are the same on both databases."""
    return sqlite_record


def test_a_visit_with_everything_a_text_says_of_it(record: Record) -> None:
    visit = record.topping_up()
    with record.db.read() as tx:
        whole = queries.by_id(tx, visit.id)
        assert queries.by_id(tx, visit.id + 1) is None  # type: ignore[arg-type]
    assert whole is not None
    assert (whole.visitor.name, whole.resident.name, whole.facility.name) == (
        "Tanya Johnson", "Marcus Johnson", "Willow Creek Jail",
    )  # fmt: skip
    assert (whole.due, whole.visit) == (90, visit)
    assert whole.terminal in ("B-1", "B-2")


def test_a_reference_means_the_live_visit_whatever_its_case(record: Record) -> None:
    old = record.give_up(record.asked())
    visit = record.asked()
    with record.db.begin() as tx:
        tx.execute(visits.update().where(visits.c.id == old.id).values(reference=visit.reference))
    with record.db.read() as tx:
        found = queries.by_reference(tx, record.facility, visit.reference.lower())
        assert found is not None
        assert found.id == visit.id
        assert queries.by_reference(tx, record.facility, "X999") is None


def test_what_somebody_has_coming_in_order_of_time(record: Record) -> None:
    later = record.asked(SATURDAY)
    sooner = record.asked(FRIDAY, record.wish("Tanya Johnson", DARNELL))
    record.give_up(record.asked(SUNDAY - timedelta(hours=3), record.wish("Ana Diaz", LUIS)))
    kept = record.keep(SUNDAY, record.wish("Keisha Johnson"))
    tanya, keisha, ana = map(record.person, ("Tanya Johnson", "Keisha Johnson", "Ana Diaz"))
    with record.db.read() as tx:
        assert [visit.id for visit in queries.live_of(tx, [tanya, keisha])] == [sooner.id, later.id]
        assert queries.live_of(tx, [ana]) == []
        assert queries.latest_of(tx, [keisha]) is None
        latest = queries.latest_of(tx, [ana])
    assert latest is not None
    assert (latest.state, latest.theirs) == (State.WITHDRAWN, ANA)
    assert kept.state is State.CHOOSING


def test_what_waits_for_staff_the_oldest_question_first(record: Record) -> None:
    first = record.asked(SATURDAY)
    record.set_clock(record.now + minutes(5))
    second = record.asked(FRIDAY, record.wish("Tanya Johnson", DARNELL))
    record.set_clock(record.now + minutes(5))
    moved = record.ask_move_to(first, SUNDAY)
    record.keep(SUNDAY - timedelta(hours=3), record.wish("Ana Diaz", LUIS))
    with record.db.read() as tx:
        assert [visit.id for visit in queries.undecided(tx, record.facility)] == [second.id, moved.id]


def test_the_board_of_a_day_has_what_is_or_was_and_not_what_never_came_to_be(record: Record) -> None:
    never = record.deny(record.asked(SATURDAY))
    cancelled = record.give_up(record.confirmed(SATURDAY))
    booked = record.confirmed(SATURDAY + minutes(60))
    ana = record.asked(SATURDAY - timedelta(hours=3), record.wish("Ana Diaz", LUIS))
    other_day = record.asked(SUNDAY, record.wish("Keisha Johnson"))
    saturday = local_day(local_date(SATURDAY, CHICAGO), CHICAGO)
    with record.db.read() as tx:
        found = [visit.id for visit in queries.board(tx, record.facility, saturday)]
    assert found == [ana.id, cancelled.id, booked.id]
    assert not {never.id, other_day.id} & set(found)


def test_the_history_names_who_did_what_when_and_why(record: Record) -> None:
    visit = record.asked()
    officer = Actor(ActorKind.STAFF, record.person("Sgt. Molina"), "sms", "c-9")
    record.set_clock(record.now + minutes(7))
    record.run(
        lambda tx: deciding.deny(
            tx,
            visit,
            revision=visit.revision,
            letter=DenialReason.SCHEDULE,
            note="bad day",
            actor=officer,
            now=record.now,
        )
    )
    with record.db.read() as tx:
        events = queries.history(tx, visit.id)
        assert queries.by_correlation(tx, "c-9") == [(visit.reference, events[-1])]
        assert queries.by_correlation(tx, "c-0") == []
    assert [event.move for event in events] == ["keep", "ask", "deny"]
    last = events[-1]
    assert (last.person, last.channel, last.reason, last.note, last.at) == (
        "Sgt. Molina", "sms", "b", "bad day", record.now,
    )  # fmt: skip
