"""Fragments: joins texts sent in a row into one, before it is understood."""

import re
from collections.abc import Callable, Sequence

from bot.understanding import Grain, Meaning, Window, WindowRole

_CORRECTION = re.compile(
    r"^\W*(?:no|nah|nope|sorry|wait|actually|i mean|i meant|make (?:it|that)|not that"
    r"|perd[oó]n|mejor|digo|espera|m[aá]s bien)\b[\s,.:]*",
    re.IGNORECASE,
)
_DAY_GRAINS = frozenset({Grain.DAY, Grain.WEEKEND, Grain.WEEK, Grain.MONTH})
Read = Callable[[str], Meaning]


def joined(texts: Sequence[str], read: Read) -> str:
    """One text of all fragments, in the order they came; `read` gives the meaning of one alone.

    A later "no sunday" replaces the day said before it; it excludes Sunday only when no other day was wanted. A fragment
    that is sent twice counts once.
    """
    found: list[str] = []
    for text in texts:
        fragment = text.strip()
        if not fragment or fragment.casefold() in (each.casefold() for each in found):
            continue
        better = _correction(fragment, read)
        if better is not None:
            kept = [each for each in found if not _same_dimension(read(each), read(better))]
            if len(kept) < len(found):
                found, fragment = kept, better
        found.append(fragment)
    return "\n".join(found)


def _correction(fragment: str, read: Read) -> str | None:
    """The time in a correction ("no, sunday" gives "sunday"); None for a fragment that corrects nothing."""
    lead = _CORRECTION.match(fragment)
    rest = fragment[lead.end() :].strip() if lead else ""
    return rest if rest and _wanted_windows(read(rest)) else None


def _wanted_windows(meaning: Meaning) -> list[Window]:
    return [window for window in meaning.windows if window.role == WindowRole.WANT]


def _same_dimension(one: Meaning, other: Meaning) -> bool:
    """Whether both say a day, or both a time of day, so that one replaces the other."""
    ours, theirs = _wanted_windows(one), _wanted_windows(other)
    if not ours or not theirs:
        return False
    return any((mine.grain in _DAY_GRAINS) == (yours.grain in _DAY_GRAINS) for mine in ours for yours in theirs)
