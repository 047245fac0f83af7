"""Several texts in a row get one answer: a reply that only asks for something missing waits, for it may be on its way.

Should the same sender write again meanwhile, the reply is taken back and all the texts are read together, from where the
chat stood before the first of them. What one text says whole is answered at once; after a first fragment ("wanna see my
son") a list of times waits, too ("sat" may be followed by "afternoon").
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot import questions
from bot.conversation import Conversation, MessageGroup
from bot.join_fragments import joined
from bot.messages import Inbound
from handlers.dialogues.turn import Say, Turn
from handlers.inbound.context import meaning_of
from scheduling.storage import outbox

HOLD = timedelta(seconds=12)
MOST = timedelta(seconds=60)
"""How long a question is held after the last fragment, and after the first one at most."""
ONCE = timedelta(seconds=60)
"""The same words again within this time are no new message."""
LATELY = timedelta(minutes=10)
MANY = 12
"""More replies than this within LATELY: the other side is a machine, or as good as one."""
_SILENT = {"noise", "thanks"}


@dataclass(frozen=True, slots=True)
class Heard:
    """One message, or several read as one. `texts` are those whose answer this will be, the first came at `since`.

    `fragment` says that more may follow: not for a button, a carrier's word, an officer's command or a number that chose.
    """

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
    if burst is None or not (fragment or message.button is not None):
        return Heard(turn, (message.text,), turn.now, fragment)
    if not outbox.cancel(turn.tx, burst.key, now=turn.now):
        gone = replace(turn, conversation=replace(turn.conversation, burst=None))
        return Heard(gone, (message.text,), turn.now, fragment)
    before, texts = Conversation.from_json(burst.before), (*burst.texts, message.text)
    if not fragment:  # the button belongs to what was on the screen before
        return Heard(again(message.text, before), (message.text,), turn.now, fragment)
    first = again(message.text, before)
    whole = joined(texts, lambda text: meaning_of(first, text))
    return Heard(again(whole, before), texts, burst.since, fragment)


def repeated(turn: Turn, message: Inbound) -> bool:
    """Whether the same words have just been answered. A lone word, a number or a label may answer the next question, too."""
    flow, words = turn.conversation.flow, _plain(message.text)
    if turn.officer is not None or flow.said != words or flow.said_at is None or " " not in words:
        return False
    chooses = questions.read_number(words) is not None or questions.read_choice(words, turn.screen.options) is not None
    return not chooses and turn.now - flow.said_at < ONCE


def too_many(turn: Turn) -> bool:
    """Whether so much was answered lately that the other side is no person: then nothing is done that only talks."""
    return turn.officer is None and turn.conversation.flow.since(turn.now - LATELY) >= MANY


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def held_until(of: Heard, says: tuple[Say, ...]) -> datetime | None:
    """When a reply goes out that only asks, or lists times for what came in pieces; None for one that goes at once."""
    pieces = len(of.texts) > 1 or of.turn.meaning.act == "greeting"
    if not of.fragment or len(says) != 1 or not (says[0].asks or (says[0].lists and pieces)):
        return None
    until = min(of.turn.now + HOLD, of.since + MOST)
    return until if until > of.turn.now else None


def after(of: Heard, conversation: Conversation, message: Inbound, says: tuple[Say, ...]) -> Conversation:
    """Where the chat stands after an answer: with the burst it belongs to while that is held. What is answered by itself
    (HELP, a reaction) leaves a burst as it is; what leads on ends it, and its question is taken back."""
    turn = of.turn
    flow = turn.conversation.flow.heard(_plain(message.text), len(says), now=turn.now, remembered=LATELY)
    burst = turn.conversation.burst
    if held_until(of, says) is not None:
        before = replace(turn.conversation, burst=None).to_json()
        burst = MessageGroup(of.texts, of.since, before, says[0].token or of.key)
    elif burst is not None and replace(conversation, burst=burst) != turn.conversation:
        outbox.cancel(turn.tx, burst.key, now=turn.now)
        burst = None
    return replace(conversation, burst=burst, flow=flow)
