"""Several texts in a row get one answer: a reply that only asks for something missing waits, for it may be on its way.

Should the same sender write again meanwhile, the reply is taken back and all the texts are read together, from where the
chat stood before the first of them. What one text says whole is answered at once; after a first fragment ("wanna see my
son") a list of times waits, too ("sat" may be followed by "afternoon").
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.bursts import joined
from bot.conversation import Burst, Conversation
from bot.messages import Inbound
from handlers.dialogues.turn import Say, Step, Turn
from handlers.reading import meaning_of
from scheduling import outbox

HOLD = timedelta(seconds=12)
MOST = timedelta(seconds=60)
"""How long a question is held after the last fragment, and after the first one at most."""
ONCE = timedelta(seconds=60)
"""The same words again within this time are no new message."""
LATELY = timedelta(minutes=10)
MANY = 12
"""More replies than this within LATELY: the other side is a machine, or as good as one."""
_CHANGED = (
    "asked",
    "move_asked",
    "move_kept",
    "cancelled_by_you",
    "revised_",
    "stop",
    "start_again",
    "urgent",
    "dropped",
)
"""Begins the keys of texts that say what has just been changed, or that must be said at any time: never silenced."""
_SILENT = {"noise", "thanks"}


@dataclass(frozen=True, slots=True)
class Heard:
    """One message, or several read as one. `texts` are those whose answer this will be, the first came at `since`."""

    turn: Turn
    texts: tuple[str, ...]
    since: datetime
    fragment: bool

    @property
    def key(self) -> str:
        """The outbox key of a reply that is held."""
        return f"held:{self.turn.correlation}"


def heard(turn: Turn, message: Inbound, *, plain: bool, again: Callable[[str, Conversation], Turn]) -> Heard:
    """The turn of a message, with the fragments before it whose answer has not gone out.

    `plain` says that it is a family's words: no carrier word, no button, no officer's command. `again` makes a turn of
    another text, from where the chat stood before.
    """
    burst = turn.conversation.burst
    fragment = plain and turn.meaning.act not in _SILENT
    if burst is None or not fragment:
        return Heard(turn, (message.text,), turn.now, fragment)
    if not outbox.take_back(turn.tx, burst.key, now=turn.now):
        gone = replace(turn, conversation=replace(turn.conversation, burst=None))
        return Heard(gone, (message.text,), turn.now, fragment)
    before, texts = Conversation.from_json(burst.before), (*burst.texts, message.text)
    first = again(message.text, before)
    whole = joined(texts, lambda text: meaning_of(first, text))
    return Heard(again(whole, before), texts, burst.since, fragment)


def repeated(turn: Turn, message: Inbound) -> bool:
    """Whether the same words have just been answered. A lone word or number may answer the next question, too."""
    flow = turn.conversation.flow
    same = flow.said is not None and flow.said == _plain(message.text) and flow.said_at is not None
    return same and turn.officer is None and " " in _plain(message.text) and turn.now - _at(flow.said_at) < ONCE


def _at(moment: datetime | None) -> datetime:
    assert moment is not None
    return moment


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def said(of: Heard, step: Step) -> tuple[Say, ...]:
    """What of an answer is said: nothing more to somebody who has had more than a person would read."""
    turn = of.turn
    if turn.officer is not None or turn.conversation.flow.since(turn.now - LATELY) < MANY:
        return step.says
    return tuple(each for each in step.says if each.key.startswith(_CHANGED))


def held_until(of: Heard, says: tuple[Say, ...]) -> datetime | None:
    """When a reply goes out that only asks, or lists times for what came in pieces; None for one that goes at once."""
    pieces = len(of.texts) > 1 or of.turn.meaning.act == "greeting"
    if not of.fragment or len(says) != 1 or not (says[0].asks or (says[0].lists and pieces)):
        return None
    until = min(of.turn.now + HOLD, of.since + MOST)
    return until if until > of.turn.now else None


def after(of: Heard, conversation: Conversation, message: Inbound, says: tuple[Say, ...]) -> Conversation:
    """Where the chat stands after an answer: with the burst it belongs to while that is held."""
    turn = of.turn
    flow = turn.conversation.flow.heard(_plain(message.text), len(says), now=turn.now, remembered=LATELY)
    burst = conversation.burst if not of.fragment or not says else None
    if held_until(of, says) is not None:
        before = replace(turn.conversation, burst=None).to_json()
        burst = Burst(of.texts, of.since, before, says[0].token or of.key)
    return replace(conversation, burst=burst, flow=flow)
