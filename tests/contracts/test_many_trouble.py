"""Redis, or a worker that is sending, may die without a text being lost or sent twice."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from handlers.deps import wall_clock
from tests.cast import TANYA
from tests.contracts.holding import Holding
from tests.contracts.many import Many
from tests.emulators.processes import Child
from tests.waiting import TIMEOUT_SECONDS, eventually

pytestmark = pytest.mark.slow


def test_redis_forgetting_and_dying_loses_nothing(many: Callable[..., Many]) -> None:
    line = many()
    line.starts(workers=2)
    line.redis.flush()
    line.asks()
    line.redis.stop()
    page = line.approve()
    line.pays(page)
    line.hears(TANYA, "Paid and booked: Marcus")
    line.redis.start()
    assert line.says(TANYA, "visits").startswith("Booked: Marcus")
    line.quiet()
    heard = line.heard(TANYA)
    assert len(heard) == len(set(heard)) == 5
    assert line.rows("SELECT id FROM jobs WHERE state = 'dead'") == []
    assert line.rows("SELECT id FROM inbound WHERE state <> 'handled'") == []


@pytest.fixture
def held(many: Callable[..., Many]) -> Iterator[tuple[Many, Holding, list[Child]]]:
    """A server whose texts go through a proxy that can hold them."""
    between: list[Holding] = []

    def through(carrier_url: str) -> str:
        between.append(Holding(carrier_url))
        return between[0].url

    line = many(through)
    yield line, between[0], line.starts()
    between[0].close()


def its_lease_ran_out(line: Many) -> None:
    """Let the lease of the text that the dead worker held expire, as after half a minute."""
    (leased,) = line.rows("SELECT lease_until FROM jobs WHERE state = 'leased'")
    assert leased["lease_until"] > wall_clock()
    line.write("UPDATE jobs SET lease_until = :past WHERE state = 'leased'", past=wall_clock() - timedelta(seconds=1))


def test_a_worker_killed_while_it_sends(held: tuple[Many, Holding, list[Child]]) -> None:
    line, hand, (worker,) = held
    hand.hold("before")
    line.carrier.say(TANYA.phone, f"can i see marcus {line.day} afternoon")
    assert hand.held.wait(TIMEOUT_SECONDS)
    worker.kill()
    hand.let_go()
    assert line.heard(TANYA) == []
    its_lease_ran_out(line)
    worker = line.app_server.worker()
    line.hears(TANYA, "2) 1:45 PM")
    line.quiet()

    hand.hold("after")
    line.carrier.say(TANYA.phone, "visits")
    assert hand.held.wait(TIMEOUT_SECONDS)
    worker.kill()
    hand.let_go()
    assert len(line.heard(TANYA)) == 2
    its_lease_ran_out(line)
    line.app_server.worker()
    eventually(lambda: line.sent(2))

    line.carrier.loses(1)
    line.carrier.say(TANYA.phone, "help me")
    (unsure,) = eventually(lambda: line.rows("SELECT id FROM jobs WHERE kind = 'send' AND state = 'queued' AND unsure"))
    assert len(line.heard(TANYA)) == 3
    line.write("UPDATE jobs SET due = :now WHERE id = :id", now=wall_clock(), id=unsure["id"])
    eventually(lambda: line.sent(3))
    line.quiet()

    assert len(line.heard(TANYA)) == 3
    assert [row["status"] for row in line.sent(3)] == ["sent"] * 3
    assert line.rows("SELECT id FROM jobs WHERE state = 'dead'") == []
    assert line.rows("SELECT id FROM inbound WHERE state <> 'handled'") == []
