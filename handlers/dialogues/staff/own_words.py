"""An officer's own words for a family: shown to them as the family will read them, and sent only when they say so."""

import re

from bot import sms
from bot.conversation import Answers, DialogueStep
from handlers.dialogues.turn import Step, Turn
from scheduling.policy.denials import DenialReason

MAX_CHARS = 60
_SAY = re.compile(r"^(?:say|tell|tell them|decir|diga|digale|dígale)\s*:\s*(?P<words>.+)$", re.IGNORECASE | re.DOTALL)
# What happens inside the building stays there, and so does where somebody is.
_INSIDE = re.compile(
    r"\b(?:lock(?:ed)?[ -]?downs?|units?|pods?|cells?|holes?|seg|segregat\w*|solitary|isolation|inmates?|offenders?|"
    r"prisoners?|gangs?|court|hearing|transfer\w*|transport\w*|hospital\w*|suicide|fight|shakedown|contraband|"
    r"unidad|m[oó]dulo|celda|hoyo|aislamiento|reclus[oa]s?|pres[oa]s?|reos?|pandilla|corte|juzgado|audiencia|"
    r"traslad\w*|encierro|https?|www)\b",
    re.IGNORECASE,
)


def asked_for(note: str) -> str | None:
    """The words behind "say:" in a denial; None when there are none, so that a note stays inside."""
    found = _SAY.match(note.strip())
    return None if found is None else " ".join(found["words"].split()).rstrip(".")


def shown(turn: Turn, words: str, letter: str | None, *, code: int) -> Step:
    """Let them read it as the family will, or say why it may not leave the building."""
    if _INSIDE.search(words):
        return turn.stay(turn.say("words_inside", code=code))
    if len(words) > MAX_CHARS or not sms.is_gsm7(sms.fold(words)):
        return turn.stay(turn.say("words_too_long", code=code, limit=MAX_CHARS))
    answers = Answers(code=code, words=words, letter=letter or DenialReason.OTHER)
    return turn.stay(turn.say("words_shown", code=code, said=words), step=DialogueStep.WORDS, answers=answers)


def confirmed(turn: Turn, code: int) -> tuple[DenialReason, str] | None:
    """The letter and the words they have just been shown for this card; None when they were shown none."""
    answers = turn.conversation.answers
    if turn.conversation.step is not DialogueStep.WORDS or answers.code != code:
        return None
    if answers.letter is None or answers.words is None:
        return None
    return DenialReason(answers.letter), answers.words
