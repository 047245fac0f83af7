"""Several texts in a row are one message: how fragments are put together before they are read."""

import re
from collections.abc import Callable, Sequence

from bot.understanding import Meaning, Window

_CORRECTS = re.compile(
    r"^\W*(?:no|nah|nope|sorry|wait|actually|i mean|i meant|make (?:it|that)|not that"
    r"|perd[oó]n|mejor|digo|espera|m[aá]s bien)\b[\s,.:]*",
    re.IGNORECASE,
)
_DAYS = frozenset({"day", "weekend", "week", "month"})
Read = Callable[[str], Meaning]


def joined(texts: Sequence[str], read: Read) -> str:
    """One text of all fragments, in the order they came; `read` gives the meaning of one alone.

    A later "no sunday" takes the place of the day said before it (it excludes one only where no other was wished for),
    and the same fragment sent twice counts once.
    """
    found: list[str] = []
    for text in texts:
        fragment = text.strip()
        if not fragment or fragment.casefold() in (each.casefold() for each in found):
            continue
        better = _correction(fragment, read)
        if better is not None:
            kept = [each for each in found if not _same_axis(read(each), read(better))]
            if len(kept) < len(found):
                found, fragment = kept, better
        found.append(fragment)
    return "\n".join(found)


def _correction(fragment: str, read: Read) -> str | None:
    """What "no, sunday" says instead; None for a fragment that corrects nothing."""
    lead = _CORRECTS.match(fragment)
    rest = fragment[lead.end() :].strip() if lead else ""
    return rest if rest and _wishes(read(rest)) else None


def _wishes(meaning: Meaning) -> list[Window]:
    return [window for window in meaning.windows if window.role == "want"]


def _same_axis(one: Meaning, other: Meaning) -> bool:
    """Whether both say a day, or both say a time of day: one of them stands in the other's place."""
    ours, theirs = _wishes(one), _wishes(other)
    if not ours or not theirs:
        return False
    return any((mine.grain in _DAYS) == (yours.grain in _DAYS) for mine in ours for yours in theirs)
