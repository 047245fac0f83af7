"""Per-process cache of each device's view of its call.

An entry is valid until the call's topic is notified or its next time boundary passes. A device without a stream polls every
second, and every device sends a heartbeat every ten: most of these are answered from here.
"""

import contextlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from handlers.calls import signaling
from handlers.calls.call_state import CallState, Phase
from handlers.calls.message_parser import parse_messages
from handlers.calls.signaling import Heartbeat, Read
from handlers.deps import Deps
from scheduling.calls.devices import SILENT_AFTER

MAX_ENTRIES = 4096
MAX_AGE_UNNOTIFIED_SECONDS = 6.0
"""Maximum age while a device waits or is watched: then things change without a notification, such as a screen that is
turned on, or an officer who watches and is suspended."""
MIN_WAIT_SECONDS = 0.05
"""Wait before a read that is due already, so that no reader loops without a pause."""
NEVER = -1
"""A version that no topic has, and a cursor that no device has. What is stored with it is never valid."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A cached state, valid from `at` to `until` while the version of the call's topic is `call_version`.

    `call_version` is NEVER when the topic was notified during the read. The device had no messages after `cursor` (NEVER:
    unknown) at `read_at`, when the version of its own topic was `device_version`.
    """

    read: Read
    call_version: int
    at: datetime
    until: datetime
    heartbeat_at: datetime | None = None
    cursor: int = NEVER
    device_version: int = 0
    read_at: datetime | None = None


class CallStateCache:
    """The cache of one process, which all its threads share."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._entries: dict[str, _Entry] = {}

    def read(self, key: str, cursor: int) -> Read | None:
        """What `signaling.read` returns, from the cache if it is valid."""
        entry, now = self._entries.get(key), self._deps.now()
        if entry is not None and self._is_valid(entry, now) and self._has_no_messages(entry, cursor, now):
            return replace(entry.read, messages=[], state=_state_now(entry, now))
        before = self._deps.wakeups.latest_version
        found = signaling.read(self._deps, key, cursor)
        if found is None:
            return None
        fresh = replace(
            self._entry(found, before, now),
            heartbeat_at=None if entry is None else entry.heartbeat_at,
            cursor=NEVER if found.messages else cursor,
            device_version=self._version_before(found.device_topic, before),
            read_at=now,
        )
        self._store(key, fresh)
        return found

    def heartbeat(self, key: str, beat: Heartbeat) -> CallState | None:
        """Record a heartbeat and return the state of the call, from the cache if it is valid. None for an unknown key."""
        entry, now = self._entries.get(key), self._deps.now()
        usable = entry is not None and self._is_valid(entry, now) and _nobody_is_silent(entry, now)
        if entry is not None and usable and signaling.heartbeat_cached(self._deps, entry.read, beat):
            self._store(key, replace(entry, heartbeat_at=now))
            return _state_now(entry, now)
        before = self._deps.wakeups.latest_version
        found = signaling.heartbeat(self._deps, key, beat)
        if found is None:
            return None
        fresh = self._entry(found, before, now)
        if entry is not None:
            fresh = replace(fresh, cursor=entry.cursor, device_version=entry.device_version, read_at=entry.read_at)
        self._store(key, replace(fresh, heartbeat_at=now))
        return found.state

    def send(self, key: str, rows: object) -> bool:
        """Send signaling messages as docs/calls.md describes them. False for a device that is not in a call.

        Raises InvalidMessages.
        """
        messages, entry = parse_messages(rows), self._entries.get(key)
        if entry is not None and self._is_valid(entry, self._deps.now()):
            peers = {each.id for each in entry.read.state.peers}
            # The page may know one more peer, from another process that was notified already.
            known = {each.to for each in messages} <= peers
            if known and signaling.send_cached(self._deps, entry.read, messages):
                return True
        return signaling.send(self._deps, key, messages)

    def seconds_left(self, key: str) -> float:
        """Seconds until the device with this key has to be read again without a notification."""
        entry, now = self._entries.get(key), self._deps.now()
        if entry is None:
            return MIN_WAIT_SECONDS
        until = entry.until
        if entry.read_at is not None:
            until = min(until, entry.read_at + timedelta(seconds=self._deps.wakeups.max_wait_seconds))
        return max(MIN_WAIT_SECONDS, (until - now).total_seconds())

    def _entry(self, found: Read, before: int, now: datetime) -> _Entry:
        # The read may have waited for the priority gate: its clocks are of the moment it was made.
        at = max(now, datetime.fromtimestamp(found.state.now, now.tzinfo))
        until = at + timedelta(seconds=self._max_age(found.state))
        return _Entry(found, self._version_before(found.call_topic, before), at, until)

    def _max_age(self, state: CallState) -> float:
        """Seconds in which the state does not change without a notification.

        The start and the end of the visit come without one.
        """
        longest = self._deps.wakeups.max_wait_seconds
        if state.over is not None:
            return 0.0
        if state.phase is Phase.WAITING or state.watched:
            longest = min(longest, MAX_AGE_UNNOTIFIED_SECONDS)
        # The clocks are rounded to a tenth: a reader that woke before the moment would wait past it.
        boundaries = [clock + 0.1 for clock in (state.starts_in, state.ends_in) if clock > -0.1]
        return min(longest, *boundaries) if boundaries else longest

    def _version_before(self, topic: str, before: int) -> int:
        """The topic's version when `before` was the latest of all; NEVER when it was notified since."""
        version = self._deps.wakeups.version(topic)
        return version if version <= before else NEVER

    def _is_valid(self, entry: _Entry, now: datetime) -> bool:
        unchanged = entry.call_version == self._deps.wakeups.version(entry.read.call_topic)
        return unchanged and entry.at <= now < entry.until

    def _has_no_messages(self, entry: _Entry, cursor: int, now: datetime) -> bool:
        unchanged = entry.device_version == self._deps.wakeups.version(entry.read.device_topic)
        if entry.read_at is None or entry.cursor != cursor or not unchanged:
            return False
        return timedelta() <= now - entry.read_at < timedelta(seconds=self._deps.wakeups.max_wait_seconds)

    def _store(self, key: str, entry: _Entry) -> None:
        self._entries[key] = entry
        if len(self._entries) > MAX_ENTRIES:
            with contextlib.suppress(KeyError, StopIteration, RuntimeError):  # another thread evicts at the same time
                del self._entries[next(iter(self._entries))]


def _nobody_is_silent(entry: _Entry, now: datetime) -> bool:
    """Whether no peer is silent, nor was the device itself until now: otherwise the call has to be read."""
    seen_at = entry.read.device.seen_at
    heard = seen_at if entry.heartbeat_at is None else max(entry.heartbeat_at, seen_at)
    return not entry.read.state.silent and now - heard < SILENT_AFTER


def _state_now(entry: _Entry, now: datetime) -> CallState:
    """The cached state with the clocks of now."""
    return entry.read.state.later((now - entry.at).total_seconds())
