"""Entity merging: a day and a clock said apart become one mention; "or" and a second day begin another."""

import itertools
from dataclasses import replace
from datetime import date

from bot.understanding.date_resolution import resolve_dates
from bot.understanding.entities import Entity, EntityKind
from bot.understanding.entity_selection import select_entities
from bot.understanding.meaning import OpenEnd, WindowRole
from bot.understanding.rule_values import DayMention, RuleValues
from bot.understanding.time_mentions import EncodedText, TimeMention

MAX_MENTIONS = 24
"""No family names more days and times in one text. The limit keeps a text of 200 days fast."""


def merge_entities(
    entities: list[Entity],
    text: EncodedText,
    today: date,
    ranges: bool = True,
    lone: bool = False,
    last_day: date | None = None,
) -> list[TimeMention]:
    """The days and times of a text, in the order said.

    `ranges` off reads "from friday to sunday" as two days (a visit that is moved). `lone` lets a bare number alone be a
    clock time (we asked when). `last_day` is the last one that can be booked.
    """
    kept = select_entities(entities, text, today, lone, last_day)
    mentions: list[TimeMention] = []
    pending: dict[EntityKind, Entity] = {}
    for entity in kept:
        if len(mentions) >= MAX_MENTIONS:
            break
        if entity.kind.modifies_next:
            pending[entity.kind] = entity
        elif entity.kind == EntityKind.OPENED:
            if mentions and entity.start - mentions[-1].end <= 3:
                mentions[-1].open, mentions[-1].inclusive = OpenEnd(entity.data["open"]), True
                mentions[-1].end = entity.end
        elif entity.kind.is_time:
            for mention in _split_move(_mention_of(entity, pending), text, ranges):
                _add_mention(mentions, mention, text, ranges)
            pending = {}
    mentions = _resolve_following_days(mentions)
    if ranges:
        mentions = _join_clock_ranges(mentions, text)
    for mention in mentions:
        refused = _excluded(mention, mentions, text) or _refused(mention, mentions, text)
        mention.role = WindowRole.EXCLUDE if refused else WindowRole.WANT
    _pass_over_excluded(mentions, today)
    _share_between_linked(mentions, text)
    return _with_days_around(mentions, text)


def _with_days_around(mentions: list[TimeMention], text: EncodedText) -> list[TimeMention]:
    """ "any time but 3 on friday": what is ruled out names the day that is wanted."""
    if any(each.role == WindowRole.WANT for each in mentions):
        return mentions
    days = [each for each in mentions if each.day and each.timed and text.between(0, each.start, "any")]
    return [
        replace(each, clock=None, clock2=None, part=None, open=None, role=WindowRole.WANT) for each in days[:1]
    ] + mentions


def _resolve_following_days(mentions: list[TimeMention]) -> list[TimeMention]:
    """ "saturday to the next day": the day after the one said before. "not this sunday, the one after": its weekday.

    A day that is named by the one before it ("the next one"), where no weekday was said before it, is no day.
    """
    for before, after in itertools.pairwise(mentions):
        if "follows" in after.day and before.day and not before.day_to:
            after.day = {**before.day, "shift": (1, "day")}
        if "again" in after.day and "w" in before.day:
            weeks = after.day["again"]
            after.day = {"w": before.day["w"], "plus": before.day.get("plus", 0) + weeks}
            if not weeks:
                after.day["mod"] = "this"
    return [each for each in mentions if "again" not in each.day]


def _pass_over_excluded(mentions: list[TimeMention], today: date) -> None:
    """ "next sunday, not this one": the same day cannot be wanted and ruled out, so the next one is a week later."""
    ruled_out = {
        days.start
        for each in mentions
        if each.role == WindowRole.EXCLUDE and not each.timed and (days := resolve_dates(each.day, today)) is not None
    }
    for each in mentions:
        if each.role == WindowRole.WANT and each.day.get("mod") == "next" and "w" in each.day:
            days = resolve_dates(each.day, today)
            if days is not None and days.start in ruled_out:
                each.day["plus"] = each.day.get("plus", 0) + 1


def _join_clock_ranges(mentions: list[TimeMention], text: EncodedText) -> list[TimeMention]:
    """ "4pm today to 5pm tomorrow", "half past seven to 4pm": two clock times with only "to" between them are one range."""
    kept: list[TimeMention] = []
    for mention in mentions:
        last = kept[-1] if kept else None
        single = last is not None and last.clock and mention.clock and not last.clock2 and not mention.clock2
        if single and last is not None and last.open is None and mention.open in (None, OpenEnd.BEFORE):
            linked = _joined_by_to(last, mention, text) or _between_and(last, mention, text)
            if linked and (mention.open is None or text.between(mention.start, mention.start + 1, "to")):
                last.clock2, last.end = mention.clock, mention.end
                last.day_to = mention.day if last.day and mention.day and mention.day != last.day else {}
                last.through, last.day = bool(last.day_to), last.day or mention.day
                continue
        kept.append(mention)
    return kept


def _mention_of(entity: Entity, pending: dict[EntityKind, Entity]) -> TimeMention:
    mention = TimeMention(
        entity.start,
        entity.end,
        entity.day.copy(),
        entity.day_to.copy(),
        entity.clock,
        entity.clock2,
        entity.part,
    )
    mention.midnight = bool(entity.data.get("midnight"))
    if entity.kind == EntityKind.OFFSET:
        mention.offset, mention.span = _offset_of(entity.data), bool(entity.data.get("span"))
    opened = pending.get(EntityKind.OPEN)
    if opened is not None and entity.start - opened.end <= 3:
        mention.open, mention.start = OpenEnd(opened.data["open"]), opened.start
        mention.inclusive = bool(opened.data.get("whole"))
    shift = pending.get(EntityKind.SHIFT)
    if shift is not None and entity.start - shift.end <= 1 and mention.day:
        mention.day["shift"] = (-shift.data["n"] if shift.data.get("back") else shift.data["n"], shift.data["unit"])
        mention.start = shift.start
    edge = pending.get(EntityKind.EDGE)
    if edge is not None and mention.day:
        mention.day["edge"] = edge.data["edge"]
    week = pending.get(EntityKind.WEEK_OF)
    if week is not None and mention.day:
        said = week.data
        mention.day["weekof"] = "weekend" if said.get("weekend") else "later" if said.get("later") else "week"
    return mention


def _offset_of(said: RuleValues) -> tuple[int, str]:
    """How far ahead: "2.5 hours", "3/4 of an hour", "two hours and a half", "1 hour 15 minutes"."""
    n, unit = said.get("n", 1), said.get("unit", "hour")
    minutes = {"minute": 1, "hour": 60}.get(unit)
    if minutes is None:
        return n, unit
    whole = n * minutes + said.get("more", 0) + said.get("tenths", 0) * minutes // 10
    if "parts" in said:
        whole = said["num"] * minutes // max(said["parts"], 1)
    return whole + (minutes // 2 if said.get("half") else 0), "minute"


def _split_move(mention: TimeMention, text: EncodedText, ranges: bool) -> list[TimeMention]:
    """ "del viernes al domingo" is one range, but two days when a visit is moved from one to the other."""
    if ranges or not (mention.day_to or mention.clock2 or "dom2" in mention.day):
        return [mention]
    if "dom2" in mention.day:
        return _split_date_span(mention, text)
    if mention.clock2 is not None:
        if text.between(0, mention.start, "target") or not text.between(mention.start, mention.end, "target"):
            return [mention]
        return [
            replace(mention, end=mention.start + 2, clock2=None),
            replace(mention, start=mention.end - 1, clock=mention.clock2, clock2=None),
        ]
    first = replace(mention, end=mention.end - 2, day_to={}, day={"w": mention.day["w"]})
    return [first, replace(mention, start=mention.end - 1, day=mention.day_to, day_to={})]


def _split_date_span(mention: TimeMention, text: EncodedText) -> list[TimeMention]:
    """ "from the 18th to the 19th", said of a visit that is moved."""
    if not text.between(mention.start, mention.end, "target"):
        return [mention]
    first, last = mention.day.copy(), mention.day.copy()
    last["dom"] = last.pop("dom2")
    first.pop("dom2")
    if "mon2" in first:
        last["mon"] = last.pop("mon2")
        first.pop("mon2")
    return [replace(mention, end=mention.start + 1, day=first), replace(mention, start=mention.end - 1, day=last)]


def _add_mention(mentions: list[TimeMention], new: TimeMention, text: EncodedText, ranges: bool) -> None:
    last = mentions[-1] if mentions else None
    if last is None:
        mentions.append(new)
        return
    apart = text.between(last.end, new.start, "or")
    joined = new.start - last.end <= 3 and _joined_by_to(last, new, text)
    both = _between_and(last, new, text)
    if ranges and (joined or both) and _is_bare_day(last) and _is_bare_day(new):
        last.day_to, last.end = new.day, new.end
        if set(last.day) == {"w"}:
            last.day["mod"] = "this"
        last.start -= 1 if both else 0
        return
    if _close_open_range(last, new, text, ranges):
        last.end = new.end
        return
    if last.day_to and new.day and not new.timed and not apart and _can_be_same_day(last.day_to, new.day):
        last.day_to, last.end = {**last.day_to, **new.day}, new.end
        return
    if _gives_up(last, new, text):
        mentions.append(new)
        return
    if _rules_out(last, new, text):
        new.linked = "not"
        new.day = {"week": last.day["week"], **new.day} if "week" in last.day and set(new.day) == {"w"} else new.day
        mentions.append(new)
        return
    if not apart and _can_join(last, new):
        _join(last, new)
        return
    close = new.start - last.end <= 6
    new.linked = "or" if apart and close else "and" if close else ""
    mentions.append(new)


def _gives_up(last: TimeMention, new: TimeMention, text: EncodedText) -> bool:
    """ "i cant make it friday, can i get sunday": a day given up, and a question for another."""
    negated = text.between(max(0, last.start - 6), last.start, "not")
    return negated and text.between(last.end, new.start, "ask")


def _rules_out(last: TimeMention, new: TimeMention, text: EncodedText) -> bool:
    """ "friday but not in the morning", "next week except friday": what is behind the negation is ruled out in what is
    before it, and that is wanted."""
    between = text.row[last.end : new.start]
    if not last.dated or len(between) > 4 or text.marks["not"].isdisjoint(between):
        return False
    return (new.timed and not new.dated) or ("week" in last.day and "w" in new.day and not last.timed)


def _close_open_range(last: TimeMention, new: TimeMention, text: EncodedText, ranges: bool) -> bool:
    """ "after 3 but before 5", "monday until friday", "noon until 1": two open ends make one closed range."""
    until = (
        ranges
        and last.open is None
        and not last.day_to
        and not last.timed
        and text.between(new.start, new.start + 1, "to")
    )
    if new.open != OpenEnd.BEFORE or not (last.open == OpenEnd.AFTER or until) or new.start - last.end > 4:
        return False
    if last.clock and new.clock and not last.clock2 and not new.clock2 and not new.dated:
        last.clock2, last.open = new.clock, None
        return True
    if last.day and new.day and not last.timed and not new.timed and not last.day_to:
        last.day_to, last.open = new.day, None
        return True
    return False


def _joined_by_to(last: TimeMention, new: TimeMention, text: EncodedText) -> bool:
    """Nothing but "to" between them, or at the beginning of the second: "monday to friday"."""
    return text.between(last.end, new.start + 1, "to") and text.only(last.end, new.start, "to", "filler")


def _between_and(last: TimeMention, new: TimeMention, text: EncodedText) -> bool:
    """ "between monday and friday"."""
    begins = last.start > 0 and text.row[last.start - 1] in text.marks["between"]
    return begins and text.between(last.end, new.start, "and")


def _is_bare_day(mention: TimeMention) -> bool:
    """Whether only a day or days are said, so that they may begin or end a range of days."""
    if not mention.day or "follows" in mention.day or "dom2" in mention.day:
        return False
    return not mention.timed and not mention.day_to and mention.open is None


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


def _can_be_same_day(a: DayMention, b: DayMention) -> bool:
    """Whether both can describe one day: "friday" and "the 5th", "next week" and "monday"?"""
    if any(key in said for key in ("shift", "follows", "again") for said in (a, b)):
        return False
    if ("weekdays" in a and "week" in b) or ("week" in a and "weekdays" in b):
        return True
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
    last.end = new.end


def _excluded(mention: TimeMention, mentions: list[TimeMention], text: EncodedText) -> bool:
    """ "not friday", "any day but friday", "i cant do friday": a negation within three words before."""
    floor = max((w.end for w in mentions if w.end <= mention.start), default=0)
    for k in range(mention.start - 1, max(floor, mention.start - 4) - 1, -1):
        char = text.row[k]
        if char in text.marks["not"]:
            free = k + 1 < mention.start and text.row[k + 1] in text.marks["busy"] | text.marks["busy_after"]
            return not free and not (k and text.row[k - 1] in text.marks["if"])  # "i dont work friday" is free
        if char in text.marks["but"] and text.between(max(k - 4, 0), k, "any"):
            return True
        if char in text.marks["stop"]:
            return False
    return False


def _refused(mention: TimeMention, mentions: list[TimeMention], text: EncodedText) -> bool:
    """ "friday doesnt work", "i work saturday", "saturday i work": a day that is ruled out."""
    if mention.open is not None:
        return False
    before, after = mention.start, mention.end
    if text.between(after, after + 1, "bad"):  # in "at 5 not at 4" the negation belongs to what stands behind it
        return not text.between(after, after + 1, "not") or all(each.start != after + 1 for each in mentions)
    if text.between(max(before - 1, 0), before, "busy"):
        return not text.between(max(before - 2, 0), before - 1, "not")
    behind = after
    while text.between(behind, behind + 1, "speaker"):
        behind += 1
    return text.between(behind, behind + 1, "busy_after" if behind == after else "busy")


def _share_between_linked(mentions: list[TimeMention], text: EncodedText) -> None:
    """ "saturday or sunday at 2": both at 2; "friday at 2 or 3": both on Friday."""
    for a, b in itertools.pairwise(mentions):
        if b.linked and not b.dated and a.dated and b.timed:
            b.day, b.day_to = a.day.copy(), a.day_to.copy()
            if b.part is None and b.clock is not None and b.clock.ap is None and a.part is not None:
                b.part = a.part
    for a, b in zip(reversed(mentions[:-1]), reversed(mentions[1:]), strict=False):
        if b.linked and a.timed and not a.dated and b.dated:
            a.day = b.day.copy()
        same = b.linked and a.role == b.role and not text.between(a.end, b.start, "pause")
        if same and a.dated and not a.timed and b.timed and a.day != b.day and not a.day_to:
            a.clock, a.clock2, a.part, a.open = b.clock, b.clock2, b.part, b.open
    for a, b in itertools.pairwise(mentions):
        if b.linked and a.clock is not None and b.clock is not None and a.clock.ap is None and b.clock.ap is not None:
            a.clock = replace(a.clock, ap=b.clock.ap)
