"""Texts first: whose turn it is in a web process."""

import threading
from pathlib import Path

import pytest
from werkzeug.exceptions import ServiceUnavailable

from scheduling.storage.database import Database
from webhooks.http import priority
from webhooks.http.priority import MAX_CONCURRENT_CALL_TX, PriorityGate


class Waiting:
    """A thread that takes a turn and keeps it until it is told to give it back."""

    def __init__(self, gate: PriorityGate) -> None:
        self.begun, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._take, args=(gate,))
        self._thread.start()

    def _take(self, gate: PriorityGate) -> None:
        with gate:
            self.begun.set()
            self._over.wait(10)

    def end(self) -> None:
        self._over.set()
        self._thread.join(10)


def test_only_so_many_at_once_and_then_the_next() -> None:
    gate = PriorityGate()
    some = [Waiting(gate) for _ in range(MAX_CONCURRENT_CALL_TX)]
    assert all(each.begun.wait(5) for each in some)
    late = Waiting(gate)
    assert not late.begun.wait(0.05)
    with gate.sms():
        pass  # a text waits for nobody
    some[0].end()
    assert late.begun.wait(5)
    for each in (*some, late):
        each.end()


def test_a_turn_waits_for_the_texts_that_are_being_handled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(priority, "MAX_YIELD_SECONDS", 30)
    gate = PriorityGate()
    with gate.sms():
        with gate.sms():
            one = Waiting(gate)
        assert not one.begun.wait(0.05)
    assert one.begun.wait(5)
    one.end()


def test_no_longer_than_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(priority, "MAX_YIELD_SECONDS", 0.01)
    gate = PriorityGate()
    with gate.sms():
        one = Waiting(gate)
        assert one.begun.wait(5)
    one.end()


def test_who_waits_in_vain_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(priority, "MAX_WAIT_SECONDS", 0.01)
    gate = PriorityGate()
    some = [Waiting(gate) for _ in range(MAX_CONCURRENT_CALL_TX)]
    assert all(each.begun.wait(5) for each in some)
    with pytest.raises(ServiceUnavailable), gate:
        raise AssertionError
    for each in some:
        each.end()
    one = Waiting(gate)
    assert one.begun.wait(5)
    one.end()


def test_a_text_that_fails_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(priority, "MAX_YIELD_SECONDS", 30)
    gate = PriorityGate()
    with pytest.raises(LookupError), gate.sms():
        raise LookupError
    one = Waiting(gate)
    assert one.begun.wait(5)
    one.end()


def test_a_transaction_takes_one_turn_and_gives_it_back(tmp_path: Path) -> None:
    db, gate = Database(f"sqlite:///{tmp_path / 'turns.db'}"), PriorityGate()
    gated = db.gated(gate)
    with gated.read() as tx:
        tx.exec_driver_sql("SELECT 1")
        others = [Waiting(gate) for _ in range(MAX_CONCURRENT_CALL_TX)]
        assert [each.begun.wait(0.05) for each in others].count(False) == 1
        with db.read():
            pass  # who has no gate needs no turn
    assert all(each.begun.wait(5) for each in others)
    for each in others:
        each.end()
    with pytest.raises(LookupError):
        gated.run(_fails)
    some = [Waiting(gate) for _ in range(MAX_CONCURRENT_CALL_TX)]
    assert all(each.begun.wait(5) for each in some)
    for each in some:
        each.end()
    db.close()


def _fails(_tx: object) -> None:
    raise LookupError
