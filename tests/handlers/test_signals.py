"""Waking: heard here and by other processes; Redis may die at any time and only makes it slower."""

import logging
import threading
import time
from collections.abc import Callable

import pytest

from handlers.wakeups import Wakeups
from tests.emulators.redis_server import RedisServer


def within(seconds: float, so: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if so():
            return True
        time.sleep(0.01)
    return False


def test_a_wake_between_two_looks_is_not_lost() -> None:
    signals = Wakeups()
    seen = signals.count
    signals.wake()
    began = time.monotonic()
    signals.wait(seen, 10)
    assert time.monotonic() - began < 1


def test_without_a_wake_it_sleeps_as_long_as_told() -> None:
    signals = Wakeups()
    began = time.monotonic()
    signals.wait(signals.count, 0.1)
    assert 0.09 < time.monotonic() - began < 5


def test_who_waits_is_woken() -> None:
    signals = Wakeups()
    woken = threading.Event()
    seen = signals.count

    def sleep() -> None:
        signals.wait(seen, 10)
        woken.set()

    threading.Thread(target=sleep, daemon=True).start()
    signals.wake()
    assert woken.wait(5)


def test_another_process_is_woken_through_redis(redis_server: RedisServer) -> None:
    web, worker = Wakeups(redis_server.url), Wakeups(redis_server.url)
    worker.listen()
    worker.listen()  # a second time starts no second ear
    before = worker.count

    def heard() -> bool:
        web.wake()
        return worker.count > before

    assert within(5, heard)
    worker.close()


def test_when_redis_stops_waking_works_here_and_raises_nothing(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    signals = Wakeups(redis_server.url)
    signals.listen()
    signals.wake()
    redis_server.stop()
    try:
        before = signals.count
        with caplog.at_level(logging.WARNING):
            began = time.monotonic()
            for _ in range(50):
                signals.wake()
        assert signals.count >= before + 50
        assert time.monotonic() - began < 3  # asked once, then left alone for a while
        signals.wait(before, 5)
    finally:
        redis_server.start()
        signals.close()
    assert "workers poll" in caplog.text


def test_a_redis_that_never_was_raises_nothing() -> None:
    signals = Wakeups("redis://127.0.0.1:1/0")
    signals.listen()
    signals.wake()
    assert signals.count >= 1
    signals.close()


def test_who_reads_a_call_looks_at_once_when_redis_goes_and_when_it_is_back(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.wakeups.PAUSE", 1.5)
    signals = Wakeups(redis_server.url)
    signals.listen()
    with signals.hearing("call:1") as heard:
        assert heard.wait(5)  # it hears from now on
        assert signals.patience > 1
        heard.clear()
        redis_server.stop()
        try:
            assert heard.wait(5)
            assert signals.patience == 1
            heard.clear()
        finally:
            redis_server.start()
        assert heard.wait(10)
        assert signals.patience > 1
    signals.close()


def test_a_redis_that_hangs_is_noticed_by_who_only_hears(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.wakeups.PAUSE", 0.5)
    monkeypatch.setattr("handlers.wakeups.ASKED", 0.7)
    signals = Wakeups(redis_server.url)
    assert signals.patience == 1  # until Redis has said that it is there
    signals.listen()
    with signals.hearing("call:1") as heard:
        assert heard.wait(5)
        assert signals.patience > 1
        before = signals.rung("call:2")
        heard.clear()
        redis_server.freeze()
        try:
            assert heard.wait(10)
            assert signals.patience == 1
            assert signals.rung("call:2") > before  # of any call something may have been missed
            heard.clear()
            assert not heard.wait(2)  # it does not take one that hangs for one that is back
        finally:
            redis_server.start()
        assert heard.wait(10)
        assert signals.patience > 1
    signals.close()


def test_what_did_not_get_through_is_made_up_for(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.wakeups.PAUSE", 0.3)
    monkeypatch.setattr("handlers.wakeups.ASKED", 0.3)
    one, other = Wakeups(redis_server.url), Wakeups(redis_server.url)
    one.listen()
    other.listen()
    assert within(10, lambda: one.patience > 1 and other.patience > 1)
    assert one._client is not None
    before, publish, failed = other.rung("call:1"), one._client.publish, list[str]()

    def stalls_once(channel: str, words: str) -> None:
        if not failed:
            failed.append(words)
            raise TimeoutError
        publish(channel, words)

    monkeypatch.setattr(one._client, "publish", stalls_once)
    one.ring("call:1")
    assert failed
    assert within(5, lambda: other.rung("call:1") > before)
    assert other.patience > 1  # it never noticed anything
    one.close()
    other.close()


def test_a_topic_that_was_forgotten_never_seems_not_to_have_rung(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.wakeups.MOST_TOPICS", 2)
    signals = Wakeups()
    last: dict[str, int] = {}
    for topic in ("call:1", "call:2", "call:1", "call:3", "call:4", "call:2", "call:1"):
        signals.ring(topic)
        last[topic] = signals.rang
        assert all(signals.rung(each) >= at for each, at in last.items())


def test_closing_wakes_whoever_reads_a_call() -> None:
    signals = Wakeups()
    with signals.hearing("call:1") as heard:
        assert not signals.closed
        signals.close()
        assert heard.is_set()
        assert signals.closed
