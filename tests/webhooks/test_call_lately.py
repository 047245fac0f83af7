"""Who asks every second whether there is mail is answered from the database only when something may have changed."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from handlers import calling
from handlers.calling import Read
from handlers.signals import PATIENCE
from tests.webhooks.house import House
from webhooks.call import _Lately

STATE = {"phase": "call", "now": 100.0, "starts_in": -60.0, "ends_in": 1740.0, "over": None}


class Looks:
    """`calling.read`, counted; what it finds is set by hand."""

    def __init__(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self.found: Read | None = Read([], dict(STATE), "call:7", "letter:9")
        self.during: Callable[[], None] = lambda: None
        self.lately, self.house = _Lately(house.deps), house
        monkeypatch.setattr(calling, "read", self._read)

    def _read(self, _deps: object, _key: str, _cursor: int) -> Read | None:
        self.count += 1
        self.during()
        return self.found

    def asks(self, times: int = 1, cursor: int = 0, key: str = "key") -> int:
        """Ask so often; how many of these were looked up."""
        before = self.count
        for _ in range(times):
            self.lately.read(key, cursor)
        return self.count - before


@pytest.fixture
def looks(house: House, monkeypatch: pytest.MonkeyPatch) -> Looks:
    return Looks(house, monkeypatch)


def test_nothing_new_is_looked_up_once_in_a_while(looks: Looks) -> None:
    assert looks.asks(10) == 2  # the first tells whose call it is, the second is remembered
    looks.house.set_clock(looks.house.now + timedelta(seconds=PATIENCE - 1))
    assert looks.asks(3) == 0
    looks.house.set_clock(looks.house.now + timedelta(seconds=2))
    assert looks.asks(3) == 1


def test_the_timers_go_on_meanwhile(looks: Looks) -> None:
    looks.asks(2)
    looks.house.set_clock(looks.house.now + timedelta(seconds=3))
    found = looks.lately.read("key", 0)
    assert looks.count == 2
    assert found is not None
    assert found.state == STATE | {"now": 103.0, "starts_in": -63.0, "ends_in": 1737.0}


def test_a_ring_of_this_call_is_looked_at_and_of_another_is_not(looks: Looks) -> None:
    looks.asks(2)
    looks.house.deps.signals.ring("call:8")
    looks.house.deps.signals.wake()
    assert looks.asks(2) == 0
    looks.house.deps.signals.ring("call:7")
    assert looks.asks(2) == 1


def test_a_ring_while_it_is_looked_up_is_not_lost(looks: Looks) -> None:
    looks.asks(1)
    looks.during = lambda: looks.house.deps.signals.ring("call:7")
    assert looks.asks(3) == 3


def test_letters_another_cursor_another_key_and_an_end_are_looked_up(looks: Looks) -> None:
    looks.asks(2)
    assert looks.asks(1, cursor=5) == 1
    assert looks.asks(1, key="other") == 1
    looks.found = Read([{"id": 6}], dict(STATE), "call:7", "letter:9")
    looks.house.deps.signals.ring("call:7")
    assert looks.asks(3, cursor=5) == 3
    looks.found = Read([], STATE | {"over": {"why": "end"}}, "call:7", "letter:9")
    assert looks.asks(3, cursor=6) == 3


@pytest.mark.parametrize("timer", ["starts_in", "ends_in"])
def test_the_start_and_the_end_come_by_the_clock(looks: Looks, timer: str) -> None:
    looks.found = Read([], STATE | {timer: 2.0}, "call:7", "letter:9")
    looks.asks(2)
    looks.house.set_clock(looks.house.now + timedelta(seconds=1.9))
    assert looks.asks(1) == 0
    looks.house.set_clock(looks.house.now + timedelta(seconds=0.2))
    assert looks.asks(1) == 1


def test_a_key_of_nobody_is_nobodys_each_time(looks: Looks) -> None:
    looks.found = None
    assert looks.asks(3) == 3
