"""What a kiosk shows now, and what its polls record.

A kiosk is in a dayroom, so it never learns who visits, nor that a visit is an attorney's.
"""

from dataclasses import dataclass
from datetime import timedelta

from bot.wording import time
from handlers.calls.kiosk_state import (
    POLL_SECONDS,
    POLL_SECONDS_WHILE_WAITING,
    Announcement,
    Idle,
    InCall,
    KioskState,
    Pairing,
    Proof,
    Ringing,
)
from handlers.deps import Deps
from handlers.messaging import text_facts
from scheduling import call_status
from scheduling.calls import call_record, kiosks
from scheduling.calls.call_record import Call
from scheduling.calls.kiosks import Kiosk
from scheduling.facilities import store
from scheduling.people import people
from scheduling.people.people import Resident
from scheduling.policy.facility import Facility
from scheduling.policy.timespan import Span
from scheduling.policy.vocabulary import PinState
from scheduling.storage.database import Tx
from scheduling.visits.visit import Visit

ANNOUNCED_BEFORE = timedelta(minutes=10)
"""How long before its start a visit is announced on the screen."""
RINGS_BEFORE = timedelta(minutes=2)
"""How long before its start it rings."""


@dataclass(frozen=True, slots=True)
class KioskSnapshot:
    """A kiosk, and the visit that it announces or rings for now."""

    kiosk: Kiosk
    facility: Facility | None = None
    visit: Visit | None = None
    call: Call | None = None
    resident: Resident | None = None


def poll(deps: Deps, secret: str) -> KioskState | None:
    """What the kiosk with this secret shows now; None for an unknown secret. It usually only reads."""
    with deps.db.read() as tx:
        seen = read_snapshot(tx, deps, secret)
        if seen is None:
            return None
        if not _must_write(deps, seen):
            return _state(tx, deps, seen)

    def write(tx: Tx) -> KioskState | None:
        again = read_snapshot(tx, deps, secret)
        return None if again is None else _written(tx, deps, again)

    return deps.db.run(write)


def begin(deps: Deps) -> tuple[str, KioskState]:
    """Register a new kiosk: the secret by which it will be known, and the code that it shows."""

    def work(tx: Tx) -> tuple[str, KioskState]:
        secret = kiosks.create(tx, now=deps.now())
        seen = read_snapshot(tx, deps, secret)
        assert seen is not None
        return secret, _state(tx, deps, seen)

    return deps.db.run(work)


def read_snapshot(tx: Tx, deps: Deps, secret: str) -> KioskSnapshot | None:
    kiosk, now = kiosks.by_secret(tx, secret), deps.now()
    if kiosk is None or kiosk.terminal_id is None or kiosk.facility_id is None:
        return None if kiosk is None else KioskSnapshot(kiosk)
    facility = store.rules(tx, kiosk.facility_id)
    for visit in call_status.at_terminal(tx, kiosk.terminal_id, Span(now, now + ANNOUNCED_BEFORE)):
        call = call_record.get(tx, visit)
        if call.stopped_at is None:
            return KioskSnapshot(kiosk, facility, visit, call, people.resident(tx, visit.resident_id))
    return KioskSnapshot(kiosk, facility)


def is_ringing(deps: Deps, seen: KioskSnapshot) -> bool:
    """Whether it rings: from shortly before the start, but no earlier than anybody may join, until the end."""
    visit, facility = seen.visit, seen.facility
    if visit is None or facility is None:
        return False
    return visit.starts - min(RINGS_BEFORE, facility.join_early) <= deps.now() < visit.ends


def _must_write(deps: Deps, seen: KioskSnapshot) -> bool:
    """Whether this poll has anything to record."""
    now, kiosk = deps.now(), seen.kiosk
    if kiosk.terminal_id is None and (kiosk.code_until is None or kiosk.code_until <= now):
        return True
    first_ring = seen.call is not None and seen.call.rang_at is None and is_ringing(deps, seen)
    return first_ring or kiosks.needs_seen_update(kiosk, now=now)


def _written(tx: Tx, deps: Deps, seen: KioskSnapshot) -> KioskState:
    now = deps.now()
    kiosks.mark_seen(tx, seen.kiosk, now=now)
    kiosks.renew(tx, seen.kiosk, now=now)
    if seen.visit is not None and is_ringing(deps, seen):
        call_record.set_once(tx, seen.visit, "rang_at", now=now)
    if seen.kiosk.terminal_id is None:
        seen = KioskSnapshot(kiosks.by_id(tx, seen.kiosk.id))
    return _state(tx, deps, seen)


def _state(tx: Tx, deps: Deps, seen: KioskSnapshot) -> KioskState:
    kiosk, facility, visit, resident = seen.kiosk, seen.facility, seen.visit, seen.resident
    if facility is None:
        return Pairing(kiosk.code or "")
    if visit is None or resident is None or seen.call is None:
        return idle(deps, kiosk, facility)
    shown = Announcement(_short_name(resident), time(text_facts.local(visit.starts, facility)))
    if not is_ringing(deps, seen):
        return idle(deps, kiosk, facility, shown)
    language = language_of(resident, facility)
    if call_status.is_admitted(tx, visit, seen.call):
        return InCall(language)
    asked = call_status.waits_for_officer(seen.call)
    return Ringing(
        terminal=kiosk.terminal,
        clock=_clock(deps, facility),
        visit=shown,
        needs=_needed_proof(tx, deps, facility, resident),
        asked=asked,
        quiet=seen.call.admitted_at is not None,
        language=language,
        every=POLL_SECONDS_WHILE_WAITING if asked else POLL_SECONDS,
    )


def idle(deps: Deps, kiosk: Kiosk, facility: Facility, announced: Announcement | None = None) -> Idle:
    """What a kiosk shows while nothing rings."""
    return Idle(kiosk.terminal, _clock(deps, facility), announced)


def _clock(deps: Deps, facility: Facility) -> str:
    return time(text_facts.local(deps.now(), facility))


def _short_name(resident: Resident) -> str:
    """Enough for the residents to know their own, little for others in the dayroom: "Marcus ..13"."""
    return f"{resident.first_name} ..{resident.number[-2:]}"


def language_of(resident: Resident | None, facility: Facility) -> str:
    return text_facts.known(None if resident is None else resident.language, facility)


def _needed_proof(tx: Tx, deps: Deps, facility: Facility, resident: Resident) -> Proof:
    if not facility.resident_proof:
        return Proof.BUTTON
    return Proof.PIN if kiosks.pin_state(tx, resident.id, now=deps.now()) is PinState.SET else Proof.OFFICER
