"""The wish for a visit as it is put together from several texts: whom, when, how long."""

from dataclasses import replace
from datetime import datetime

from bot import wording
from bot.conversation import Answers, Dialogue, WishedTime
from bot.understanding import Window
from handlers.dialogues.turn import Turn, as_span, part_of_day
from scheduling.policy.timespan import Span


def draft_of(turn: Turn) -> Answers:
    """What is known of the wish so far, the new text's words over the old ones."""
    draft = turn.conversation.answers if turn.conversation.dialogue in (Dialogue.BOOK, Dialogue.MOVE) else Answers()
    if turn.meaning.duration_min is not None:
        draft = replace(draft, minutes=turn.meaning.duration_min)
    if turn.meaning.party is not None:
        draft = replace(draft, people=turn.meaning.party)
    if wanted := [each for window in turn.wanted() if (each := _wanted(turn, window)) is not None]:
        draft = replace(draft, wanted=tuple(wanted))
    elif turn.meaning.past:  # what was wished before is not what they wish now
        draft = replace(draft, wanted=())
    return draft


def _wanted(turn: Turn, window: Window) -> WishedTime | None:
    span = as_span(window, turn)
    if span is None:
        return None
    start, end = (span.start, span.end) if isinstance(span, Span) else (span, None)
    said = turn.text[window.text[0] : window.text[1]].strip()
    return WishedTime(start, end, said, tuple(str(each) for each in window.assumed), part_of_day(window))


def spans(draft: Answers) -> list[Span | datetime]:
    """The windows and starting times wished for, best first."""
    return [each.start if each.end is None else Span(each.start, each.end) for each in draft.wanted]


def wish_words(turn: Turn, draft: Answers) -> str:
    """The time wished for most, in words."""
    first = draft.wanted[0]
    end = None if first.end is None else turn.local(first.end)
    return wording.wish(turn.local(first.start), end, turn.lang, part=first.part)
