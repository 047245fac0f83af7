"""What happened around a visit's call: it rang, the resident was let in, staff said something, somebody stopped it.

One row a visit at most, of the time the visit has: one that is moved begins anew.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from scheduling.calls.visit_protocol import Booked
from scheduling.policy.ids import PersonId, VisitId
from scheduling.policy.vocabulary import AdmittedBy, StopReason
from scheduling.storage.database import Tx, upsert_nothing
from scheduling.storage.tables import calls

NOTICE_FITS = 160
"""Characters of a notice on the screens of a call."""


@dataclass(frozen=True, slots=True)
class Call:
    """Times are aware UTC. `admitted_how` is pin, officer or open; `stopped_why` staff or not_them."""

    visit_id: VisitId
    starts: datetime
    rang_at: datetime | None
    pressed_at: datetime | None
    admitted_at: datetime | None
    admitted_how: AdmittedBy | None
    admitted_by: PersonId | None
    notice: str | None
    notice_at: datetime | None
    stopped_at: datetime | None
    stopped_why: StopReason | None
    trouble_told_at: datetime | None
    replaced_at: datetime | None


_NAMES = tuple(field.name for field in fields(Call))


def of(tx: Tx, visit: Booked) -> Call:
    """What happened so far; nothing at all when nothing did, or only for a time the visit no longer has."""
    row = tx.execute(sa.select(calls).where(calls.c.visit_id == visit.id)).mappings().first()
    if row is None or row["starts"] != visit.starts:
        return Call(visit.id, visit.starts, *[None] * (len(_NAMES) - 2))
    how, why = row["admitted_how"], row["stopped_why"]
    words = {"admitted_how": how and AdmittedBy(how), "stopped_why": why and StopReason(why)}
    return Call(**{name: row[name] for name in _NAMES} | words)


def note(tx: Tx, visit: Booked, **what: Any) -> None:
    """Write down columns of `calls`."""
    upsert_nothing(tx, calls, [{"visit_id": visit.id, "starts": visit.starts}])
    mine = calls.c.visit_id == visit.id
    fresh = dict.fromkeys(_NAMES[2:]) | {"starts": visit.starts}
    tx.execute(sa.update(calls).where(mine & (calls.c.starts != visit.starts)).values(fresh))
    tx.execute(sa.update(calls).where(mine).values(what))


def first(tx: Tx, visit: Booked, column: str, *, now: datetime) -> bool:
    """Note the moment something happened for the first time; False when it had happened before."""
    if getattr(of(tx, visit), column) is not None:
        return False
    note(tx, visit, **{column: now})
    return True


def admit(tx: Tx, visit: Booked, how: AdmittedBy, *, now: datetime, by: PersonId | None = None) -> None:
    """The resident is let into his call (again)."""
    note(tx, visit, admitted_at=now, admitted_how=how, admitted_by=by)


def say(tx: Tx, visit: Booked, words: str, *, now: datetime) -> None:
    """Staff say something on both screens; the newest words stand."""
    note(tx, visit, notice=" ".join(words.split())[:NOTICE_FITS], notice_at=now)


def stop(tx: Tx, visit: Booked, why: StopReason, *, now: datetime) -> None:
    """Nobody can be in this call any more."""
    note(tx, visit, stopped_at=now, stopped_why=why)
