"""Links of visits. A grant says who may pay for or join which visit, and each text gets a new token for it.

Only hashes of tokens are stored.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from scheduling.policy.ids import GrantId, PersonId, VisitId
from scheduling.policy.vocabulary import LinkPurpose
from scheduling.storage.database import Tx, insert_or_ignore
from scheduling.storage.secret_tokens import LENGTH, fresh, hashed
from scheduling.storage.tables import grants, tokens

VISIBLE_AFTER_END = timedelta(days=14)
"""How long after the end of a visit its links still show the outcome and the money. After that they show nothing."""


@dataclass(frozen=True, slots=True)
class Grant:
    """The right of one person to pay for or to join one visit."""

    id: GrantId
    visit_id: VisitId
    person_id: PersonId
    purpose: LinkPurpose
    revoked_at: datetime | None


def mint(tx: Tx, visit_id: VisitId, person_id: PersonId, purpose: LinkPurpose, *, now: datetime) -> str:
    """Create a token of 22 base64url characters. Earlier tokens of the same grant stay valid."""
    row = {"visit_id": visit_id, "person_id": person_id, "purpose": purpose, "created_at": now, "revoked_at": None}
    insert_or_ignore(tx, grants, [row])
    same = (grants.c.visit_id == visit_id) & (grants.c.person_id == person_id) & (grants.c.purpose == purpose)
    grant_id = tx.execute(sa.select(grants.c.id).where(same)).scalar_one()
    token = fresh()
    tx.execute(sa.insert(tokens).values(hash=hashed(token), grant_id=grant_id, created_at=now))
    return token


def find(tx: Tx, token: str, purpose: LinkPurpose) -> Grant | None:
    """The grant of a token, also a revoked one; None when there is no such token for this purpose."""
    if len(token) != LENGTH:
        return None
    joined = sa.select(grants).join(tokens, tokens.c.grant_id == grants.c.id)
    row = tx.execute(joined.where((tokens.c.hash == hashed(token)) & (grants.c.purpose == purpose))).first()
    if row is None:
        return None
    return Grant(
        GrantId(row.id), VisitId(row.visit_id), PersonId(row.person_id), LinkPurpose(row.purpose), row.revoked_at
    )


def revoke(tx: Tx, visit_id: VisitId, person_id: PersonId, *, now: datetime) -> None:
    """Revoke all links of a person to a visit, for instance after a wrong number."""
    mine = (grants.c.visit_id == visit_id) & (grants.c.person_id == person_id)
    tx.execute(sa.update(grants).where(mine).values(revoked_at=now))


def revoked(tx: Tx, visit_id: VisitId, person_id: PersonId, purpose: LinkPurpose) -> bool:
    """Whether the links of a person to a visit were revoked."""
    same = (grants.c.visit_id == visit_id) & (grants.c.person_id == person_id) & (grants.c.purpose == purpose)
    return tx.execute(sa.select(grants.c.id).where(same & grants.c.revoked_at.is_not(None))).first() is not None
