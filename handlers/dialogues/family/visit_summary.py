"""What a family is told of a visit as it stands: every dialogue that comes to speak of one says it this way."""

import re

from bot.wording import Money
from handlers.dialogues.turn import Say, Turn
from handlers.messaging import text_facts
from scheduling import queries
from scheduling.people import people
from scheduling.people.people import Resident
from scheduling.policy.ids import VisitId
from scheduling.policy.lifecycle import Move
from scheduling.policy.visit_state import OFFERED, PAYABLE, STANDING, State
from scheduling.policy.vocabulary import LinkPurpose
from scheduling.visits.visit import Visit, find


def mine(turn: Turn) -> list[Visit]:
    """What the people of this phone have coming or asked for, here."""
    return [v for v in queries.live_of(turn.tx, turn.speaker_ids) if v.facility_id == turn.facility_id]


def kept(turn: Turn) -> Visit | None:
    """The place that is kept while they choose: not asked for yet, and theirs until then."""
    answers = turn.conversation.answers
    visit = find(turn.tx, VisitId(answers.kept)) if answers.kept is not None else None
    if visit is None or visit.state is not State.CHOOSING or visit.choose_until is None:
        return None
    return visit if visit.choose_until > turn.now and visit.visitor_id in turn.speaker_ids else None


def facts_of(turn: Turn, visit: Visit) -> dict[str, object]:
    """What a text may say of a visit that stands: `start` is the time it has, also while it is being moved."""
    values = text_facts.of_visit(queries.details(turn.tx, visit), turn.lang, turn.now)
    return values | {"start": values["old_start"]}


def resident(turn: Turn, visit: Visit) -> Resident:
    """Whom a visit is with, with what the visitor is to them now."""
    return people.resident_of(turn.tx, people.get(turn.tx, visit.visitor_id), visit.resident_id)


def says_all(text: str) -> bool:
    """Whether all of them are meant, or both."""
    return _ALL.search(text) is not None


_ALL = re.compile(r"\b(?:both|all|every(?:thing)?|las dos|los dos|mis dos|amb[ao]s|tod[ao]s)\b", re.IGNORECASE)


def told(turn: Turn, visit: Visit) -> Say:
    """Where a visit stands: what it waits for, who decides, by when; the link it needs."""
    details = queries.details(turn.tx, visit)
    values = text_facts.of_visit(details, turn.lang, turn.now)
    if visit.state in PAYABLE:
        values |= {"link": link(turn, visit, LinkPurpose.PAY), "price": Money(details.due, visit.currency)}
    elif visit.state in STANDING:
        values["link"] = link(turn, visit, LinkPurpose.JOIN)
    if visit.state in OFFERED:
        values["options"] = [
            f"{option.number}) {option.label}"
            for prompt in turn.prompts
            if prompt.visit == visit.id
            for option in prompt.options
        ]
    more = {"money": None, "reason": _reason(turn, visit), "pay_by": None}
    return turn.say(f"visit_state.{visit.state}", {**more, **values}, visit=visit.id)


def _reason(turn: Turn, visit: Visit) -> str | None:
    if visit.state is not State.DENIED:
        return None
    event = queries.last_event(turn.tx, visit.id, Move.DENY)
    return turn.words(f"reason.{event.reason}")


def link(turn: Turn, visit: Visit, purpose: LinkPurpose) -> str:
    """A fresh link to pay for or to join it."""
    return text_facts.link(turn.work, visit, purpose)
