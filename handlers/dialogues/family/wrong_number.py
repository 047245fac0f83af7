"""Whose phone is this: "wrong number" and "who is this" take it off at once, and the right two names put it back."""

import re
from dataclasses import replace

from bot.conversation import Answers
from bot.understanding.tokenizer import tokenize
from handlers.dialogues.family import visit_summary
from handlers.dialogues.turn import DIALOGUE_LASTS, Step, Turn
from handlers.staff import flags
from handlers.tables import FlagKind
from scheduling.people import people

GREETINGS = 2
"""How often a stranger is greeted within one conversation: two robots must not talk all night."""
_ONLY_ASKED = frozenset(
    "who whos dis is this that it you u r are texting me the hell tf please pls sorry hi hello hey what which number"
    " company place do i know new phone quien quienes es eres son habla hablan escribe manda esto este esta usted"
    " ustedes numero telefono de que disculpe disculpa perdon hola lo siento mensajes mensaje mandando escribiendo".split()
)
_MARK = re.compile(r"\W")


def wrong_number(turn: Turn) -> Step:
    """Not their phone: it is off, staff are told of the visits, and nothing is said of whom it was about."""
    return _off(turn, "wrong_number", always=True)


def who_is_this(turn: Turn) -> Step:
    """What this line is, without a name. Who has to ask is most likely not whom we know, so a phone is taken off."""
    words = {token.word for token in tokenize(turn.text) if not _MARK.match(token.word)}
    asked = turn.capabilities.phone_addresses and bool(turn.speakers) and words <= _ONLY_ASKED
    return _off(turn, "who_is_this", always=False) if asked else turn.stay(turn.say("what_this_is"))


def _off(turn: Turn, key: str, *, always: bool) -> Step:
    """Nobody we know is at this address from here on; `always` raises a flag even where no visit is coming."""
    address, coming = turn.address, visit_summary.mine(turn)
    gone = people.disown_address(turn.tx, turn.facility_id, *turn.work.deps.stored_address(address), now=turn.now)
    if gone and (coming or always):
        flags.raise_flag(
            turn.tx, turn.facility_id, FlagKind.WRONG_NUMBER, address, now=turn.now, said=turn.text, who=gone,
            visits=coming,
        )  # fmt: skip
    # Not one more word, but for danger and for the two names that bring it back.
    ended = replace(turn.conversation.ended(), speaker=None, answers=Answers(greeted=GREETINGS))
    return Step((turn.say(key),), replace(ended, expires=turn.now + DIALOGUE_LASTS))


def back(turn: Turn) -> Step | None:
    """Somebody taken off texts their full name as on file and whom they visit: the phone is theirs again."""
    address = turn.address
    for person_id in people.disowned(turn.tx, *turn.work.deps.stored_address(address)):
        person = people.get(turn.tx, person_id)
        if person.active and person.facility_id == turn.facility_id and _names(turn, person):
            people.reclaim_address(turn.tx, person.id, *turn.work.deps.stored_address(address))
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
