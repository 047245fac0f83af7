"""What a family's text is about, so that one dialogue answers it: the topic of each act, and where the chat changes it."""

import re
from collections.abc import Mapping
from enum import StrEnum

from bot.conversation import Dialogue, DialogueStep
from bot.understanding import Act, Meaning
from handlers.dialogues.chat_context import ChatContext
from handlers.dialogues.turn import wanted_windows


class Topic(StrEnum):
    """Each is answered by one function of a dialogue (`dispatch`)."""

    BOOK = "book"
    MOVE = "move"
    OTHER_TIMES = "other_times"
    CANCEL = "cancel"
    CANNOT_COME = "cannot_come"
    DROP = "drop"
    NO_CHANGE = "no_change"
    STATUS = "status"
    VISITS = "visits"
    PAY = "pay"
    LATE = "late"
    CONNECT = "connect"
    QUESTION = "question"
    HELP = "help"
    LANGUAGE = "language"
    URGENT = "urgent"
    WAITLIST = "waitlist"
    WHO_IS_THIS = "who_is_this"
    WRONG_NUMBER = "wrong_number"
    NO_ANSWER = "no_answer"
    NOT_UNDERSTOOD = "not_understood"


TOPIC_OF_ACT: Mapping[Act, Topic] = {
    Act.BOOK: Topic.BOOK,
    Act.STANDING: Topic.BOOK,
    Act.AGAIN: Topic.BOOK,
    Act.AVAILABILITY: Topic.BOOK,
    Act.GREETING: Topic.BOOK,
    Act.WAITLIST: Topic.WAITLIST,
    Act.RESCHEDULE: Topic.MOVE,
    Act.EARLIER: Topic.MOVE,
    Act.LATER: Topic.MOVE,
    Act.ANOTHER_DAY: Topic.MOVE,
    Act.CANNOT: Topic.CANNOT_COME,
    Act.CANCEL: Topic.CANCEL,
    Act.DENY: Topic.DROP,
    Act.STATUS: Topic.STATUS,
    Act.VISITS: Topic.VISITS,
    Act.PAY: Topic.PAY,
    Act.LATE: Topic.LATE,
    Act.CONNECT: Topic.CONNECT,
    Act.HELP: Topic.HELP,
    Act.LANGUAGE_EN: Topic.LANGUAGE,
    Act.LANGUAGE_ES: Topic.LANGUAGE,
    Act.URGENT: Topic.URGENT,
    Act.WHO_IS_THIS: Topic.WHO_IS_THIS,
    Act.WRONG_NUMBER: Topic.WRONG_NUMBER,
    Act.THANKS: Topic.NO_ANSWER,
    Act.NOISE: Topic.NO_ANSWER,
    Act.QUESTION_HOURS: Topic.QUESTION,
    Act.QUESTION_PRICE: Topic.QUESTION,
    Act.QUESTION_DRESS_CODE: Topic.QUESTION,
    Act.QUESTION_ID: Topic.QUESTION,
    Act.QUESTION_HELD: Topic.QUESTION,
    Act.QUESTION_MONEY_ON_BOOKS: Topic.QUESTION,
    # A yes, and a choice that chose nothing, say nothing by themselves. STOP and START are keywords before they get here.
    Act.AFFIRM: Topic.NOT_UNDERSTOOD,
    Act.CHOOSE: Topic.NOT_UNDERSTOOD,
    Act.STOP: Topic.NOT_UNDERSTOOD,
    Act.START: Topic.NOT_UNDERSTOOD,
    Act.OTHER: Topic.NOT_UNDERSTOOD,
}
"""What a text of this act is about when nothing else is known. A test holds it to all acts there are."""
OTHER_TIMES = frozenset({Act.EARLIER, Act.LATER, Act.ANOTHER_DAY, Act.DENY})
"""While times are listed, these ask for other ones."""
_CANCELS = re.compile(r"\b(?:cancel|cancelar|cancele|cancela)\b", re.IGNORECASE)


def topic_of(context: ChatContext, meaning: Meaning) -> Topic:
    """What a family's text is about, in the light of what was asked before it."""
    act, dialogue, wanted = meaning.act, context.conversation.dialogue, wanted_windows(meaning)
    topic = TOPIC_OF_ACT[act]
    if topic is Topic.QUESTION:
        return topic
    if act is Act.AFFIRM and not wanted:
        return Topic.NO_ANSWER
    if act in OTHER_TIMES and context.conversation.step is DialogueStep.TIMES and not wanted:
        return Topic.OTHER_TIMES
    if topic is Topic.DROP and not wanted and context.screen.asked and _asks_about_a_visit(context):
        return Topic.NO_CHANGE
    if act is Act.VISITS and _CANCELS.search(context.text) is not None:  # "cancel all my visits"
        return Topic.CANCEL
    # A time that is over was still given as the answer to "when?".
    time = bool(wanted) or (meaning.past and dialogue in (Dialogue.BOOK, Dialogue.MOVE))
    if topic in (Topic.NOT_UNDERSTOOD, Topic.DROP) and (time or meaning.residents):
        topic = Topic.BOOK
    if topic is Topic.DROP and not context.conversation.begun:
        return Topic.NOT_UNDERSTOOD
    return Topic.MOVE if topic is Topic.BOOK and dialogue is Dialogue.MOVE else topic


def _asks_about_a_visit(context: ChatContext) -> bool:
    """Whether the question on the phone is which visit to cancel or to move, or whether to."""
    step, dialogue = context.conversation.step, context.conversation.dialogue
    return dialogue is Dialogue.CANCEL or (dialogue is Dialogue.MOVE and step is DialogueStep.WHICH)
