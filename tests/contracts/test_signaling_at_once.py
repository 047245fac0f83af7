"""Signaling on PostgreSQL: two devices write to each other at the same time, as the two ends of every link do."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scheduling.calls import devices, signaling_queue
from scheduling.calls.signaling_queue import SignalingMessage, SignalKind
from scheduling.policy.ids import DeviceId
from scheduling.storage.database import Database, Tx
from tests.bench import scene
from tests.cast import OURS
from tests.contracts.many import prepare

if TYPE_CHECKING:
    from tests.emulators.postgres import PostgresServer

MESSAGES = 120


@pytest.fixture
def db(postgres: "PostgresServer", tmp_path: Path) -> Iterator[Database]:
    url = postgres.database(postgres.template("released", lambda made: prepare(made, tmp_path)))
    made = Database(url)
    yield made
    made.close()
    postgres.drop(url)


def test_all_messages_arrive_without_a_deadlock_when_two_devices_send_at_once(db: Database) -> None:
    two = scene.prepare(db, screens=1, pairs=1, ours=OURS, now=datetime.now(UTC)).devices

    def writes(one: dict[str, object]) -> int:
        def work(tx: Tx, number: int) -> int:
            device = devices.by_key(tx, str(one["key"]))
            assert device is not None
            peer = DeviceId(int(str(one["peer"])))
            message = SignalingMessage(number, peer, 1, SignalKind.CANDIDATE, {"n": number})
            return signaling_queue.enqueue(tx, device, [message], now=datetime.now(UTC))

        new = 0
        for number in range(1, MESSAGES + 1):
            with db.begin() as tx:  # not `run`: its retry would hide a deadlock
                new += work(tx, number)
        return new

    with ThreadPoolExecutor(2) as both:
        assert list(both.map(writes, two)) == [MESSAGES, MESSAGES]
    with db.read() as tx:
        for one in two:
            device = devices.by_key(tx, str(one["key"]))
            assert device is not None
            received = signaling_queue.read_after(tx, device, 0)
            assert [each.body["n"] for each in received] == list(range(1, MESSAGES + 1))
