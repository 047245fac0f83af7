"""Wakes: "something changed, look again". The rows are the truth; a lost wake only makes the next look a little later."""

import logging
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

log = logging.getLogger(__name__)
CHANNEL = "visitline:wake"
PAUSE = 5.0  # seconds before Redis is tried again after it failed
PATIENCE = 25.0
"""Seconds after which a reader of a call looks by itself, whatever it has heard."""
ASKED = 2.0
"""Seconds in which Redis must answer each question whether it is there: one that hangs breaks no connection."""
MOST_TOPICS = 4096
WORK = "work"
"""What workers are woken by; every other topic is one call's."""
EVERYTHING = "*"
"""A ring of ours did not get through to Redis: whoever reads a call may have missed it."""


def call_topic(visit_id: int) -> str:
    """What those who read a call are woken by."""
    return f"call:{visit_id}"


def letter_topic(device_id: int) -> str:
    """What one device is woken by, when another has told it something."""
    return f"letter:{device_id}"


class Wakeups:
    """Wakes the workers of this process, and through Redis (where set) those of all others.

    Redis may die at any time: waking then falls back to polling at the waiter's time-out, and it is tried again later.
    """

    def __init__(self, redis_url: str = "") -> None:
        self._bell = (
            threading.Condition()
        )  # of a lock that its holder may take again: a signal may close us at any time
        self._count = 0
        self._url = redis_url
        self._stopping = threading.Event()
        self._down_until = 0.0
        self._client = self._connect() if redis_url else None
        self._listener: threading.Thread | None = None
        self._deaf = bool(redis_url)
        self._unheard = False
        self._me = secrets.token_hex(8)  # our own words come back to us, and were heard already
        self._waiting: dict[str, set[threading.Event]] = {}
        self._rings: dict[str, int] = {}
        self._rang = self._rang_all = 0

    def _connect(self) -> Any:
        import redis

        return redis.Redis.from_url(self._url, socket_timeout=1.0, socket_connect_timeout=1.0)

    def wake(self) -> None:
        """Something is due, or may be. Never raises, never waits long."""
        self._ring()
        self._publish(WORK)

    def ring(self, topic: str) -> None:
        """Something changed in one call. Never raises, never waits long."""
        self._ring_for(topic)
        self._publish(topic)

    def _publish(self, topic: str) -> None:
        if self._client is None or time.monotonic() < self._down_until:
            return
        try:
            self._client.publish(CHANNEL, f"{self._me} {topic}")
        except Exception as error:  # noqa: BLE001  # a wake is never worth a failure
            self._down_until = time.monotonic() + PAUSE
            self._unheard = True
            log.warning("redis does not answer, workers poll: %s", type(error).__name__)

    def _ring(self) -> None:
        with self._bell:
            self._count += 1
            self._bell.notify_all()

    @property
    def rang(self) -> int:
        """A number that grows with each ring of any topic; `rung` of a topic is at most this."""
        return self._rang

    def rung(self, topic: str) -> int:
        """What `rang` was at the last ring of this topic, as far as it was heard here."""
        return max(self._rings.get(topic, 0), self._rang_all)

    def _ring_for(self, topic: str) -> None:
        with self._bell:
            self._rang += 1
            self._rings.pop(topic, None)  # so that the one which rang last is forgotten last
            self._rings[topic] = self._rang
            if len(self._rings) > MOST_TOPICS:  # who asks for a forgotten one reads once too often
                self._rang_all = max(self._rang_all, self._rings.pop(next(iter(self._rings))))
            for waiting in self._waiting.get(topic, ()):
                waiting.set()

    def ring_all(self) -> None:
        """Anything may have changed, or been missed."""
        with self._bell:
            self._ring()
            self._rang += 1
            self._rang_all = self._rang
            for waiting in [each for topic in self._waiting.values() for each in topic]:
                waiting.set()

    @contextmanager
    def hearing(self, *topics: str) -> Iterator[threading.Event]:
        """An event that is set by every ring of these topics while the block lasts; who waits for it clears it."""
        heard = threading.Event()
        with self._bell:
            for topic in topics:
                self._waiting.setdefault(topic, set()).add(heard)
        try:
            yield heard
        finally:
            with self._bell:
                for topic in topics:
                    others = self._waiting[topic]
                    others.discard(heard)
                    if not others:
                        del self._waiting[topic]

    @property
    def patience(self) -> float:
        """Seconds a reader of a call may wait for a ring before it looks by itself."""
        down = self._deaf or time.monotonic() < self._down_until
        return 1.0 if self._client is not None and down else PATIENCE

    @property
    def count(self) -> int:
        """How many wakes there were; hand it to `wait` so that none between two looks is lost."""
        return self._count

    def wait(self, seen: int, timeout: float) -> None:
        """Sleep until a wake after `seen`, or `timeout` seconds."""
        with self._bell:
            self._bell.wait_for(lambda: self._count != seen, timeout)

    def listen(self) -> None:
        """Hear the wakes of other processes (a thread of its own). Nothing to do without Redis."""
        if self._client is None or self._listener is not None:
            return
        self._listener = threading.Thread(target=self._listen, name="signals", daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        while not self._stopping.is_set():
            try:
                channel = self._connect().pubsub(ignore_subscribe_messages=True)
                channel.subscribe(CHANNEL)
                self._hear_all(channel)
            except Exception as error:  # noqa: BLE001  # a wake is never worth a failure
                if not self._deaf:
                    self._deaf = True
                    self.ring_all()
                log.warning("redis is away, workers poll: %s", type(error).__name__)
                self._stopping.wait(PAUSE)

    def _hear_all(self, channel: Any) -> None:
        """Hear until we stop; raises when Redis does not say in time that it is there."""
        asked, answered = -ASKED, True
        while not self._stopping.is_set():
            if (now := time.monotonic()) - asked >= ASKED and answered:
                self._say_what_was_unheard()
                channel.ping()
                asked, answered = now, False
            message = channel.get_message(timeout=0.5)
            if message is None:
                if not answered and time.monotonic() - asked >= ASKED:
                    raise TimeoutError
            elif message["type"] == "pong":
                answered = True
                if self._deaf:
                    self._deaf = False
                    self.ring_all()
            else:
                self._hear(bytes(message["data"]).decode())

    def _say_what_was_unheard(self) -> None:
        """A Redis that stalled for a second may have answered every question of others in time."""
        if self._unheard and time.monotonic() >= self._down_until:
            self._unheard = False
            self._publish(EVERYTHING)

    def _hear(self, words: str) -> None:
        speaker, _, topic = words.partition(" ")
        if speaker == self._me:
            return
        if topic == WORK:
            self._ring()
        elif topic == EVERYTHING:
            self.ring_all()
        else:
            self._ring_for(topic)

    @property
    def closed(self) -> bool:
        """Whether this process stops: who reads a call lets go of it."""
        return self._stopping.is_set()

    def close(self) -> None:
        """Stop listening; everybody who waits looks once more, and finds it closed."""
        self._stopping.set()
        self.ring_all()
