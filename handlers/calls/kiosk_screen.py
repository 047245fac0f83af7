"""What a kiosk asks of the house: what to show now, and to let its resident into the call.

A kiosk never learns who visits, nor that a visit is an attorney's: it hangs in a dayroom.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.texts import say
from bot.wording import time
from handlers.calls import joining
from handlers.deps import Deps
from handlers.messaging import text_facts
from handlers.staff import alerts
from handlers.wakeups import call_topic
from handlers.work import Work
from scheduling import call_status, queries
from scheduling.calls import kiosks, record
from scheduling.calls.kiosks import Kiosk
from scheduling.calls.record import Call
from scheduling.facilities import store
from scheduling.people import people
from scheduling.people.people import Resident
from scheduling.policy.facility import Facility
from scheduling.policy.timespan import Span
from scheduling.policy.vocabulary import AdmittedBy
from scheduling.storage.database import Tx
from scheduling.visits.visit import Visit

SHOWN = timedelta(minutes=10)
"""How long before its start a visit is announced on the screen."""
RINGS = timedelta(minutes=2)
"""How long before its start it rings."""
EVERY = 10
ASKED_EVERY = 3
"""Seconds until the next poll, at rest and while the resident waits for an officer."""
State = dict[str, Any]


class NotIn(Exception):
    """The resident is not let in: a code, the status of the answer, and a sentence for him."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.code, self.text = code, text


@dataclass(frozen=True, slots=True)
class _Look:
    """A kiosk, and the visit it is about just now."""

    kiosk: Kiosk
    facility: Facility | None = None
    visit: Visit | None = None
    call: Call | None = None
    resident: Resident | None = None


def poll(deps: Deps, secret: str) -> State | None:
    """What the screen with this secret shows now; None for a screen nobody knows. At rest it only reads."""
    with deps.db.read() as tx:
        look = _look(tx, deps, secret)
        if look is None:
            return None
        if not _owes(deps, look):
            return _state(tx, deps, look)

    def note(tx: Tx) -> State | None:
        again = _look(tx, deps, secret)
        return None if again is None else _noted(tx, deps, again)

    return deps.db.run(note)


def begin(deps: Deps) -> tuple[str, State]:
    """A screen that nobody knows: the secret it will be known by, and the code it shows."""

    def work(tx: Tx) -> tuple[str, State]:
        secret = kiosks.begin(tx, now=deps.now())
        look = _look(tx, deps, secret)
        assert look is not None
        return secret, _state(tx, deps, look)

    return deps.db.run(work)


def enter(deps: Deps, secret: str, pin: str | None, *, correlation: str) -> Mapping[str, Any]:
    """Let the resident of the visit that rings here into its call: the entry, or NotIn.

    With a PIN he proves who he is; without one he asks for an officer, or enters when he was let in.
    """

    def work(tx: Tx) -> tuple[str, _Look | None]:
        look = _look(tx, deps, secret)
        if look is None or look.visit is None or not _ringing(deps, look):
            return "over", look
        return _admitted(tx, deps, look, look.visit, pin, correlation), look

    how, look = deps.db.run(work)
    deps.wakeups.notify_workers()  # an officer may have to be told
    if look is not None and look.visit is not None:
        deps.wakeups.notify(call_topic(look.visit.id))
    if how == "in" and look is not None and look.visit is not None:
        with suppress(joining.CannotEnter):  # it ended just now
            return joining.enter_kiosk(deps, look.kiosk.id, look.visit.id)
        how = "over"
    lang = "en" if look is None or look.facility is None else _language(look.resident, look.facility)
    raise NotIn(how, say(f"not_in.{how}", lang))


def _look(tx: Tx, deps: Deps, secret: str) -> _Look | None:
    kiosk, now = kiosks.by_secret(tx, secret), deps.now()
    if kiosk is None or kiosk.terminal_id is None or kiosk.facility_id is None:
        return None if kiosk is None else _Look(kiosk)
    facility = store.rules(tx, kiosk.facility_id)
    for visit in call_status.at_terminal(tx, kiosk.terminal_id, Span(now, now + SHOWN)):
        call = record.of(tx, visit)
        if call.stopped_at is None:
            return _Look(kiosk, facility, visit, call, people.resident(tx, visit.resident_id))
    return _Look(kiosk, facility)


def _ringing(deps: Deps, look: _Look) -> bool:
    """From a little before the start, as far as the facility lets anybody in early, until the end."""
    visit, facility = look.visit, look.facility
    if visit is None or facility is None:
        return False
    return visit.starts - min(RINGS, facility.join_early) <= deps.now() < visit.ends


def _owes(deps: Deps, look: _Look) -> bool:
    """Whether there is anything to be written down about this poll."""
    now, kiosk = deps.now(), look.kiosk
    if kiosk.terminal_id is None and (kiosk.code_until is None or kiosk.code_until <= now):
        return True
    first_ring = look.call is not None and look.call.rang_at is None and _ringing(deps, look)
    return first_ring or kiosks.unseen(kiosk, now=now)


def _noted(tx: Tx, deps: Deps, look: _Look) -> State:
    now = deps.now()
    kiosks.seen(tx, look.kiosk, now=now)
    kiosks.renew(tx, look.kiosk, now=now)
    if look.visit is not None and _ringing(deps, look):
        record.first(tx, look.visit, "rang_at", now=now)
    if look.kiosk.terminal_id is None:
        look = _Look(kiosks.by_id(tx, look.kiosk.id))
    return _state(tx, deps, look)


def _state(tx: Tx, deps: Deps, look: _Look) -> State:
    """The screen's state, as docs/calls.md has it."""
    kiosk, facility, visit, resident = look.kiosk, look.facility, look.visit, look.resident
    if facility is None:
        return {"state": "pairing", "code": kiosk.code or "", "every": EVERY}
    at_rest = idle(deps, kiosk, facility)
    if visit is None or resident is None or look.call is None:
        return at_rest
    shown = {"name": _name(resident), "at": time(text_facts.local(visit.starts, facility))}
    if not _ringing(deps, look):
        return at_rest | {"next": shown}
    language = _language(resident, facility)
    if call_status.let_in(tx, visit, look.call):
        return {"state": "call", "language": language, "every": EVERY}
    asked = call_status.asks(look.call)
    return {
        "state": "ring", "terminal": kiosk.terminal, "clock": at_rest["clock"], "visit": shown,
        "needs": _needs(tx, deps, facility, resident), "asked": asked, "quiet": look.call.admitted_at is not None,
        "language": language, "every": ASKED_EVERY if asked else EVERY,
    }  # fmt: skip


def idle(deps: Deps, kiosk: Kiosk, facility: Facility) -> State:
    """What a screen shows that has nothing to show."""
    clock = time(text_facts.local(deps.now(), facility))
    return {"state": "idle", "terminal": kiosk.terminal, "clock": clock, "every": EVERY, "next": None}


def _name(resident: Resident) -> str:
    """Enough for him to know himself, little for the others in the room: "Marcus ..13"."""
    return f"{resident.first_name} ..{resident.number[-2:]}"


def _language(resident: Resident | None, facility: Facility) -> str:
    return text_facts.known(None if resident is None else resident.language, facility)


def _needs(tx: Tx, deps: Deps, facility: Facility, resident: Resident) -> str:
    """What lets this resident in: the button alone, his PIN, or an officer."""
    if not facility.resident_proof:
        return "button"
    return "pin" if kiosks.pin_state(tx, resident.id, now=deps.now()) == "set" else "officer"


def _admitted(tx: Tx, deps: Deps, look: _Look, visit: Visit, pin: str | None, correlation: str) -> str:
    """ "in", or why not: "pin", "locked" or "officer"."""
    now, resident = deps.now(), look.resident
    assert look.facility is not None
    assert look.call is not None
    assert resident is not None
    if call_status.let_in(tx, visit, look.call):
        return "in"
    if not look.facility.resident_proof:
        alerts.admit(tx, visit, AdmittedBy.OPEN, now=now)
        return "in"
    key = deps.settings.secret_key.get_secret_value()
    found = "none" if pin is None else kiosks.check_pin(tx, resident, pin, key, now=now)
    if found == "ok":
        alerts.admit(tx, visit, AdmittedBy.PIN, now=now)
        return "in"
    if found == "wrong":
        return "pin"
    _ask(tx, deps, visit, look.call, resident, correlation)
    return "locked" if found == "locked" else "officer"


def _ask(tx: Tx, deps: Deps, visit: Visit, call: Call, resident: Resident, correlation: str) -> None:
    """The resident needs an officer: written down, and whoever is on duty for his unit is told, once until one came."""
    if call_status.asks(call):
        return
    record.note(tx, visit, pressed_at=deps.now())
    why = {"none": "no_pin", "locked": "locked"}.get(kiosks.pin_state(tx, resident.id, now=deps.now()), "asks")
    pieces = {"why": f"staff_let_in_why.{why}"}
    work = Work(tx, deps, deps.now(), correlation)
    alerts.notify_duty(work, queries.details(tx, visit), "staff_let_in", pieces=pieces)
