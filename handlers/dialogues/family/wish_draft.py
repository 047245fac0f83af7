"""The wish for a visit as it is put together from several texts: whom, when, how long."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot import wording
from bot.conversation import Dialogue
from bot.understanding import Window
from handlers.dialogues.turn import Turn, as_span, part_of_day
from scheduling.policy.timespan import Span


def draft_of(turn: Turn) -> dict[str, Any]:
    """What is known of the wish so far, the new text's words over the old ones."""
    draft: dict[str, Any] = (
        dict(turn.conversation.answers) if turn.conversation.dialogue in (Dialogue.BOOK, Dialogue.MOVE) else {}
    )
    if turn.meaning.duration_min is not None:
        draft["minutes"] = turn.meaning.duration_min
    if turn.meaning.party is not None:
        draft["people"] = turn.meaning.party
    if wanted := [each for window in turn.wanted() if (each := _wanted(turn, window)) is not None]:
        draft["wanted"] = wanted
    elif turn.meaning.past:  # what was wished before is not what they wish now
        draft.pop("wanted", None)
    return draft


def _wanted(turn: Turn, window: Window) -> dict[str, Any] | None:
    span = as_span(window, turn)
    if span is None:
        return None
    start, end = (span.start, span.end) if isinstance(span, Span) else (span, None)
    said = turn.text[window.text[0] : window.text[1]].strip()
    return {
        "start": start.isoformat(), "end": end and end.isoformat(), "said": said, "assumed": list(window.assumed),
        "part": part_of_day(window),
    }  # fmt: skip


def spans(draft: Mapping[str, Any]) -> list[Span | datetime]:
    found: list[Span | datetime] = []
    for each in draft["wanted"]:
        start = datetime.fromisoformat(each["start"])
        found.append(Span(start, datetime.fromisoformat(each["end"])) if each["end"] else start)
    return found


def wish_words(turn: Turn, draft: Mapping[str, Any]) -> str:
    first = draft["wanted"][0]
    start = turn.local(datetime.fromisoformat(first["start"]))
    end = turn.local(datetime.fromisoformat(first["end"])) if first["end"] else None
    return wording.wish(start, end, turn.lang, part=first.get("part"))
