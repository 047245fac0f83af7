"""Option choice: a short reply read against the options offered: "2", "the second one", "la segunda", "yes the 3pm"."""

from collections.abc import Sequence

from bot.understanding.lexicon import Lexicon
from bot.understanding.meaning import Offer, WindowRole
from bot.understanding.time_mentions import TimeMention
from bot.understanding.tokenizer import Token
from bot.understanding.windows import possible_hours

_MAX_SPOKEN_NUMBER = 9


def chosen_option(
    found: Sequence[Token], lexicons: Sequence[Lexicon], offered: Sequence[Offer], mentions: Sequence[TimeMention]
) -> int | None:
    """Which of the numbered options a reply takes, 1-based; None when it takes none or could be taken in two ways."""
    if not found or len(found) > 12:
        return None
    timed = any(w.clock is not None or w.part is not None for w in mentions)
    if timed and not (found[-1].number is not None and found[-1].number < 10 and _pointed(found[:-1])):
        return _by_time(mentions[0], offered) if len(mentions) == 1 else None
    picked = _by_number(found, lexicons, len(offered))
    return None if picked is not None and picked > _MAX_SPOKEN_NUMBER and any(w.dated for w in mentions) else picked


def _pointed(before: Sequence[Token]) -> bool:
    """ "2", "la 2", "#2": nothing before the digit but an article."""
    return len(before) <= 1 and all(t.word in ("la", "el", "the", "#") for t in before)


def _by_number(found: Sequence[Token], lexicons: Sequence[Lexicon], offers: int) -> int | None:
    """One number or ordinal and nothing else but words like "the", "one", "please"."""
    numbers: list[int] = []
    for token in found:
        if token.number is not None:
            numbers.append(token.number)
        elif (spoken := _spoken(token.word, lexicons, offers, len(found))) is not None:
            numbers.append(spoken)
        elif not any(token.word in x.lists["option"] for x in lexicons) and token.word not in ("st", "nd", "rd", "th"):
            return None
    words = {t.word for t in found}
    if len(set(numbers)) > 1 and words & {"one", "a", "una", "uno", "un"}:
        numbers = [
            n
            for t, n in zip([t for t in found if _counts(t, lexicons, offers)], numbers, strict=False)
            if t.word not in ("one", "una", "uno")
        ]
    if len(set(numbers)) != 1:
        return None
    clock = any(t.word == ":" for t in found) or numbers[0] > 99
    return None if clock or (offers and numbers[0] > max(offers, _MAX_SPOKEN_NUMBER)) else numbers[0]


def _counts(token: Token, lexicons: Sequence[Lexicon], offers: int) -> bool:
    return token.number is not None or _spoken(token.word, lexicons, offers, 3) is not None


def _spoken(word: str, lexicons: Sequence[Lexicon], offers: int, size: int) -> int | None:
    for lexicon in lexicons:
        ordinal = lexicon.classes.get("ORD", {}).get(word)
        if ordinal is not None and ordinal <= _MAX_SPOKEN_NUMBER:
            return int(ordinal)
        number = lexicon.classes["NUM"].get(word)
        if number is not None and number <= _MAX_SPOKEN_NUMBER and (size <= 2 or word not in lexicon.lists["option"]):
            return int(number)
        if offers and word in lexicon.lists["last"]:
            return offers
    return None


def _by_time(mention: TimeMention, offered: Sequence[Offer]) -> int | None:
    """The one offer that the time in the text fits: "yes the 3pm"."""
    if (
        mention.clock is None
        or mention.clock2 is not None
        or mention.open
        or mention.role != WindowRole.WANT
        or mention.offset
    ):
        return None
    hours = possible_hours(mention.clock)
    fitting = [
        n
        for n, offer in enumerate(offered, 1)
        if offer.start.hour in hours
        and offer.start.minute == mention.clock.minute
        and ("w" not in mention.day or offer.start.weekday() == mention.day["w"])
        and ("dom" not in mention.day or offer.start.day == mention.day["dom"])
    ]
    return fitting[0] if len(fitting) == 1 else None
