"""What a family is told of a visit as it stands: every dialogue that comes to speak of one says it this way."""

from bot.wording import Money
from handlers import facts
from handlers.dialogues.turn import Say, Turn
from scheduling import queries
from scheduling.lifecycle import OFFERED, PAYABLE, STANDING, State
from scheduling.visits.visit import Visit


def mine(turn: Turn) -> list[Visit]:
    """What the people of this phone have coming or asked for, here."""
    return [v for v in queries.live_of(turn.tx, turn.speaker_ids) if v.facility_id == turn.facility_id]


def told(turn: Turn, visit: Visit) -> Say:
    """Where a visit stands: what it waits for, who decides, by when; the link it needs."""
    whole = queries.whole(turn.tx, visit)
    values = facts.of_visit(whole, turn.lang, turn.now)
    if visit.state in PAYABLE:
        values |= {"link": link(turn, visit, "pay"), "price": Money(whole.due, visit.currency)}
    elif visit.state in STANDING:
        values["link"] = link(turn, visit, "join")
    if visit.state in OFFERED:
        values["options"] = [
            f"{option.number}) {option.label}"
            for prompt in turn.prompts
            if prompt.visit == visit.id
            for option in prompt.options
        ]
    more = {"money": None, "reason": _reason(turn, visit), "pay_by": None}
    return turn.say(f"visit_state.{visit.state}", visit=visit.id, **({**more, **values}))


def _reason(turn: Turn, visit: Visit) -> str | None:
    if visit.state is not State.DENIED:
        return None
    event = next(e for e in reversed(queries.history(turn.tx, visit.id)) if e.move == "deny")
    return turn.words(f"reason.{event.reason}")


def link(turn: Turn, visit: Visit, purpose: str) -> str:
    """A fresh link to pay for or to join it."""
    return facts.link(turn.tx, turn.deps, visit, purpose)
