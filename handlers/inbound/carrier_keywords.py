"""Which of the carrier's keywords a message is: STOP, START or HELP. They win over any question that is open."""

from bot.messages import CarrierKeyword, Inbound
from handlers.dialogues.chat_context import ChatContext
from handlers.dialogues.family.opt_out import MEANT_A_VISIT

CARRIER_STOP = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
CARRIER_START = frozenset({"start", "unstop"})
CARRIER_HELP = frozenset({"help", "info"})
_CARRIER = CARRIER_STOP | CARRIER_START | CARRIER_HELP | {"yes"}
OWN_STOP = frozenset({"parar", "alto"})
OWN_HELP = frozenset({"ayuda"})


def word_of(message: Inbound) -> str:
    """The text as it is compared with keywords."""
    return message.text.strip().strip(".!").casefold()


def keyword_of(message: Inbound, context: ChatContext) -> CarrierKeyword | None:
    """The keyword that a message is; None for every other text. `message.keyword` is what the carrier says it acted on."""
    word, carrier = word_of(message), context.capabilities.carrier_answers_keywords
    if message.keyword is not None:
        return message.keyword
    if word in OWN_STOP or word in (CARRIER_STOP if carrier else CARRIER_STOP - MEANT_A_VISIT):
        return CarrierKeyword.STOP
    if word == "yes" and carrier and context.opted_out:
        return CarrierKeyword.START
    if word in CARRIER_START and (carrier or message.start_code is None):
        return CarrierKeyword.START
    return CarrierKeyword.HELP if word in CARRIER_HELP | OWN_HELP else None


def answered_by_carrier(message: Inbound, context: ChatContext) -> bool:
    """Whether the carrier has answered the keyword itself, so that we say nothing twice."""
    return context.capabilities.carrier_answers_keywords and (
        message.keyword is not None or word_of(message) in _CARRIER
    )
