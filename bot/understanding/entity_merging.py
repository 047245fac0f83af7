"""Joining what was found: a day and a clock said apart become one wish; "or" and a second day begin another."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

from bot.understanding.date_resolution import resolve_dates
from bot.understanding.entity_extraction import ClockTime, Entity
from bot.understanding.lexicon import Lexicon
from bot.understanding.meaning import OpenEnd, WindowRole

# Nobody wishes for more in one text; a text of 200 days must not be slow.
MAX_MENTIONS = 24


@dataclass
class TimeMention:
    """One wish being put together: what it says about the day and the time, and the tokens it covers."""

    i: int
    j: int
    day: dict[str, Any] = field(default_factory=dict)
    day_to: dict[str, Any] = field(default_factory=dict)
    clock: ClockTime | None = None
    clock2: ClockTime | None = None
    part: str | None = None
    open: OpenEnd | None = None
    offset: tuple[int, str] | None = None
    midnight: bool = False
    span: bool = False
    through: bool = False
    inclusive: bool = False
    role: WindowRole = WindowRole.WANT
    linked: str = ""
    inherited: bool = False

    @property
    def timed(self) -> bool:
        return self.clock is not None or self.part is not None

    @property
    def dated(self) -> bool:
        return bool(self.day) or self.offset is not None


class EncodedText:
    """The row of one text with the little words of its language, to ask what stands between two pieces."""

    def __init__(self, lexicons: Sequence[Lexicon], row: str) -> None:
        self.row = row
        self.marks = lexicons[0].marks
        self._unions = lexicons[0].unions if len(lexicons) == 1 else {}
        for other in lexicons[1:]:
            self.marks = {k: v | other.marks.get(k, frozenset()) for k, v in self.marks.items()}

    def between(self, i: int, j: int, mark: str) -> bool:
        """Does a word of this kind stand between two places?"""
        return not self.marks[mark].isdisjoint(self.row[i:j])

    def only(self, i: int, j: int, *marks: str) -> bool:
        """Do only words of these kinds stand between two places?"""
        return self._any_of(marks).issuperset(self.row[i:j])

    def _any_of(self, marks: tuple[str, ...]) -> frozenset[str]:
        found = self._unions.get(marks)
        if found is None:
            found = self._unions[marks] = frozenset().union(*(self.marks[m] for m in marks))
        return found

    @cached_property
    def core(self) -> tuple[int, int]:
        """Where the text begins and ends without the small words around it."""
        telling = [i for i, char in enumerate(self.row) if char not in self.marks["filler"]]
        return (telling[0], telling[-1] + 1) if telling else (len(self.row), 0)


def merge_entities(
    items: list[Entity], text: EncodedText, today: date, ranges: bool = True, lone: bool = False
) -> list[TimeMention]:
    """The wishes in a text, in the order said. `ranges` off reads "from friday to sunday" as two days.
    `lone` lets a bare number alone be a clock (we asked when)."""
    kept = _drop_weak_entities(items, text, today, lone)
    found: list[TimeMention] = []
    pending: dict[str, Any] = {}
    for item in kept:
        if len(found) >= MAX_MENTIONS:
            break
        if item.make in ("open", "shift", "weekof", "edge"):
            pending[item.make] = item
        elif item.make == "opened":
            if found and item.i - found[-1].j <= 3:
                found[-1].open, found[-1].inclusive = OpenEnd(item.data["open"]), True
                found[-1].j = item.j
        elif item.make in ("day", "dates", "weekdays", "numeric", "part", "clock", "clocks", "offset"):
            for wish in _split_move(_mention_of(item, pending), text, ranges):
                _add_mention(found, wish, text, ranges)
            pending = {}
    _resolve_following_days(found)
    if ranges:
        found = _join_clock_ranges(found, text)
    for wish in found:
        refused = _excluded(wish, found, text) or _refused(wish, text)
        wish.role = WindowRole.EXCLUDE if refused else WindowRole.WANT
    _share_between_linked(found, text)
    return found


def _resolve_following_days(found: list[TimeMention]) -> None:
    """ "saturday to the next day": the day after the one said before."""
    for before, after in itertools.pairwise(found):
        if "follows" in after.day and before.day and not before.day_to:
            after.day = {**before.day, "shift": (1, "day")}


def _join_clock_ranges(found: list[TimeMention], text: EncodedText) -> list[TimeMention]:
    """ "4pm today to 5pm tomorrow", "half past seven to 4pm": two clocks with nothing but "to" between them."""
    kept: list[TimeMention] = []
    for wish in found:
        last = kept[-1] if kept else None
        single = last is not None and last.clock and wish.clock and not last.clock2 and not wish.clock2
        if single and last is not None and last.open is None and wish.open in (None, OpenEnd.BEFORE):
            begun = last.i > 0 and text.row[last.i - 1] in text.marks["between"] and text.between(last.j, wish.i, "and")
            joined = text.between(last.j, wish.i + 1, "to") and text.only(last.j, wish.i, "to", "filler")
            if (joined or begun) and (wish.open is None or text.between(wish.i, wish.i + 1, "to")):
                last.clock2, last.j = wish.clock, wish.j
                last.day_to = wish.day if last.day and wish.day and wish.day != last.day else {}
                last.through, last.day = bool(last.day_to), last.day or wish.day
                continue
        kept.append(wish)
    return kept


def _drop_weak_entities(items: list[Entity], text: EncodedText, today: date, lone: bool) -> list[Entity]:
    """Weak pieces (a bare number, "6 to 8") count only beside a day or a clock, or when nothing else is there."""
    strong = [
        i
        for i in items
        if not i.weak and i.make in ("day", "dates", "weekdays", "numeric", "part", "clock", "clocks", "offset")
    ]
    kept: list[Entity] = []
    for n, item in enumerate(items):
        if item.make in ("none", "length"):
            continue
        if item.data.get("soft") and any(s.day for s in strong if s is not item):
            continue
        chained = kept and kept[-1].weak and kept[-1].clock and item.i - kept[-1].j <= 2
        listed = chained and text.only(kept[-1].j, item.i, "filler", "or")
        if (
            item.weak
            and not listed
            and not _is_beside_strong(item, items, n, text)
            and (strong or not _is_whole_text(item, text, lone))
        ):
            continue
        previous = kept[-1] if kept and kept[-1].day and item.i - kept[-1].j <= 1 else None
        kept.append(
            _read_bare_number(item, previous, today)
            if item.make == "bare"
            else _read_dashed_numbers(item, previous, today)
        )
    return kept


def _is_whole_text(item: Entity, text: EncodedText, lone: bool) -> bool:
    first, last = text.core
    return item.i <= first and last <= item.j and (lone or item.make != "bare")


def _is_beside_strong(item: Entity, items: list[Entity], n: int, text: EncodedText) -> bool:
    for other in (items[n - 1] if n else None, items[n + 1] if n + 1 < len(items) else None):
        if other is None or other.make in ("none", "length", "opened") or (other.weak and other.make == "bare"):
            continue
        low, high = (other.j, item.i) if other.i < item.i else (item.j, other.i)
        near = high - low <= 4 and text.only(low, high, "filler", "or")
        if near and (item.make != "bare" or other.day or other.part or other.make == "open"):
            return True
        if near and item.make == "bare" and other.clock is not None and text.between(low, high, "or"):
            return True
    return False


def _read_bare_number(item: Entity, day: Entity | None, today: date) -> Entity:
    """A number right after a day: "Tuesday 19" is a date, "friday 3" a clock, unless the 3rd is a Friday."""
    n = item.data["n"]
    clock = replace(item, clock=ClockTime(n, 0, None, n > 12)) if n < 24 else item
    date_item = replace(item, day={"dom": n})
    date_item.make, clock.make = "day", "clock"
    if n > 24:
        return date_item
    weekday = None if day is None or "dom" in day.day or "x" in day.day else day.day.get("w")
    if weekday is not None and (n > 12 or _falls_on_weekday_soon(weekday, n, today)):
        return date_item
    return clock


@lru_cache(maxsize=1024)
def _falls_on_weekday_soon(weekday: int, dom: int, today: date) -> bool:
    """Does this day of the month fall on this weekday within a month?"""
    days = resolve_dates({"w": weekday, "dom": dom}, today)
    return days is not None and (days.start - today).days <= 31 and days.start.weekday() == weekday


def _read_dashed_numbers(item: Entity, day: Entity | None, today: date) -> Entity:
    """ "friday 6-8" is a stretch of the day, unless June 8 (or August 6) is a Friday."""
    if item.make != "numeric" or item.day.get("sep") != "-" or day is None or "w" not in day.day:
        return item
    days = resolve_dates({**item.day, "w": day.day["w"]}, today)
    if days is not None and days.start.weekday() == day.day["w"]:
        return item
    first, last = item.day["x"], item.day["y"]
    if first > 23 or last > 23:
        return item
    clocks = (ClockTime(first, exact=first > 12), ClockTime(last, exact=last > 12))
    return replace(item, make="clocks", day={}, clock=clocks[0], clock2=clocks[1])


def _mention_of(item: Entity, pending: dict[str, Any]) -> TimeMention:
    wish = TimeMention(
        item.i, item.j, dict(item.day), dict(item.data.get("to", {})), item.clock, item.clock2, item.part
    )
    wish.midnight = bool(item.data.get("midnight"))
    if item.make == "offset":
        wish.offset, wish.span = _offset_of(item.data), bool(item.data.get("span"))
    opened = pending.get("open")
    if opened is not None and item.i - opened.j <= 3:
        wish.open, wish.i = OpenEnd(opened.data["open"]), opened.i
        wish.inclusive = bool(opened.data.get("whole"))
    shift = pending.get("shift")
    if shift is not None and item.i - shift.j <= 1 and wish.day:
        wish.day["shift"] = (-shift.data["n"] if shift.data.get("back") else shift.data["n"], shift.data["unit"])
        wish.i = shift.i
    if pending.get("edge") is not None and wish.day:
        wish.day["edge"] = pending["edge"].data["edge"]
    if pending.get("weekof") is not None and wish.day:
        said = pending["weekof"].data
        wish.day["weekof"] = "weekend" if said.get("weekend") else "later" if said.get("later") else "week"
    return wish


def _offset_of(said: dict[str, Any]) -> tuple[int, str]:
    """How far ahead: "2.5 hours", "3/4 of an hour", "two hours and a half", "1 hour 15 minutes"."""
    n, unit = said.get("n", 1), said.get("unit", "hour")
    minutes = {"minute": 1, "hour": 60}.get(unit)
    if minutes is None:
        return n, unit
    whole = n * minutes + said.get("more", 0) + said.get("tenths", 0) * minutes // 10
    if "parts" in said:
        whole = said["num"] * minutes // max(said["parts"], 1)
    return whole + (minutes // 2 if said.get("half") else 0), "minute"


def _split_move(wish: TimeMention, text: EncodedText, ranges: bool) -> list[TimeMention]:
    """ "del viernes al domingo" is one stretch, but two days where a visit is moved from one to the other."""
    if ranges or not (wish.day_to or wish.clock2 or "dom2" in wish.day):
        return [wish]
    if "dom2" in wish.day:
        return _split_date_span(wish, text)
    if wish.clock2 is not None:
        if text.between(0, wish.i, "target") or not text.between(wish.i, wish.j, "target"):
            return [wish]
        return [replace(wish, j=wish.i + 2, clock2=None), replace(wish, i=wish.j - 1, clock=wish.clock2, clock2=None)]
    first = replace(wish, j=wish.j - 2, day_to={}, day={"w": wish.day["w"]})
    return [first, replace(wish, i=wish.j - 1, day=wish.day_to, day_to={})]


def _split_date_span(wish: TimeMention, text: EncodedText) -> list[TimeMention]:
    """ "from the 18th to the 19th", said of a visit that is moved."""
    if not text.between(wish.i, wish.j, "target"):
        return [wish]
    said = dict(wish.day)
    last = {**said, "dom": said.pop("dom2")}
    last.pop("dom2")
    if "mon2" in said:
        last["mon"] = last.pop("mon2")
        said.pop("mon2")
    return [replace(wish, j=wish.i + 1, day=said), replace(wish, i=wish.j - 1, day=last)]


def _add_mention(found: list[TimeMention], new: TimeMention, text: EncodedText, ranges: bool) -> None:
    last = found[-1] if found else None
    if last is None:
        found.append(new)
        return
    apart = text.between(last.j, new.i, "or")
    joined = new.i - last.j <= 3 and text.between(last.j, new.i + 1, "to") and text.only(last.j, new.i, "to", "filler")
    both = last.i > 0 and text.row[last.i - 1] in text.marks["between"] and text.between(last.j, new.i, "and")
    if ranges and (joined or both) and _is_bare_day(last) and _is_bare_day(new):
        last.day_to, last.j = new.day, new.j
        if set(last.day) == {"w"}:
            last.day["mod"] = "this"
        last.i -= 1 if both else 0
        return
    if _close_open_range(last, new, text, ranges):
        last.j = new.j
        return
    if last.day_to and new.day and not new.timed and not apart and _can_be_same_day(last.day_to, new.day):
        last.day_to, last.j = {**last.day_to, **new.day}, new.j
        return
    if not apart and _can_join(last, new):
        _join(last, new)
        return
    close = new.i - last.j <= 6
    new.linked = "or" if apart and close else "and" if close else ""
    found.append(new)


def _close_open_range(last: TimeMention, new: TimeMention, text: EncodedText, ranges: bool) -> bool:
    """ "after 3 but before 5", "monday until friday", "noon until 1": two open ends close into one stretch."""
    until = ranges and last.open is None and not last.day_to and not last.timed and text.between(new.i, new.i + 1, "to")
    if new.open != OpenEnd.BEFORE or not (last.open == OpenEnd.AFTER or until) or new.i - last.j > 4:
        return False
    if last.clock and new.clock and not last.clock2 and not new.clock2 and not new.dated:
        last.clock2, last.open = new.clock, None
        return True
    if last.day and new.day and not last.timed and not new.timed and not last.day_to:
        last.day_to, last.open = new.day, None
        return True
    return False


def _is_bare_day(wish: TimeMention) -> bool:
    """A day or days and nothing else, which may begin or end a stretch of days."""
    if not wish.day or "follows" in wish.day or "dom2" in wish.day:
        return False
    return not wish.timed and not wish.day_to and wish.open is None


def _can_join(last: TimeMention, new: TimeMention) -> bool:
    if new.offset is not None:
        named = set(last.day) == {"w"} and not last.day_to and new.offset[1] in ("day", "week")
        return (not last.dated or named) and not (new.offset[1] in ("minute", "hour") and last.timed)
    if last.offset is not None and (last.offset[1] in ("minute", "hour") or (new.day and "w" not in new.day)):
        return False
    if last.clock is not None and new.clock is not None:
        return False
    if last.part is not None and new.part is not None and last.part.split("_")[-1] != new.part.split("_")[-1]:
        return False
    if last.day == new.day and last.clock is not None and last.day:
        return False
    if last.day and new.day:
        return _can_be_same_day(last.day, new.day)
    return not (last.day_to and new.day)


def _can_be_same_day(a: dict[str, Any], b: dict[str, Any]) -> bool:
    """Can both be said of one day: "friday" and "the 5th", "next week" and "monday"?"""
    if any(key in said for key in ("shift", "follows") for said in (a, b)):
        return False
    for x, y in ((a, b), (b, a)):
        if "w" in x and "w" not in y and "dom2" not in y:
            return "months" not in y
        if "dom" in x and "mon" not in x and ("months" in y or "month" in y):
            return True
    return a == b or ("w" in a and a.get("w") == b.get("w"))


def _join(last: TimeMention, new: TimeMention) -> None:
    if "days" in new.day and "w" in last.day:
        last.day = {}
    last.day = {**last.day, **new.day} if "days" not in last.day else last.day
    last.clock, last.clock2 = last.clock or new.clock, last.clock2 or new.clock2
    last.part = new.part if new.part and (last.part is None or "_" in new.part) else last.part
    last.open, last.offset = last.open or new.open, last.offset or new.offset
    last.inclusive = last.inclusive or new.inclusive
    last.midnight = last.midnight or new.midnight
    last.j = new.j


def _excluded(wish: TimeMention, found: list[TimeMention], text: EncodedText) -> bool:
    """ "not friday", "any day but friday", "i cant do friday": a refusal within three words before."""
    floor = max((w.j for w in found if w.j <= wish.i), default=0)
    for k in range(wish.i - 1, max(floor, wish.i - 4) - 1, -1):
        char = text.row[k]
        if char in text.marks["not"]:
            return not (k and text.row[k - 1] in text.marks["if"])
        if char in text.marks["but"] and text.between(max(k - 4, 0), k, "any"):
            return True
        if char in text.marks["stop"]:
            return False
    return False


def _refused(wish: TimeMention, text: EncodedText) -> bool:
    """ "friday doesnt work", "i work saturday": a day that does not suit."""
    if wish.open is not None:
        return False
    return text.between(wish.j, wish.j + 1, "bad") or text.between(max(wish.i - 1, 0), wish.i, "busy")


def _share_between_linked(found: list[TimeMention], text: EncodedText) -> None:
    """ "saturday or sunday at 2": both at 2; "friday at 2 or 3": both on Friday."""
    for a, b in itertools.pairwise(found):
        if b.linked and not b.dated and a.dated and b.timed:
            b.day, b.day_to = dict(a.day), dict(a.day_to)
            if b.part is None and b.clock is not None and b.clock.ap is None and a.part is not None:
                b.part = a.part
    for a, b in zip(reversed(found[:-1]), reversed(found[1:]), strict=False):
        if b.linked and a.timed and not a.dated and b.dated:
            a.day = dict(b.day)
        same = b.linked and a.role == b.role and not text.between(a.j, b.i, "pause")
        if same and a.dated and not a.timed and b.timed and a.day != b.day and not a.day_to:
            a.clock, a.clock2, a.part, a.open = b.clock, b.clock2, b.part, b.open
    for a, b in itertools.pairwise(found):
        if b.linked and a.clock is not None and b.clock is not None and a.clock.ap is None and b.clock.ap is not None:
            a.clock = replace(a.clock, ap=b.clock.ap)
