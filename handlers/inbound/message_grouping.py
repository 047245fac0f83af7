"""Grouping of messages: several texts in a row get one answer.

A reply that only asks for something missing is held back for a moment (debounce), for the missing words may be on their
way. Should the same sender write again meanwhile, the reply is cancelled and all the texts are read together, from where
the chat stood before the first of them. A text that needs no question is answered at once. After a first fragment ("wanna
see my son") a list of times is held back, too: "sat" may be followed by "afternoon".
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.conversation import Conversation, MessageGroup
from bot.join_fragments import joined
from bot.messages import Inbound
from bot.understanding import Act
from handlers.dialogues.chat_context import ChatContext
from handlers.dialogues.turn import Say
from handlers.inbound import family_reader
from handlers.inbound.interpret import interpret
from handlers.inbound.interpretation import (
    AskBack,
    ButtonPress,
    CardButton,
    FamilyWords,
    Interpretation,
    NumberUnknown,
    OptionChosen,
)
from handlers.work import Work
from scheduling.storage import outbox

HOLD = timedelta(seconds=12)
"""How long a question is held back after the last fragment."""
HOLD_AT_MOST = timedelta(seconds=60)
"""How long it is held back after the first fragment, however many follow."""
_NO_REPLY = frozenset({Act.NOISE, Act.THANKS})


@dataclass(frozen=True, slots=True)
class GroupedMessage:
    """One message, or several read as one. `texts` are those that one reply answers; the first came at `since`.

    `open` says that more may follow: not after a button, a keyword, an officer's command, or a choice.
    """

    context: ChatContext
    interpretation: Interpretation
    texts: tuple[str, ...]
    since: datetime
    open: bool


def group(
    work: Work, message: Inbound, context: ChatContext, context_of: Callable[[str, Conversation], ChatContext]
) -> GroupedMessage:
    """Interpret a message, together with the fragments before it whose reply has not gone out.

    `context_of` gives the context of another text, from where the chat stood at another moment.
    """
    found = interpret(message, context)
    pending, fragment = context.conversation.message_group, _may_be_continued(found)
    alone = GroupedMessage(context, found, (message.text,), work.now, fragment and not _chooses(found))
    if pending is None or not (fragment or isinstance(found, ButtonPress | CardButton)):
        return alone
    if not outbox.cancel(work.tx, pending.key, now=work.now):  # the reply has been sent: this text begins a new group
        return replace(alone, context=replace(context, conversation=replace(context.conversation, message_group=None)))
    before = Conversation.from_json(pending.before)
    if not fragment:  # the button belongs to what was on the phone before the first fragment
        earlier = context_of(message.text, before)
        return replace(alone, context=earlier, interpretation=interpret(message, earlier))
    texts, first = (*pending.texts, message.text), context_of(message.text, before)
    whole = context_of(joined(texts, lambda text: family_reader.read(first, text)), before)
    found = interpret(message, whole)
    return GroupedMessage(whole, found, texts, pending.since, not _chooses(found))


def _may_be_continued(found: Interpretation) -> bool:
    """Whether a text may be a fragment: the words of a family that are answered at all."""
    return isinstance(found, FamilyWords) and found.meaning.act not in _NO_REPLY


def _chooses(found: Interpretation) -> bool:
    """A question that follows a choice is no half of a sentence."""
    return isinstance(found, OptionChosen | AskBack | NumberUnknown)


def held_until(group: GroupedMessage, says: tuple[Say, ...], *, now: datetime) -> datetime | None:
    """When a reply goes out that only asks, or lists times for what came in pieces; None for one that goes at once."""
    pieces = len(group.texts) > 1 or group.interpretation.meaning.act is Act.GREETING
    if not group.open or len(says) != 1 or not (says[0].asks or (says[0].lists and pieces)):
        return None
    until = min(now + HOLD, group.since + HOLD_AT_MOST)
    return until if until > now else None


def reply_key(work: Work) -> str:
    """The outbox key of a reply that is held back."""
    return f"held:{work.correlation}"


def pending_after(work: Work, group: GroupedMessage, conversation: Conversation, says: tuple[Say, ...]) -> Conversation:
    """Where the chat stands after an answer, with the group that the answer belongs to while it is held back.

    What is answered by itself (HELP, a reaction) leaves a pending reply as it is. What leads on cancels it: its question is
    taken back.
    """
    before = group.context.conversation
    pending = before.message_group
    if held_until(group, says, now=work.now) is not None:
        stored = replace(before, message_group=None).to_json()
        pending = MessageGroup(group.texts, group.since, stored, says[0].token or reply_key(work))
    elif pending is not None and replace(conversation, message_group=pending) != before:
        outbox.cancel(work.tx, pending.key, now=work.now)
        pending = None
    return replace(conversation, message_group=pending)
