"""STOP, START and HELP: texts are off, on again, or explained. What the carrier answers itself is not answered twice."""

from dataclasses import replace

from handlers.dialogues.family import cancel, visit_summary
from handlers.dialogues.turn import Step, Turn
from handlers.staff import flags
from handlers.tables import FlagKind
from scheduling.people import chat_opt_outs

MEANT_A_VISIT = frozenset({"cancel", "end", "quit"})
"""The carrier takes these as a stop; who texts one of them mostly means a visit."""


def help_(turn: Turn, *, answered: bool) -> Step:
    """What the line can do. `answered` says that the carrier has said so already."""
    if answered:
        return turn.stay()
    return turn.stay(turn.say("staff_help" if turn.officer is not None and not turn.speakers else "help"))


def start(turn: Turn, *, answered: bool) -> Step:
    """Texts are on again. After a bare CANCEL, which the carrier took as a stop, ask whether a visit was meant."""
    address = turn.address
    how = chat_opt_outs.opted_out_how(turn.tx, address.channel, address.theirs, address.ours)
    chat_opt_outs.opt_in(turn.tx, address.channel, address.theirs, address.ours)
    asked = cancel.meant_a_visit(turn) if how in MEANT_A_VISIT else None
    if asked is not None:
        return asked
    return turn.stay() if answered else turn.stay(turn.say("start_again"))


def stop(turn: Turn, *, how: str, answered: bool) -> Step:
    """Texts are off. `how` is the keyword that said so, or "words" for a sentence."""
    # The one confirmation has to be queued before the chat is closed to us.
    step = turn.end() if answered else turn.end(turn.say("stop"))
    return replace(step, after=lambda: _close(turn, how))


def _close(turn: Turn, how: str) -> None:
    """Close the chat. Where visits are coming staff have to know that the family cannot be told."""
    address = turn.address
    chat_opt_outs.opt_out(turn.tx, address.channel, address.theirs, address.ours, now=turn.now, how=how)
    coming = visit_summary.mine(turn)
    if coming:
        flags.raise_flag(
            turn.tx,
            turn.facility_id,
            FlagKind.STOPPED,
            address,
            now=turn.now,
            said=turn.text,
            who=turn.speakers,
            visits=coming,
        )
