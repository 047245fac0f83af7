"""The cards and lists that officers hold, and the code that answers each."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.messages import Address
from handlers.tables import CardState, cards
from scheduling import queries
from scheduling.policy.ids import PersonId, VisitId
from scheduling.policy.visit_state import UNDECIDED
from scheduling.storage.database import Tx, insert
from scheduling.storage.tables import people, visits
from scheduling.visits.visit import Visit

CODE_LIFETIME = timedelta(hours=24)
CODE_REUSE_AFTER = CODE_LIFETIME + timedelta(days=7)
"""How long after a code was given out it is not given out again. It decides nothing after CODE_LIFETIME."""
RESERVED_CODES = frozenset({911, 988})
COLLEAGUE_NOTIFIED = "told"
"""The outcome of an open card whose officer was told of a colleague's decision that can still be undone."""
_NEWEST_FIRST = (cards.c.at.desc(), cards.c.id.desc())


@dataclass(frozen=True, slots=True)
class Card:
    """A request at one revision, as it was sent to one officer under one code."""

    id: int
    person_id: PersonId
    visit_id: VisitId
    revision: int
    code: int
    address: Address
    state: CardState
    outcome: str | None
    provider_id: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ListItem:
    """One line of a list: a request as it was shown. A flagged one has to be answered by its own number."""

    visit_id: VisitId
    revision: int
    asked: int
    flagged: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """Several requests under one code. The number of an item is its position, from 1."""

    id: int
    person_id: PersonId
    code: int
    address: Address
    state: CardState
    items: tuple[ListItem, ...]
    at: datetime

    @property
    def batch(self) -> str:
        """The batch of all decisions that answers to this list make."""
        return f"list:{self.id}"


def _address(row: sa.RowMapping) -> Address:
    return Address.from_stored(row["channel"], row["theirs"], row["ours"])


def card_of(row: sa.RowMapping) -> Card:
    """The card of a row that is about one request."""
    names = ("id", "person_id", "visit_id", "revision", "code", "outcome", "provider_id", "at")
    return Card(address=_address(row), state=CardState(row["state"]), **{name: row[name] for name in names})


def _listing(row: sa.RowMapping) -> Listing:
    items = tuple(
        ListItem(VisitId(visit), revision, asked, flagged) for visit, revision, asked, flagged in row["items"]
    )
    names = ("id", "person_id", "code", "at")
    state = CardState(row["state"])
    return Listing(address=_address(row), state=state, items=items, **{name: row[name] for name in names})


def _held_by(person_id: PersonId) -> sa.ColumnElement[bool]:
    return cards.c.person_id == person_id


def lock_officer(tx: Tx, person_id: PersonId) -> None:
    """Lock the officer's row, under which codes are given out: two workers may send the same card at once."""
    tx.execute(sa.select(people.c.id).where(people.c.id == person_id).with_for_update(key_share=True))


def make_card(tx: Tx, person_id: PersonId, visit: Visit, address: Address, *, now: datetime) -> Card:
    """The officer's card of a request as it is now, in this chat: the fresh one if there is one, else a new one."""
    lock_officer(tx, person_id)
    same = _held_by(person_id) & (cards.c.visit_id == visit.id) & (cards.c.revision == visit.revision)
    there = same & (cards.c.channel == address.channel) & (cards.c.theirs == address.theirs)
    row = tx.execute(sa.select(cards).where(there & (cards.c.state == CardState.OPEN))).mappings().first()
    if row is not None and is_fresh(card_of(row), now):
        tx.execute(sa.update(cards).where(cards.c.id == row["id"]).values(asked=visit.asked_count))
        return card_of(row)
    if row is not None:  # the row is kept, so that its code can be explained whenever it is sent
        tx.execute(sa.update(cards).where(cards.c.id == row["id"]).values(state=CardState.EXPIRED, outcome="expired"))
    about = {"visit_id": visit.id, "revision": visit.revision, "asked": visit.asked_count}
    return card_of(_insert(tx, person_id, address, about, now))


def make_listing(tx: Tx, person_id: PersonId, items: Iterable[ListItem], address: Address, *, now: datetime) -> Listing:
    """A new list under a new code."""
    lock_officer(tx, person_id)
    plain = [[item.visit_id, item.revision, item.asked, item.flagged] for item in items]
    return _listing(_insert(tx, person_id, address, {"items": plain}, now))


def _insert(tx: Tx, person_id: PersonId, address: Address, about: Mapping[str, object], now: datetime) -> sa.RowMapping:
    made = insert(
        tx, cards, person_id=person_id, code=fresh_code(tx, person_id, now), state=CardState.OPEN, at=now,
        channel=address.channel, theirs=address.theirs, ours=address.ours, **about,
    )  # fmt: skip
    return tx.execute(sa.select(cards).where(cards.c.id == made)).mappings().one()


def is_fresh(held: Card | Listing, now: datetime) -> bool:
    """Whether a card or list is open and its code has not expired."""
    return held.state is CardState.OPEN and held.at > now - CODE_LIFETIME


def still_decides(card: Card, visit: Visit, *, now: datetime) -> bool:
    """Whether a card can still decide: it is fresh, and about the visit as it is now."""
    return is_fresh(card, now) and visit.state in UNDECIDED and visit.revision == card.revision


def fresh_code(tx: Tx, person_id: PersonId, now: datetime) -> int:
    """A code that was not used for CODE_REUSE_AFTER; if there is none, the closed one that was used the longest ago."""
    mine = _held_by(person_id)
    recent = (cards.c.at > now - CODE_REUSE_AFTER) | (cards.c.state == CardState.OPEN)
    used = set(tx.execute(sa.select(cards.c.code).where(mine & recent)).scalars())
    free = [code for code in range(100, 1000) if code not in used and code not in RESERVED_CODES]
    if free:
        return secrets.choice(free)
    opened = sa.select(cards.c.code).where(mine & (cards.c.state == CardState.OPEN))
    closed = sa.select(cards.c.code).where(mine & cards.c.code.not_in(opened) & cards.c.code.not_in(RESERVED_CODES))
    closed = closed.group_by(cards.c.code)
    return int(tx.execute(closed.order_by(sa.func.max(cards.c.at), cards.c.code).limit(1)).scalar_one())


def by_code(tx: Tx, person_id: PersonId, code: int) -> Card | Listing | None:
    """The newest card or list of an officer with this code, also one that is closed."""
    query = sa.select(cards).where(_held_by(person_id) & (cards.c.code == code)).order_by(*_NEWEST_FIRST).limit(1)
    row = tx.execute(query).mappings().first()
    if row is None:
        return None
    return card_of(row) if row["items"] is None else _listing(row)


def of_visit(tx: Tx, person_id: PersonId, visit: Visit) -> Card | None:
    """The officer's open card of a visit as it is now."""
    mine = _held_by(person_id) & (cards.c.visit_id == visit.id) & (cards.c.revision == visit.revision)
    query = sa.select(cards).where(mine & (cards.c.state == CardState.OPEN)).order_by(*_NEWEST_FIRST).limit(1)
    row = tx.execute(query).mappings().first()
    return None if row is None else card_of(row)


def about_visit(tx: Tx, visit_id: VisitId) -> list[Card]:
    """All cards of a visit, oldest first."""
    rows = tx.execute(sa.select(cards).where(cards.c.visit_id == visit_id).order_by(cards.c.id)).mappings()
    return [card_of(row) for row in rows]


def lists_with(tx: Tx, visit_id: VisitId, *, now: datetime) -> list[Listing]:
    """The lists that show a visit and can still be answered, oldest first."""
    fresh_lists = (cards.c.visit_id.is_(None)) & (cards.c.state == CardState.OPEN) & (cards.c.at > now - CODE_LIFETIME)
    found = [_listing(row) for row in tx.execute(sa.select(cards).where(fresh_lists).order_by(cards.c.id)).mappings()]
    return [listing for listing in found if any(item.visit_id == visit_id for item in listing.items)]


def set_state(tx: Tx, card: Card, state: CardState, outcome: str) -> None:
    """Set the state of a card and the outcome of its request."""
    tx.execute(sa.update(cards).where(cards.c.id == card.id).values(state=state, outcome=outcome))


def void_codes(tx: Tx, person_id: PersonId) -> None:
    """Make all codes of an officer void, after too many wrong codes or a lost phone."""
    tx.execute(
        sa.update(cards).where(_held_by(person_id) & (cards.c.state == CardState.OPEN)).values(state=CardState.VOID)
    )


def shown_requests(tx: Tx, person_id: PersonId, *, now: datetime) -> set[tuple[VisitId, int, int]]:
    """The requests shown to this officer in the last CODE_REUSE_AFTER: (visit, revision, how often staff were asked)."""
    recent = _held_by(person_id) & (cards.c.at > now - CODE_REUSE_AFTER)
    found = {
        (VisitId(row.visit_id), row.revision, row.asked)
        for row in tx.execute(sa.select(cards).where(recent & cards.c.visit_id.is_not(None)))
    }
    for row in tx.execute(sa.select(cards).where(recent & cards.c.visit_id.is_(None))).mappings():
        found |= {(item.visit_id, item.revision, item.asked) for item in _listing(row).items}
    return found


def open_with_requests(tx: Tx, person_id: PersonId, *, now: datetime) -> list[Card | Listing]:
    """The cards and lists of an officer that have an undecided request, newest first."""
    mine = _held_by(person_id) & (cards.c.state == CardState.OPEN) & (cards.c.at > now - CODE_LIFETIME)
    rows = tx.execute(sa.select(cards).where(mine).order_by(*_NEWEST_FIRST)).mappings().all()
    held = [card_of(row) if row["items"] is None else _listing(row) for row in rows]
    waiting = _waiting(tx, {visit for each in held for visit, _ in requests_of(each)})
    return [each for each in held if any(one in waiting for one in requests_of(each))]


def requests_of(held: Card | Listing) -> list[tuple[VisitId, int]]:
    """The requests of a card or list, each with the revision that it had."""
    if isinstance(held, Card):
        return [(held.visit_id, held.revision)]
    return [(item.visit_id, item.revision) for item in held.items]


def _waiting(tx: Tx, visit_ids: set[VisitId]) -> set[tuple[VisitId, int]]:
    """Those of these visits that are undecided, each with its present revision."""
    if not visit_ids:
        return set()
    facilities = tx.execute(sa.select(visits.c.facility_id).where(visits.c.id.in_(visit_ids)).distinct()).scalars()
    waiting = [visit for facility in facilities.all() for visit in queries.undecided(tx, facility)]
    return {(visit.id, visit.revision) for visit in waiting}


def example_code(tx: Tx, person_id: PersonId, *, now: datetime) -> int | None:
    """A code that this officer can answer with now, so that an example in a text is true; None when there is none."""
    return next((each.code for each in open_with_requests(tx, person_id, now=now) if isinstance(each, Card)), None)
