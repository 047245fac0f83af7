"""Whose phone is this: "wrong number" takes it off at once, and the right two names put it back."""

import re
from dataclasses import replace

from bot.conversation import Answers
from bot.understanding.tokenizer import tokenize
from handlers.dialogues.family import open_question, visit_summary
from handlers.dialogues.turn import DIALOGUE_LASTS, Step, Turn
from handlers.staff import flags
from handlers.tables import FlagKind
from scheduling.people import people, person_addresses

GREETINGS = 2
"""How often a stranger is greeted within one conversation: two robots must not talk all night."""
_MARK = re.compile(r"\W")


def wrong_number(turn: Turn) -> Step:
    """Not their phone: nobody we know is at this address from here on. Staff see a flag with the visits; no name is said."""
    address, coming = turn.address, visit_summary.mine(turn)
    gone = person_addresses.disown_address(
        turn.tx, turn.facility_id, *turn.work.deps.stored_address(address), now=turn.now
    )
    if gone:
        flags.raise_flag(
            turn.tx, turn.facility_id, FlagKind.WRONG_NUMBER, address, now=turn.now, said=turn.text, who=gone,
            visits=coming,
        )  # fmt: skip
    # Not one more word, but for danger and for the two names that bring it back.
    ended = replace(turn.conversation.ended(), speaker=None, answers=Answers(greeted=GREETINGS))
    return Step((turn.say("wrong_number"),), replace(ended, expires=turn.now + DIALOGUE_LASTS))


def who_is_this(turn: Turn) -> Step:
    """What this line is, without a name. Nothing changes: a family that pays may have to ask, too."""
    return open_question.after(turn, turn.say("what_this_is"))


def back(turn: Turn) -> Step | None:
    """Somebody taken off texts their full name as on file and whom they visit: the phone is theirs again."""
    address = turn.address
    for person_id in person_addresses.disowned(turn.tx, *turn.work.deps.stored_address(address)):
        person = people.get(turn.tx, person_id)
        if person.active and person.facility_id == turn.facility_id and _names(turn, person):
            person_addresses.reclaim_address(turn.tx, person.id, *turn.work.deps.stored_address(address))
            return turn.end(turn.say("phone_back"))
    return None


def _names(turn: Turn, person: people.Person) -> bool:
    """Their own name, exactly, and (in what else is said) the first name of somebody they may see."""
    said, own = _words(turn.text), _words(person.name)
    if f" {own} " not in f" {said} ":
        return False
    rest = f" {said} ".replace(f" {own} ", " ", 1)
    return any(f" {_words(resident.first_name)} " in rest for resident in people.may_see(turn.tx, person))


def _words(text: str) -> str:
    return " ".join(token.word for token in tokenize(text) if not _MARK.match(token.word))
