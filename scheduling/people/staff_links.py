"""Links to the page of calls, each for one officer and valid for twelve hours. Only their hashes are stored."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from scheduling.people import people
from scheduling.people.people import Person
from scheduling.policy.ids import PersonId
from scheduling.policy.vocabulary import PersonKind
from scheduling.storage.database import Tx
from scheduling.storage.secret_tokens import LENGTH, fresh, hashed
from scheduling.storage.tables import staff_links

VALID_FOR = timedelta(hours=12)


def mint(tx: Tx, person_id: PersonId, *, now: datetime) -> str:
    """Create a token of 22 base64url characters. Earlier tokens stay valid until they expire."""
    tx.execute(sa.delete(staff_links).where((staff_links.c.person_id == person_id) & (staff_links.c.until <= now)))
    token = fresh()
    values = {"hash": hashed(token), "person_id": person_id, "created_at": now, "until": now + VALID_FOR}
    tx.execute(sa.insert(staff_links).values(**values))
    return token


def find(tx: Tx, token: str, *, now: datetime) -> Person | None:
    """The officer of a link; None when the link has expired or they are no longer active staff, or are suspended.

    Checked at each use.
    """
    if len(token) != LENGTH:
        return None
    good = (staff_links.c.hash == hashed(token)) & (staff_links.c.until > now)
    found = tx.execute(sa.select(staff_links.c.person_id).where(good)).scalar()
    if found is None:
        return None
    who = people.get(tx, PersonId(found))
    return who if who.kind == PersonKind.STAFF and who.active and not who.suspended else None
