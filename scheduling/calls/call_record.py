"""The record of a visit's call: when it rang, who admitted the resident, the notice of staff, who stopped it.

A visit has at most one row, which is about its present start. A moved visit begins with an empty record.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Literal, TypedDict, Unpack

import sqlalchemy as sa

from scheduling.calls.visit_protocol import VisitOfCall
from scheduling.policy.ids import PersonId, VisitId
from scheduling.policy.vocabulary import AdmittedBy, StopReason
from scheduling.storage.database import Tx, insert_or_ignore
from scheduling.storage.tables import calls

MAX_NOTICE_LENGTH = 160
"""The most characters of a notice on the screens of a call."""


@dataclass(frozen=True, slots=True)
class Call:
    """What happened so far around a call. Times are aware UTC."""

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
    complained_at: datetime | None
    replaced_at: datetime | None


class CallChanges(TypedDict, total=False):
    """Columns of `calls` to update."""

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
    complained_at: datetime | None
    replaced_at: datetime | None


FirstTime = Literal["rang_at", "pressed_at", "complained_at"]
"""Columns that hold when something happened for the first time."""
_NAMES = tuple(field.name for field in fields(Call))


def get(tx: Tx, visit: VisitOfCall) -> Call:
    """The record of the call. Empty when nothing happened yet, or only at a start that the visit no longer has."""
    row = tx.execute(sa.select(calls).where(calls.c.visit_id == visit.id)).mappings().first()
    if row is None or row["starts"] != visit.starts:
        return Call(visit.id, visit.starts, *[None] * (len(_NAMES) - 2))
    how, why = row["admitted_how"], row["stopped_why"]
    words = {"admitted_how": how and AdmittedBy(how), "stopped_why": why and StopReason(why)}
    return Call(**{name: row[name] for name in _NAMES} | words)


def update(tx: Tx, visit: VisitOfCall, **changes: Unpack[CallChanges]) -> None:
    """Update columns of the call's row, which is created if needed and emptied when the visit has another start."""
    insert_or_ignore(tx, calls, [{"visit_id": visit.id, "starts": visit.starts}])
    mine = calls.c.visit_id == visit.id
    fresh = dict.fromkeys(_NAMES[2:]) | {"starts": visit.starts}
    tx.execute(sa.update(calls).where(mine & (calls.c.starts != visit.starts)).values(fresh))
    tx.execute(sa.update(calls).where(mine).values(changes))


def set_once(tx: Tx, visit: VisitOfCall, column: FirstTime, *, now: datetime) -> bool:
    """Store when something happened for the first time. False when it had happened before."""
    if getattr(get(tx, visit), column) is not None:
        return False
    changes: dict[FirstTime, CallChanges] = {
        "rang_at": {"rang_at": now}, "pressed_at": {"pressed_at": now}, "complained_at": {"complained_at": now},
    }  # fmt: skip
    update(tx, visit, **changes[column])
    return True


def admit(tx: Tx, visit: VisitOfCall, how: AdmittedBy, *, now: datetime, by: PersonId | None = None) -> None:
    """Admit the resident to the call, also again."""
    update(tx, visit, admitted_at=now, admitted_how=how, admitted_by=by)


def set_notice(tx: Tx, visit: VisitOfCall, words: str, *, now: datetime) -> None:
    """Show words of staff on both screens, in place of earlier ones."""
    update(tx, visit, notice=" ".join(words.split())[:MAX_NOTICE_LENGTH], notice_at=now)


def stop(tx: Tx, visit: VisitOfCall, why: StopReason, *, now: datetime) -> None:
    """Stop the call, so that no device can be in it any more."""
    update(tx, visit, stopped_at=now, stopped_why=why)
