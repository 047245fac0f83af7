"""How a call stood when its devices were last told. While nothing rang and no clock came round, it stands so still.

A device asks every second where it finds no stream, and beats every ten: most of it is answered from here.
"""

import contextlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from handlers.calls import signaling
from handlers.calls.signaling import Beat, Read
from handlers.deps import Deps
from scheduling.calls.devices import SILENT

MOST_KEPT = 4096
SOON = 6.0
"""Seconds: while one waits things change that nobody rings for, as a screen that is turned on; and an officer who watches
may be one no more."""
SHORTLY = 0.05
"""Seconds until a look that is due already: a reader never turns in a circle."""


@dataclass(frozen=True, slots=True)
class _Told:
    """`rung` is what the call's topic had rung before the look (-1: it rang during it). There were no letters after
    `cursor` (-1: who knows) at `read_at`, when the device's own topic had rung `own`."""

    found: Read
    rung: int
    at: datetime
    until: datetime
    beat_at: datetime | None = None
    cursor: int = -1
    own: int = 0
    read_at: datetime | None = None


class CallStateCache:
    """What this process told to whom. Any number of threads may ask."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._told: dict[str, _Told] = {}

    def read(self, key: str, cursor: int) -> Read | None:
        """As `calling.read`, and seldom from the database."""
        last, now = self._told.get(key), self._deps.now()
        if last is not None and self._holds(last, now) and self._no_letters(last, cursor, now):
            return replace(last.found, messages=[], state=_moved(last, now))
        before = self._deps.wakeups.latest_version
        found = signaling.read(self._deps, key, cursor)
        if found is None:
            return None
        own = self._rung_before(found.own, before)
        letters = -1 if found.messages else cursor
        beat_at = None if last is None else last.beat_at
        self._keep(key, replace(self._seen(found, before, now), beat_at=beat_at, cursor=letters, own=own, read_at=now))
        return found

    def beat(self, key: str, said: Beat) -> dict[str, Any] | None:
        """As `calling.beat`; how the call stands is seldom looked up."""
        last, now = self._told.get(key), self._deps.now()
        well = last is not None and self._holds(last, now) and _all_is_well(last, now)
        if last is not None and well and signaling.beat_on(self._deps, last.found, said):
            self._keep(key, replace(last, beat_at=now))
            return _moved(last, now)
        before = self._deps.wakeups.latest_version
        found = signaling.beat(self._deps, key, said)
        if found is None:
            return None
        fresh = self._seen(found, before, now)
        if last is not None:
            fresh = replace(fresh, cursor=last.cursor, own=last.own, read_at=last.read_at)
        self._keep(key, replace(fresh, beat_at=now))
        return found.state

    def send(self, key: str, rows: object) -> bool:
        """As `calling.send`; NotLetters for anything but rows as docs/calls.md has them."""
        letters, last = signaling.letters_of(rows), self._told.get(key)
        if last is not None and self._holds(last, self._deps.now()):
            peers = {each["id"] for each in last.found.state["peers"]}
            # The page may know one more, from another process that was rung for already.
            if {each.to for each in letters} <= peers and signaling.send_on(self._deps, last.found, letters):
                return True
        return signaling.send(self._deps, key, letters)

    def _lasts(self, found: Read) -> float:
        """Seconds in which nothing changes without a ring: the start and the end of the visit come by the clock."""
        state, patience = found.state, self._deps.wakeups.max_wait_seconds
        if state["over"] is not None:
            return 0.0
        if state["phase"] == "waiting" or state["watched"]:
            patience = min(patience, SOON)
        # They are rounded to a tenth: who woke before the moment would not see it come any more.
        clocks: list[float] = [state[name] + 0.1 for name in ("starts_in", "ends_in") if state[name] > -0.1]
        return min(patience, *clocks) if clocks else patience

    def left(self, key: str) -> float:
        """Seconds until the device with this key has to be looked at again though nothing rang."""
        last, now = self._told.get(key), self._deps.now()
        if last is None:
            return SHORTLY
        until = last.until
        if last.read_at is not None:
            until = min(until, last.read_at + timedelta(seconds=self._deps.wakeups.max_wait_seconds))
        return max(SHORTLY, (until - now).total_seconds())

    def _seen(self, found: Read, before: int, now: datetime) -> _Told:
        # It may have waited for its turn; its clocks are of the moment of the look.
        at = max(now, datetime.fromtimestamp(found.state["now"], now.tzinfo))
        until = at + timedelta(seconds=self._lasts(found))
        return _Told(found, self._rung_before(found.topic, before), at, until)

    def _rung_before(self, topic: str, before: int) -> int:
        """What the topic had rung when `before` was the last ring of all; -1, which holds for nobody, when it rang since."""
        rung = self._rung(topic)
        return rung if rung <= before else -1

    def _holds(self, last: _Told, now: datetime) -> bool:
        return last.at <= now < last.until and last.rung == self._rung(last.found.topic)

    def _no_letters(self, last: _Told, cursor: int, now: datetime) -> bool:
        if last.read_at is None or last.cursor != cursor or last.own != self._rung(last.found.own):
            return False
        return timedelta() <= now - last.read_at < timedelta(seconds=self._deps.wakeups.max_wait_seconds)

    def _rung(self, topic: str) -> int:
        return self._deps.wakeups.version(topic)

    def _keep(self, key: str, told: _Told) -> None:
        self._told[key] = told
        if len(self._told) > MOST_KEPT:
            with contextlib.suppress(KeyError, StopIteration, RuntimeError):  # another thread does the same
                del self._told[next(iter(self._told))]


def _all_is_well(last: _Told, now: datetime) -> bool:
    """Whether nobody has to be looked at because he was not heard of: neither a peer nor, until now, the device itself."""
    heard = last.found.device.seen_at if last.beat_at is None else max(last.beat_at, last.found.device.seen_at)
    return not last.found.state["silent"] and now - heard < SILENT


def _moved(last: _Told, now: datetime) -> dict[str, Any]:
    """The state of then with the clocks of now."""
    gone, state = (now - last.at).total_seconds(), last.found.state
    moved = {"now": state["now"] + gone}
    return state | moved | {name: round(state[name] - gone, 1) for name in ("starts_in", "ends_in")}
