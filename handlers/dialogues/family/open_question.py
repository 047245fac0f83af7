"""What is open in a chat, said again: after an answer to something else, and when a text was not understood."""

from dataclasses import replace
from datetime import datetime

from bot import sms
from bot.conversation import DialogueStep
from bot.questions import Option
from handlers.dialogues.family import visit_summary
from handlers.dialogues.turn import Say, Step, Turn
from handlers.messaging import text_facts
from handlers.messaging.option_actions import OptionAction

MAX_SEGMENTS = 2
_KEPT = frozenset({OptionAction.ASK, OptionAction.ASK_MOVE})


def words(turn: Turn) -> str | None:
    """One sentence with the question that is open and its numbers; None when nothing is open."""
    options = (*turn.conversation.options, *(each for prompt in turn.prompts for each in prompt.options))
    if len(options) == 1 and options[0].action in _KEPT:
        return _kept(turn, options[0])
    if options:
        return turn.words("open.list", options=_lines(turn, options))
    if turn.conversation.step is DialogueStep.WHEN:
        return turn.words("open.when", resident=_resident(turn))
    return turn.words("open.who") if turn.conversation.step is DialogueStep.WHO else None


def after(turn: Turn, said: Say) -> Step:
    """Answer something beside the open question, and bring that back: in the same text where it fits two segments."""
    still = words(turn)
    if still is None:
        return turn.stay(said)
    answered = said.body if said.body is not None else turn.words(said.key, **said.facts)
    both = f"{answered}\n{still}"
    if sms.segments(sms.fold(both)) > MAX_SEGMENTS:
        return turn.stay(said, Say("open", body=still))
    return turn.stay(replace(said, body=both))


def _kept(turn: Turn, option: Option) -> str:
    visit = visit_summary.kept(turn)
    start = turn.local(datetime.fromisoformat(option.data["start"]))
    until = None if visit is None or visit.choose_until is None else turn.local(visit.choose_until)
    return turn.words("open.kept", resident=_resident(turn), start=start, until=until, n1=option.number)


def _lines(turn: Turn, options: tuple[Option, ...]) -> list[str]:
    """The options, each time with its day."""
    lines = []
    for option in options:
        start = option.data.get("start")
        named = (
            option.label if start is None else text_facts.label(datetime.fromisoformat(start), turn.facility, turn.lang)
        )
        lines.append(f"{option.number}) {named}")
    return lines


def _resident(turn: Turn) -> str | None:
    """The first name of whom the conversation is about, as far as it is known."""
    known = turn.conversation.answers.resident
    seen = (each for person in turn.speakers for each in turn.seen(person))
    return next((each.first_name for each in seen if each.id == known), None)
