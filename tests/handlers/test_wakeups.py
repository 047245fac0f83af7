"""Change notifications: in this process and by Redis to others. Redis may stop at any time; this only slows them down.

Each test subscribes before it causes what it waits for, and waits for a state, never for an amount of time.
"""

import logging
import threading
import time
from collections.abc import Callable

import pytest

from handlers.wakeups import Wakeups
from tests.emulators.redis_server import RedisServer
from tests.waiting import eventually

LONG = 60.0
"""Seconds: only a failing test waits this long."""


def returns(call: Callable[[], None]) -> bool:
    """Whether the call returns. It runs in its own thread."""
    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(LONG)
    return not thread.is_alive()


def test_a_notification_between_two_reads_is_not_lost() -> None:
    wakeups = Wakeups()
    seen = wakeups.work_version
    wakeups.notify_workers()
    assert returns(lambda: wakeups.wait_for_work(seen, 10 * LONG))


def test_without_a_notification_it_waits_until_the_time_out() -> None:
    wakeups = Wakeups()
    began = time.monotonic()
    wakeups.wait_for_work(wakeups.work_version, 0.1)
    assert time.monotonic() - began >= 0.1


def test_a_waiting_worker_is_notified() -> None:
    wakeups = Wakeups()
    seen = wakeups.work_version
    waiter = threading.Thread(target=wakeups.wait_for_work, args=(seen, 10 * LONG), daemon=True)
    waiter.start()
    wakeups.notify_workers()
    waiter.join(LONG)
    assert not waiter.is_alive()


def test_another_process_is_notified_through_redis(redis_server: RedisServer) -> None:
    web, worker = Wakeups(redis_server.url), Wakeups(redis_server.url)
    worker.listen()
    worker.listen()  # a second call starts no second listener
    before = worker.work_version

    def heard() -> bool:
        web.notify_workers()
        return worker.work_version > before

    assert eventually(heard)
    worker.close()


def test_when_redis_stops_notifications_work_in_this_process_and_raise_nothing(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.wakeups.RECONNECT_SECONDS", 10 * LONG)
    wakeups = Wakeups(redis_server.url)
    wakeups.notify_workers()
    redis_server.stop()
    try:
        before = wakeups.work_version
        with caplog.at_level(logging.WARNING):
            for _ in range(50):
                wakeups.notify_workers()
        assert wakeups.work_version >= before + 50
        assert returns(lambda: wakeups.wait_for_work(before, 10 * LONG))
    finally:
        redis_server.start()
        wakeups.close()
    # Redis was tried once, and then not again for a while.
    assert [record.getMessage() for record in caplog.records if "workers poll" in record.getMessage()] == [
        "redis does not answer, workers poll: ConnectionError"
    ]


def test_a_redis_that_was_never_there_raises_nothing() -> None:
    wakeups = Wakeups("redis://127.0.0.1:1/0")
    wakeups.listen()
    wakeups.notify_workers()
    assert wakeups.work_version >= 1
    wakeups.close()


def test_readers_of_a_call_read_at_once_when_redis_stops_and_when_it_is_back(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.wakeups.RECONNECT_SECONDS", 0.2)
    monkeypatch.setattr("handlers.wakeups.PING_SECONDS", LONG)
    wakeups = Wakeups(redis_server.url)
    with wakeups.subscribe("call:1") as heard:
        wakeups.listen()
        assert heard.wait(LONG)  # subscribed: `max_wait_seconds` was set before
        assert wakeups.max_wait_seconds > 1
        heard.clear()
        redis_server.stop()
        try:
            assert heard.wait(LONG)
            assert wakeups.max_wait_seconds == 1
            heard.clear()
        finally:
            redis_server.start()
        assert heard.wait(LONG)
        assert wakeups.max_wait_seconds > 1
    wakeups.close()


def test_a_redis_that_hangs_is_noticed_by_a_process_that_only_listens(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("handlers.wakeups.RECONNECT_SECONDS", 0.2)
    monkeypatch.setattr("handlers.wakeups.PING_SECONDS", LONG)
    wakeups = Wakeups(redis_server.url)
    assert wakeups.max_wait_seconds == 1  # until Redis has answered
    with wakeups.subscribe("call:1") as heard:
        wakeups.listen()
        assert heard.wait(LONG)
        assert wakeups.max_wait_seconds > 1
        before = wakeups.version("call:2")
        heard.clear()
        monkeypatch.setattr("handlers.wakeups.PING_SECONDS", 0.3)
        redis_server.freeze()
        try:
            assert heard.wait(LONG)
            assert wakeups.max_wait_seconds == 1
            assert wakeups.version("call:2") > before  # a notification of any call may have been missed
            heard.clear()
            tries = len(caplog.records)
            assert eventually(lambda: len(caplog.records) >= tries + 2)
            assert not heard.is_set()  # connecting twice more to a Redis that hangs does not count as reconnected
            assert wakeups.max_wait_seconds == 1
            monkeypatch.setattr("handlers.wakeups.PING_SECONDS", LONG)
        finally:
            redis_server.start()
        assert heard.wait(LONG)
        assert wakeups.max_wait_seconds > 1
    wakeups.close()


def test_a_notification_that_failed_is_made_up_for(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.wakeups.RECONNECT_SECONDS", 0.0)
    monkeypatch.setattr("handlers.wakeups.PING_SECONDS", LONG)
    one, other = Wakeups(redis_server.url), Wakeups(redis_server.url)
    other.listen()
    assert eventually(lambda: other.max_wait_seconds > 1)
    assert one._client is not None
    before, publish, failed = other.version("call:1"), one._client.publish, list[str]()

    def stalls_once(channel: str, words: str) -> None:
        if not failed:
            failed.append(words)
            raise TimeoutError
        publish(channel, words)

    monkeypatch.setattr(one._client, "publish", stalls_once)
    one.notify("call:1")
    assert failed
    assert other.version("call:1") == before
    one.listen()  # its listener publishes that a notification of this process failed
    assert eventually(lambda: other.version("call:1") > before)
    assert other.max_wait_seconds > 1  # it never noticed a failure
    one.close()
    other.close()


def test_an_evicted_topic_never_seems_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.wakeups.MAX_TOPICS", 2)
    wakeups = Wakeups()
    last: dict[str, int] = {}
    for topic in ("call:1", "call:2", "call:1", "call:3", "call:4", "call:2", "call:1"):
        wakeups.notify(topic)
        last[topic] = wakeups.latest_version
        assert all(wakeups.version(each) >= at for each, at in last.items())


def test_closing_notifies_the_readers_of_calls() -> None:
    wakeups = Wakeups()
    with wakeups.subscribe("call:1") as heard:
        assert not wakeups.closed
        wakeups.close()
        assert heard.is_set()
        assert wakeups.closed
