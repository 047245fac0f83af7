"""Times that are said relative to a visit there is: "an hour later", "same time sunday", "what about 3"."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.understanding.answer_reader import plain_word
from bot.understanding.entities import Entity, EntityKind
from bot.understanding.lexicon import Lexicon
from bot.understanding.meaning import Grain, Window, WindowRole
from bot.understanding.phrase_list import load_phrases
from bot.understanding.tokenizer import Token

_UNITS = {
    "minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1),
}  # fmt: skip
_KINDS = (EntityKind.LENGTH, EntityKind.OFFSET, EntityKind.SHIFT)


def shifted(
    tokens: Sequence[Token], entities: Sequence[Entity], lexicons: Sequence[Lexicon], start: datetime
) -> Window | None:
    """The time that is so much earlier or later than the visit at `start`; None where the text names another time."""
    if any(each.kind in (EntityKind.CLOCK, EntityKind.CLOCKS, EntityKind.DAY, EntityKind.DATES) for each in entities):
        return None
    amount = next((each for each in entities if each.kind in _KINDS and each.data.get("unit") in _UNITS), None)
    if amount is None:
        return None
    later, earlier = _says(tokens, lexicons, "later"), _says(tokens, lexicons, "earlier")
    if later == earlier:
        return None
    away = amount.data.get("n", 1) * _UNITS[amount.data["unit"]]
    span = (tokens[amount.start].start, tokens[amount.end - 1].end)
    return Window(start + away if later else start - away, None, text=span)


def at_same_time(
    windows: tuple[Window, ...], tokens: Sequence[Token], lexicons: Sequence[Lexicon], start: datetime
) -> tuple[Window, ...]:
    """The windows with the clock of the visit at `start` where "the same time" is wanted on another day."""
    if not _says(tokens, lexicons, "same_time"):
        return windows
    return tuple(
        replace(each, start=datetime.combine(each.start.date(), start.time()), end=None, grain=Grain.TIME)
        if each.role is WindowRole.WANT and each.grain is Grain.DAY and each.start is not None
        else each
        for each in windows
    )


def _says(tokens: Sequence[Token], lexicons: Sequence[Lexicon], name: str) -> bool:
    """Whether a phrase of this list is in the text."""
    words = [plain_word(token.word, lexicons) for token in tokens]
    lists = [load_phrases(lexicon.lang).get(name) for lexicon in lexicons]
    return any(found.length_at(words, k) for found in lists if found is not None for k in range(len(words)))
