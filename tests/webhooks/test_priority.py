"""Priority of texts over the transactions of calls and kiosks in a web process."""

import threading
from pathlib import Path

import pytest
from werkzeug.exceptions import ServiceUnavailable

from scheduling.storage.database import Database
from webhooks.http import priority
from webhooks.http.priority import MAX_CONCURRENT_CALL_TX, PriorityGate


class Waiting:
    """A thread that enters the gate and stays inside until `end`."""

    def __init__(self, gate: PriorityGate) -> None:
        self.begun, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._take, args=(gate,))
        self._thread.start()

    def _take(self, gate: PriorityGate) -> None:
        with gate:
            self.begun.set()
            self._over.wait(60)

    def end(self) -> None:
        self._over.set()
        self._thread.join(10)


def refuses(gate: PriorityGate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Check that no slot is free: one more transaction is refused, however short it waits."""
    with monkeypatch.context() as patch:
        patch.setattr(priority, "MAX_WAIT_SECONDS", 0.01)
        with pytest.raises(ServiceUnavailable), gate:
            raise AssertionError


def test_only_two_transactions_run_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = PriorityGate()
    some = [Waiting(gate) for _ in range(MAX_CONCURRENT_CALL_TX)]
    assert all(each.begun.wait(60) for each in some)
    refuses(gate, monkeypatch)
    late = Waiting(gate)
    with gate.sms():
        pass  # a text never waits
    some[0].end()
    assert late.begun.wait(60)
    for each in (*some, late):
        each.end()


def test_a_transaction_waits_while_a_text_is_handled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(priority, "MAX_YIELD_SECONDS", 600)
    gate = PriorityGate()
    with gate.sms():
        with gate.sms():
            one = Waiting(gate)
        assert not one.begun.wait(0.05)
    assert one.begun.wait(60)
    one.end()


def test_a_transaction_waits_for_texts_only_for_a_limited_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(priority, "MAX_YIELD_SECONDS", 0.01)
    gate = PriorityGate()
    with gate.sms():
        one = Waiting(gate)
        assert one.begun.wait(60)
    one.end()


def test_a_request_that_waits_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(priority, "MAX_WAIT_SECONDS", 0.01)
    gate = PriorityGate()
    some = [Waiting(gate) for _ in range(MAX_CONCURRENT_CALL_TX)]
    assert all(each.begun.wait(60) for each in some)
    with pytest.raises(ServiceUnavailable), gate:
        raise AssertionError
    for each in some:
        each.end()
    one = Waiting(gate)
    assert one.begun.wait(60)
    one.end()


def test_a_text_that_fails_delays_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(priority, "MAX_YIELD_SECONDS", 600)
    gate = PriorityGate()
    with pytest.raises(LookupError), gate.sms():
        raise LookupError
    one = Waiting(gate)
    assert one.begun.wait(60)
    one.end()


def test_a_gated_database_takes_one_slot_for_each_transaction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    db, gate = Database(f"sqlite:///{tmp_path / 'turns.db'}"), PriorityGate()
    gated = db.gated(gate)
    with gated.read() as tx:
        tx.exec_driver_sql("SELECT 1")
        others = [Waiting(gate) for _ in range(MAX_CONCURRENT_CALL_TX - 1)]
        assert all(each.begun.wait(60) for each in others)
        refuses(gate, monkeypatch)
        with db.read():
            pass  # without the gate a transaction needs no slot
    for each in others:
        each.end()
    with pytest.raises(LookupError):
        gated.run(_fails)
    some = [Waiting(gate) for _ in range(MAX_CONCURRENT_CALL_TX)]
    assert all(each.begun.wait(60) for each in some)
    for each in some:
        each.end()
    db.close()


def _fails(_tx: object) -> None:
    raise LookupError
