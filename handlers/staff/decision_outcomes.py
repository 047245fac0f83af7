"""The outcome of requests: decisions that take effect, cards that no longer need an answer, and which staff are told."""

from collections.abc import Mapping
from enum import StrEnum

from bot.messages import Address
from bot.texts import say
from bot.understanding.staff import StaffVerb
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
from scheduling.policy.lifecycle import Move
from scheduling.policy.visit_state import UNDECIDED, State
from scheduling.policy.vocabulary import DecisionState, Verdict
from scheduling.queries import VisitDetails
from scheduling.storage.database import Tx
from scheduling.storage.outbox import Job, Priority
from scheduling.visits import decisions, pending_decision
from scheduling.visits.decisions import Decision
from scheduling.visits.visit import Visit, get


class RequestOutcome(StrEnum):
    """The outcome of a request that staff were asked to decide; said with the text `outcome.VALUE`.

    `COUNTERED`: staff offered another time. `CHANGED`: the family has changed it, and it is undecided.
    """

    APPROVED = "approved"
    DENIED = "denied"
    COUNTERED = "countered"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    FACILITY_CANCELLED = "facility_cancelled"
    UNANSWERED = "unanswered"
    LAPSED = "lapsed"
    UNPAID = "unpaid"
    CHANGED = "changed"
    OVER = "over"


_OUTCOMES = {
    State.APPROVED: RequestOutcome.APPROVED, State.CONFIRMED: RequestOutcome.APPROVED,
    State.TOPPING_UP: RequestOutcome.APPROVED, State.DENIED: RequestOutcome.DENIED,
    State.COUNTERED: RequestOutcome.COUNTERED, State.MOVING_COUNTERED: RequestOutcome.COUNTERED,
    State.MOVING_UNPAID_COUNTERED: RequestOutcome.COUNTERED, State.WITHDRAWN: RequestOutcome.WITHDRAWN,
    State.CANCELLED: RequestOutcome.CANCELLED, State.FACILITY_CANCELLED: RequestOutcome.FACILITY_CANCELLED,
    State.UNANSWERED: RequestOutcome.UNANSWERED, State.LAPSED: RequestOutcome.LAPSED,
    State.UNPAID: RequestOutcome.UNPAID, State.REQUESTED: RequestOutcome.CHANGED, State.MOVING: RequestOutcome.CHANGED,
    State.MOVING_UNPAID: RequestOutcome.CHANGED,
}  # fmt: skip
_MOVES = {
    Move.APPROVE: RequestOutcome.APPROVED,
    Move.APPROVE_PAID: RequestOutcome.APPROVED,
    Move.DENY: RequestOutcome.DENIED,
    Move.REVISE: RequestOutcome.COUNTERED,
}
_VERDICTS: Mapping[str, RequestOutcome] = {
    Verdict.OK: RequestOutcome.APPROVED,
    Verdict.NO: RequestOutcome.DENIED,
    Verdict.TIME: RequestOutcome.COUNTERED,
}
_AFTER_DECISION = frozenset({
    RequestOutcome.WITHDRAWN, RequestOutcome.CANCELLED, RequestOutcome.UNPAID, RequestOutcome.LAPSED,
    RequestOutcome.OVER,
})  # fmt: skip
"""Outcomes that are said even though staff had decided the request before."""


def decision(tx: Tx, visit: Visit) -> queries.Event | None:
    """The event of the last decision that staff made about a visit; None when there is none."""
    events = [event for event in queries.history(tx, visit.id) if event.move in _MOVES]
    return events[-1] if events else None


def decided_as(decided: queries.Event | Decision) -> RequestOutcome:
    """What a decision, or the event of one, decided."""
    return _VERDICTS[decided.verb] if isinstance(decided, Decision) else _MOVES[decided.move]


def outcome_of_verb(verb: StaffVerb) -> RequestOutcome | None:
    """What an officer's command would decide; None for a command that decides nothing."""
    return _VERDICTS.get(verb)


def outcome(tx: Tx, visit: Visit, lang: str) -> str:
    """The outcome of a request, in words."""
    event = decision(tx, visit)
    now = _OUTCOMES.get(visit.state, RequestOutcome.OVER)
    if visit.state in UNDECIDED or event is None:
        return say(f"outcome.{now}", lang)
    named = now if now in _AFTER_DECISION else decided_as(event)
    return say(f"outcome.{named}", lang, officer=event.person)


def carry_out(work: Work, job: Job) -> None:
    """The job by which a decision takes effect, unless it was undone. If the rules refuse it by now, its officer is told."""
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
    """A decision had no effect: its officer is not active any more, or the family has changed the request meanwhile.

    About a visit that the family gave up, officers hear by `notify_withdrawn`.
    """
    officer, visit = _still_staff(work.tx, found.person_id), get(work.tx, found.visit_id)
    if officer is None:
        reopen(work, found)
    elif visit.ended_at is None:
        cards.notify(work, officer, "decision_overtaken", ref=visit.reference)


def reopen(work: Work, taken_back: Decision) -> None:
    """A decision was undone: ask the colleagues who were told of it again, and those who have not seen the request."""
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
    """Close the cards of a request that was decided or has changed. Channels that can edit show it on the card."""
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
    """Tell an officer whose channel cannot edit the card that a colleague decided the request."""
    event = decision(work.tx, details.visit)
    if event is None or event.person == officer.name or event.at != details.visit.changed_at:
        return
    lang = text_facts.known(officer.language, details.facility)
    words = say("card_gone", lang, ref=details.visit.reference, outcome=outcome(work.tx, details.visit, lang))
    text = OutboundText(card.address, "card_gone", words, officer=officer.id)
    briefing.push_notice(work, officer, text, f"gone:{card.id}", priority=Priority.REST)


def notify_withdrawn(work: Work, details: VisitDetails) -> None:
    """Tell the officers who hold or decided a request that the family gave it up.

    If nobody had decided it, the notice counts towards MAX_NOTICES_PER_WINDOW and may be left out.
    """
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
    """Every officer who holds or decided a request, once each, with the chat to notify them in."""
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
