"""No place is taken twice, tested with threads on both databases."""

from datetime import datetime, timedelta

import pytest

from scheduling.policy.errors import PlaceTaken, Refused
from scheduling.policy.ids import PersonId, ResidentId, TerminalId
from scheduling.policy.refusals import Refusal
from scheduling.policy.timespan import QUANTUM, Span, quanta
from scheduling.policy.visit_state import State
from scheduling.policy.vocabulary import PlaceKind
from scheduling.storage.database import Tx
from scheduling.storage.tables import places as rows
from scheduling.visits import asking, places, search
from scheduling.visits.places import Place
from scheduling.visits.visit import Visit
from tests.scheduling.kit import FAMILY, LUIS, SATURDAY, Record, at_once, chat, minutes

pytestmark = pytest.mark.both_databases

MORNING = SATURDAY - timedelta(hours=3)  # unit A has one terminal and a session in the morning
TURNAROUND = minutes(5)


def quanta_of(record: Record, visit: Visit, what: str) -> list[int]:
    return sorted(quantum for kind, _, quantum in record.held(visit) if kind == what)


def numbers(start: datetime, length: float) -> list[int]:
    return list(quanta(Span(start, start + minutes(length))))


def test_a_visit_holds_its_people_for_its_length_and_the_terminal_for_the_turnaround_too(record: Record) -> None:
    visit = record.keep()
    assert quanta_of(record, visit, "resident") == numbers(SATURDAY, 30)
    assert quanta_of(record, visit, "visitor") == numbers(SATURDAY, 30)
    assert quanta_of(record, visit, "terminal") == numbers(SATURDAY, 35)


def strangers(record: Record, count: int, unit: str) -> list[search.Wish]:
    """The wishes of this many families, each for another resident."""
    for n in range(count):
        record.add_family(f"Friend {n}", record.add_resident(f"7000{n}", unit))
    return [record.wish(f"Friend {n}", f"7000{n}") for n in range(count)]


def test_of_all_who_ask_for_the_last_place_at_once_one_gets_it_and_the_rest_the_nearest(record: Record) -> None:
    rivals = 5
    wishes = strangers(record, rivals, "A")

    def asks(wish: search.Wish) -> Visit:
        return record.db.run(lambda tx: asking.ask_at(tx, wish, MORNING, chat=chat(wish), actor=FAMILY, now=record.now))

    outcomes = at_once(*(lambda wish=wish: asks(wish) for wish in wishes))
    won = [each for each in outcomes if isinstance(each, Visit)]
    refused = [each for each in outcomes if isinstance(each, Refused)]
    assert (len(won), len(refused)) == (1, rivals - 1)
    assert all(Refusal.TERMINAL_TAKEN in each.codes for each in refused)
    assert won[0].state is State.REQUESTED
    assert {row.visit_id for row in record.rows(rows)} == {won[0].id}
    loser = next(wish for wish, each in zip(wishes, outcomes, strict=True) if isinstance(each, Refused))
    with record.db.read() as tx:
        found = search.find(tx, loser, [MORNING], now=record.now)
    # The winner has 10:00 to 10:30, and the terminal until 10:35. An earlier visit and its turnaround must end by 10:00.
    assert found.exact is None
    assert found.nearest[0] == MORNING - minutes(45)
    assert set(found.nearest) >= {MORNING - minutes(45), MORNING + minutes(45)}
    assert Refusal.TERMINAL_TAKEN in found.why


def test_two_terminals_serve_two_families_at_once_and_not_a_third(record: Record) -> None:
    wishes = strangers(record, 3, "B")
    outcomes = at_once(*(lambda wish=wish: record.keep(SATURDAY, wish) for wish in wishes))
    won = [each for each in outcomes if isinstance(each, Visit)]
    assert len(won) == 2
    assert len({visit.terminal_id for visit in won}) == 2


def test_the_database_itself_refuses_a_place_that_is_held(record: Record) -> None:
    """The rows decide what is free, whatever a command has read before. A refused command has taken nothing."""
    visit = record.keep()
    other = record.keep(MORNING, record.wish("Ana Diaz", LUIS))
    mine = Place(visit.terminal_id, other.resident_id, (other.visitor_id,), visit.span, TURNAROUND)
    late = Place(
        mine.terminal_id, mine.resident_id, mine.visitor_ids, Span(visit.ends, visit.ends + minutes(20)), TURNAROUND
    )
    before = record.held(other)
    for place in (mine, late):

        def take(tx: Tx, place: Place = place) -> None:
            places.take(tx, other.id, place)

        with pytest.raises(PlaceTaken):
            record.run(take)
    assert record.held(other) == before


def test_turnaround_belongs_to_the_terminal_and_to_nobody_else(record: Record) -> None:
    """The same people can use another terminal right after a visit, but not the same terminal."""
    visit = record.keep()
    right_after = Span(visit.ends, visit.ends + minutes(20))
    terminals = {row.which for row in record.rows(rows) if row.what == "terminal"}
    assert terminals == {visit.terminal_id}
    elsewhere = Place(
        TerminalId(visit.terminal_id + 1), visit.resident_id, (visit.visitor_id,), right_after, TURNAROUND
    )
    record.tried(lambda tx: places.take(tx, visit.id, elsewhere))
    with record.db.read() as tx:
        kept = places.taken(tx, PlaceKind.TERMINAL, visit.terminal_id, Span(SATURDAY, SATURDAY + minutes(120)))
        busy = places.taken(tx, PlaceKind.RESIDENT, visit.resident_id, Span(SATURDAY, SATURDAY + minutes(120)))
        own = places.taken(
            tx, PlaceKind.TERMINAL, visit.terminal_id, Span(SATURDAY, SATURDAY + minutes(120)), but=visit.id
        )
    assert kept == [Span(SATURDAY, SATURDAY + minutes(35))]
    assert busy == [Span(SATURDAY, SATURDAY + minutes(30))]
    assert own == []


def test_a_visit_that_moves_by_a_quarter_of_an_hour_does_not_stand_in_its_own_way(record: Record) -> None:
    visit = record.confirmed()
    moving = record.ask_move_to(visit, SATURDAY + minutes(15))
    assert quanta_of(record, moving, "resident") == numbers(SATURDAY, 45)  # the union of 1:00 and 1:15
    moved = record.approve(moving)
    assert (moved.state, moved.starts) == (State.CONFIRMED, SATURDAY + minutes(15))
    assert quanta_of(record, moved, "resident") == numbers(SATURDAY + minutes(15), 30)
    assert quanta_of(record, moved, "terminal") == numbers(SATURDAY + minutes(15), 35)


def test_a_refused_quarter_leaves_the_old_place_whole(record: Record) -> None:
    visit = record.confirmed()
    before = record.held(visit)
    back = record.deny(record.ask_move_to(visit, SATURDAY + minutes(15)))
    assert (back.state, back.starts) == (State.CONFIRMED, SATURDAY)
    assert record.held(back) == before


def test_an_end_frees_everything(record: Record) -> None:
    gone = record.give_up(record.ask_move_to(record.confirmed()))
    assert gone.state is State.CANCELLED
    assert record.held(gone) == set()
    assert record.rows(rows) == []


def test_places_are_five_minutes_of_real_time_whatever_the_clocks_show() -> None:
    """On the night when clocks are set back, the first and the second 1:30 are two places."""
    first, second = datetime.fromisoformat("2026-11-01T01:30-05:00"), datetime.fromisoformat("2026-11-01T01:30-06:00")
    one, other = Span(first, first + minutes(30)), Span(second, second + minutes(30))
    assert minutes(5) == QUANTUM
    assert not set(quanta(one)) & set(quanta(other))
    place = Place(TerminalId(1), ResidentId(1), (PersonId(1), PersonId(2)), one, TURNAROUND)
    assert len(place.rows()) == 6 + 2 * 6 + 7
