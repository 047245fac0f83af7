"""Fills the database for the bench: families with phones, paired kiosks, and calls in progress.

The rows are written directly: by texts it would take an hour. As everywhere, only hashes of secrets are stored.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from scheduling.storage.database import Database, Tx
from scheduling.storage.tables import (
    addresses,
    call_devices,
    calls,
    facilities,
    kiosks,
    people,
    relations,
    residents,
    terminals,
    visits,
)

UNIT = "bench"
MINUTES = 60


@dataclass(frozen=True, slots=True)
class Scene:
    """The input of the clients: kiosks and devices with their secrets, and the phones that send texts."""

    kiosks: list[dict[str, Any]]
    devices: list[dict[str, Any]]
    phones: list[str]


def prepare(db: Database, *, screens: int, pairs: int, ours: str, now: datetime) -> Scene:
    """Write kiosks without a visit, and calls that began a minute ago. A call has a family's phone and a kiosk."""
    with db.begin() as tx:
        facility = tx.execute(sa.select(facilities.c.id).where(facilities.c.phone == ours)).scalar_one()
        places = _places(tx, facility, screens + pairs)
        idle = _kiosks(tx, places, now)[:screens]
        families = _families(tx, facility, pairs)
        devices = _calls(tx, facility, families, places[screens:], ours, now)
    return Scene(idle, devices, [phone for *_, phone in families])


def enter(db: Database, now: datetime) -> None:
    """Let every device enter its call now."""
    with db.begin() as tx:
        tx.execute(sa.update(call_devices).values(seen_at=now))


def _many(tx: Tx, table: sa.Table, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Insert these rows and return their ids in the same order."""
    wanted = sa.insert(table).returning(table.c.id, sort_by_parameter_order=True)
    return list(tx.execute(wanted, list(rows)).scalars())


def _places(tx: Tx, facility: int, count: int) -> list[int]:
    rows = [{"facility_id": facility, "name": f"X-{n:04}", "unit": UNIT, "active": True} for n in range(count)]
    return _many(tx, terminals, rows)


def _kiosks(tx: Tx, places: list[int], now: datetime) -> list[dict[str, Any]]:
    known = [secrets.token_urlsafe(16) for _ in places]
    rows = [
        {"hash": _hash(secret), "terminal_id": place, "paired_at": now, "created_at": now, "seen_at": now}
        for secret, place in zip(known, places, strict=True)
    ]
    tx.execute(sa.insert(kiosks), rows)
    return [
        {"cookie": f"visitline_kiosk={secret}", "address": _address(10, number)} for number, secret in enumerate(known)
    ]


def _families(tx: Tx, facility: int, count: int) -> list[tuple[int, int, str]]:
    """A visitor, the resident they visit, and their phone."""
    there = {"facility_id": facility, "held": True, "pin_tries": 0, "unit": UNIT}
    held = _many(tx, residents, [there | {"number": f"9{n:05}", "name": f"{_name(n)} Bench"} for n in range(count)])
    who = {"facility_id": facility, "kind": "visitor", "active": True, "on_duty": True, "suspended": False}
    who |= {"all_residents": False, "wrong_codes": []}
    visitors = _many(tx, people, [who | {"name": f"Visitor {_name(n)}"} for n in range(count)])
    phones = [f"+1555020{n:04}" for n in range(count)]
    known = [
        {"person_id": visitor, "channel": "sms", "address": phone, "source": "file"}
        for visitor, phone in zip(visitors, phones, strict=True)
    ]
    tx.execute(sa.insert(addresses), known)
    pairs = [
        {"person_id": visitor, "resident_id": resident, "relation": "mother"}
        for visitor, resident in zip(visitors, held, strict=True)
    ]
    tx.execute(sa.insert(relations), pairs)
    return list(zip(visitors, held, phones, strict=True))


def _calls(
    tx: Tx, facility: int, families: list[tuple[int, int, str]], places: list[int], ours: str, now: datetime
) -> list[dict[str, Any]]:
    starts = now.replace(second=0, microsecond=0) - timedelta(minutes=now.minute % 5)
    booked = [
        {
            "facility_id": facility, "reference": _reference(n), "kind": "family", "visitor_id": visitor,
            "resident_id": resident, "relation": "mother", "channel": "sms", "theirs": phone, "ours": ours,
            "state": "confirmed", "revision": 5, "starts": starts, "minutes": MINUTES, "terminal_id": place, "price": 0,
            "currency": "usd", "asked_count": 1, "joined_at": now, "flags": [], "created_at": now, "changed_at": now,
        }
        for n, ((visitor, resident, phone), place) in enumerate(zip(families, places, strict=True))
    ]  # fmt: skip
    made = _many(tx, visits, booked)
    let_in = {"starts": starts, "rang_at": now, "admitted_at": now, "admitted_how": "open"}
    tx.execute(sa.insert(calls), [let_in | {"visit_id": visit} for visit in made])
    screens = {row.terminal_id: row.id for row in tx.execute(sa.select(kiosks.c.terminal_id, kiosks.c.id))}
    rows: list[dict[str, Any]] = []
    keys = [secrets.token_urlsafe(16) for _ in range(2 * len(made))]
    for number, (visit, place) in enumerate(zip(made, places, strict=True)):
        there = {"visit_id": visit, "epoch": 1, "joined_at": now, "seen_at": now, "report": {}}
        family = {"side": "family", "person_id": families[number][0], "kiosk_id": None, "key": _hash(keys[2 * number])}
        kiosk = {"side": "kiosk", "person_id": None, "kiosk_id": screens[place], "key": _hash(keys[2 * number + 1])}
        rows += [there | family, there | kiosk]
    ids = _many(tx, call_devices, rows)
    return [
        {
            "key": key, "peer": ids[number ^ 1], "peer_epoch": 1, "offers": number % 2 == 1, "cursor": 0,
            "address": _address(172, number), "offset": 10.0 * (number * 7 % len(ids)) / len(ids),
        }
        for number, key in enumerate(keys)
    ]  # fmt: skip


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _name(number: int) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz"
    return "Q" + letters[number // 676 % 26] + letters[number // 26 % 26] + letters[number % 26]


def _reference(number: int) -> str:
    letters = "ABCDEFGHJKMNPQRSTVWXYZ"
    return f"Q{letters[number // 44 % 22]}{number % 44 // 22 + 2}{letters[number % 22]}"


def _address(first: int, number: int) -> str:
    """A different IP address for each client, as a proxy would report it."""
    return f"{first}.20.{number // 250}.{number % 250 + 1}"
