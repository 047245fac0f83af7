"""What became of a request: decisions that take effect, cards that need no answer any more, and who of the staff is told."""

from bot.messages import Address
from bot.texts import say
from handlers.messaging import text_facts
from handlers.messaging.sending import OutboundText, queue
from handlers.staff import answer_codes, briefing, cards
from handlers.staff.answer_codes import Card
from handlers.tables import CardState
from handlers.work import Work
from scheduling import queries
from scheduling.people import people
from scheduling.people.people import Person
from scheduling.policy.errors import Refused
from scheduling.policy.ids import PersonId
from scheduling.policy.job_payloads import DecisionJob
from scheduling.policy.visit_state import UNDECIDED, State
from scheduling.policy.vocabulary import DecisionState
from scheduling.queries import VisitDetails
from scheduling.storage.database import Tx
from scheduling.storage.outbox import Job, Priority
from scheduling.visits import decisions, pending_decision
from scheduling.visits.decisions import Decision
from scheduling.visits.visit import Visit, get

_OUTCOME = {
    State.APPROVED: "approved", State.CONFIRMED: "approved", State.TOPPING_UP: "approved", State.DENIED: "denied",
    State.COUNTERED: "countered", State.MOVING_COUNTERED: "countered", State.MOVING_UNPAID_COUNTERED: "countered",
    State.WITHDRAWN: "withdrawn", State.CANCELLED: "cancelled", State.FACILITY_CANCELLED: "facility_cancelled",
    State.UNANSWERED: "unanswered", State.LAPSED: "lapsed", State.UNPAID: "unpaid", State.REQUESTED: "changed",
    State.MOVING: "changed", State.MOVING_UNPAID: "changed",
}  # fmt: skip
_DECIDED = {"approve": "approved", "approve_paid": "approved", "deny": "denied", "revise": "countered"}
_VERBS = {"ok": "approved", "no": "denied", "time": "countered"}


def decision(tx: Tx, visit: Visit) -> queries.Event | None:
    """The last decision staff made about a visit."""
    events = [event for event in queries.history(tx, visit.id) if event.move in _DECIDED]
    return events[-1] if events else None


def decided_as(decided: queries.Event | Decision | str) -> str:
    """approved, denied or countered; also of an officer's verb."""
    if isinstance(decided, str):
        return _VERBS.get(decided, "")
    return _VERBS[decided.verb] if isinstance(decided, Decision) else _DECIDED[decided.move]


def outcome(tx: Tx, visit: Visit, lang: str) -> str:
    """What became of a request, in words."""
    event = decision(tx, visit)
    key = _OUTCOME.get(visit.state, "over")
    if visit.state in UNDECIDED or event is None:
        return say(f"outcome.{key}", lang)
    named = key if key in ("withdrawn", "cancelled", "unpaid", "lapsed", "over") else decided_as(event)
    return say(f"outcome.{named}", lang, officer=event.person)


def carry_out(work: Work, job: Job) -> None:
    """A decision that nobody took back takes effect. Where the rules say no by now, its officer is told."""
    found = decisions.get(work.tx, job.read(DecisionJob).decision)
    try:
        with work.tx.begin_nested():
            done = pending_decision.carry_out(work.tx, found, now=work.now)
    except Refused as refused:
        pending_decision.reopen(work.tx, found, now=work.now)
        _notify_refused(work, found, refused)
        reopen(work, found)
        return
    if done is None and decisions.get(work.tx, found.id).state == DecisionState.VOID:
        _notify_void(work, found)


def _notify_void(work: Work, found: Decision) -> None:
    """It did not take effect: its officer is gone, or the family has changed its request meanwhile. (Who gave it up: see
    `withdrawn`.)"""
    officer, visit = _still_staff(work.tx, found.person_id), get(work.tx, found.visit_id)
    if officer is None:
        reopen(work, found)
    elif visit.ended_at is None:
        cards.notify(work, officer, "decision_overtaken", ref=visit.reference)


def reopen(work: Work, taken_back: Decision) -> None:
    """A decision was taken back: a colleague who was told of it is asked anew, and whoever has not seen the request."""
    visit = get(work.tx, taken_back.visit_id)
    if visit.state not in UNDECIDED:
        return
    details = queries.details(work.tx, visit)
    for card in answer_codes.about_visit(work.tx, visit.id):
        officer = _still_staff(work.tx, card.person_id)
        told = card.outcome == answer_codes.COLLEAGUE_NOTIFIED and answer_codes.still_decides(card, visit, now=work.now)
        if told and officer is not None and officer.id != taken_back.person_id:
            answer_codes.set_state(work.tx, card, CardState.OPEN, "")
            prefix = f"{briefing.push_key_prefix(officer)}{taken_back.id}:"
            cards.send_card(work, details, officer, push_prefix=prefix, again=True)
    briefing.brief_all(work, cards.who_decides(work, details))


def _notify_refused(work: Work, found: Decision, refused: Refused) -> None:
    officer, visit = people.get(work.tx, found.person_id), get(work.tx, found.visit_id)
    lang = text_facts.known(officer.language, queries.details(work.tx, visit).facility)
    why = ", ".join(say(f"why.{code}", lang) for code in refused.codes)
    key = "decision_void" if visit.state in UNDECIDED else "decision_void_over"
    cards.notify(work, officer, key, ref=visit.reference, why=why)


def close_cards(work: Work, details: VisitDetails, job: Job) -> None:
    """A request was decided or has changed: its cards are dead; where the channel can, the message says so."""
    visit = details.visit
    state = CardState.CHANGED if visit.state in UNDECIDED else CardState.DECIDED
    holders: dict[int, Person] = {}
    for card in answer_codes.about_visit(work.tx, visit.id):
        if card.state not in (CardState.OPEN, CardState.EXPIRED) or card.revision >= visit.revision:
            continue
        held = briefing.held_without_edits(work.deps, card, work.now)
        answer_codes.set_state(work.tx, card, state, visit.state)
        officer = _still_staff(work.tx, card.person_id)
        holders |= {} if officer is None else {officer.id: officer}
        if officer is not None and card.provider_id is not None and work.deps.capabilities(card.address.channel).edits:
            _edit_card(work, details, card, officer, job)
        elif officer is not None and held and state is CardState.DECIDED:
            _notify_decided_by_colleague(work, details, card, officer)
    # Officers who hold fewer cards now may be shown what waits.
    briefing.brief_all(work, list(holders.values()))


def _still_staff(tx: Tx, person_id: PersonId) -> Person | None:
    """The officer, if they may still be told about their cards."""
    officer = people.get(tx, person_id)
    return officer if officer.active and not officer.suspended else None


def _edit_card(work: Work, details: VisitDetails, card: Card, officer: Person, job: Job) -> None:
    lang = text_facts.known(officer.language, details.facility)
    words = say("card_gone", lang, ref=details.visit.reference, outcome=outcome(work.tx, details.visit, lang))
    text = OutboundText(card.address, "card_gone", words, edits=card.provider_id, officer=officer.id)
    queue(work, text, key=f"gone:{card.id}:{job.id}")


def _notify_decided_by_colleague(work: Work, details: VisitDetails, card: Card, officer: Person) -> None:
    """By SMS a card cannot change: who still holds it is told that a colleague decided."""
    event = decision(work.tx, details.visit)
    if event is None or event.person == officer.name or event.at != details.visit.changed_at:
        return
    lang = text_facts.known(officer.language, details.facility)
    words = say("card_gone", lang, ref=details.visit.reference, outcome=outcome(work.tx, details.visit, lang))
    text = OutboundText(card.address, "card_gone", words, officer=officer.id)
    briefing.push_notice(work, officer, text, f"gone:{card.id}", priority=Priority.REST)


def notify_withdrawn(work: Work, details: VisitDetails) -> None:
    """Tell those who have it on a card or a list, or decided it, that the family gave the visit up. Of a request nobody
    has decided that may be left out."""
    visit = details.visit
    capped = decision(work.tx, visit) is None
    for officer, address in _officers_concerned(work, visit):
        lang = text_facts.known(officer.language, details.facility)
        words = say("staff_cancelled_notice", lang, **text_facts.of_visit(details, lang, work.now))
        text = OutboundText(address, "staff_cancelled_notice", words, visit=visit.id, officer=officer.id)
        briefing.push_notice(
            work,
            officer,
            text,
            f"given_up:{visit.id}",
            priority=Priority.URGENT,
            capped=capped,
        )


def _officers_concerned(work: Work, visit: Visit) -> list[tuple[Person, Address]]:
    """Every officer who has to know of a visit, once, with the chat to notify them in."""
    chats: dict[PersonId, Address | None] = {}
    for card in answer_codes.about_visit(work.tx, visit.id):
        chats.setdefault(card.person_id, card.address)
    for listing in answer_codes.lists_with(work.tx, visit.id, now=work.now):
        chats.setdefault(listing.person_id, listing.address)
    for decided in decisions.about(work.tx, visit.id):
        chats.setdefault(decided.person_id, None)
    found = []
    for person_id, chat in chats.items():
        officer = _still_staff(work.tx, person_id)
        if officer is None:
            continue
        address = chat or cards.address_of(work, officer)
        if address is not None:
            found.append((officer, address))
    return found
