"""Stop, start and help: they win over any question that is open. The carrier's words are mirrored, never fought."""

from bot.messages import Inbound
from handlers.dialogues.family import change, visit_summary
from handlers.dialogues.turn import Step, Turn
from handlers.staff import flags
from scheduling.people import people

CARRIER_STOP = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
CARRIER_START = frozenset({"start", "unstop"})
CARRIER_HELP = frozenset({"help", "info"})
_CARRIER = CARRIER_STOP | CARRIER_START | CARRIER_HELP | {"yes"}
MEANT_A_VISIT = frozenset({"cancel", "end", "quit"})
"""The carrier takes these as a stop; who texts one of them mostly means a visit."""
OWN_STOP = frozenset({"parar", "alto"})
OWN_HELP = frozenset({"ayuda"})


def read(message: Inbound, turn: Turn) -> str | None:
    """stop, start or help; None for everything else. `message.keyword` is what the carrier says it acted on."""
    word = message.text.strip().strip(".!").casefold()
    if message.keyword is not None:
        return message.keyword
    carrier = _carrier_answers(turn)
    if word in OWN_STOP or word in (CARRIER_STOP if carrier else CARRIER_STOP - MEANT_A_VISIT):
        return "stop"
    if word == "yes" and carrier and _opted_out(turn):
        return "start"
    if word in CARRIER_START and (carrier or message.start_code is None):
        return "start"
    if word in CARRIER_HELP | OWN_HELP:
        return "help"
    family = turn.meaning.act == "stop" and turn.officer is None  # "please stop texting me"
    return "stop" if family else None


def _opted_out(turn: Turn) -> bool:
    return people.opted_out(turn.tx, turn.address.channel, turn.address.theirs, turn.address.ours)


def _carrier_answers(turn: Turn) -> bool:
    channel = turn.deps.channels.get(turn.address.channel)
    return channel is not None and channel.capabilities.carrier_answers_keywords


def act(turn: Turn, word: str, message: Inbound) -> Step:
    """Do what the word says. The carrier's own answer is not said twice."""
    address, said = turn.address, message.text.strip().strip(".!").casefold()
    silent = _carrier_answers(turn) and (message.keyword is not None or said in _CARRIER)
    if word == "help":
        if turn.officer is not None and not turn.speakers and not silent:
            return turn.stay(turn.say("staff_help"))
        return turn.stay() if silent else turn.stay(turn.say("help"))
    if word == "start":
        how = people.opted_out_how(turn.tx, address.channel, address.theirs, address.ours)
        people.opt_in(turn.tx, address.channel, address.theirs, address.ours)
        asked = change.meant_a_visit(turn) if how in MEANT_A_VISIT else None
        if asked is not None:
            return asked
        return turn.stay() if silent else turn.stay(turn.say("start_again"))
    # The one confirmation has to be queued before the chat is closed to us.
    step = turn.end() if silent else turn.end(turn.say("stop"))
    return Step(step.says, step.conversation, after=lambda: _stop(turn, said))


def _stop(turn: Turn, said: str) -> None:
    """Close the chat; where visits are coming staff have to know that the family cannot be told."""
    address, how = turn.address, said if said in CARRIER_STOP | OWN_STOP else "words"
    people.opt_out(turn.tx, address.channel, address.theirs, address.ours, now=turn.now, how=how)
    coming = visit_summary.mine(turn)
    if coming:
        about = {"said": turn.text, "who": turn.speakers, "visits": coming}
        flags.raise_flag(turn.tx, turn.facility_id, "stopped", address, now=turn.now, **about)  # type: ignore[arg-type]
