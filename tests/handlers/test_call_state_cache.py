"""The cache of call states: it repeats what it read until a notification or a time boundary, and never longer.

The tests change a notice in the database without a notification. An answer shows it only if the state was read again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from handlers.calls import signaling
from handlers.calls.call_state import OverReason, Phase
from handlers.calls.signaling import Heartbeat
from handlers.calls.state_cache import MAX_AGE_UNNOTIFIED_SECONDS, CallStateCache
from handlers.wakeups import MAX_WAIT_SECONDS, call_topic, device_topic
from scheduling.calls import call_record, devices, signaling_queue
from scheduling.calls.devices import SILENT_AFTER, Seat
from scheduling.calls.signaling_queue import SignalingMessage, SignalKind
from scheduling.policy.ids import DeviceId
from scheduling.policy.vocabulary import LeftReason, Side
from scheduling.storage.tables import call_devices
from scheduling.visits.visit import Visit
from tests.webhooks.app_server import SATURDAY, AppServer, build
from tests.webhooks.kiosk_kit import rules

BEAT = Heartbeat(seen=True, heard=True, report={}, figures={})


@dataclass
class Call:
    """A visit that has begun, with both sides in its call, and the cache under test."""

    app_server: AppServer
    cache: CallStateCache
    visit: Visit
    device: DeviceId
    key: str
    peer: DeviceId

    def change(self, notice: str) -> None:
        """Change the call without a notification."""
        with self.app_server.deps.db.begin() as tx:
            call_record.update(tx, self.visit, notice=notice)

    def notice(self, cursor: int = 0) -> str | None:
        """The notice that a read answers."""
        found = self.cache.read(self.key, cursor)
        assert found is not None
        return found.state.notice

    def notice_by_heartbeat(self) -> str | None:
        """The notice that a heartbeat answers."""
        state = self.cache.heartbeat(self.key, BEAT)
        assert state is not None
        return state.notice

    def notify(self, topic: str | None = None) -> None:
        self.app_server.deps.wakeups.notify(topic or call_topic(self.visit.id))

    def later(self, seconds: float) -> None:
        self.app_server.set_clock(self.app_server.now + timedelta(seconds=seconds))

    def send(self, number: int = 1, *, to: DeviceId | None = None, epoch: int = 1) -> bool:
        row = {"number": number, "to": to or self.peer, "to_epoch": epoch, "kind": "offer", "body": {}}
        return self.cache.send(self.key, [row])

    def received(self) -> list[int]:
        """The ids of all messages to the peer."""
        with self.app_server.deps.db.read() as tx:
            peer = next(each for each in devices.of_visit(tx, self.visit.id) if each.id == self.peer)
            return [each.id for each in signaling_queue.read_after(tx, peer, 0)]

    def set_seen(self, device: DeviceId) -> None:
        with self.app_server.deps.db.begin() as tx:
            mine = call_devices.c.id == device
            tx.execute(sa.update(call_devices).where(mine).values(seen_at=self.app_server.now))


def enter(app_server: AppServer, visit: Visit, seat: Seat) -> tuple[DeviceId, str]:
    with app_server.deps.db.begin() as tx:
        device, key = devices.enter(tx, visit.id, seat, now=app_server.now)
    return device.id, key


@pytest.fixture
def call(tmp_path: Path) -> Iterator[Call]:
    app_server = build(tmp_path)
    visit = app_server.paid()
    app_server.set_clock(SATURDAY + timedelta(minutes=1))
    device, key = enter(app_server, visit, Seat(Side.FAMILY, person_id=visit.visitor_id, browser="b"))
    peer, _ = enter(app_server, visit, Seat(Side.KIOSK))
    yield Call(app_server, CallStateCache(app_server.deps), visit, device, key, peer)
    app_server.deps.db.close()


def test_an_unchanged_call_is_read_again_after_the_longest_wait(call: Call) -> None:
    assert call.notice() is None
    call.change("hello")
    call.later(MAX_WAIT_SECONDS - 1)
    assert call.notice() is None
    call.later(2)
    assert call.notice() == "hello"


def test_the_clocks_of_a_cached_state_go_on(call: Call) -> None:
    call.notice()
    call.change("hello")
    call.later(3)
    cached, fresh = call.cache.read(call.key, 0), signaling.read(call.app_server.deps, call.key, 0)
    assert cached is not None
    assert fresh is not None
    assert cached.state.notice is None
    assert (cached.state.now, cached.state.starts_in, cached.state.ends_in) == (
        fresh.state.now, fresh.state.starts_in, fresh.state.ends_in,
    )  # fmt: skip


def test_a_notification_of_the_call_or_the_device_is_read_and_of_another_is_not(call: Call) -> None:
    call.notice()
    call.change("first")
    call.notify(call_topic(call.visit.id + 1))
    call.app_server.deps.wakeups.notify_workers()
    assert call.notice() is None
    call.notify()
    assert call.notice() == "first"
    call.change("second")
    call.notify(device_topic(call.device))
    assert call.notice() == "second"
    call.change("third")
    call.app_server.deps.wakeups.notify_all()
    assert call.notice() == "third"


@pytest.mark.parametrize("topic", ["call", "device"])
def test_a_notification_during_a_read_is_not_lost(call: Call, monkeypatch: pytest.MonkeyPatch, topic: str) -> None:
    read = signaling.read

    def changed_afterwards(*arguments: object) -> object:
        found = read(*arguments)  # type: ignore[arg-type]
        call.change("meanwhile")
        call.notify(call_topic(call.visit.id) if topic == "call" else device_topic(call.device))
        return found

    monkeypatch.setattr(signaling, "read", changed_afterwards)
    assert call.notice() is None
    monkeypatch.undo()
    assert call.notice() == "meanwhile"


def test_another_cursor_and_unread_messages_are_read(call: Call) -> None:
    call.notice()
    call.change("first")
    assert call.notice(cursor=5) == "first"
    other = enter(call.app_server, call.visit, Seat(Side.FAMILY, browser="c"))[1]
    signaling.send(call.app_server.deps, other, signaling_messages(to=call.device))
    found = call.cache.read(call.key, 0)
    assert found is not None
    assert len(found.messages) == 1
    call.change("second")
    assert call.notice() == "second"  # the page has not confirmed the message by its cursor
    assert call.notice(cursor=found.messages[0].id) == "second"


def signaling_messages(*, to: DeviceId) -> list[SignalingMessage]:
    return [SignalingMessage(1, to, 1, SignalKind.OFFER, {})]


def test_the_start_and_the_end_of_the_visit_come_without_a_notification(call: Call) -> None:
    for moment, before, after in (
        (call.visit.starts, Phase.WAITING, Phase.CALL),
        (call.visit.ends, Phase.CALL, Phase.OVER),
    ):
        call.app_server.set_clock(moment - timedelta(seconds=2))
        for device in (call.device, call.peer):
            call.set_seen(device)
        call.notify()
        found = call.cache.read(call.key, 0)
        assert found is not None
        assert found.state.phase is before
        call.change(f"hello at {moment}")
        call.later(1.9)
        assert call.notice() != f"hello at {moment}"
        call.later(0.2)
        found = call.cache.read(call.key, 0)
        assert found is not None
        assert found.state.phase is after


def test_a_reader_that_wakes_a_moment_before_the_start_sees_it(call: Call) -> None:
    call.app_server.set_clock(call.visit.starts - timedelta(milliseconds=20))
    found = call.cache.read(call.key, 0)
    assert found is not None
    assert (found.state.phase, found.state.starts_in) == (Phase.WAITING, 0.0)
    call.later(0.2)
    found = call.cache.read(call.key, 0)
    assert found is not None
    assert found.state.phase is Phase.CALL


@pytest.mark.parametrize("why", ["waiting", "watched"])
def test_a_device_that_waits_or_is_watched_is_read_more_often(call: Call, why: str) -> None:
    if why == "watched":
        rules(call.app_server, watching=True)
        with call.app_server.deps.db.read() as tx:
            officer = tx.execute(sa.text("SELECT id FROM people WHERE name = 'Officer Reed'")).scalar_one()
        enter(call.app_server, call.visit, Seat(Side.WATCHER, person_id=officer))
    else:
        with call.app_server.deps.db.begin() as tx:
            devices.leave(tx, [each for each in devices.present(tx, call.visit.id) if each.id == call.peer], LeftReason.LEFT,
                          now=call.app_server.now)  # fmt: skip
    assert call.notice() is None
    call.change("hello")
    call.later(MAX_AGE_UNNOTIFIED_SECONDS - 1)
    assert call.notice() is None
    call.later(1)
    assert call.notice() == "hello"


def test_a_call_that_is_over_is_never_answered_from_the_cache(call: Call) -> None:
    signaling.leave(call.app_server.deps, call.key)
    call.notice()
    call.change("hello")
    assert call.notice() == "hello"


def test_an_unknown_key_has_no_state(call: Call) -> None:
    assert call.cache.read("k" * 22, 0) is None
    assert call.cache.heartbeat("k" * 22, BEAT) is None


def test_each_heartbeat_is_recorded_and_its_answer_comes_from_the_cache(call: Call) -> None:
    assert call.notice_by_heartbeat() is None
    call.change("hello")
    for _ in range(2):
        call.later(8)
        call.set_seen(call.peer)
        assert call.notice_by_heartbeat() is None
        with call.app_server.deps.db.read() as tx:
            device = devices.by_key(tx, call.key)
        assert device is not None
        assert device.seen_at == call.app_server.now
    call.later(10)
    assert call.notice_by_heartbeat() == "hello"


def test_a_read_refreshes_heartbeats_and_a_heartbeat_hides_no_message(call: Call) -> None:
    call.notice_by_heartbeat()
    call.notify()
    call.change("hello")
    assert call.notice() == "hello"
    call.change("bye")
    assert call.notice_by_heartbeat() == "hello"
    other = enter(call.app_server, call.visit, Seat(Side.FAMILY, browser="c"))[1]
    signaling.send(call.app_server.deps, other, signaling_messages(to=call.device))
    call.notice_by_heartbeat()
    found = call.cache.read(call.key, 0)
    assert found is not None
    assert len(found.messages) == 1


def test_a_heartbeat_reads_while_a_peer_is_silent_and_after_a_gap_of_its_own(call: Call) -> None:
    call.notice_by_heartbeat()
    call.later(SILENT_AFTER.total_seconds())
    call.notify()
    call.notice_by_heartbeat()  # the peer is silent
    call.change("first")
    assert call.notice_by_heartbeat() == "first"
    call.set_seen(call.peer)
    call.notify()
    call.notice_by_heartbeat()
    call.later(SILENT_AFTER.total_seconds() - 1)
    call.set_seen(call.peer)
    call.notice()
    call.later(2)
    call.change("second")
    assert call.notice() == "first"  # what was read is valid
    assert call.notice_by_heartbeat() == "second"  # the device itself was silent


def test_a_heartbeat_of_a_device_that_has_left_says_so(call: Call) -> None:
    call.notice_by_heartbeat()
    with call.app_server.deps.db.begin() as tx:
        devices.leave(tx, devices.present(tx, call.visit.id)[:1], LeftReason.LEFT, now=call.app_server.now)
    state = call.cache.heartbeat(call.key, BEAT)
    assert state is not None
    assert state.over is not None
    assert state.over.why is OverReason.LEFT


def test_messages_reach_a_peer_whether_the_cache_knows_it_or_not(call: Call) -> None:
    assert call.send(1)  # nothing is cached yet
    call.notice()
    assert call.send(2)
    assert len(call.received()) == 2
    call.peer, _ = enter(call.app_server, call.visit, Seat(Side.FAMILY, browser="c"))
    assert call.send(3)  # the page knows a peer that this process has not read
    assert len(call.received()) == 1


def test_a_device_that_has_left_sends_nothing(call: Call) -> None:
    call.notice()
    with call.app_server.deps.db.begin() as tx:
        devices.leave(tx, devices.present(tx, call.visit.id)[:1], LeftReason.LEFT, now=call.app_server.now)
    assert not call.send()
    assert call.received() == []


def test_a_stream_waits_no_longer_than_its_entry_is_valid(call: Call) -> None:
    call.notice()
    assert call.cache.seconds_left(call.key) == MAX_WAIT_SECONDS
    call.later(MAX_WAIT_SECONDS - 5)
    call.notice()
    assert call.cache.seconds_left(call.key) == 5
    for device in (call.device, call.peer):
        call.set_seen(device)
    call.notify()
    call.notice_by_heartbeat()  # reads the state, but no messages
    assert call.cache.seconds_left(call.key) == 5
    call.later(60)
    assert 0 < call.cache.seconds_left(call.key) < 1
    assert 0 < call.cache.seconds_left("unknown") < 1
