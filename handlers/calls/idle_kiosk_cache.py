"""Per-process cache of idle kiosks: one query answers the polls of a thousand of them, one statement records them as seen."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.calls.kiosk_screen import ANNOUNCED_BEFORE, idle
from handlers.calls.kiosk_state import POLL_SECONDS, Idle
from handlers.deps import Deps
from scheduling.calls import kiosks
from scheduling.calls.kiosks import Kiosk
from scheduling.facilities import store
from scheduling.policy.facility import Facility
from scheduling.policy.ids import FacilityId, KioskId
from scheduling.policy.timespan import Span
from scheduling.storage.secret_tokens import hashed

MAX_AGE = timedelta(seconds=5)
"""A kiosk may learn this much later that it was booked, or that it belongs to another terminal."""


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """The idle kiosks at one moment, by the hash of their secret."""

    at: datetime
    kiosks: Mapping[str, Kiosk]
    rules: Mapping[FacilityId, Facility]


class IdleKioskCache:
    """The cache of one process, which all its threads share."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._refreshing = threading.Lock()
        self._snapshot: _Snapshot | None = None
        self._polled: dict[KioskId, datetime] = {}

    def state(self, secret: str) -> Idle | None:
        """What an idle kiosk shows. None for any other kiosk, which has to be read by itself."""
        now = self._deps.now()
        snapshot = self._latest(now)
        kiosk = None if snapshot is None else snapshot.kiosks.get(hashed(secret))
        if snapshot is None or kiosk is None or kiosk.facility_id is None:
            return None
        self._polled[kiosk.id] = now
        return idle(self._deps, kiosk, snapshot.rules[kiosk.facility_id])

    def _latest(self, now: datetime) -> _Snapshot | None:
        """The valid snapshot. While one thread makes the next, others use the last one up to twice its maximum age."""
        snapshot = self._snapshot
        if snapshot is not None and snapshot.at <= now < snapshot.at + MAX_AGE:
            return snapshot
        if self._refreshing.acquire(blocking=False):
            try:
                self._snapshot = snapshot = self._read(now)
            finally:
                self._refreshing.release()
        return snapshot if snapshot is not None and snapshot.at <= now < snapshot.at + 2 * MAX_AGE else None

    def _read(self, now: datetime) -> _Snapshot:
        polled, self._polled = self._polled, {}
        before = {} if self._snapshot is None else {each.id: each for each in self._snapshot.kiosks.values()}
        # A thread that has just read `self._polled` may still add to the old one: iterate over a copy. A kiosk that polled
        # long ago may be off since.
        recent = {each for each, at in dict(polled).items() if now - at < 2 * timedelta(seconds=POLL_SECONDS)}
        unseen = {each for each in recent if each in before and kiosks.needs_seen_update(before[each], now=now)}
        if unseen:
            self._deps.db.run(lambda tx: kiosks.mark_all_seen(tx, unseen, now=now))
        with self._deps.db.read() as tx:
            known = kiosks.idle(tx, Span(now, now + ANNOUNCED_BEFORE + 2 * MAX_AGE))
            facilities = {each.facility_id for each in known.values() if each.facility_id is not None}
            return _Snapshot(now, known, {each: store.rules(tx, each) for each in facilities})
