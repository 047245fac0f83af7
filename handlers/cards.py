"""The cards officers get: who gets one, what it says, and where it is sent."""

from datetime import datetime

from bot.messages import Address, Button
from bot.texts import say
from handlers import codes, facts
from handlers.codes import Card
from handlers.deps import Deps
from handlers.sending import Text, queue
from scheduling import facilities, people
from scheduling.db import Tx
from scheduling.facility import LEGAL
from scheduling.outbox import Class
from scheduling.people import Person
from scheduling.queries import Whole
from scheduling.rules import Refusal
from scheduling.visits import search
from scheduling.visits.search import Wish
from scheduling.visits.visit import Visit

LIMITS = frozenset({
    Refusal.RESIDENT_DAY_LIMIT, Refusal.RESIDENT_WEEK_LIMIT, Refusal.VISITOR_WEEK_LIMIT, Refusal.OPEN_REQUESTS_LIMIT,
})  # fmt: skip


def needs_code(tx: Tx, officer: Person, address: Address) -> bool:
    """Whether in this chat only the code decides: a text's sender can be forged, a Telegram account cannot."""
    return address.channel == "sms" and facilities.rules(tx, officer.facility_id).sms_answer_code


def who_decides(tx: Tx, deps: Deps, whole: Whole) -> list[Person]:
    """Who gets this card: on duty for the unit, else the supervisors. Never somebody whose own request it is, nor
    whose chat wants no texts."""
    facility_id, visitor = whole.visit.facility_id, whole.visitor.id

    def can(officer: Person) -> bool:
        return not people.same_phone(tx, officer.id, visitor) and address_of(tx, deps, officer) is not None

    mine = [who for who in people.deciders(tx, facility_id, whole.resident.unit) if can(who)]
    others = [who for who in people.staff(tx, facility_id) if who.role == "supervisor" and not who.suspended]
    return mine or [who for who in others if can(who)]


def put_up(
    tx: Tx,
    deps: Deps,
    whole: Whole,
    officer: Person,
    *,
    mark: str | None = None,
    again: bool = False,
    correlation: str | None = None,
) -> Card | None:
    """Give one officer the card of a request as it is now; None when there is no chat to send it to.

    With a `mark` it is pushed, once: the mark begins its key. Without, it answers a text of his.
    """
    address = address_of(tx, deps, officer)
    if address is None:
        return None
    card = codes.make_card(tx, officer.id, whole.visit, address, now=deps.now())
    lang = facts.known(officer.language or None, whole.facility)
    text = Text(
        address, "card", body(tx, whole, officer, card, lang, deps.now(), again=again), buttons(card, lang),
        visit=whole.visit.id, revision=whole.visit.revision, card=card.id, officer=officer.id,
    )  # fmt: skip
    key = None if mark is None else f"{mark}card:{card.id}:{whole.visit.asked_count}"
    queue(tx, text, now=deps.now(), cls=Class.ANSWER, key=key, correlation=correlation)
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
    return queue(tx, Text(address, key, words, officer=to.id), now=deps.now(), cls=cls, correlation=correlation)


def hold(tx: Tx, deps: Deps, whole: Whole, officer: Person, address: Address) -> Card:
    """The officer's card of a request as it is now, made when there is none; nothing is sent."""
    found, now = codes.of_visit(tx, officer.id, whole.visit), deps.now()
    if found is not None and codes.fresh(found, now):
        return found
    return codes.make_card(tx, officer.id, whole.visit, address, now=now)


def address_of(tx: Tx, deps: Deps, officer: Person) -> Address | None:
    """Where an officer is written to: Telegram when linked and set up, else by SMS; never a chat that wants no texts."""
    for address in addresses_of(tx, deps, officer):
        if not people.opted_out(tx, address.channel, address.theirs, address.ours):
            return address
    return None


def addresses_of(tx: Tx, deps: Deps, officer: Person) -> list[Address]:
    """Every chat an officer could be written to in, the best first."""
    ours = facilities.rules(tx, officer.facility_id).phone
    found: list[Address] = []
    for channel, theirs in people.reach(tx, officer.id):
        if channel == "telegram" and "telegram" in deps.channels:
            found.append(Address("telegram", theirs, deps.settings.telegram_id))
        if channel == "sms":
            found.append(Address("sms", theirs, ours))
    return found


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


def flagged(tx: Tx, whole: Whole, now: datetime) -> bool:
    """Whether there is anything to look at."""
    return whole.visit.kind == LEGAL or bool(whole.visit.flags) or _over_the_limits(tx, whole, now)


def _over_the_limits(tx: Tx, whole: Whole, now: datetime) -> bool:
    visit = whole.visit
    wish = Wish(whole.visitor, whole.resident, visit.kind, visit.wanted_minutes, moving=visit.id)
    return not LIMITS.isdisjoint(search.against(tx, wish, visit.wanted, now=now))


def buttons(card: Card, lang: str) -> tuple[Button, ...]:
    """Yes and no, where a channel has buttons."""
    verbs = (("button.approve", "ok"), ("button.deny", "no"))
    return tuple(Button(say(key, lang), f"card:{card.code}:{verb}") for key, verb in verbs)
