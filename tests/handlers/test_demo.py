"""The demonstration's clock: it jumps forward, runs what becomes due on the way, and survives a restart."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from handlers.demo import demo_clock
from handlers.demo.demo_clock import DemoClock
from handlers.deps import wall_clock
from scheduling.calls import devices
from scheduling.calls.devices import Seat
from scheduling.policy.facility import Hours
from scheduling.policy.visit_state import State
from scheduling.policy.vocabulary import Side
from scheduling.storage.tables import visits
from scheduling.visits import search
from tests.handlers.line import Line, open_line
from tests.scheduling.kit import TANYA, Record, minutes

ZONE = ZoneInfo("America/Chicago")
NEAR = timedelta(seconds=20)


@pytest.fixture
def clock(sqlite_record: Record) -> DemoClock:
    return DemoClock(sqlite_record.db)


@pytest.fixture
def playing(sqlite_record: Record, clock: DemoClock) -> Line:
    """The server on the demonstration's clock, at ten in the morning of some day."""
    line = open_line(sqlite_record, now=clock)
    sqlite_record.at = Now(clock)
    return line


class Now(list[datetime]):
    """Set the clock of the test database's helpers to the demonstration's time."""

    def __init__(self, clock: DemoClock) -> None:
        super().__init__()
        self._clock = clock

    def __getitem__(self, _: object) -> datetime:  # type: ignore[override]
        return self._clock()


def ahead(clock: DemoClock) -> timedelta:
    return clock() - wall_clock()


def test_it_starts_with_real_time_and_only_goes_forward(clock: DemoClock) -> None:
    assert abs(ahead(clock)) < NEAR
    clock.jump(timedelta(hours=2))
    clock.jump(timedelta(hours=-5))
    assert abs(ahead(clock) - timedelta(hours=2)) < NEAR


def test_a_restart_finds_it_and_a_reset_takes_it_back(sqlite_record: Record, clock: DemoClock) -> None:
    clock.jump(timedelta(days=3))
    again = DemoClock(sqlite_record.db)
    assert abs(ahead(again) - timedelta(days=3)) < NEAR
    again.reset()
    assert abs(ahead(again)) < NEAR
    assert abs(ahead(DemoClock(sqlite_record.db))) < NEAR


def some_open_time(line: Line) -> datetime:
    wish = line.record.wish()
    with line.record.db.read() as tx:
        return search.nearest_open(tx, wish, line.now + timedelta(days=3), now=line.now)[0]


def test_without_anything_due_a_jump_to_the_next_goes_nowhere(playing: Line) -> None:
    seen = demo_clock.view(playing.deps)
    assert seen["next"] is None
    assert demo_clock.jump(playing.deps, to="next")["next"] is None


def test_from_the_request_to_its_end_by_jumps_to_the_next(playing: Line) -> None:
    """The visit is requested and approved, nobody pays, and jumps alone lead to its pay-by."""
    visit = playing.record.approved(some_open_time(playing))
    seen = []
    for _ in range(12):
        told = demo_clock.view(playing.deps)
        if told["next"] is None:
            break
        seen.append(told["next"]["what"])
        assert datetime.fromisoformat(told["next"]["at"]) >= datetime.fromisoformat(told["now"])
        demo_clock.jump(playing.deps, to="next")
    assert playing.record.fresh(visit).state is State.UNPAID
    assert seen[-1] == f"the time to pay ends ({visit.reference})"
    assert any("paid" in text or "pay" in text.lower() for text in playing.sms.to(TANYA))


def test_a_long_jump_does_on_the_way_what_falls_due_in_its_order(playing: Line) -> None:
    visit = playing.record.confirmed(some_open_time(playing))
    playing.record.screen_on(visit)
    demo_clock.jump(playing.deps, minutes=int((visit.ends - playing.now) / minutes(1)) + 5)
    assert playing.record.fresh(visit).state is State.VISITOR_NO_SHOW
    (row,) = playing.record.rows(visits)
    assert visit.ends <= row.ended_at < visit.ends + minutes(1)  # at its own time, not at the end of the jump
    texts = playing.sms.to(TANYA)
    assert len(texts) >= 3  # booked, the day before, a quarter of an hour before, missed


def test_whoever_waits_for_a_call_is_not_lost_by_a_jump(playing: Line) -> None:
    visit = playing.record.confirmed(some_open_time(playing))
    demo_clock.jump(playing.deps, minutes=int((visit.starts - playing.now) / minutes(1)) - 8)
    phone = Seat(Side.FAMILY, person_id=visit.visitor_id, browser="x")
    device, _ = playing.record.run(lambda tx: devices.enter(tx, visit.id, phone, now=playing.now))
    demo_clock.jump(playing.deps, minutes=9)
    with playing.record.db.read() as tx:
        assert [each.id for each in devices.present(tx, visit.id) if each.heard_of(playing.now)] == [device.id]


def test_a_reset_empties_the_database_loads_the_sample_and_begins_on_a_monday_at_ten(
    playing: Line, clock: DemoClock
) -> None:
    playing.record.confirmed(some_open_time(playing))
    demo_clock.jump(playing.deps, minutes=60)
    demo_clock.reset(playing.deps)
    local = clock().astimezone(ZONE)
    assert (f"{local:%A %H:%M}", clock() >= wall_clock()) == ("Monday 10:00", True)
    assert playing.record.rows(visits) == []
    assert playing.record.resident("48213")
    assert playing.work() == 0


@pytest.mark.parametrize(
    ("now", "monday"),
    [
        ("2026-11-23T09:59:59", "2026-11-23T10:00"),
        ("2026-11-23T10:00:00", "2026-11-23T10:00"),
        ("2026-11-23T10:00:01", "2026-11-30T10:00"),
        ("2026-11-24T03:00:00", "2026-11-30T10:00"),
        ("2026-11-29T23:59:00", "2026-11-30T10:00"),
        ("2027-03-13T12:00:00", "2027-03-15T10:00"),  # daylight saving time begins in between
        ("2026-10-31T12:00:00", "2026-11-02T10:00"),  # and ends in between
        ("2026-12-31T12:00:00", "2027-01-04T10:00"),
    ],
)
def test_the_next_monday_at_ten_by_the_clocks_of_the_facility(now: str, monday: str) -> None:
    given = datetime.fromisoformat(now).replace(tzinfo=ZONE).astimezone(UTC)
    assert demo_clock.next_monday(given, ZONE) == datetime.fromisoformat(monday).replace(tzinfo=ZONE)


def test_where_staff_are_off_on_mondays_it_begins_when_they_are_back(playing: Line, clock: DemoClock) -> None:
    playing.record.settings(staff_hours=Hours(time(13), time(21)))
    demo_clock.begin(playing.deps)
    assert f"{clock().astimezone(ZONE):%A %H:%M}" == "Monday 13:00"


def test_a_clock_is_new_until_it_was_moved_or_set_back(sqlite_record: Record, clock: DemoClock) -> None:
    assert clock.new
    clock.reset()
    assert not DemoClock(sqlite_record.db).new
