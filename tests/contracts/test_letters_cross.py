"""Signalling on PostgreSQL: two devices that write to each other at the same time, as both ends of every link do."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scheduling.calls import devices, signaling_queue
from scheduling.calls.signaling_queue import Letter
from scheduling.policy.ids import DeviceId
from scheduling.storage.database import Database, Tx
from tests.bench import scene
from tests.cast import OURS
from tests.contracts.many import prepare

if TYPE_CHECKING:
    from tests.emulators.postgres import PostgresServer

LETTERS = 120


@pytest.fixture
def db(postgres: "PostgresServer", tmp_path: Path) -> Iterator[Database]:
    url = postgres.database(postgres.template("released", lambda made: prepare(made, tmp_path)))
    made = Database(url)
    yield made
    made.close()
    postgres.drop(url)


def test_letters_that_cross_all_arrive_and_nobody_waits_for_the_other(db: Database) -> None:
    two = scene.prepare(db, screens=1, pairs=1, ours=OURS, now=datetime.now(UTC)).devices

    def writes(one: dict[str, object]) -> int:
        def work(tx: Tx, number: int) -> int:
            device = devices.by_key(tx, str(one["key"]))
            assert device is not None
            letter = Letter(number, DeviceId(int(str(one["peer"]))), 1, "candidate", {"n": number})
            return signaling_queue.put(tx, device, [letter], now=datetime.now(UTC))

        kept = 0
        for number in range(1, LETTERS + 1):
            with db.begin() as tx:  # not `run`: a deadlock must not be hidden by a second try
                kept += work(tx, number)
        return kept

    with ThreadPoolExecutor(2) as both:
        assert list(both.map(writes, two)) == [LETTERS, LETTERS]
    with db.read() as tx:
        for one in two:
            device = devices.by_key(tx, str(one["key"]))
            assert device is not None
            told = signaling_queue.after(tx, device, 0)
            assert [each["body"]["n"] for each in told] == list(range(1, LETTERS + 1))
