"""The send rate in segments a second for each of our numbers: shared through Redis, or of each process without it."""

import pytest

from handlers.messaging.sending import OutboundText, queue
from handlers.send_rate import SendRate
from tests.emulators.redis_server import RedisServer
from tests.handlers.line import address, open_line
from tests.scheduling.kit import TANYA, Record, at_once

OURS, OTHER = "+15551234567", "+15557654321"
SLOW = "2/minute"


def test_without_a_rate_nothing_waits() -> None:
    assert [SendRate().wait_for(OURS, 9) for _ in range(50)] == [0.0] * 50


def paces(kind: str, request: pytest.FixtureRequest) -> tuple[SendRate, SendRate]:
    """The send rates of two workers: of one process, or of two processes that share a Redis."""
    if kind == "memory":
        one = SendRate(SLOW)
        return one, one
    url = request.getfixturevalue("redis_server").url
    return SendRate(SLOW, url), SendRate(SLOW, url)


@pytest.mark.parametrize("kind", ["memory", "redis"])
def test_a_number_has_its_pace_whoever_sends(kind: str, request: pytest.FixtureRequest) -> None:
    one, other = paces(kind, request)
    assert [pace.wait_for(OURS) for pace in (one, other) * 10] == [0.0] * 20
    for pace in (one, other):
        assert 590 < pace.wait_for(OURS) <= 600
    assert one.wait_for(OTHER) == 0.0


@pytest.mark.parametrize("kind", ["memory", "redis"])
def test_a_text_weighs_what_it_costs_and_one_longer_than_the_window_goes_alone(
    kind: str, request: pytest.FixtureRequest
) -> None:
    one, _ = paces(kind, request)
    assert [one.wait_for(OURS, 3) for _ in range(6)] == [0.0] * 6
    assert one.wait_for(OURS, 3) > 0  # two are left
    assert one.wait_for(OURS, 2) == 0.0
    assert one.wait_for(OURS) > 0
    assert one.wait_for(OTHER, 70) == 0.0
    assert one.wait_for(OTHER) > 0


def test_at_one_a_second_a_text_of_two_segments_costs_two() -> None:
    pace = SendRate("1/second")
    waits = [pace.wait_for(OURS, 2) for _ in range(6)]
    assert waits[:5] == [0.0] * 5
    assert 9 < waits[5] <= 10


def test_at_once_no_more_than_the_pace_go(redis_server: RedisServer) -> None:
    shared = [SendRate(SLOW, redis_server.url) for _ in range(4)]
    waits = at_once(*(lambda pace=pace: pace.wait_for(OURS, 10) for pace in shared))
    assert sorted(wait == 0.0 for wait in waits) == [False, False, True, True]


def test_when_redis_dies_each_process_paces_itself(redis_server: RedisServer) -> None:
    pace = SendRate(SLOW, redis_server.url)
    assert pace.wait_for(OURS) == 0.0
    redis_server.stop()
    try:
        waits = [pace.wait_for(OURS, 10) for _ in range(3)]
    finally:
        redis_server.start()
    assert waits[:2] == [0.0, 0.0]
    assert waits[2] > 0
    assert pace.wait_for(OTHER) == 0.0


def test_flushed_the_pace_begins_anew(redis_server: RedisServer) -> None:
    pace = SendRate(SLOW, redis_server.url)
    pace.wait_for(OURS, 20)
    assert pace.wait_for(OURS) > 0
    redis_server.flush()
    assert pace.wait_for(OURS) == 0.0


def test_a_text_over_the_pace_waits_without_losing_a_try(sqlite_record: Record) -> None:
    pace = SendRate("1/minute")
    line = open_line(sqlite_record, pace=pace)
    pace.wait_for(OURS, 9)
    for words in ("one", "two"):
        text = OutboundText(address(TANYA), "help", words)
        line.run(lambda work, text=text: queue(work, text))  # type: ignore[misc]
    line.work()
    assert line.sms.to(TANYA) == ["one"]
    waiting = [row for row in line.record.everything()["jobs"] if row.state == "queued"]
    assert [(row.attempts, row.error, row.held) for row in waiting] == [(0, "pace", True)]
    assert line.now < waiting[0].due
