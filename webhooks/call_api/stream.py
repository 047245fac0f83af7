"""Server-sent events of a call: its state and the messages to one device, and the slots for such streams."""

import json
import threading
import time
from collections.abc import Iterator

from handlers.calls import signaling
from handlers.calls.call_state import CallState
from handlers.calls.message_parser import FULL_READ
from handlers.calls.signaling import Message, Read
from handlers.calls.state_cache import CallStateCache
from handlers.deps import Deps

STREAMS_PER_DEVICE = 2
"""The one it has, and the one that it opens when the first has fallen silent."""
BATCH_SECONDS = 0.03
"""Messages that arrive within this are read together."""
KEEPALIVE_SECONDS = 8.0
"""A stream sends at least a comment this often: its page treats one that is silent for 20 seconds as dead."""
STREAM_SECONDS = 55.0
"""Lifetime of one stream; its page opens the next at once."""


def events(deps: Deps, cache: CallStateCache, key: str, first: Read, cursor: int) -> Iterator[str]:
    """Events until the call is over for this device, this process stops, or the stream has reached its lifetime."""
    ends = time.monotonic() + STREAM_SECONDS
    sent: CallState | None = None
    yield "retry: 1000\n\n"
    with deps.wakeups.subscribe(first.call_topic, first.device_topic) as notified:
        version = deps.wakeups.version(first.call_topic)
        while (found := cache.read(key, cursor)) is not None:
            for message in found.messages:
                cursor = message.id
                yield _message_event(message)
            if found.state.differs(sent):
                sent = found.state
                yield f"event: state\ndata: {json.dumps(found.state.to_json())}\n\n"
            if found.state.over is not None or deps.wakeups.closed:
                return
            if time.monotonic() >= ends:
                yield "event: again\ndata: 1\n\n"  # after a stream that only breaks off, the page waits before the next
                return
            if len(found.messages) >= FULL_READ:
                continue
            until = min(time.monotonic() + cache.seconds_left(key), ends)
            while (left := until - time.monotonic()) > 0 and not deps.wakeups.closed:
                if not notified.wait(min(left, KEEPALIVE_SECONDS)):
                    yield ": \n\n"  # notices a closed connection, and tells the page that we are alive
                    continue
                time.sleep(BATCH_SECONDS)
                notified.clear()
                if deps.wakeups.version(first.call_topic) != version:
                    break
                for message in all_messages(deps, found, cursor):  # the state has not changed: no need to read it
                    cursor = message.id
                    yield _message_event(message)
            notified.clear()
            version = deps.wakeups.version(first.call_topic)


def all_messages(deps: Deps, found: Read, cursor: int) -> Iterator[Message]:
    """All messages after the cursor, in several transactions, so that a slow reader holds none open."""
    while messages := signaling.read_messages(deps, found, cursor):
        yield from messages
        if len(messages) < FULL_READ:
            return
        cursor = messages[-1].id


def _message_event(message: Message) -> str:
    return f"id: {message.id}\nevent: message\ndata: {json.dumps(message.to_json())}\n\n"


class StreamSlots:
    """The threads that are reserved for streams, and how many each device uses."""

    def __init__(self, count: int) -> None:
        self._lock, self._free, self._taken = threading.Lock(), count, dict[str, int]()

    def take(self, key: str) -> bool:
        """Reserve a slot for the device with this key; False when none is free or it has all of its own."""
        with self._lock:
            if self._free < 1 or self._taken.get(key, 0) >= STREAMS_PER_DEVICE:
                return False
            self._free -= 1
            self._taken[key] = self._taken.get(key, 0) + 1
            return True

    def give_back(self, key: str) -> None:
        """Release a slot of the device with this key."""
        with self._lock:
            self._free += 1
            self._taken[key] -= 1
            if not self._taken[key]:
                del self._taken[key]
