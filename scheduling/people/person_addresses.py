"""The addresses at which people are reached, and the invitations that link more of them.

One address may serve several people, and one person may have several addresses.
"""

import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa

from scheduling.people.people import Person, get, person_of
from scheduling.policy.ids import FacilityId, PersonId
from scheduling.policy.vocabulary import AddressSource, PersonKind
from scheduling.storage.database import Tx, insert_or_ignore
from scheduling.storage.secret_tokens import hashed
from scheduling.storage.tables import addresses, invites, people

INVITE_VALID_FOR = timedelta(days=2)
CODE_ALPHABET = "ABCDEFGHJKMNPQRTUVWXY346789"
CODE_LENGTH = 10


def at_address(tx: Tx, channel: str, address: str) -> list[Person]:
    """The active people who are reached at this address, oldest first, without those whose address it was not."""
    here = (addresses.c.channel == channel) & (addresses.c.address == address) & addresses.c.gone_at.is_(None)
    query = sa.select(people).join(addresses, addresses.c.person_id == people.c.id)
    return [person_of(row) for row in tx.execute(query.where(here & people.c.active).order_by(people.c.id)).mappings()]


def addresses_of(tx: Tx, person_id: PersonId) -> list[tuple[str, str]]:
    """(channel, address) of a person, newest first: somebody who linked Telegram wants their texts there."""
    return _addresses(tx, (addresses.c.person_id == person_id) & addresses.c.gone_at.is_(None))


def _addresses(tx: Tx, condition: sa.ColumnElement[bool]) -> list[tuple[str, str]]:
    query = sa.select(addresses.c.channel, addresses.c.address).where(condition).order_by(addresses.c.id.desc())
    return [(row.channel, row.address) for row in tx.execute(query)]


def same_phone(tx: Tx, one: PersonId, other: PersonId) -> bool:
    """Whether two people share an address, as when officers request visits with their own family from their own phone.

    An address that one of them disowned counts too, so that disowning it does not let an officer decide their own request.
    """
    both = [set(_addresses(tx, addresses.c.person_id == each)) for each in (one, other)]
    return one == other or bool(both[0] & both[1])


def sharing_phone(tx: Tx, person_id: PersonId) -> set[PersonId]:
    """This person, and everybody who shares an address with them."""
    mine, theirs = addresses.alias("mine"), addresses.alias("theirs")
    same = (mine.c.channel == theirs.c.channel) & (mine.c.address == theirs.c.address)
    query = sa.select(theirs.c.person_id).join(mine, same).where(mine.c.person_id == person_id)
    return {person_id, *(PersonId(found) for found in tx.execute(query).scalars())}


def link(tx: Tx, person_id: PersonId, channel: str, address: str, source: AddressSource) -> None:
    """Add an address of a person. One that they disowned is theirs again, unless only the facility file says so."""
    row = {"person_id": person_id, "channel": channel, "address": address, "source": source}
    if insert_or_ignore(tx, addresses, [row]) == 0 and source is not AddressSource.FILE:
        reclaim_address(tx, person_id, channel, address)


def disown_address(tx: Tx, facility_id: FacilityId, channel: str, address: str, *, now: datetime) -> list[Person]:
    """Disown an address for all visitors and attorneys of the facility, because somebody texted that it is not theirs.

    Staff keep it. Returns those who were reached there.
    """
    left = [
        who
        for who in at_address(tx, channel, address)
        if who.facility_id == facility_id and who.kind != PersonKind.STAFF
    ]
    here = (addresses.c.channel == channel) & (addresses.c.address == address)
    theirs = here & addresses.c.person_id.in_([who.id for who in left])
    tx.execute(sa.update(addresses).where(theirs).values(gone_at=now))
    return left


def disowned(tx: Tx, channel: str, address: str) -> dict[PersonId, datetime]:
    """The people who are not reached at this address any more, each with the time since when."""
    here = (addresses.c.channel == channel) & (addresses.c.address == address) & addresses.c.gone_at.is_not(None)
    rows = tx.execute(sa.select(addresses.c.person_id, addresses.c.gone_at).where(here).order_by(addresses.c.person_id))
    return {PersonId(row.person_id): row.gone_at for row in rows}


def reclaim_address(tx: Tx, person_id: PersonId, channel: str, address: str) -> None:
    """Undo that a person disowned an address."""
    here = (addresses.c.channel == channel) & (addresses.c.address == address)
    tx.execute(sa.update(addresses).where(here & (addresses.c.person_id == person_id)).values(gone_at=None))


def invite(tx: Tx, person_id: PersonId, *, now: datetime) -> str:
    """Create a one-time code, valid for two days, with which a person links Telegram. Only its hash is stored."""
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    insert_values = {"hash": hashed(code), "person_id": person_id, "until": now + INVITE_VALID_FOR}
    tx.execute(sa.insert(invites).values(**insert_values))
    return code


def redeem(tx: Tx, code: str, channel: str, address: str, *, now: datetime) -> Person | None:
    """Link the address to the invited person; None when the code is unknown, used or expired."""
    good = (invites.c.hash == hashed(code.strip().upper())) & invites.c.used_at.is_(None) & (invites.c.until > now)
    row = tx.execute(sa.update(invites).where(good).values(used_at=now).returning(invites.c.person_id)).first()
    if row is None:
        return None
    link(tx, row.person_id, channel, address, AddressSource.INVITE)
    return get(tx, row.person_id)
