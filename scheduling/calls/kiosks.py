"""Kiosks, which are screens in the units, and the PINs of residents.

A kiosk is identified by the secret in its cookie and is paired to a terminal by six digits. Only a text of an officer pairs
a kiosk; a web request cannot. Secrets and PINs are stored as hashes.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from scheduling.people.people import Resident
from scheduling.policy.ids import FacilityId, KioskId, PersonId, ResidentId, TerminalId
from scheduling.policy.timespan import Span, quanta
from scheduling.policy.vocabulary import PinCheck, PinState, PlaceKind
from scheduling.storage.database import Tx, insert, lock
from scheduling.storage.secret_tokens import LENGTH, fresh, hashed
from scheduling.storage.tables import kiosks, places, residents, terminals

CODE_VALID_FOR = timedelta(minutes=10)
ONLINE_FOR = timedelta(seconds=90)
"""A kiosk that was seen within this time is on. It polls every ten seconds, and `seen_at` is stored once a minute."""
SEEN_EVERY = timedelta(minutes=1)
FORGOTTEN_AFTER = timedelta(days=1)
"""A kiosk that was never paired and has not polled for this long is deleted."""
MAX_PIN_TRIES = 5
LOCKED_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Kiosk:
    """A kiosk. It has a code while it is unpaired, and a terminal with its name, unit and facility while it is paired."""

    id: KioskId
    code: str | None
    code_until: datetime | None
    terminal_id: TerminalId | None
    facility_id: FacilityId | None
    terminal: str
    unit: str
    seen_at: datetime


def create(tx: Tx, *, now: datetime) -> str:
    """Add a kiosk with a code. Returns the secret that identifies it."""
    # No row refers to a kiosk that was never paired.
    stale = kiosks.c.paired_at.is_(None) & (kiosks.c.seen_at < now - FORGOTTEN_AFTER)
    tx.execute(sa.delete(kiosks).where(stale))
    secret = fresh()
    made = insert(tx, kiosks, hash=hashed(secret), created_at=now, seen_at=now)
    _give_code(tx, KioskId(made), now)
    return secret


def renew(tx: Tx, kiosk: Kiosk, *, now: datetime) -> None:
    """Give an unpaired kiosk a new code when its code has expired."""
    if kiosk.terminal_id is None and (kiosk.code_until is None or kiosk.code_until <= now):
        _give_code(tx, kiosk.id, now)


def _give_code(tx: Tx, kiosk_id: KioskId, now: datetime) -> None:
    run_out = kiosks.c.code.is_not(None) & (kiosks.c.code_until <= now)
    while True:
        code = f"{secrets.randbelow(1_000_000):06}"
        tx.execute(sa.update(kiosks).where(run_out & (kiosks.c.code == code)).values(code=None, code_until=None))
        free = sa.select(kiosks.c.id).where(kiosks.c.code == code)
        if tx.execute(free).first() is None:
            break
    # If two kiosks draw the same code at once, the unique index makes one transaction run again (`Database.run`).
    values = {"code": code, "code_until": now + CODE_VALID_FOR}
    tx.execute(sa.update(kiosks).where((kiosks.c.id == kiosk_id) & kiosks.c.terminal_id.is_(None)).values(**values))


def by_secret(tx: Tx, secret: str) -> Kiosk | None:
    """The kiosk with this secret; None when there is none."""
    return _one(tx, kiosks.c.hash == hashed(secret)) if len(secret) == LENGTH else None


def of_terminal(tx: Tx, terminal_id: TerminalId) -> Kiosk | None:
    """The kiosk that is paired to a terminal; None when there is none."""
    return _one(tx, kiosks.c.terminal_id == terminal_id)


def by_id(tx: Tx, kiosk_id: KioskId) -> Kiosk:
    """The kiosk with this id; LookupError when there is none."""
    found = _one(tx, kiosks.c.id == kiosk_id)
    if found is None:
        raise LookupError(f"no kiosk {kiosk_id}")
    return found


def _one(tx: Tx, condition: sa.ColumnElement[bool]) -> Kiosk | None:
    return next(iter(_known(tx, condition).values()), None)


def _known(tx: Tx, condition: sa.ColumnElement[bool]) -> dict[str, Kiosk]:
    of = [kiosks.c[name] for name in ("hash", "id", "code", "code_until", "terminal_id", "seen_at")]
    where = kiosks.outerjoin(terminals, terminals.c.id == kiosks.c.terminal_id)
    query = sa.select(*of, terminals.c.facility_id, terminals.c.name, terminals.c.unit).select_from(where)
    return {
        row.hash: Kiosk(
            KioskId(row.id), row.code, row.code_until, row.terminal_id, row.facility_id, row.name or "", row.unit or "",
            row.seen_at,
        )
        for row in tx.execute(query.where(condition))
    }  # fmt: skip


def pair(
    tx: Tx, facility_id: FacilityId, code: str, terminal_id: TerminalId, by: PersonId, *, now: datetime
) -> Kiosk | None:
    """Pair the kiosk that shows this code to a terminal, and unpair the terminal's earlier kiosk.

    None, with nothing changed, when no kiosk shows the code, the code has expired, or the terminal is of another facility.
    """
    lock(tx, terminals, {terminal_id})  # of two officers who pair it at once, the last one wins
    mine = (terminals.c.id == terminal_id) & (terminals.c.facility_id == facility_id) & terminals.c.active
    if tx.execute(sa.select(terminals.c.id).where(mine)).first() is None:
        return None
    shows = (kiosks.c.code == code) & (kiosks.c.code_until > now) & kiosks.c.terminal_id.is_(None)
    found = tx.execute(sa.select(kiosks.c.id).where(shows).with_for_update()).first()
    if found is None:
        return None
    unpair(tx, terminal_id)
    values = {"code": None, "code_until": None, "terminal_id": terminal_id, "paired_by": by, "paired_at": now}
    tx.execute(sa.update(kiosks).where(kiosks.c.id == found.id).values(**values))
    return of_terminal(tx, terminal_id)


def unpair(tx: Tx, terminal_id: TerminalId) -> bool:
    """Unpair the kiosk of a terminal. False when it had none. The kiosk shows a code when it polls next."""
    here = sa.update(kiosks).where(kiosks.c.terminal_id == terminal_id)
    return tx.execute(here.values(terminal_id=None, code=None, code_until=None)).rowcount == 1


def needs_seen_update(kiosk: Kiosk, *, now: datetime) -> bool:
    """Whether `seen_at` is old enough to be stored again."""
    return now - kiosk.seen_at >= SEEN_EVERY


def mark_seen(tx: Tx, kiosk: Kiosk, *, now: datetime) -> None:
    """Store that the kiosk was seen, at most once a minute: a thousand kiosks poll every ten seconds."""
    if needs_seen_update(kiosk, now=now):
        mark_all_seen(tx, {kiosk.id}, now=now)


def idle(tx: Tx, window: Span) -> dict[str, Kiosk]:
    """The paired kiosks whose terminal is free during the whole window, by the hash of their secret.

    Kiosks that were not seen within a day before the window are left out.
    """
    found = quanta(window)
    here = (places.c.what == PlaceKind.TERMINAL) & (places.c.which == kiosks.c.terminal_id)
    taken = sa.exists().where(here & places.c.quantum.between(found[0], found[-1]))
    recently = kiosks.c.seen_at > window.start - FORGOTTEN_AFTER
    return _known(tx, recently & kiosks.c.terminal_id.is_not(None) & ~taken)


def mark_all_seen(tx: Tx, ids: set[KioskId], *, now: datetime) -> None:
    """Store that these kiosks were seen now, however recently they were seen before."""
    tx.execute(sa.update(kiosks).where(kiosks.c.id.in_(ids)).values(seen_at=now))


def is_on(kiosk: Kiosk | None, now: datetime) -> bool:
    """Whether the kiosk is on."""
    return kiosk is not None and now - kiosk.seen_at < ONLINE_FOR


def set_pin(tx: Tx, resident_id: ResidentId, secret_key: str) -> str:
    """Set a new PIN of four digits and return it. The old PIN no longer works, and the count of wrong attempts is reset."""
    pin = "0000"
    while len(set(pin)) == 1 or pin == "1234":
        pin = f"{secrets.randbelow(10_000):04}"
    values = {"pin": _pin_hash(resident_id, pin, secret_key), "pin_tries": 0, "pin_tried_at": None}
    tx.execute(sa.update(residents).where(residents.c.id == resident_id).values(**values))
    return pin


def pin_state(tx: Tx, resident_id: ResidentId, *, now: datetime) -> PinState:
    """Whether the resident has a PIN, and whether it is locked."""
    row = tx.execute(
        sa.select(residents.c.pin, residents.c.pin_tries, residents.c.pin_tried_at).where(residents.c.id == resident_id)
    ).one()
    if row.pin is None:
        return PinState.NONE
    return PinState.LOCKED if _tries(row.pin_tries, row.pin_tried_at, now) >= MAX_PIN_TRIES else PinState.SET


def check_pin(tx: Tx, resident: Resident, pin: str, secret_key: str, *, now: datetime) -> PinCheck:
    """Check a PIN. Five wrong attempts lock it until 15 minutes after the last of them, or until a new PIN is set.

    Wrong attempts are forgotten after 15 minutes without another one.
    """
    lock(tx, residents, {resident.id})  # parallel attempts are counted one after the other
    mine = (residents.c.id == resident.id) & (residents.c.facility_id == resident.facility_id)
    row = tx.execute(sa.select(residents.c.pin, residents.c.pin_tries, residents.c.pin_tried_at).where(mine)).first()
    if row is None or row.pin is None:
        return PinCheck.NONE
    tries = _tries(row.pin_tries, row.pin_tried_at, now)
    if tries >= MAX_PIN_TRIES:
        return PinCheck.LOCKED
    if hmac.compare_digest(_pin_hash(resident.id, pin, secret_key), row.pin):
        if row.pin_tries:
            tx.execute(sa.update(residents).where(mine).values(pin_tries=0, pin_tried_at=None))
        return PinCheck.OK
    tx.execute(sa.update(residents).where(mine).values(pin_tries=tries + 1, pin_tried_at=now))
    return PinCheck.LOCKED if tries + 1 >= MAX_PIN_TRIES else PinCheck.WRONG


def _tries(count: int, last: datetime | None, now: datetime) -> int:
    return count if last is not None and now - last < LOCKED_FOR else 0


def _pin_hash(resident_id: ResidentId, pin: str, secret_key: str) -> str:
    return hmac.new(secret_key.encode(), f"pin:{resident_id}:{pin}".encode(), hashlib.sha256).hexdigest()


def is_of(tx: Tx, kiosk_id: KioskId, terminal_id: TerminalId) -> bool:
    """Whether the kiosk is (still) paired to that terminal."""
    here = (kiosks.c.id == kiosk_id) & (kiosks.c.terminal_id == terminal_id)
    return tx.execute(sa.select(kiosks.c.id).where(here)).first() is not None


def paired_after(tx: Tx, terminal_id: TerminalId, moment: datetime) -> bool:
    """Whether the kiosk of this terminal was paired after that moment."""
    here = (kiosks.c.terminal_id == terminal_id) & (kiosks.c.paired_at > moment)
    return tx.execute(sa.select(kiosks.c.id).where(here)).first() is not None
