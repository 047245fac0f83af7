"""Open times as numbered options, and the wish that an option stands for."""

from dataclasses import replace
from datetime import datetime

from bot import sms, wording
from bot.questions import Option
from bot.wording import Money
from handlers.dialogues.turn import Step, Turn, kind_of
from handlers.messaging import text_facts
from handlers.messaging.option_actions import OptionAction, TimeChoice, option
from scheduling.people import people
from scheduling.policy.pricing import price
from scheduling.policy.visit_state import State
from scheduling.policy.vocabulary import ActorKind
from scheduling.visits.search import Wish
from scheduling.visits.transition import Actor
from scheduling.visits.visit import Visit


def options_for(turn: Turn, wanted: Wish, times: list[datetime], moved: Visit | None, *, short: bool) -> list[Option]:
    action, visit = OptionAction.ASK_AT if moved is None else OptionAction.MOVE_AT, None if moved is None else moved.id
    made = []
    for at in times:
        label = wording.time(turn.local(at)) if short else text_facts.label(at, turn.facility, turn.lang)
        chosen = TimeChoice(at, wanted.minutes, wanted.resident.id, wanted.visitor.id, visit)
        made.append(option(label, action, chosen))
    return made


def price_of(turn: Turn, wanted: Wish, moved: Visit | None = None) -> Money:
    """What a visit costs; what a move costs on top of what was paid or is due already."""
    whole = price(turn.facility, wanted.minutes, wanted.kind)
    more = whole if moved is None else max(0, whole - moved.price)
    return Money(more if moved is None or wanted.minutes != moved.minutes else 0, turn.facility.currency)


def as_move(turn: Turn, step: Step, moved: Visit | None) -> Step:
    """A list of times for a move says that it is one, and that the visit stands meanwhile; where that fits."""
    if moved is None:
        return step
    said = step.says[0]
    note = turn.words("moving", ref=moved.reference, old_start=turn.local(moved.starts))
    body = f"{note} {turn.words(said.key, **said.facts)}"
    fits = sms.segments(sms.fold(body)) <= 2
    return replace(step, says=(replace(said, body=body), *step.says[1:])) if fits else step


def wish_of(turn: Turn, chosen: TimeChoice, visit: Visit | None) -> Wish:
    """The wish an option stands for, with what its person may see now."""
    person = next((who for who in turn.speakers if who.id == chosen.visitor), None) or people.get(
        turn.tx, chosen.visitor
    )
    resident = people.resident_of(turn.tx, person, chosen.resident if visit is None else visit.resident_id)
    moved = visit.id if visit is not None and visit.state is not State.CHOOSING else None
    return Wish(person, resident, kind_of(person), chosen.minutes, moving=moved)


def as_family(turn: Turn, wanted: Wish) -> Actor:
    """The visitor of a wish, as the history names them."""
    return Actor(ActorKind.FAMILY, wanted.visitor.id, turn.address.channel, turn.work.correlation)
