"""Best-effort change notifications, in this process and by Redis pub/sub. A lost one only delays the next read.

The database is authoritative: whoever is notified reads it again.
"""

import logging
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TypedDict

log = logging.getLogger(__name__)
CHANNEL = "visitline:wake"
RECONNECT_SECONDS = 5.0
"""Pause before Redis is tried again after a failure."""
MAX_WAIT_SECONDS = 25.0
"""A reader of a call reads again after this long, also without a notification."""
PING_SECONDS = 2.0
"""Interval of pings on the subscribed connection, and the time-out of each: a Redis that hangs closes no connection."""
MAX_TOPICS = 4096
WORK_TOPIC = "work"
"""Notifies workers. Every other topic is of one call or one device."""
ALL_TOPICS = "*"
"""Published after a notification of ours did not reach Redis: any reader of a call may have missed it."""


class _Message(TypedDict):
    type: str
    data: bytes


class _Subscription(Protocol):
    """The part of redis.client.PubSub that we use; the library has no annotations for it."""

    def subscribe(self, channel: str, /) -> object: ...

    def ping(self) -> object: ...

    def get_message(self, *, timeout: float) -> _Message | None: ...


class _Client(Protocol):
    """The part of redis.Redis that we use."""

    def publish(self, channel: str, message: str, /) -> object: ...

    def pubsub(self, *, ignore_subscribe_messages: bool) -> _Subscription: ...


def call_topic(visit_id: int) -> str:
    """Notified when a call has changed."""
    return f"call:{visit_id}"


def device_topic(device_id: int) -> str:
    """Notified when a device of a call was sent a signaling message."""
    return f"device:{device_id}"


class Wakeups:
    """Notifies the workers and the readers of calls of this process and, where Redis is set, of all others.

    Redis may fail at any time. Waiters then fall back to polling at their time-out, and Redis is tried again later.
    Each notification raises a version number, so that a reader can tell whether a topic was notified since it read.
    """

    def __init__(self, redis_url: str = "") -> None:
        self._condition = threading.Condition()  # its lock is reentrant: a signal handler may call `close` at any time
        self._work_version = 0
        self._url = redis_url
        self._stopping = threading.Event()
        self._down_until = 0.0
        self._client = self._connect() if redis_url else None
        self._listener: threading.Thread | None = None
        self._disconnected = bool(redis_url)
        self._publish_failed = False
        self._sender = secrets.token_hex(8)  # to skip our own messages, which were handled when they were published
        self._subscribers: dict[str, set[threading.Event]] = {}
        self._versions: dict[str, int] = {}
        self._latest = self._oldest = 0

    def _connect(self) -> _Client:
        import redis

        return redis.Redis.from_url(self._url, socket_timeout=1.0, socket_connect_timeout=1.0)

    def notify_workers(self) -> None:
        """Tell the workers that a job is due, or may be. Never raises, never waits long."""
        self._notify_workers_here()
        self._publish(WORK_TOPIC)

    def notify(self, topic: str) -> None:
        """Tell the subscribers of a topic that it has changed. Never raises, never waits long."""
        self._notify_here(topic)
        self._publish(topic)

    def _publish(self, topic: str) -> None:
        if self._client is None or time.monotonic() < self._down_until:
            return
        try:
            self._client.publish(CHANNEL, f"{self._sender} {topic}")
        except Exception as error:  # noqa: BLE001  # a notification must never fail its caller
            self._down_until = time.monotonic() + RECONNECT_SECONDS
            self._publish_failed = True
            log.warning("redis does not answer, workers poll: %s", type(error).__name__)

    def _notify_workers_here(self) -> None:
        with self._condition:
            self._work_version += 1
            self._condition.notify_all()

    @property
    def latest_version(self) -> int:
        """A number that grows with each notification of any topic; the `version` of a topic is at most this."""
        return self._latest

    def version(self, topic: str) -> int:
        """What `latest_version` was at the last notification of this topic that reached this process."""
        return max(self._versions.get(topic, 0), self._oldest)

    def _notify_here(self, topic: str) -> None:
        with self._condition:
            self._latest += 1
            self._versions.pop(topic, None)  # so that the topic notified last is evicted last
            self._versions[topic] = self._latest
            if len(self._versions) > MAX_TOPICS:  # a reader of an evicted topic reads once too often
                self._oldest = max(self._oldest, self._versions.pop(next(iter(self._versions))))
            for event in self._subscribers.get(topic, ()):
                event.set()

    def notify_all(self) -> None:
        """Tell workers and subscribers of this process that anything may have changed, or a notification was missed."""
        with self._condition:
            self._notify_workers_here()
            self._latest += 1
            self._oldest = self._latest
            for event in [each for topic in self._subscribers.values() for each in topic]:
                event.set()

    @contextmanager
    def subscribe(self, *topics: str) -> Iterator[threading.Event]:
        """Give an event that each notification of these topics sets while the block lasts; the caller clears it."""
        event = threading.Event()
        with self._condition:
            for topic in topics:
                self._subscribers.setdefault(topic, set()).add(event)
        try:
            yield event
        finally:
            with self._condition:
                for topic in topics:
                    others = self._subscribers[topic]
                    others.discard(event)
                    if not others:
                        del self._subscribers[topic]

    @property
    def max_wait_seconds(self) -> float:
        """Seconds that a reader of a call may wait for a notification before it reads again: one while Redis is away."""
        down = self._disconnected or time.monotonic() < self._down_until
        return 1.0 if self._client is not None and down else MAX_WAIT_SECONDS

    @property
    def work_version(self) -> int:
        """How often workers were notified; read it before looking for work, and hand it to `wait_for_work`."""
        return self._work_version

    def wait_for_work(self, seen: int, timeout: float) -> None:
        """Sleep until workers were notified after `seen`, or for `timeout` seconds."""
        with self._condition:
            self._condition.wait_for(lambda: self._work_version != seen, timeout)

    def listen(self) -> None:
        """Receive the notifications of other processes, in a thread. Does nothing without Redis, or a second time."""
        if self._client is None or self._listener is not None:
            return
        self._listener = threading.Thread(target=self._listen, name="wakeups", daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        while not self._stopping.is_set():
            try:
                channel = self._connect().pubsub(ignore_subscribe_messages=True)
                channel.subscribe(CHANNEL)
                self._receive_all(channel)
            except Exception as error:  # noqa: BLE001  # a notification must never fail its caller
                if not self._disconnected:
                    self._disconnected = True
                    self.notify_all()
                log.warning("redis is away, workers poll: %s", type(error).__name__)
                self._stopping.wait(RECONNECT_SECONDS)

    def _receive_all(self, channel: _Subscription) -> None:
        """Receive until we stop. TimeoutError when Redis does not answer a ping in time."""
        pinged, answered = -PING_SECONDS, True
        while not self._stopping.is_set():
            if (now := time.monotonic()) - pinged >= PING_SECONDS and answered:
                self._publish_what_failed()
                channel.ping()
                pinged, answered = now, False
            message = channel.get_message(timeout=0.5)
            if message is None:
                if not answered and time.monotonic() - pinged >= PING_SECONDS:
                    raise TimeoutError
            elif message["type"] == "pong":
                answered = True
                if self._disconnected:
                    self._disconnected = False
                    self.notify_all()
            else:
                self._receive(message["data"].decode())

    def _publish_what_failed(self) -> None:
        """Tell other processes that they may have missed a notification of ours.

        They cannot notice by themselves: a Redis that stalled for a second may have answered each of their pings in time.
        """
        if self._publish_failed and time.monotonic() >= self._down_until:
            self._publish_failed = False
            self._publish(ALL_TOPICS)

    def _receive(self, message: str) -> None:
        sender, _, topic = message.partition(" ")
        if sender == self._sender:
            return
        if topic == WORK_TOPIC:
            self._notify_workers_here()
        elif topic == ALL_TOPICS:
            self.notify_all()
        else:
            self._notify_here(topic)

    @property
    def closed(self) -> bool:
        """Whether this process is stopping: readers of calls then end."""
        return self._stopping.is_set()

    def close(self) -> None:
        """Stop listening, and notify every waiter so that it sees `closed`."""
        self._stopping.set()
        self.notify_all()
