"""Option choice: a short reply read against the options offered: "2", "the last one", "yes the 3pm", "el domingo mejor"."""

from collections.abc import Sequence

from bot.understanding.answer import TextAnswer
from bot.understanding.lexicon import Lexicon
from bot.understanding.meaning import Offer, WindowRole
from bot.understanding.time_mentions import TimeMention
from bot.understanding.tokenizer import normalize
from bot.understanding.windows import possible_hours

MAX_WORDS_OF_CHOICE = 8
"""A longer text that names a time says more than which one."""


def chosen_option(
    answer: TextAnswer,
    words: int,
    lexicons: Sequence[Lexicon],
    offered: Sequence[Offer],
    mentions: Sequence[TimeMention],
) -> int | None:
    """Which of the numbered options a reply takes, 1-based; None when it takes none or could be taken in two ways.

    `words` is the length of the text. A number beside any words is that option where it can be nothing else.
    """
    timed = any(each.clock is not None or each.part is not None for each in mentions)
    if len(answer.numbers) == 1 and not answer.any and not answer.neither:
        other_time = timed or any(each.dated for each in mentions)
        if not answer.rest or (offered and not other_time and not _has_number(answer.rest)):
            return answer.numbers[0]
    if answer.numbers and not (timed or mentions):
        return None
    if offered and answer.rest and _names_last(answer.rest, lexicons):
        return len(offered)
    return _by_time(mentions, offered) if offered and words <= MAX_WORDS_OF_CHOICE else None


def _has_number(rest: str) -> bool:
    return any(character.isdigit() for character in rest)


def _names_last(rest: str, lexicons: Sequence[Lexicon]) -> bool:
    """Whether nothing but "the last one" is left."""
    words = [normalize(word) for word in rest.split()]
    last = {word for lexicon in lexicons for word in lexicon.lists["last"]}
    return any(word in last for word in words) and len(words) <= 3


def _by_time(mentions: Sequence[TimeMention], offered: Sequence[Offer]) -> int | None:
    """The one offer that the only time wanted in the text fits: "yes the 3pm", "sunday is better"."""
    wanted = [each for each in mentions if each.role == WindowRole.WANT]
    if len(wanted) != 1:
        return None
    mention = wanted[0]
    if mention.clock2 is not None or mention.open or mention.offset or mention.part is not None:
        return None
    if mention.clock is None and "w" not in mention.day and "dom" not in mention.day:
        return None
    fitting = [n for n, offer in enumerate(offered, 1) if _fits(mention, offer)]
    return fitting[0] if len(fitting) == 1 else None


def _fits(mention: TimeMention, offer: Offer) -> bool:
    clock = mention.clock
    if clock is not None and (offer.start.hour not in possible_hours(clock) or offer.start.minute != clock.minute):
        return False
    return ("w" not in mention.day or offer.start.weekday() == mention.day["w"]) and (
        "dom" not in mention.day or offer.start.day == mention.day["dom"]
    )
