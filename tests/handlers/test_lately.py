"""Who asks every second whether there is mail is answered from the database only when something may have changed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from handlers.calls import signaling
from handlers.calls.signaling import Beat, Read
from handlers.calls.state_cache import SOON, CallStateCache
from handlers.wakeups import MAX_WAIT_SECONDS
from scheduling.calls.devices import SILENT, Device
from scheduling.policy.ids import DeviceId, VisitId
from scheduling.policy.vocabulary import Side
from tests.webhooks.house import House, build

STATE: dict[str, Any] = {
    "phase": "call", "now": 100.0, "starts_in": -60.0, "ends_in": 1740.0, "silent": [], "watched": False,
    "peers": [{"id": 3}],
    "over": None,
}  # fmt: skip
SAID = Beat(seen=True, heard=True, report={}, figures={})


class Looks:
    """The calls of the house, counted; what they find is set by hand."""

    def __init__(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        self.house, self.lately = house, CallStateCache(house.deps)
        now = house.now
        self.device = Device(DeviceId(9), VisitId(7), Side.FAMILY, None, None, 1, now, now, None, None, {})
        self.messages: list[dict[str, Any]] = []
        self.state: dict[str, Any] | None = dict(STATE)
        self.during: Callable[[], None] = lambda: None
        self.reads, self.beats, self.kept, self.stays = 0, 0, 0, True
        self.sent: list[str] = []
        monkeypatch.setattr(signaling, "read", self._read)
        monkeypatch.setattr(signaling, "beat", self._beat)
        monkeypatch.setattr(signaling, "beat_on", self._beat_on)
        monkeypatch.setattr(signaling, "send", self._send)
        monkeypatch.setattr(signaling, "send_on", self._send_on)

    def _found(self, messages: list[dict[str, Any]]) -> Read | None:
        self.during()
        return None if self.state is None else Read(self.device, messages, self.state)

    def _read(self, _deps: object, _key: str, _cursor: int) -> Read | None:
        self.reads += 1
        return self._found(self.messages)

    def _beat(self, _deps: object, _key: str, _said: Beat) -> Read | None:
        self.beats += 1
        return self._found([])

    def _beat_on(self, _deps: object, _told: Read, _said: Beat) -> bool:
        self.kept += self.stays
        return self.stays

    def _send(self, *_: object) -> bool:
        self.sent.append("looked")
        return True

    def _send_on(self, *_: object) -> bool:
        self.sent.append("at once")
        return self.stays

    def asks(self, times: int = 1, cursor: int = 0, key: str = "key") -> int:
        """Ask so often; how many of these were looked up."""
        before = self.reads
        for _ in range(times):
            self.lately.read(key, cursor)
        return self.reads - before

    def beats_so(self, times: int = 1, every: float = 10) -> int:
        """Bring so many beats; for how many of these the call was looked at."""
        before = self.beats
        for _ in range(times):
            assert self.lately.beat("key", SAID) is not None
            self.later(every)
        return self.beats - before

    def sends(self, to: int) -> list[str]:
        """Send a letter; how it went."""
        self.sent.clear()
        rows = [{"number": 1, "to": to, "to_epoch": 1, "kind": "offer", "body": {}}]
        assert self.lately.send("key", rows)
        return self.sent

    def later(self, seconds: float) -> None:
        self.house.set_clock(self.house.now + timedelta(seconds=seconds))

    def ring(self, topic: str) -> None:
        self.house.deps.wakeups.notify(topic)


@pytest.fixture
def looks(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Looks:
    return Looks(build(tmp_path), monkeypatch)


def test_nothing_new_is_looked_up_once_in_a_while(looks: Looks) -> None:
    assert looks.asks(10) == 1
    looks.later(MAX_WAIT_SECONDS - 1)
    assert looks.asks(3) == 0
    looks.later(2)
    assert looks.asks(3) == 1


def test_the_timers_go_on_meanwhile(looks: Looks) -> None:
    looks.asks(1)
    looks.later(3)
    found = looks.lately.read("key", 0)
    assert looks.reads == 1
    assert found is not None
    assert found.state == STATE | {"now": 103.0, "starts_in": -63.0, "ends_in": 1737.0}


def test_a_ring_of_this_call_is_looked_at_and_of_another_is_not(looks: Looks) -> None:
    looks.asks(1)
    looks.ring("call:8")
    looks.house.deps.wakeups.notify_workers()
    assert looks.asks(2) == 0
    for topic in ("call:7", "device:9"):
        looks.ring(topic)
        assert looks.asks(2) == 1
    looks.house.deps.wakeups.notify_all()
    assert looks.asks(2) == 1


@pytest.mark.parametrize("topic", ["call:7", "device:9"])
def test_a_ring_while_it_is_looked_up_is_not_lost(looks: Looks, topic: str) -> None:
    looks.during = lambda: looks.ring(topic)
    assert looks.asks(3) == 3


def test_letters_another_cursor_another_key_and_an_end_are_looked_up(looks: Looks) -> None:
    looks.asks(2)
    assert looks.asks(1, cursor=5) == 1
    assert looks.asks(1, key="other") == 1
    looks.messages = [{"id": 6}]
    looks.ring("device:9")
    assert looks.asks(3, cursor=5) == 3
    looks.messages, looks.state = [], STATE | {"over": {"why": "end"}}
    looks.ring("call:7")
    assert looks.asks(3, cursor=6) == 3


@pytest.mark.parametrize("timer", ["starts_in", "ends_in"])
def test_the_start_and_the_end_come_by_the_clock(looks: Looks, timer: str) -> None:
    looks.state = STATE | {timer: 2.0}
    looks.asks(2)
    looks.later(1.9)
    assert looks.asks(1) == 0
    looks.later(0.2)
    assert looks.asks(1) == 1


@pytest.mark.parametrize("state", [{"phase": "waiting"}, {"watched": True}])
def test_who_waits_or_is_watched_is_looked_at_more_often(looks: Looks, state: dict[str, Any]) -> None:
    looks.state = STATE | state
    looks.asks(1)
    looks.later(SOON - 1)
    assert looks.asks(1) == 0
    looks.later(1)
    assert looks.asks(1) == 1


def test_a_key_of_nobody_is_nobodys_each_time(looks: Looks) -> None:
    looks.state = None
    assert looks.lately.read("key", 0) is None
    assert looks.lately.beat("key", SAID) is None
    assert (looks.reads, looks.beats) == (1, 1)


def test_beats_are_kept_and_the_call_is_looked_at_once_in_a_while(looks: Looks) -> None:
    assert looks.beats_so(1) == 1
    assert looks.beats_so(2, every=8) == 0
    assert looks.kept == 2
    assert looks.beats_so(2, every=8) == 1  # 26 seconds after it was


def test_a_reading_is_a_look_for_beats_too_and_a_beat_no_look_for_letters(looks: Looks) -> None:
    for _ in range(6):  # of a device that hears by a stream: one look for both
        looks.beats_so(1, every=8)
        looks.asks(1)
    assert (looks.beats, looks.reads) == (1, 2)
    looks.ring("device:9")
    looks.beats_so(1, every=0)
    assert looks.asks(1) == 1


def test_a_ring_a_silent_peer_and_ones_own_silence_are_looked_at(looks: Looks) -> None:
    looks.beats_so(2, every=1)
    looks.ring("call:7")
    assert looks.beats_so(2, every=1) == 1
    looks.state = STATE | {"silent": [3]}
    looks.ring("call:7")
    assert looks.beats_so(3, every=1) == 3
    looks.state = dict(STATE)
    looks.beats_so(1, every=SILENT.total_seconds() - 1)
    looks.asks(1)
    looks.later(2)
    assert looks.asks(1) == 0  # what was read still holds
    assert looks.beats_so(1) == 1


def test_who_has_left_or_entered_anew_is_looked_at(looks: Looks) -> None:
    looks.beats_so(1)
    looks.stays = False
    assert looks.beats_so(1) == 1
    assert looks.kept == 0


def test_a_letter_goes_at_once_to_a_peer_that_is_known_and_to_any_other_after_a_look(looks: Looks) -> None:
    assert looks.sends(to=3) == ["looked"]  # nothing is known yet
    looks.asks(1)
    assert looks.sends(to=3) == ["at once"]
    assert looks.sends(to=4) == ["looked"]  # the page knows more than this process
    looks.stays = False
    assert looks.sends(to=3) == ["at once", "looked"]
    looks.ring("call:7")
    assert looks.sends(to=3) == ["looked"]


def test_a_stream_that_was_told_what_is_old_waits_only_for_the_rest(looks: Looks) -> None:
    looks.asks(1)
    assert looks.lately.left("key") == MAX_WAIT_SECONDS
    looks.later(MAX_WAIT_SECONDS - 5)
    looks.asks(1)
    assert looks.lately.left("key") == 5
    looks.ring("call:7")
    looks.beats_so(1, every=0)  # a look at the call, and none for letters
    assert looks.lately.left("key") == 5
    looks.later(60)
    assert 0 < looks.lately.left("key") < 1
    assert 0 < looks.lately.left("other") < 1


def test_who_wakes_a_moment_before_the_start_sees_it_come(looks: Looks) -> None:
    looks.state = STATE | {"phase": "waiting", "starts_in": 0.0}
    looks.asks(1)
    looks.later(0.2)
    assert looks.asks(1) == 1
