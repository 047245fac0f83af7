"""The admission of a resident to the call that rings at their kiosk: by the button, a PIN, or an officer."""

from contextlib import suppress
from enum import StrEnum

from bot.texts import say
from handlers.calls import joining
from handlers.calls.joining import CallEntry
from handlers.calls.kiosk_screen import KioskSnapshot, is_ringing, language_of, read_snapshot
from handlers.deps import Deps
from handlers.staff import alerts
from handlers.wakeups import call_topic
from handlers.work import Work
from scheduling import call_status, queries
from scheduling.calls import call_record, kiosks
from scheduling.calls.call_record import Call
from scheduling.people.people import Resident
from scheduling.policy.vocabulary import AdmittedBy, PinCheck, PinState
from scheduling.storage.database import Tx
from scheduling.visits.visit import Visit


class Admission(StrEnum):
    """Whether a resident was admitted: ADMITTED, or why not.

    PIN: it was wrong. OFFICER: staff were told that an officer must identify the resident. OVER: nothing rings here now.
    """

    ADMITTED = "in"
    PIN = "pin"
    LOCKED = "locked"
    OFFICER = "officer"
    OVER = "over"


class NotAdmitted(Exception):
    """The resident was not admitted: why, and a sentence for them."""

    def __init__(self, why: Admission, text: str) -> None:
        super().__init__(why)
        self.why, self.text = why, text


def enter(deps: Deps, secret: str, pin: str | None, *, correlation: str) -> CallEntry:
    """Admit the resident of the visit that rings here to its call. Raises NotAdmitted.

    With a PIN the residents prove who they are. Without one they ask for an officer, or enter if they were admitted.
    """

    def work(tx: Tx) -> tuple[Admission, KioskSnapshot | None]:
        seen = read_snapshot(tx, deps, secret)
        if seen is None or seen.visit is None or not is_ringing(deps, seen):
            return Admission.OVER, seen
        return _admit(tx, deps, seen, seen.visit, pin, correlation), seen

    how, seen = deps.db.run(work)
    deps.wakeups.notify_workers()  # a text to an officer may be due
    if seen is not None and seen.visit is not None:
        deps.wakeups.notify(call_topic(seen.visit.id))
    if how is Admission.ADMITTED and seen is not None and seen.visit is not None:
        with suppress(joining.CannotEnter):  # it ended just now
            return joining.enter_kiosk(deps, seen.kiosk.id, seen.visit.id)
        how = Admission.OVER
    lang = "en" if seen is None or seen.facility is None else language_of(seen.resident, seen.facility)
    raise NotAdmitted(how, say(f"not_in.{how}", lang))


def _admit(tx: Tx, deps: Deps, seen: KioskSnapshot, visit: Visit, pin: str | None, correlation: str) -> Admission:
    now, resident = deps.now(), seen.resident
    assert seen.facility is not None
    assert seen.call is not None
    assert resident is not None
    if call_status.is_admitted(tx, visit, seen.call):
        return Admission.ADMITTED
    if not seen.facility.resident_proof:
        alerts.admit(tx, visit, AdmittedBy.OPEN, now=now)
        return Admission.ADMITTED
    key = deps.settings.secret_key.get_secret_value()
    found = PinCheck.NONE if pin is None else kiosks.check_pin(tx, resident, pin, key, now=now)
    if found is PinCheck.OK:
        alerts.admit(tx, visit, AdmittedBy.PIN, now=now)
        return Admission.ADMITTED
    if found is PinCheck.WRONG:
        return Admission.PIN
    _ask_for_officer(tx, deps, visit, seen.call, resident, correlation)
    return Admission.LOCKED if found is PinCheck.LOCKED else Admission.OFFICER


def _ask_for_officer(tx: Tx, deps: Deps, visit: Visit, call: Call, resident: Resident, correlation: str) -> None:
    """Record that the resident needs an officer, and text the officers on duty in the unit, once until one came."""
    if call_status.waits_for_officer(call):
        return
    call_record.update(tx, visit, pressed_at=deps.now())
    why = {PinState.NONE: "no_pin", PinState.LOCKED: "locked"}.get(
        kiosks.pin_state(tx, resident.id, now=deps.now()), "asks"
    )
    pieces = {"why": f"staff_let_in_why.{why}"}
    work = Work(tx, deps, deps.now(), correlation)
    alerts.notify_duty(work, queries.details(tx, visit), "staff_let_in", pieces=pieces)
