"""Windows: which day a time mention means, which half of the day, and where it ends. Local wall time throughout."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from bot.understanding.date_resolution import DateRange, add_units, part_of_range, resolve_dates, single_day
from bot.understanding.entities import ClockTime
from bot.understanding.meaning import Grain, Offer, OpenEnd, Window
from bot.understanding.time_mentions import TimeMention

DAYTIME_START, DAYTIME_END = time(8, 0), time(19, 59)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class WindowContext:
    """What windows depend on besides the words: now, the visiting hours, the hours of the parts of the day."""

    now: datetime
    hours: Sequence[Offer]
    parts: Mapping[str, tuple[int, int]]
    month_first: bool
    offered_day: date | None = None
    last_day: date | None = None


def build_windows(mention: TimeMention, context: WindowContext) -> list[Window]:
    """The windows of one mention, without those that are over; several for several days ("weekend afternoons")."""
    try:
        made = _build_windows(mention, context)
    except (ValueError, OverflowError):
        return []
    if not made and "w" in mention.day and mention.day.get("mod") == "this" and not mention.day_to:
        # "this friday at 2", said on Friday at 3, means the next Friday.
        return build_windows(replace(mention, day={**mention.day, "mod": "", "plus": 0}), context)
    return [w for w in made if not _is_over(w, context.now)]


def _is_over(window: Window, now: datetime) -> bool:
    end = window.end if window.end is not None else window.start
    if end is None or (window.open == OpenEnd.AFTER and window.start is not None and window.start.date() >= now.date()):
        return end is None
    return end < now if window.end is None else end <= now


def _build_windows(mention: TimeMention, context: WindowContext) -> list[Window]:
    if mention.offset is not None and mention.offset[1] in ("minute", "hour"):
        now = context.now.replace(second=0, microsecond=0)
        then = now + timedelta(minutes=mention.offset[0] * (60 if mention.offset[1] == "hour" else 1))
        return [Window(now, then) if mention.span else Window(then, None)]
    if mention.day.get("rest") == "day":
        return [
            Window(context.now.replace(second=0, microsecond=0), datetime.combine(context.now.date() + DAY, time()))
        ]
    days = _days(mention, context)
    if days is None and mention.dated:
        return []
    if not mention.timed:
        return [] if days is None else [_whole_days_window(days, mention)]
    if days is None:
        return [_window_without_day(mention, context)]
    span = (days.end - days.start).days
    if mention.midnight:
        late = mention.part in ("night", "late_night") or days.start == context.now.date()
        return [Window(_moment(days.start + (DAY if late else timedelta()), ClockTime(0, exact=True)), None)]
    if days.grain == Grain.RANGE and (mention.through or not (mention.clock2 or mention.part or mention.open)):
        return [_timed_window(mention, _first_to_come(mention, days, context), context, days.assumed)]
    each = [days.start + n * DAY for n in range(min(span, 7))]
    return [_timed_window(mention, d, context, days.assumed) for d in each]


def _first_to_come(mention: TimeMention, days: DateRange, context: WindowContext) -> date:
    """The first of several days whose clock is not over: "every weekday at 2" said on a Monday evening is tomorrow."""
    each = (days.start + n * DAY for n in range((days.end - days.start).days))
    return next((d for d in each if not _is_over(_timed_window(mention, d, context, ()), context.now)), days.start)


def _days(mention: TimeMention, context: WindowContext) -> DateRange | None:
    today = context.now.date()
    if mention.offset is not None:
        return single_day(_on_weekday(add_units(today, mention.offset[0], mention.offset[1]), mention))
    if not mention.day:
        return None
    said = mention.day.copy()
    if "year" in mention.day_to and "mon" in said and "year" not in said:
        said["year"] = mention.day_to["year"] - (said["mon"] > mention.day_to.get("mon", 12))
    shift, edge_of = said.pop("shift", None), said.pop("edge", None)
    days = resolve_dates(said, today, context.month_first, context.last_day) if said else single_day(today)
    if days is not None and shift is not None:
        days = single_day(add_units(days.start, *shift), *days.assumed)
    if days is not None and edge_of is not None:
        days = part_of_range(days, edge_of)
    if days is None or not mention.day_to:
        return days
    last = resolve_dates(mention.day_to, days.start, context.month_first)
    if last is None or last.end <= days.start:
        return days
    return DateRange(days.start, last.end, Grain.RANGE, days.assumed + last.assumed)


def _on_weekday(day: date, mention: TimeMention) -> date:
    """ "in two weeks on friday": that week's Friday; "in 3 days on friday": the nearest one (the count is approximate)."""
    if "w" not in mention.day or mention.offset is None:
        return day
    away = mention.day["w"] - day.weekday()
    if mention.offset[1] != "week":
        away = (away + 3) % 7 - 3
    return day + timedelta(days=away)


def _whole_days_window(days: DateRange, mention: TimeMention) -> Window:
    start = datetime.combine(days.start, time())
    end = datetime.combine(days.end, time())
    if mention.open == OpenEnd.AFTER:
        return Window(start if mention.inclusive else end, None, days.grain, OpenEnd.AFTER, assumed=days.assumed)
    if mention.open == OpenEnd.BEFORE:
        return Window(None, end if mention.inclusive else start, days.grain, OpenEnd.BEFORE, assumed=days.assumed)
    return Window(start, end, days.grain, assumed=days.assumed)


def _window_without_day(mention: TimeMention, context: WindowContext) -> Window:
    """A time without a day: today when it is still to come, else tomorrow."""
    today = context.now.date()
    if context.offered_day is not None and context.offered_day >= today:
        return _timed_window(mention, context.offered_day, context, ("offered_day",))
    if mention.midnight:
        return Window(datetime.combine(today + DAY, time()), None, assumed=("day",))
    window = _timed_window(mention, today, context, ("day",), other_half=False)
    late = window.open == OpenEnd.AFTER and window.start is not None and window.start < context.now
    if late or _is_over(window, context.now):
        window = _timed_window(mention, today + DAY, context, ("day",), other_half=False)
    return window


def _timed_window(
    mention: TimeMention, day: date, context: WindowContext, assumed: tuple[str, ...], other_half: bool = True
) -> Window:
    if mention.clock is None:
        first, last = context.parts[_part(mention, context)]
        start, end = datetime.combine(day, time(first)), _hours_on(day, last)
        if mention.open == OpenEnd.AFTER:
            return Window(end, None, Grain.PART, OpenEnd.AFTER, assumed=assumed)
        if mention.open == OpenEnd.BEFORE:
            return Window(None, start, Grain.PART, OpenEnd.BEFORE, assumed=assumed)
        return Window(start, end, Grain.PART, assumed=assumed)
    start, guess = _choose_half(mention.clock, day, mention, context, other_half)
    assumed = assumed + guess
    if mention.clock2 is not None:
        until = resolve_dates(mention.day_to, day, context.month_first) if mention.through else None
        if until is not None and until.start > day:
            end, more = _choose_half(mention.clock2, until.start, replace(mention, clock2=None), context, other_half)
            return Window(start, end, assumed=assumed + more)
        return Window(*_range(mention, start, day), assumed=assumed)
    if mention.open == OpenEnd.BEFORE:
        return Window(None, start, Grain.TIME, OpenEnd.BEFORE, assumed=assumed)
    return Window(start, None, Grain.TIME, mention.open, assumed=assumed)


def _part(mention: TimeMention, context: WindowContext) -> str:
    """ "early saturday morning": the word before the day narrows the part behind it."""
    said = mention.part or "afternoon"
    part = next((p for p in (said, said.split("_")[-1]) if p in context.parts), "afternoon")
    narrowed = f"{ {'start': 'early', 'end': 'late', 'middle': 'mid'}.get(mention.day.get('edge', ''), '') }_{part}"
    return narrowed if narrowed in context.parts else part


def _hours_on(day: date, hour: int) -> datetime:
    return datetime.combine(day, time()) + timedelta(hours=hour)


def _moment(day: date, clock: ClockTime, hour: int | None = None) -> datetime:
    return datetime.combine(day, time(clock.hour if hour is None else hour, clock.minute))


def possible_hours(clock: ClockTime) -> tuple[int, ...]:
    """The hours of the day that a clock time can mean."""
    if clock.exact or clock.hour > 12:
        return (clock.hour,)
    base = clock.hour % 12
    if clock.ap:
        return (base + (12 if clock.ap == "pm" else 0),)
    return (base, base + 12)


def _choose_half(
    clock: ClockTime, day: date, mention: TimeMention, context: WindowContext, other_half: bool
) -> tuple[datetime, tuple[str, ...]]:
    """The half of the day: the one said, else by the part of day, by visiting hours, or between 08:00 and 19:59."""
    if mention.clock2 is not None and clock.ap is None and not clock.exact:
        clock = _half_of_end(clock, mention.clock2)
    options = [_moment(day, clock, h) for h in possible_hours(clock)]
    if len(options) == 1:
        return options[0], ()
    if mention.part is not None:
        first, last = context.parts[_part(mention, context)]
        low, high = datetime.combine(day, time(first)) - timedelta(hours=2), _hours_on(day, last) + timedelta(hours=1)
        inside = [o for o in options if low <= o < high] or [options[0] if last <= 12 else options[1]]
        return inside[0], ()
    inside = [o for o in options if _is_visiting_hour(o, context.hours)] if context.hours else []
    inside = inside or [o for o in options if DAYTIME_START <= o.time() <= DAYTIME_END]
    best = inside[0] if inside else options[1]
    if other_half and best <= context.now and options[1] > context.now and day == context.now.date():
        best = options[1]
    return best, ("pm" if best.hour >= 12 else "am",)


def _half_of_end(clock: ClockTime, end: ClockTime) -> ClockTime:
    """ "7 to 8 pm": the first clock time takes the half of the second, unless it would then come after it ("11 to 1 pm")."""
    if end.ap is None:
        return clock
    first, last = clock.hour % 12 * 60 + clock.minute, end.hour % 12 * 60 + end.minute
    if first < last:
        return replace(clock, ap=end.ap)
    return replace(clock, ap="am" if end.ap == "pm" else "pm")


def _is_visiting_hour(at: datetime, hours: Sequence[Offer]) -> bool:
    """Whether visits take place at this hour: on its own day when hours are given for it, else on any day."""
    same = [h for h in hours if h.start.date() == at.date()]
    return any(h.start.time() <= at.time() and (h.end is None or at.time() <= h.end.time()) for h in same or hours)


def _range(mention: TimeMention, start: datetime, day: date) -> tuple[datetime, datetime]:
    clock2 = mention.clock2 or ClockTime(0)
    ends = [_moment(day, clock2, h) for h in possible_hours(clock2)]
    ends += [e + DAY for e in ends]
    return start, next(e for e in ends if e > start)
