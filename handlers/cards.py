"""The cards officers get: a request, the code that answers it, and what becomes of both."""

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.messages import Address, Button
from bot.texts import say
from handlers import facts
from handlers.deps import Deps
from handlers.records import cards
from handlers.sending import Text, queue
from scheduling import facilities, people, queries
from scheduling.db import Tx, insert
from scheduling.facility import LEGAL
from scheduling.ids import PersonId, VisitId
from scheduling.lifecycle import UNDECIDED, State
from scheduling.models import people as people_table
from scheduling.outbox import Class, Job
from scheduling.people import Person
from scheduling.queries import Whole
from scheduling.rules import Refusal
from scheduling.visits import search
from scheduling.visits.search import Wish
from scheduling.visits.visit import Visit, get

GOOD_FOR = timedelta(hours=24)
RESTS_FOR = GOOD_FOR + timedelta(days=7)  # counted from its making; it is dead after GOOD_FOR at the latest
NEVER = frozenset({911, 988})
LIMITS = frozenset({
    Refusal.RESIDENT_DAY_LIMIT, Refusal.RESIDENT_WEEK_LIMIT, Refusal.VISITOR_WEEK_LIMIT, Refusal.OPEN_REQUESTS_LIMIT,
})  # fmt: skip
_NEWEST = (cards.c.at.desc(), cards.c.id.desc())

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Card:
    """A request as one officer has it. `state` is open, decided, changed, expired or void."""

    id: int
    person_id: PersonId
    visit_id: VisitId
    revision: int
    code: int
    address: Address
    state: str
    outcome: str | None
    provider_id: str | None
    at: datetime


def _card(row: sa.RowMapping) -> Card:
    address = Address(row["channel"], row["theirs"], row["ours"])
    names = ("id", "person_id", "visit_id", "revision", "code", "state", "outcome", "provider_id", "at")
    return Card(address=address, **{name: row[name] for name in names})


def needs_code(tx: Tx, officer: Person, address: Address) -> bool:
    """Whether in this chat only the code decides: a text's sender can be forged, a Telegram account cannot."""
    return address.channel == "sms" and facilities.rules(tx, officer.facility_id).sms_answer_code


def send(tx: Tx, deps: Deps, whole: Whole, job: Job) -> None:
    """Put a request before everybody who may decide it now."""
    visit = whole.visit
    if visit.state not in UNDECIDED:
        return
    again = visit.asked_count > 1
    officers = who_decides(tx, deps, whole)
    if not officers:
        log.error("nobody can be asked about visit %s: staff are opted out, or it is their own", visit.reference)
    for officer in officers:
        put_up(tx, deps, whole, officer, job=job, again=again)


def who_decides(tx: Tx, deps: Deps, whole: Whole) -> list[Person]:
    """Who gets this card: on duty for the unit, else the supervisors. Never somebody whose own request it is, nor
    whose chat wants no texts."""
    facility_id, visitor = whole.visit.facility_id, whole.visitor.id

    def can(officer: Person) -> bool:
        return not people.same_phone(tx, officer.id, visitor) and not _stopped(tx, deps, officer)

    mine = [who for who in people.deciders(tx, facility_id, whole.resident.unit) if can(who)]
    return mine or [who for who in people.staff(tx, facility_id) if who.role == "supervisor" and can(who)]


def _stopped(tx: Tx, deps: Deps, officer: Person) -> bool:
    address = address_of(tx, deps, officer)
    return address is not None and people.opted_out(tx, address.channel, address.theirs, address.ours)


def put_up(
    tx: Tx, deps: Deps, whole: Whole, officer: Person, *, job: Job | None = None, again: bool = False
) -> Card | None:
    """Give one officer the card of a request as it is now; None when there is no chat to send it to."""
    address = address_of(tx, deps, officer)
    if address is None:
        return None
    card = _make(tx, officer, whole.visit, address, now=deps.now())
    lang = facts.known(officer.language or None, whole.facility)
    text = Text(
        address, "card", body(tx, whole, officer, card, lang, deps.now(), again=again), _buttons(card, lang),
        visit=whole.visit.id, revision=whole.visit.revision, card=card.id,
    )  # fmt: skip
    key = f"card:{card.id}:{whole.visit.asked_count}" if job else None
    queue(tx, text, now=deps.now(), cls=Class.ANSWER, key=key, correlation=job.correlation if job else None)
    return card


def tell(
    tx: Tx, deps: Deps, to: Person, key: str, *, cls: Class = Class.ANSWER, correlation: str | None, **more: object
) -> bool:
    """Write to an officer; False when there is no chat to do it in."""
    address = address_of(tx, deps, to)
    if address is None:
        return False
    facility = facilities.rules(tx, to.facility_id)
    lang = facts.known(to.language, facility)
    words = say(key, lang, **(facts.of_facility(facility, lang, deps.now()) | more))
    return queue(tx, Text(address, key, words), now=deps.now(), cls=cls, correlation=correlation)


def hold(tx: Tx, deps: Deps, whole: Whole, officer: Person, address: Address) -> Card:
    """The officer's card of a request as it is now, made when there is none; nothing is sent."""
    found, now = of_visit(tx, officer.id, whole.visit), deps.now()
    return found if found is not None and _fresh(found, now) else _make(tx, officer, whole.visit, address, now=now)


def address_of(tx: Tx, deps: Deps, officer: Person) -> Address | None:
    """Where an officer is written to: Telegram when linked and set up, else by SMS."""
    for channel, theirs in people.reach(tx, officer.id):
        if channel == "telegram" and "telegram" in deps.channels:
            return Address("telegram", theirs, deps.settings.telegram_id)
        if channel == "sms":
            return Address("sms", theirs, facilities.rules(tx, officer.facility_id).phone)
    return None


def body(tx: Tx, whole: Whole, officer: Person, card: Card, lang: str, now: datetime, *, again: bool = False) -> str:
    """The card's words."""
    code = card.code if needs_code(tx, officer, card.address) else None
    flags = ", ".join(flags_of(tx, whole, lang, now))
    values = facts.of_visit(whole, lang, now) | {"code": code, "flags": flags}
    words = say("card_moved" if facts.is_move(whole.visit) else "card", lang, **values)
    return say("card_again", lang, ref=whole.visit.reference) + "\n" + words if again else words


def flags_of(tx: Tx, whole: Whole, lang: str, now: datetime) -> list[str]:
    """What staff should look at, in words: counsel, a first visit, and limits that would refuse it by now."""
    legal = ["legal"] if whole.visit.kind == LEGAL else []
    limits = ["limits_changed"] if _over_the_limits(tx, whole, now) else []
    off = ["texts_off"] if texts_off(tx, whole.visit) else []
    return [say(f"flag.{flag}", lang) for flag in [*legal, *whole.visit.flags, *limits, *off]]


def texts_off(tx: Tx, visit: Visit) -> bool:
    """Whether the family of a visit wants no texts: what changes has to be told by a person."""
    return people.opted_out(tx, visit.channel, visit.theirs, visit.ours)


def _over_the_limits(tx: Tx, whole: Whole, now: datetime) -> bool:
    visit = whole.visit
    wish = Wish(whole.visitor, whole.resident, visit.kind, visit.wanted_minutes, moving=visit.id)
    return not LIMITS.isdisjoint(search.against(tx, wish, visit.wanted, now=now))


def _buttons(card: Card, lang: str) -> tuple[Button, ...]:
    verbs = (("button.approve", "ok"), ("button.deny", "no"))
    return tuple(Button(say(key, lang), f"card:{card.code}:{verb}") for key, verb in verbs)


def _make(tx: Tx, officer: Person, visit: Visit, address: Address, *, now: datetime) -> Card:
    # Two workers may send the same card: the officer's row is the lock under which codes are given out.
    tx.execute(sa.select(people_table.c.id).where(people_table.c.id == officer.id).with_for_update())
    same = (cards.c.person_id == officer.id) & (cards.c.visit_id == visit.id) & (cards.c.revision == visit.revision)
    there = same & (cards.c.channel == address.channel) & (cards.c.theirs == address.theirs)
    row = tx.execute(sa.select(cards).where(there & (cards.c.state == "open"))).mappings().first()
    if row is not None and _fresh(_card(row), now):
        return _card(row)
    if row is not None:  # it stays, so that its code is explained however often it is sent
        tx.execute(sa.update(cards).where(cards.c.id == row["id"]).values(state="expired", outcome="expired"))
    code = _fresh_code(tx, officer.id, now)
    made = insert(
        tx, cards, person_id=officer.id, visit_id=visit.id, revision=visit.revision, code=code, state="open", at=now,
        channel=address.channel, theirs=address.theirs, ours=address.ours,
    )  # fmt: skip
    return _card(tx.execute(sa.select(cards).where(cards.c.id == made)).mappings().one())


def _fresh(card: Card, now: datetime) -> bool:
    return card.state == "open" and card.at > now - GOOD_FOR


def _fresh_code(tx: Tx, person_id: PersonId, now: datetime) -> int:
    """A code that has rested; when every one was used in these days, the one that has been dead for longest."""
    mine = cards.c.person_id == person_id
    recent = (cards.c.at > now - RESTS_FOR) | (cards.c.state == "open")
    used = set(tx.execute(sa.select(cards.c.code).where(mine & recent)).scalars())
    free = [code for code in range(100, 1000) if code not in used and code not in NEVER]
    if free:
        return secrets.choice(free)
    opened = sa.select(cards.c.code).where(mine & (cards.c.state == "open"))
    dead = sa.select(cards.c.code).where(mine & cards.c.code.not_in(opened) & cards.c.code.not_in(NEVER))
    dead = dead.group_by(cards.c.code)
    return int(tx.execute(dead.order_by(sa.func.max(cards.c.at), cards.c.code).limit(1)).scalar_one())


def by_code(tx: Tx, person_id: PersonId, code: int) -> Card | None:
    """An officer's card by its code, dead ones of the last days too."""
    mine = (cards.c.person_id == person_id) & (cards.c.code == code)
    row = tx.execute(sa.select(cards).where(mine).order_by(*_NEWEST).limit(1)).mappings().first()
    return None if row is None else _card(row)


def of_visit(tx: Tx, person_id: PersonId, visit: Visit) -> Card | None:
    """An officer's open card of a visit as it is now."""
    mine = (cards.c.person_id == person_id) & (cards.c.visit_id == visit.id) & (cards.c.revision == visit.revision)
    query = sa.select(cards).where(mine & (cards.c.state == "open")).order_by(*_NEWEST).limit(1)
    row = tx.execute(query).mappings().first()
    return None if row is None else _card(row)


def any_code(tx: Tx, person_id: PersonId, *, now: datetime) -> int | None:
    """A code this officer could answer with now, for an example that is true."""
    mine = (cards.c.person_id == person_id) & (cards.c.state == "open") & (cards.c.at > now - GOOD_FOR)
    return tx.execute(sa.select(cards.c.code).where(mine).order_by(cards.c.at.desc()).limit(1)).scalar()


def alive(card: Card, visit: Visit, *, now: datetime) -> bool:
    """Whether a card still decides: open, not a day old, and about the visit as it is."""
    return _fresh(card, now) and visit.state in UNDECIDED and visit.revision == card.revision


def void_all(tx: Tx, person_id: PersonId) -> None:
    """Too many wrong codes: none of this officer's codes decides any more."""
    mine = (cards.c.person_id == person_id) & (cards.c.state == "open")
    tx.execute(sa.update(cards).where(mine).values(state="void"))


def retire(tx: Tx, deps: Deps, whole: Whole, job: Job) -> None:
    """A request was decided or has changed: its cards are dead; where the channel can, the message says so."""
    visit = whole.visit
    old = (cards.c.visit_id == visit.id) & cards.c.state.in_(("open", "expired"))
    rows = tx.execute(sa.select(cards).where(old & (cards.c.revision < visit.revision))).mappings().all()
    for row in rows:
        card = _card(row)
        state = "changed" if visit.state in UNDECIDED else "decided"
        tx.execute(sa.update(cards).where(cards.c.id == card.id).values(state=state, outcome=visit.state))
        if card.provider_id is not None and card.address.channel == "telegram":
            _edit(tx, deps, whole, card, job)


def _edit(tx: Tx, deps: Deps, whole: Whole, card: Card, job: Job) -> None:
    officer = people.get(tx, card.person_id)
    lang = facts.known(officer.language, whole.facility)
    words = say("card_gone", lang, ref=whole.visit.reference, outcome=outcome(tx, whole.visit, lang))
    text = Text(card.address, "card_gone", words, edits=card.provider_id)
    queue(tx, text, now=deps.now(), key=f"gone:{card.id}:{job.id}", correlation=job.correlation)


_OUTCOME = {
    State.APPROVED: "approved", State.CONFIRMED: "approved", State.TOPPING_UP: "approved", State.DENIED: "denied",
    State.COUNTERED: "countered", State.MOVING_COUNTERED: "countered", State.MOVING_UNPAID_COUNTERED: "countered",
    State.WITHDRAWN: "withdrawn", State.CANCELLED: "cancelled", State.FACILITY_CANCELLED: "facility_cancelled",
    State.UNANSWERED: "unanswered", State.LAPSED: "lapsed", State.UNPAID: "unpaid", State.REQUESTED: "changed",
    State.MOVING: "changed", State.MOVING_UNPAID: "changed",
}  # fmt: skip
_DECIDED = {"approve": "approved", "approve_paid": "approved", "deny": "denied", "revise": "countered"}


def decision(tx: Tx, visit: Visit) -> queries.Event | None:
    """The last decision staff made about a visit."""
    events = [event for event in queries.history(tx, visit.id) if event.move in _DECIDED]
    return events[-1] if events else None


def decided_as(event: queries.Event) -> str:
    """approved, denied or countered."""
    return _DECIDED[event.move]


def outcome(tx: Tx, visit: Visit, lang: str) -> str:
    """What became of a request, in words."""
    event = decision(tx, visit)
    key = _OUTCOME.get(visit.state, "over")
    if visit.state in UNDECIDED or event is None:
        return say(f"outcome.{key}", lang)
    named = key if key in ("withdrawn", "cancelled", "unpaid", "lapsed", "over") else decided_as(event)
    return say(f"outcome.{named}", lang, officer=event.person)


def withdrawn(tx: Tx, deps: Deps, whole: Whole, job: Job) -> None:
    """Tell those who hold the card, or decided it, that the family gave the visit up."""
    visit = get(tx, whole.visit.id)
    rows = tx.execute(sa.select(cards).where(cards.c.visit_id == whole.visit.id).order_by(cards.c.id)).mappings().all()
    told: set[int] = set()
    for card in map(_card, rows):
        if card.person_id in told or visit is None:
            continue
        told.add(card.person_id)
        lang = facts.known(people.get(tx, card.person_id).language, whole.facility)
        words = say("staff_cancelled_notice", lang, **facts.of_visit(whole, lang, deps.now()))
        text = Text(card.address, "staff_cancelled_notice", words, visit=visit.id)
        queue(tx, text, now=deps.now(), cls=Class.URGENT, key=f"given_up:{card.id}", correlation=job.correlation)
