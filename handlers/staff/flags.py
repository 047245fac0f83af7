"""Flags: what a person must look at, open until a person closes it. A chat has at most one open flag of each kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.messages import Address
from bot.texts import say
from handlers.deps import Deps
from handlers.logs import mask_number
from handlers.staff import cards
from handlers.tables import FlagKind, flags
from handlers.work import Work
from scheduling import queries
from scheduling.facilities import store
from scheduling.people import people
from scheduling.people.people import Person
from scheduling.policy.ids import FacilityId, PersonId, VisitId
from scheduling.policy.vocabulary import StaffRole
from scheduling.storage.database import Tx, insert
from scheduling.storage.outbox import Priority
from scheduling.visits.visit import Visit

ALERT_INTERVAL = timedelta(hours=1)
"""Supervisors are alerted to one flag at most once in this time, however often it is raised."""
MAX_QUOTE_CHARS = 60
MAX_CONSOLE_FLAGS = 20


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag. `said` quotes what was written, `people` may have written it, and `count` is how often it was raised."""

    id: int
    facility_id: FacilityId
    kind: FlagKind
    address: Address
    said: str
    people: tuple[PersonId, ...]
    visits: tuple[VisitId, ...]
    count: int
    at: datetime
    alerted_at: datetime | None
    closed_at: datetime | None
    closed_by: PersonId | None


@dataclass(frozen=True, slots=True)
class ConsoleFlag:
    """A flag as the console shows it: without names, and with a masked number."""

    id: int
    facility: str
    kind: str
    who: str
    count: int
    age: timedelta


_SAME = ("id", "facility_id", "said", "count", "at", "alerted_at", "closed_at", "closed_by")


def _flag(row: sa.RowMapping) -> Flag:
    address = Address.from_stored(row["channel"], row["theirs"], row["ours"])
    same = {name: row[name] for name in _SAME}
    kind, seen = FlagKind(row["kind"]), tuple(row["people"])
    return Flag(kind=kind, address=address, people=seen, visits=tuple(row["visits"]), **same)


def raise_flag(
    tx: Tx,
    facility_id: FacilityId,
    kind: FlagKind,
    address: Address,
    *,
    now: datetime,
    said: str = "",
    who: Sequence[Person] = (),
    visits: Sequence[Visit] = (),
) -> Flag:
    """Open a flag, or increase the count of the open one. The caller holds the lock of the chat."""
    here = (flags.c.channel == address.channel) & (flags.c.theirs == address.theirs) & (flags.c.ours == address.ours)
    mine = here & (flags.c.kind == kind) & flags.c.closed_at.is_(None)
    about = {"people": [each.id for each in who], "visits": [each.id for each in visits]}
    row = tx.execute(sa.select(flags.c.id).where(mine)).first()
    if row is not None:
        newer = {name: ids for name, ids in about.items() if ids}
        tx.execute(sa.update(flags).where(flags.c.id == row.id).values(count=flags.c.count + 1, **newer))
        return _get(tx, row.id)
    made = insert(
        tx, flags, facility_id=facility_id, kind=kind, channel=address.channel, theirs=address.theirs,
        ours=address.ours, said=" ".join(said.split())[:MAX_QUOTE_CHARS], count=1, at=now, **about,
    )  # fmt: skip
    return _get(tx, made)


def _get(tx: Tx, flag_id: int) -> Flag:
    return _flag(tx.execute(sa.select(flags).where(flags.c.id == flag_id)).mappings().one())


def find(tx: Tx, facility_id: FacilityId, flag_id: int) -> Flag | None:
    """The flag with this number at this facility, open or closed; None when there is none."""
    mine = (flags.c.id == flag_id) & (flags.c.facility_id == facility_id)
    row = tx.execute(sa.select(flags).where(mine)).mappings().first()
    return None if row is None else _flag(row)


def open_for(tx: Tx, officer: Person) -> list[Flag]:
    """The open flags that this officer sees: urgent ones first, then the oldest."""
    mine = (flags.c.facility_id == officer.facility_id) & flags.c.closed_at.is_(None)
    found = [_flag(row) for row in tx.execute(sa.select(flags).where(mine).order_by(flags.c.id)).mappings()]
    return sorted(
        (each for each in found if sees(tx, officer, each)), key=lambda each: each.kind is not FlagKind.URGENT
    )


def sees(tx: Tx, officer: Person, flag: Flag) -> bool:
    """Whether an officer sees a flag. Supervisors see all, others those about people of their units.

    An unknown phone belongs to no unit.
    """
    if officer.role == StaffRole.SUPERVISOR or officer.units is None:
        return True
    visitors = [people.get(tx, each) for each in flag.people]
    return any(who.unit in officer.units for visitor in visitors for who in people.may_see(tx, visitor))


def close(tx: Tx, flag: Flag, officer: Person, *, now: datetime) -> bool:
    """Close a flag; False when it is closed already."""
    still = (flags.c.id == flag.id) & flags.c.closed_at.is_(None)
    return tx.execute(sa.update(flags).where(still).values(closed_at=now, closed_by=officer.id)).rowcount == 1


def alert(work: Work, flag: Flag, key: str, **more: object) -> bool:
    """Alert the supervisors on duty, or the others when none can be. True when one is alerted, or was within the hour."""
    now = work.now
    if flag.alerted_at is not None and now - flag.alerted_at < ALERT_INTERVAL:
        return True
    supervisors = [who for who in people.staff(work.tx, flag.facility_id) if who.role == StaffRole.SUPERVISOR]

    def alert_some(*, on_duty: bool) -> bool:
        wanted = [who for who in supervisors if who.on_duty is on_duty]
        alerted = [cards.notify(work, who, key, priority=Priority.URGENT, **more) for who in wanted]
        return any(alerted)

    if not alert_some(on_duty=True) and not alert_some(on_duty=False):
        return False
    work.tx.execute(sa.update(flags).where(flags.c.id == flag.id).values(alerted_at=now))
    return True


def open_count_note(tx: Tx, officer: Person, lang: str) -> str:
    """ "2 flags open: FLAGS", or "" when there is none."""
    count = len(open_for(tx, officer))
    return say("flags_open" if count > 1 else "flags_open_one", lang, count=count) if count else ""


def for_console(deps: Deps) -> list[ConsoleFlag]:
    """The open flags of all facilities, at most MAX_CONSOLE_FLAGS: urgent ones first, then the oldest."""
    order = (flags.c.kind != FlagKind.URGENT, flags.c.id)
    with deps.db.read() as tx:
        query = sa.select(flags).where(flags.c.closed_at.is_(None)).order_by(*order).limit(MAX_CONSOLE_FLAGS)
        found = [_flag(row) for row in tx.execute(query).mappings()]
        return [_console_flag(tx, flag, deps.now()) for flag in found]


def _console_flag(tx: Tx, flag: Flag, now: datetime) -> ConsoleFlag:
    facility = store.rules(tx, flag.facility_id).name
    kind = flag.kind.replace("_", " ")
    return ConsoleFlag(flag.id, facility, kind, mask_number(flag.address.theirs), flag.count, now - flag.at)


def references(tx: Tx, flag: Flag) -> list[str]:
    """The references of the flag's visits that are still to come."""
    found = [queries.by_id(tx, visit_id) for visit_id in flag.visits]
    return [details.visit.reference for details in found if details is not None and details.visit.live]
