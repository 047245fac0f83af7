"""Attendance and the move that follows: every case of the evidence, then how it is read from both databases."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from scheduling.calls import attendance, devices
from scheduling.calls import call_record as around
from scheduling.calls.attendance import Attendance, end_move
from scheduling.calls.devices import Seat
from scheduling.policy.lifecycle import Move
from scheduling.policy.visit_state import State
from scheduling.policy.vocabulary import AdmittedBy, Side, StopReason
from scheduling.storage.tables import call_samples, kiosks
from scheduling.visits import ending
from scheduling.visits.effects import DOUBT_EXPIRES_AFTER
from scheduling.visits.visit import Visit, get
from tests.scheduling.kit import SATURDAY, STAFF, Record, minutes

GOOD = Attendance(
    joined=True, screen=True, pressed=False, admitted=True, kiosk_in=True, family_in=True, family_got=180, kiosk_got=180,
    connected=timedelta(minutes=30), stopped=None,
)  # fmt: skip
NOTHING: dict[str, Any] = {"family_got": 0, "kiosk_got": 0, "connected": timedelta(0)}
ALONE: dict[str, Any] = {"admitted": False, "kiosk_in": False, **NOTHING}
SHORT: dict[str, Any] = {"family_got": 9, "kiosk_got": 9, "connected": timedelta(seconds=50)}


@pytest.mark.parametrize(
    ("so", "move"),
    [
        pytest.param({}, Move.COMPLETE, id="half an hour together"),
        pytest.param({"connected": timedelta(minutes=1)}, Move.COMPLETE, id="a minute is enough"),
        pytest.param({"joined": False, "complained": True, **ALONE}, Move.DOUBT, id="they wrote that it does not work"),
        pytest.param({"joined": False, "screen": False, **ALONE}, Move.FAIL, id="nobody came, and the screen was dark"),
        pytest.param({"joined": False, **ALONE}, Move.NO_SHOW, id="nobody of the family"),
        pytest.param({"joined": False, "admitted": True, **NOTHING}, Move.NO_SHOW, id="the resident waited alone"),
        pytest.param(ALONE, Move.DECLINE, id="it rang, and nobody came to it"),
        pytest.param({**ALONE, "screen": False}, Move.FAIL, id="the screen was off"),
        pytest.param({**ALONE, "pressed": True}, Move.FAIL, id="he asked for an officer, and none came"),
        pytest.param(NOTHING, Move.FAIL, id="both there, nothing came through"),
        pytest.param({**NOTHING, "family_got": 5}, Move.FAIL, id="the family got next to nothing, the kiosk nothing"),
        pytest.param({**NOTHING, "family_got": 60}, Move.DOUBT, id="the family got it all and sent nothing"),
        pytest.param({**NOTHING, "family_in": False}, Move.DOUBT, id="pressed Join early, and was not there"),
        pytest.param(
            {"family_got": 6, "connected": timedelta(minutes=1)}, Move.DOUBT, id="the phone admits a minute of thirty"
        ),
        pytest.param({"family_got": 100, "connected": timedelta(minutes=15)}, Move.COMPLETE, id="a weak phone"),
        pytest.param({**NOTHING, "kiosk_got": 60}, Move.DOUBT, id="the kiosk says yes, the family no"),
        pytest.param(SHORT, Move.DOUBT, id="less than a minute"),
        pytest.param({"stopped": StopReason.NOT_THEM}, Move.DOUBT, id="somebody else was on the screen"),
    ],
)
def test_what_follows(so: dict[str, Any], move: Move) -> None:
    assert end_move(replace(GOOD, **so)) is move


def of(record: Record, visit: Visit) -> Attendance:
    with record.db.read() as tx:
        return attendance.of(tx, get(tx, visit.id), now=record.now)


def in_a_call(record: Record) -> tuple[Visit, devices.Device, devices.Device]:
    visit = record.confirmed()
    record.set_clock(visit.starts)
    record.joined(visit)

    def enter(seat: Seat) -> devices.Device:
        return record.run(lambda tx: devices.enter(tx, visit.id, seat, now=record.now)[0])

    return visit, enter(Seat(Side.FAMILY, person_id=visit.visitor_id, browser="b")), enter(Seat(Side.KIOSK))


def beat(record: Record, device: devices.Device, after: float, *, seen: bool = True, heard: bool = False) -> None:
    at = SATURDAY + timedelta(seconds=after)
    record.run(
        lambda tx: attendance.record_heartbeat(tx, device, seen=seen, heard=heard, figures={"rtt": after}, now=at)
    )


def test_only_what_both_had_in_the_same_ten_seconds_is_connected(record: Record) -> None:
    visit, phone, screen = in_a_call(record)
    beat(record, phone, 5)
    beat(record, screen, 9, seen=False, heard=True)
    beat(record, phone, 15)
    beat(record, screen, 25)
    beat(record, screen, 35, seen=False)
    beat(record, phone, 35)
    found = of(record, visit)
    assert (found.connected, found.family_got, found.kiosk_got) == (timedelta(seconds=10), 3, 2)


def test_a_beat_that_comes_twice_counts_once_and_yes_outweighs_no(record: Record) -> None:
    visit, phone, screen = in_a_call(record)
    for seen in (False, True, False):
        beat(record, phone, 3, seen=seen)
        beat(record, screen, 4, seen=seen)
    assert of(record, visit).connected == timedelta(seconds=10)


def test_two_phones_of_a_family_are_one_side(record: Record) -> None:
    visit, phone, screen = in_a_call(record)
    second = Seat(Side.FAMILY, person_id=visit.visitor_id, browser="c")
    other = record.run(lambda tx: devices.enter(tx, visit.id, second, now=record.now)[0])
    beat(record, phone, 5)
    beat(record, other, 5)
    beat(record, other, 15)
    beat(record, screen, 5)
    beat(record, screen, 15)
    assert of(record, visit).connected == timedelta(seconds=20)


def test_what_was_before_or_after_the_visit_proves_nothing(record: Record) -> None:
    visit, phone, screen = in_a_call(record)
    for device in (phone, screen):
        beat(record, device, -5)
        beat(record, device, 30 * 60 + 5)
    assert of(record, visit).connected == timedelta(0)


def test_a_minute_that_was_not_full_is_no_minute(record: Record) -> None:
    visit, _, _ = in_a_call(record)
    record.met(visit, minutes=2 + 5 / 6)
    found = of(record, visit)
    assert (found.connected, found.minutes) == (timedelta(seconds=170), 2)


def test_a_sample_a_minute_is_kept_the_newest(record: Record) -> None:
    _, phone, _ = in_a_call(record)
    for after in (5, 15, 65):
        beat(record, phone, after)
    assert [row.figures for row in record.rows(call_samples)] == [{"rtt": 15}, {"rtt": 65}]


@pytest.mark.parametrize(
    ("rang", "last", "state"),
    [
        (0, 29, State.RESIDENT_DECLINED),
        (5, 26, State.RESIDENT_DECLINED),
        (6, 29, State.TECHNICAL),
        (0, 20, State.TECHNICAL),
        (None, None, State.TECHNICAL),
    ],
)
def test_nobody_came_to_a_screen(record: Record, rang: int | None, last: int | None, state: State) -> None:
    """Only a kiosk that rings in time and is on until the end shows that the resident did not come."""
    visit = record.confirmed()
    record.set_clock(visit.starts)
    record.joined(visit)
    if rang is not None and last is not None:
        seen = visit.starts + minutes(last)
        row = {"hash": "h", "terminal_id": visit.terminal_id, "created_at": record.now, "seen_at": seen}
        record.run(lambda tx: tx.execute(kiosks.insert().values(row)))
        record.run(lambda tx: around.set_once(tx, visit, "rang_at", now=visit.starts + minutes(rang)))
    record.set_clock(visit.ends)
    ended = record.finish(visit)
    assert ended is not None
    assert ended.state is state


def test_a_visit_that_is_moved_begins_anew(record: Record) -> None:
    visit, _, _ = in_a_call(record)
    record.run(lambda tx: around.admit(tx, visit, AdmittedBy.PIN, now=record.now))
    later = replace(visit, starts=visit.starts + minutes(60))
    with record.db.read() as tx:
        assert around.get(tx, visit).admitted_at == record.now
        assert around.get(tx, later).admitted_at is None
    record.run(lambda tx: around.set_notice(tx, later, "hello", now=record.now))
    with record.db.read() as tx:
        assert (around.get(tx, later).notice, around.get(tx, later).admitted_at) == ("hello", None)


def test_staff_decide_a_visit_in_doubt_or_it_is_decided_for_the_family(record: Record) -> None:
    visit = record.in_state(State.IN_DOUBT)
    record.set_clock(record.now + DOUBT_EXPIRES_AFTER - timedelta(seconds=1))
    assert record.run(lambda tx: ending.expire_doubt(tx, get(tx, visit.id), now=record.now)) is None
    record.set_clock(record.now + timedelta(seconds=1))
    done = record.run(lambda tx: ending.expire_doubt(tx, get(tx, visit.id), now=record.now))
    assert done is not None
    assert done.state is State.TECHNICAL


def test_staff_say_that_it_took_place(record: Record) -> None:
    visit = record.in_state(State.IN_DOUBT)
    done = record.run(
        lambda tx: ending.decide_doubt(tx, get(tx, visit.id), took_place=True, actor=STAFF, now=record.now)
    )
    assert done.state is State.COMPLETED
    assert record.run(lambda tx: ending.expire_doubt(tx, get(tx, visit.id), now=record.now + 3 * minutes(1440))) is None


@pytest.mark.parametrize(("connected", "move"), [(14, Move.DOUBT), (15, Move.COMPLETE), (30, Move.COMPLETE)])
def test_connected_for_less_than_needed_it_is_in_doubt(connected: int, move: Move) -> None:
    assert end_move(replace(GOOD, connected=timedelta(minutes=connected)), timedelta(minutes=15)) is move
