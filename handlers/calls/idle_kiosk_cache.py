"""Screens at rest: one look at the record answers a thousand of them for a while, one statement says that they were seen."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from handlers.calls.kiosk_screen import EVERY, SHOWN, idle
from handlers.deps import Deps
from scheduling.calls import kiosks
from scheduling.calls.kiosks import Kiosk
from scheduling.facilities import store
from scheduling.policy.facility import Facility
from scheduling.policy.ids import FacilityId, KioskId
from scheduling.policy.timespan import Span
from scheduling.storage.secret_tokens import hashed

HOLDS = timedelta(seconds=5)
"""So much later than when it asks a screen may learn that it was booked, or is another terminal's."""


@dataclass(frozen=True, slots=True)
class _Look:
    """The screens at rest at a moment, by the hash of their secret."""

    at: datetime
    known: Mapping[str, Kiosk]
    rules: Mapping[FacilityId, Facility]


class IdleKioskCache:
    """The screens that ask this process. Any number of threads may ask."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._looking = threading.Lock()
        self._look: _Look | None = None
        self._asked: dict[KioskId, datetime] = {}

    def state(self, secret: str) -> dict[str, Any] | None:
        """What a screen at rest shows. None for any other: it has to be looked at by itself."""
        now = self._deps.now()
        look = self._latest(now)
        kiosk = None if look is None else look.known.get(hashed(secret))
        if look is None or kiosk is None or kiosk.facility_id is None:
            return None
        self._asked[kiosk.id] = now
        return idle(self._deps, kiosk, look.rules[kiosk.facility_id])

    def _latest(self, now: datetime) -> _Look | None:
        """The look that holds. While one thread makes the next the others still use the last, and for no longer."""
        look = self._look
        if look is not None and look.at <= now < look.at + HOLDS:
            return look
        if self._looking.acquire(blocking=False):
            try:
                self._look = look = self._made(now)
            finally:
                self._looking.release()
        return look if look is not None and look.at <= now < look.at + 2 * HOLDS else None

    def _made(self, now: datetime) -> _Look:
        asked, self._asked = self._asked, {}
        before = {} if self._look is None else {each.id: each for each in self._look.known.values()}
        # A thread that took hold of the asked just now may still add to them. Who asked long ago may be dark since.
        lately = {each for each, at in dict(asked).items() if now - at < 2 * timedelta(seconds=EVERY)}
        unseen = {each for each in lately if each in before and kiosks.unseen(before[each], now=now)}
        if unseen:
            self._deps.db.run(lambda tx: kiosks.seen_all(tx, unseen, now=now))
        with self._deps.db.read() as tx:
            known = kiosks.at_rest(tx, Span(now, now + SHOWN + 2 * HOLDS))
            places = {each.facility_id for each in known.values() if each.facility_id is not None}
            return _Look(now, known, {each: store.rules(tx, each) for each in places})
