"""Wakes: "something changed, look again". The rows are the truth; a lost wake only makes the next look a little later."""

import logging
import threading
import time
from typing import Any

log = logging.getLogger(__name__)
CHANNEL = "visitline:wake"
PAUSE = 5.0  # seconds before Redis is tried again after it failed


class Signals:
    """Wakes the workers of this process, and through Redis (where set) those of all others.

    Redis may die at any time: waking then falls back to polling at the waiter's time-out, and it is tried again later.
    """

    def __init__(self, redis_url: str = "") -> None:
        self._bell = threading.Condition()
        self._count = 0
        self._url = redis_url
        self._stopping = threading.Event()
        self._down_until = 0.0
        self._client = self._connect() if redis_url else None
        self._listener: threading.Thread | None = None

    def _connect(self) -> Any:
        import redis

        return redis.Redis.from_url(self._url, socket_timeout=1.0, socket_connect_timeout=1.0)

    def wake(self) -> None:
        """Something is due, or may be. Never raises, never waits long."""
        self._ring()
        if self._client is None or time.monotonic() < self._down_until:
            return
        try:
            self._client.publish(CHANNEL, b"1")
        except Exception as error:  # noqa: BLE001  # a wake is never worth a failure
            self._down_until = time.monotonic() + PAUSE
            log.warning("redis does not answer, workers poll: %s", type(error).__name__)

    def _ring(self) -> None:
        with self._bell:
            self._count += 1
            self._bell.notify_all()

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
                while not self._stopping.is_set():
                    if channel.get_message(timeout=0.5) is not None:
                        self._ring()
            except Exception as error:  # noqa: BLE001  # a wake is never worth a failure
                log.warning("redis is away, workers poll: %s", type(error).__name__)
                self._stopping.wait(PAUSE)

    def close(self) -> None:
        """Stop listening."""
        self._stopping.set()
        self._ring()
