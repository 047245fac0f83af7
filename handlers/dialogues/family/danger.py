"""Danger, a death: the numbers to call, a flag, an alert; where danger is only likely it is asked about."""

from dataclasses import replace

from bot.conversation import Answers
from bot.messages import PHONE
from bot.understanding import Certainty, Concern, Meaning
from handlers.dialogues.family import open_question
from handlers.dialogues.turn import Step, Turn
from handlers.staff import flags
from handlers.tables import FlagKind
from scheduling.people import person_addresses
from scheduling.people.people import Resident

MAX_CLAUSE_CHARS = 60
"""So much of the clause that told of danger is kept until they say whether it is so."""


def urgent(turn: Turn) -> Step:
    """Danger, illness or a death. What is sure alerts a supervisor; what is only likely raises a flag and is asked about."""
    danger = turn.meaning.danger
    if danger is not None and danger.concern is Concern.GRIEF:
        return turn.stay(turn.say("grief"))
    if danger is not None and danger.certainty is Certainty.LIKELY:
        return _ask(turn)
    return _alert(turn, clause(turn))


def clause(turn: Turn) -> str:
    """The clause that told of danger, in their words; the whole text where no clause did."""
    danger = turn.meaning.danger
    said = turn.text if danger is None else turn.text[danger.span[0] : danger.span[1]]
    return " ".join(said.split())


def without_clause(text: str, meaning: Meaning) -> str:
    """What a text says beside the clause that told of danger."""
    danger = meaning.danger
    return "" if danger is None else f"{text[: danger.span[0]]} {text[danger.span[1] :]}".strip(" .,;:!?\n")


def answers_danger(answers: Answers, meaning: Meaning) -> bool:
    """Whether a text says yes or no to "is somebody in danger now?"."""
    said = meaning.answer
    return answers.danger is not None and (said.plain_no or said.plain_yes or (said.yes and said.opens))


def answered(turn: Turn) -> Step:
    """A yes to "is somebody in danger now?" alerts as what is sure; a no closes it, and what was open is brought back."""
    asked, calm = turn.conversation.answers.danger or "", _forgotten(turn)
    if turn.meaning.answer.plain_no:
        return open_question.after(calm, calm.say("urgent_no"))
    return _alert(calm, asked)


def _forgotten(turn: Turn) -> Turn:
    """The turn with the question about danger taken back."""
    answers = replace(turn.conversation.answers, danger=None)
    return replace(turn, conversation=replace(turn.conversation, answers=answers))


def _ask(turn: Turn) -> Step:
    said, who = clause(turn), _about(turn)
    flags.raise_flag(
        turn.tx, turn.facility_id, FlagKind.URGENT, turn.address, now=turn.now, said=said, who=turn.speakers
    )
    answers = replace(turn.conversation.answers, danger=said[:MAX_CLAUSE_CHARS])
    return turn.stay(turn.say("urgent_ask", resident=None if who is None else who.first_name), answers=answers)


def _alert(turn: Turn, said: str) -> Step:
    """Alert the supervisors with what was said, and give the numbers to call."""
    who = _about(turn)
    flag = flags.raise_flag(
        turn.tx, turn.facility_id, FlagKind.URGENT, turn.address, now=turn.now, said=said, who=turn.speakers
    )
    alerted = flags.alert(
        turn.work, flag, "urgent_alert", resident=who.name if who else None,
        visitor=turn.speakers[0].name if turn.speakers else None, phone=_phone(turn),
        said=said[: flags.MAX_QUOTE_CHARS], number=flag.id,
    )  # fmt: skip
    words = turn.words("urgent_alerted") if alerted else None
    return turn.stay(turn.say("urgent", resident=None if who is None else who.first_name, alerted=words))


def _about(turn: Turn) -> Resident | None:
    """The resident who is named, or the only one whom they may see."""
    seen = [resident for person in turn.speakers for resident in turn.seen(person)]
    named = {person.number for person in turn.meaning.residents}
    return next((resident for resident in seen if resident.number in named), seen[0] if len(seen) == 1 else None)


def _phone(turn: Turn) -> str | None:
    """A number that staff can call: that of the chat, else of the person, where we know one."""
    if turn.capabilities.phone_addresses:
        return turn.address.theirs
    reached = [each for person in turn.speakers for each in person_addresses.addresses_of(turn.tx, person.id)]
    return next((address for channel, address in reached if channel == PHONE), None)
