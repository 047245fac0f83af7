"""Why a message gets no reply: a repeat within a minute, or a suspected bot."""

from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

from bot.conversation import Conversation
from bot.understanding import Act, Intent
from handlers.dialogues.chat_context import ChatContext
from handlers.inbound.interpretation import FamilyWords, ForeignButton, Interpretation, OptionChosen
from handlers.work import Work

REPEAT_WITHIN = timedelta(seconds=60)
"""The same words again within this time are no new message."""
REPLIES_COUNTED_FOR = timedelta(minutes=10)
MAX_REPLIES = 12
"""After so many replies within REPLIES_COUNTED_FOR the other side is a bot, or as good as one."""


class NoReply(StrEnum):
    """Why a message gets no reply; the log keeps the value."""

    BUTTON = "button"
    REPEATED = "repeated"
    TOO_MANY = "too_many"


def no_reply_to(found: Interpretation, text: str, context: ChatContext) -> NoReply | None:
    """Why a message is not answered; None when it is.

    Only a family's words are held back, never a text about danger. After too many replies what chooses or cancels is still
    carried out.
    """
    if isinstance(found, ForeignButton):
        return NoReply.BUTTON
    act = found.meaning.act
    if not isinstance(found, FamilyWords) or context.officer is not None or act is Act.URGENT:
        return None
    if act is Act.CONNECT:  # our own answer says to write it again
        return None
    if _repeated(found, text, context):
        return NoReply.REPEATED
    acts = act.intent is Intent.CANCEL or isinstance(found, OptionChosen)
    many = context.conversation.traffic.replies_since(context.now - REPLIES_COUNTED_FOR) >= MAX_REPLIES
    return NoReply.TOO_MANY if many and not acts else None


def remember(work: Work, before: Conversation, conversation: Conversation, text: str, replies: int) -> Conversation:
    """The chat after a message: `conversation` is where its answer leads, and this text and its replies are counted."""
    traffic = before.traffic.with_message(_plain(text), replies, now=work.now, remembered=REPLIES_COUNTED_FOR)
    return replace(conversation, traffic=traffic)


def _repeated(found: FamilyWords, text: str, context: ChatContext) -> bool:
    """Whether the same words have just been answered. A lone word, a number or a label may answer the next question, too."""
    traffic, words = context.conversation.traffic, _plain(text)
    if traffic.said != words or traffic.said_at is None or " " not in words or found.literal:
        return False
    return context.now - traffic.said_at < REPEAT_WITHIN


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
