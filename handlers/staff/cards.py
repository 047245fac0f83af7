"""The cards that officers get: who gets one, what it says, and where it is sent."""

from datetime import datetime

from bot.messages import Address, Button, ChannelName
from bot.texts import say
from handlers.deps import Deps
from handlers.messaging import text_facts
from handlers.messaging.sending import OutboundText, queue
from handlers.staff import answer_codes
from handlers.staff.answer_codes import Card
from handlers.work import Work
from scheduling.facilities import store
from scheduling.people import chat_opt_outs, people, person_addresses
from scheduling.people.people import Person
from scheduling.policy.vocabulary import StaffRole, Verdict, VisitFlag, VisitKind
from scheduling.queries import VisitDetails
from scheduling.storage.database import Tx
from scheduling.storage.outbox import Priority
from scheduling.visits import search
from scheduling.visits.search import Wish
from scheduling.visits.visit import Visit

CARD_BUTTON = "card:"
"""How the data of a card's button begins; its code and the verb follow, with a colon between them."""


def needs_code(tx: Tx, deps: Deps, officer: Person, address: Address) -> bool:
    """Whether a decision in this chat needs the code: where the sender of a message can be forged."""
    proven = deps.capabilities(address.channel).sender_proven
    return not proven and store.rules(tx, officer.facility_id).sms_answer_code


def who_decides(work: Work, details: VisitDetails) -> list[Person]:
    """Who gets this card: the officers on duty for the unit, else the supervisors.

    Never an officer who made the request from the same phone, nor one who cannot be texted.
    """
    facility_id, visitor = details.visit.facility_id, details.visitor.id

    def can(officer: Person) -> bool:
        return not person_addresses.same_phone(work.tx, officer.id, visitor) and address_of(work, officer) is not None

    mine = [who for who in people.deciders(work.tx, facility_id, details.resident.unit) if can(who)]
    others = [
        who for who in people.staff(work.tx, facility_id) if who.role == StaffRole.SUPERVISOR and not who.suspended
    ]
    return mine or [who for who in others if can(who)]


def send_card(
    work: Work,
    details: VisitDetails,
    officer: Person,
    *,
    push_prefix: str | None = None,
    again: bool = False,
) -> Card | None:
    """Send one officer the card of a request as it is now. None when there is no chat to send it to.

    With a `push_prefix` (the start of its outbox key) it is pushed, and only once. Without one it replies to a text of the
    officer.
    """
    address = address_of(work, officer)
    if address is None:
        return None
    card = answer_codes.make_card(work.tx, officer.id, details.visit, address, now=work.now)
    lang = text_facts.known(officer.language or None, details.facility)
    text = OutboundText(
        address, "card", body(work, details, officer, card, lang, again=again), buttons(card, lang),
        visit=details.visit.id, revision=details.visit.revision, card=card.id, officer=officer.id,
    )  # fmt: skip
    key = None if push_prefix is None else f"{push_prefix}card:{card.id}:{details.visit.asked_count}"
    queue(work, text, priority=Priority.ANSWER, key=key)
    return card


def notify(work: Work, to: Person, key: str, *, priority: Priority = Priority.ANSWER, **more: object) -> bool:
    """Queue a text to an officer. False when there is no chat to send it to."""
    address = address_of(work, to)
    if address is None:
        return False
    facility = store.rules(work.tx, to.facility_id)
    lang = text_facts.known(to.language, facility)
    words = say(key, lang, **(text_facts.of_facility(facility, lang, work.now) | more))
    return queue(work, OutboundText(address, key, words, officer=to.id), priority=priority)


def ensure_card(work: Work, details: VisitDetails, officer: Person, address: Address) -> Card:
    """The officer's card of a request as it is now; a new one when there is none. Nothing is sent."""
    found, now = answer_codes.of_visit(work.tx, officer.id, details.visit), work.now
    if found is not None and answer_codes.is_fresh(found, now):
        return found
    return answer_codes.make_card(work.tx, officer.id, details.visit, address, now=now)


def address_of(work: Work, officer: Person) -> Address | None:
    """The chat in which an officer is texted: the first of `addresses_of` that has not opted out; None when there is none."""
    for address in addresses_of(work, officer):
        if not chat_opt_outs.opted_out(work.tx, address.channel, address.theirs, address.ours):
            return address
    return None


def addresses_of(work: Work, officer: Person) -> list[Address]:
    """All chats in which an officer can be texted, the one that was linked last first."""
    phone = store.rules(work.tx, officer.facility_id).phone
    return [
        Address(channel.name, theirs, channel.ours or phone)
        for stored, theirs in person_addresses.addresses_of(work.tx, officer.id)
        if (channel := work.deps.channels.get(ChannelName(stored))) is not None
    ]


def body(work: Work, details: VisitDetails, officer: Person, card: Card, lang: str, *, again: bool = False) -> str:
    """The body of a card."""
    code = card.code if needs_code(work.tx, work.deps, officer, card.address) else None
    values = text_facts.of_visit(details, lang, work.now) | {
        "code": code,
        "look": look(work.tx, details, lang, work.now),
    }
    words = say("card_moved" if text_facts.is_move(details.visit) else "card", lang, **values)
    return say("card_again", lang, ref=details.visit.reference) + "\n" + words if again else words


def flags_of(tx: Tx, details: VisitDetails, now: datetime) -> list[VisitFlag]:
    """What must be looked at before a visit is approved: an attorney's visit, limits that would refuse it now."""
    legal = [VisitFlag.LEGAL] if details.visit.kind == VisitKind.LEGAL else []
    limits = [VisitFlag.LIMITS_CHANGED] if _over_the_limits(tx, details, now) else []
    return [*legal, *(each for each in details.visit.flags if not each.is_note), *limits]


def flag_words(tx: Tx, details: VisitDetails, lang: str, now: datetime) -> str | None:
    """The flags of a visit in words; None when there are none."""
    return ", ".join(say(f"flag.{flag}", lang) for flag in flags_of(tx, details, now)) or None


def note_words(tx: Tx, details: VisitDetails, lang: str) -> str | None:
    """What is good to know and stops nobody: a first visit, texts turned off; None when there is nothing."""
    off = [VisitFlag.TEXTS_OFF] if texts_off(tx, details.visit) else []
    notes = [*(each for each in details.visit.flags if each.is_note), *off]
    return ", ".join(say(f"flag.{note}", lang) for note in notes) or None


def look(tx: Tx, details: VisitDetails, lang: str, now: datetime) -> str | None:
    """The flags and notes of a visit as a card says them; None when there are none."""
    flags, note = flag_words(tx, details, lang, now), note_words(tx, details, lang)
    found = [say("card_flags", lang, flags=flags)] if flags else []
    found += [say("card_note", lang, note=note)] if note else []
    return ". ".join(found) or None


def texts_off(tx: Tx, visit: Visit) -> bool:
    """Whether the family of a visit has opted out of texts, so that a person has to tell them of changes."""
    return chat_opt_outs.opted_out(tx, visit.channel, visit.theirs, visit.ours)


def flagged(tx: Tx, details: VisitDetails, now: datetime) -> bool:
    """Whether a visit has a flag, so that it is approved by its own number only."""
    return bool(flags_of(tx, details, now))


def _over_the_limits(tx: Tx, details: VisitDetails, now: datetime) -> bool:
    visit = details.visit
    wish = Wish(details.visitor, details.resident, visit.kind, visit.wanted_minutes, moving=visit.id)
    return any(code.traits.limit for code in search.find_refusals(tx, wish, visit.wanted, now=now))


def buttons(card: Card, lang: str) -> tuple[Button, ...]:
    """The buttons of a card, for channels that have them: approve and deny."""
    verdicts = (("button.approve", Verdict.OK), ("button.deny", Verdict.NO))
    return tuple(Button(say(key, lang), f"{CARD_BUTTON}{card.code}:{verdict}") for key, verdict in verdicts)
