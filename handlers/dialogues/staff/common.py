"""What every staff dialogue asks: who is answering, what is theirs, and how much is open."""

from dataclasses import replace

from bot.conversation import Answers, DialogueStep
from bot.understanding.staff import DENIAL_LETTERS, DenialLetter
from handlers.dialogues.chat_context import ChatContext
from handlers.dialogues.turn import Step, Turn
from scheduling import queries
from scheduling.people import people, person_addresses
from scheduling.people.people import Person
from scheduling.policy.vocabulary import ActorKind
from scheduling.visits.transition import Actor
from scheduling.visits.visit import Visit


def officer(turn: Turn) -> Person:
    """Who is answering."""
    assert turn.officer is not None
    return turn.officer


def actor(turn: Turn) -> Actor:
    """The same, as the history names it."""
    return Actor(ActorKind.STAFF, officer(turn).id, turn.address.channel, turn.work.correlation)


def sees(turn: Turn, visit: Visit) -> bool:
    """Whether the visit is of a unit this officer answers for."""
    units = officer(turn).units
    return units is None or people.resident(turn.tx, visit.resident_id).unit in units


def own(turn: Turn, visit: Visit) -> bool:
    """Whether it is this officer's own request, which a colleague decides."""
    return person_addresses.same_phone(turn.tx, officer(turn).id, visit.visitor_id)


def undecided(turn: Turn) -> list[Visit]:
    """What waits for staff in this officer's units."""
    return queries.undecided(turn.tx, turn.facility_id, officer(turn).units)


def still_open(turn: Turn) -> int:
    """How many that are."""
    return len(undecided(turn))


def disarmed(turn: Turn, step: Step) -> Step:
    """The step, and what an officer was asked for just before (a reason, SEND) is asked no more: something else came."""
    if (
        step.conversation.step not in (DialogueStep.REASON, DialogueStep.WORDS)
        or step.conversation is not turn.conversation
    ):
        return step
    return replace(step, conversation=replace(step.conversation, step=None, answers=Answers()))


def letter_asked(context: ChatContext) -> DenialLetter | None:
    """The reason of a denial, when the text is its bare letter, right after the reasons were listed."""
    said = context.text.strip().strip(".").lower()
    letter = next((each for each in DENIAL_LETTERS if each == said), None)
    return letter if context.conversation.step is DialogueStep.REASON else None


def undo_words(turn: Turn, *, code: int | None, reference: str | None = None) -> str:
    """What takes the decision back that was just made."""
    return turn.words("label.undo", code=code, ref=reference or "-")
