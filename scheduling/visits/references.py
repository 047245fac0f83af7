"""References: short names of visits that can be read aloud on the phone and are hard to misread."""

import re
import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa

from scheduling.policy.ids import FacilityId
from scheduling.storage.database import Tx
from scheduling.storage.tables import visits

LETTERS = "CDFGHJKNPQRTVWX"  # no vowels (words), no M (7PM), no look-alikes of digits (B I L O S Z)
DIGITS = "234679"  # no 0 1 5 8 (O I S B)
REUSE_AFTER = timedelta(days=30)
_SPOKEN = re.compile(r"\d(TH|ND|RD)$|HR")  # a reader takes "V9TH" for a day and "V7HR" for a length


def candidate() -> str:
    """A letter and three more characters with at least one digit, that cannot be read as a time or a word."""
    while True:
        found = secrets.choice(LETTERS) + "".join(secrets.choice(LETTERS + DIGITS) for _ in range(3))
        if any(mark in DIGITS for mark in found) and not _SPOKEN.search(found):
            return found


def fresh(tx: Tx, facility_id: FacilityId, *, now: datetime) -> str:
    """A reference that no visit of the facility has, unless that visit ended at least 30 days ago."""
    while True:
        found = candidate()
        if free(tx, facility_id, found, now=now):
            return found


def free(tx: Tx, facility_id: FacilityId, reference: str, *, now: datetime) -> bool:
    """Whether a reference may name a new visit."""
    same = (visits.c.facility_id == facility_id) & (visits.c.reference == reference)
    recent = visits.c.ended_at.is_(None) | (visits.c.ended_at > now - REUSE_AFTER)
    return tx.execute(sa.select(visits.c.id).where(same & recent)).first() is None
