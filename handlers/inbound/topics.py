"""What a family's text is about, so that one dialogue answers it: the topic of each act, and where the chat changes it."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from bot.conversation import Dialogue, DialogueStep
from bot.understanding import Act, Meaning, OrderCertainty
from handlers.dialogues.chat_context import ChatContext
from handlers.dialogues.turn import wanted_windows
from scheduling.policy.visit_state import STANDING


class Topic(StrEnum):
    """Each is answered by one function of a dialogue (`dispatch`)."""

    BOOK = "book"
    MOVE = "move"
    OTHER_TIMES = "other_times"
    CANCEL = "cancel"
    CANNOT_COME = "cannot_come"
    DROP = "drop"
    NO_CHANGE = "no_change"
    KEEP = "keep"
    COMING = "coming"
    STATUS = "status"
    VISITS = "visits"
    PAY = "pay"
    LATE = "late"
    CONNECT = "connect"
    QUESTION = "question"
    HELP = "help"
    LANGUAGE = "language"
    URGENT = "urgent"
    DANGER_ANSWERED = "danger_answered"
    WAITLIST = "waitlist"
    WHO_IS_THIS = "who_is_this"
    WRONG_NUMBER = "wrong_number"
    THANKS = "thanks"
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
    Act.KEEP: Topic.KEEP,
    Act.COMING: Topic.COMING,
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
    Act.THANKS: Topic.THANKS,
    Act.NOISE: Topic.NO_ANSWER,
    **{act: Topic.QUESTION for act in Act if act.is_question},
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
_OF_A_VISIT_NOW = frozenset({Topic.NOT_UNDERSTOOD, Topic.HELP, Topic.DROP, Topic.NO_CHANGE, Topic.STATUS})
"""What is no clear wish is about the visit while that is due."""
VISIT_TIME_BEFORE = timedelta(minutes=15)
TOPIC_OF_ORDER = {
    OrderCertainty.CERTAIN: Topic.CANCEL, OrderCertainty.UNCERTAIN: Topic.CANCEL, OrderCertainty.NEGATED: Topic.KEEP,
}  # fmt: skip
"""What a text is about that names all visits and speaks of cancelling."""


def topic_of(context: ChatContext, meaning: Meaning) -> Topic:
    """What a family's text is about, in the light of what was asked before it."""
    act, dialogue, wanted = meaning.act, context.conversation.dialogue, wanted_windows(meaning)
    topic = TOPIC_OF_ACT[act]
    if topic is Topic.QUESTION:
        return topic
    if topic in _OF_A_VISIT_NOW and not wanted and not meaning.residents and in_visit_time(context):
        return Topic.CONNECT
    if (act is Act.AFFIRM or meaning.answer.plain_yes) and not wanted and not meaning.residents:
        return Topic.COMING if context.visits else Topic.NO_ANSWER
    if topic is Topic.COMING and not context.visits:
        return Topic.BOOK
    if act in OTHER_TIMES and not wanted and (other := _instead_of_offered(context, act)) is not None:
        return other
    if topic is Topic.DROP and not wanted and context.screen.asked and _asks_about_a_visit(context):
        return Topic.NO_CHANGE
    if act is Act.VISITS and meaning.order in TOPIC_OF_ORDER:  # "cancel all my visits"
        return TOPIC_OF_ORDER[meaning.order]
    # A time that is over was still given as the answer to "when?".
    time = bool(wanted) or (meaning.past and dialogue in (Dialogue.BOOK, Dialogue.MOVE))
    if topic in (Topic.NOT_UNDERSTOOD, Topic.DROP) and (time or meaning.residents):
        topic = Topic.BOOK
    if topic is Topic.DROP and not (context.conversation.begun and meaning.answer.plain_no):
        return Topic.NOT_UNDERSTOOD
    return Topic.MOVE if topic is Topic.BOOK and dialogue is Dialogue.MOVE else topic


def _instead_of_offered(context: ChatContext, act: Act) -> Topic | None:
    """What a no to times is about: other times than those listed; "nope thats too early" drops what was read back."""
    step = context.conversation.step
    if step is DialogueStep.READ_BACK and context.conversation.dialogue is Dialogue.BOOK:
        return Topic.DROP if act is Act.DENY else Topic.OTHER_TIMES
    return Topic.OTHER_TIMES if step is DialogueStep.TIMES else None


def in_visit_time(context: ChatContext) -> bool:
    """Whether a visit of theirs is due: from the reminder before it to its end."""
    return any(
        visit.starts - VISIT_TIME_BEFORE <= context.now < visit.ends
        for visit in context.visits
        if visit.state in STANDING
    )


def _asks_about_a_visit(context: ChatContext) -> bool:
    """Whether the question on the phone is which visit to cancel or to move, or whether to."""
    step, dialogue = context.conversation.step, context.conversation.dialogue
    return dialogue is Dialogue.CANCEL or (dialogue is Dialogue.MOVE and step is DialogueStep.WHICH)
