"""From wishes to windows: which day, which half of the day, where it ends. Local wall time throughout."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from bot.understanding.date_resolution import DateRange, add_units, part_of_range, resolve_dates, single_day
from bot.understanding.entity_extraction import ClockTime
from bot.understanding.entity_merging import TimeMention
from bot.understanding.meaning import Grain, Offer, OpenEnd, Window

DAYTIME_START, DAYTIME_END = time(8, 0), time(19, 59)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class WindowContext:
    """What windows depend on besides the words: now, when visits are, the hours of parts of the day."""

    now: datetime
    hours: Sequence[Offer]
    parts: Mapping[str, tuple[int, int]]
    month_first: bool
    offered_day: date | None = None


def build_windows(wish: TimeMention, here: WindowContext) -> list[Window]:
    """The windows of one wish, none over before now. Several when it names several days ("weekend afternoons")."""
    try:
        made = _build_windows(wish, here)
    except (ValueError, OverflowError):
        return []
    if not made and "w" in wish.day and wish.day.get("mod") == "this" and not wish.day_to:
        # Said on the day itself, when the hour is past: the one after it.
        return build_windows(replace(wish, day={**wish.day, "mod": "", "plus": 0}), here)
    return [w for w in made if not _is_over(w, here.now)]


def _is_over(window: Window, now: datetime) -> bool:
    end = window.end if window.end is not None else window.start
    if end is None or (window.open == OpenEnd.AFTER and window.start is not None and window.start.date() >= now.date()):
        return end is None
    return end < now if window.end is None else end <= now


def _build_windows(wish: TimeMention, here: WindowContext) -> list[Window]:
    if wish.offset is not None and wish.offset[1] in ("minute", "hour"):
        now = here.now.replace(second=0, microsecond=0)
        then = now + timedelta(minutes=wish.offset[0] * (60 if wish.offset[1] == "hour" else 1))
        return [Window(now, then) if wish.span else Window(then, None)]
    if wish.day.get("rest") == "day":
        return [Window(here.now.replace(second=0, microsecond=0), datetime.combine(here.now.date() + DAY, time()))]
    days = _days(wish, here)
    if days is None and wish.dated:
        return []
    if not wish.timed:
        return [] if days is None else [_whole_days_window(days, wish)]
    if days is None:
        return [_window_without_day(wish, here)]
    span = (days.end - days.start).days
    if wish.midnight:
        late = wish.part in ("night", "late_night") or days.start == here.now.date()
        return [Window(_moment(days.start + (DAY if late else timedelta()), ClockTime(0, exact=True)), None)]
    if days.grain == Grain.RANGE and (wish.through or not (wish.clock2 or wish.part or wish.open)):
        return [_timed_window(wish, _first_to_come(wish, days, here), here, days.assumed)]
    each = [days.start + n * DAY for n in range(min(span, 7))]
    return [_timed_window(wish, d, here, days.assumed) for d in each]


def _first_to_come(wish: TimeMention, days: DateRange, here: WindowContext) -> date:
    """The first of several days whose clock is not over: "every weekday at 2" said on a Monday evening is tomorrow."""
    each = (days.start + n * DAY for n in range((days.end - days.start).days))
    return next((d for d in each if not _is_over(_timed_window(wish, d, here, ()), here.now)), days.start)


def _days(wish: TimeMention, here: WindowContext) -> DateRange | None:
    today = here.now.date()
    if wish.offset is not None:
        return single_day(_on_weekday(add_units(today, wish.offset[0], wish.offset[1]), wish))
    if not wish.day:
        return None
    said = dict(wish.day)
    if "year" in wish.day_to and "mon" in said and "year" not in said:
        said["year"] = wish.day_to["year"] - (said["mon"] > wish.day_to.get("mon", 12))
    shift, edge_of = said.pop("shift", None), said.pop("edge", None)
    days = resolve_dates(said, today, here.month_first) if said else single_day(today)
    if days is not None and shift is not None:
        days = single_day(add_units(days.start, *shift), *days.assumed)
    if days is not None and edge_of is not None:
        days = part_of_range(days, edge_of)
    if days is None or not wish.day_to:
        return days
    last = resolve_dates(wish.day_to, days.start, here.month_first)
    if last is None or last.end <= days.start:
        return days
    return DateRange(days.start, last.end, Grain.RANGE, days.assumed + last.assumed)


def _on_weekday(day: date, wish: TimeMention) -> date:
    """ "in two weeks on friday": that week's Friday; "in 3 days on friday": the nearest one, the count being loose."""
    if "w" not in wish.day or wish.offset is None:
        return day
    away = wish.day["w"] - day.weekday()
    if wish.offset[1] != "week":
        away = (away + 3) % 7 - 3
    return day + timedelta(days=away)


def _whole_days_window(days: DateRange, wish: TimeMention) -> Window:
    start = datetime.combine(days.start, time())
    end = datetime.combine(days.end, time())
    if wish.open == OpenEnd.AFTER:
        return Window(start if wish.inclusive else end, None, days.grain, OpenEnd.AFTER, assumed=days.assumed)
    if wish.open == OpenEnd.BEFORE:
        return Window(None, end if wish.inclusive else start, days.grain, OpenEnd.BEFORE, assumed=days.assumed)
    return Window(start, end, days.grain, assumed=days.assumed)


def _window_without_day(wish: TimeMention, here: WindowContext) -> Window:
    """A time without a day: today when it is still to come, else tomorrow."""
    today = here.now.date()
    if here.offered_day is not None and here.offered_day >= today:
        return _timed_window(wish, here.offered_day, here, ("offered_day",))
    if wish.midnight:
        return Window(datetime.combine(today + DAY, time()), None, assumed=("day",))
    window = _timed_window(wish, today, here, ("day",), other_half=False)
    late = window.open == OpenEnd.AFTER and window.start is not None and window.start < here.now
    if late or _is_over(window, here.now):
        window = _timed_window(wish, today + DAY, here, ("day",), other_half=False)
    return window


def _timed_window(
    wish: TimeMention, day: date, here: WindowContext, assumed: tuple[str, ...], other_half: bool = True
) -> Window:
    if wish.clock is None:
        first, last = here.parts[_part(wish, here)]
        start, end = datetime.combine(day, time(first)), _hours_on(day, last)
        if wish.open == OpenEnd.AFTER:
            return Window(end, None, Grain.PART, OpenEnd.AFTER, assumed=assumed)
        if wish.open == OpenEnd.BEFORE:
            return Window(None, start, Grain.PART, OpenEnd.BEFORE, assumed=assumed)
        return Window(start, end, Grain.PART, assumed=assumed)
    start, guess = _choose_half(wish.clock, day, wish, here, other_half)
    assumed = assumed + guess
    if wish.clock2 is not None:
        until = resolve_dates(wish.day_to, day, here.month_first) if wish.through else None
        if until is not None and until.start > day:
            end, more = _choose_half(wish.clock2, until.start, replace(wish, clock2=None), here, other_half)
            return Window(start, end, assumed=assumed + more)
        return Window(*_range(wish, start, day), assumed=assumed)
    if wish.open == OpenEnd.BEFORE:
        return Window(None, start, Grain.TIME, OpenEnd.BEFORE, assumed=assumed)
    return Window(start, None, Grain.TIME, wish.open, assumed=assumed)


def _part(wish: TimeMention, here: WindowContext) -> str:
    """ "early saturday morning": the word before the day narrows the part behind it."""
    said = wish.part or "afternoon"
    part = next((p for p in (said, said.split("_")[-1]) if p in here.parts), "afternoon")
    narrowed = f"{ {'start': 'early', 'end': 'late', 'middle': 'mid'}.get(wish.day.get('edge', ''), '') }_{part}"
    return narrowed if narrowed in here.parts else part


def _hours_on(day: date, hour: int) -> datetime:
    return datetime.combine(day, time()) + timedelta(hours=hour)


def _moment(day: date, clock: ClockTime, hour: int | None = None) -> datetime:
    return datetime.combine(day, time(clock.hour if hour is None else hour, clock.minute))


def possible_hours(clock: ClockTime) -> tuple[int, ...]:
    """The hours of the day a clock can mean."""
    if clock.exact or clock.hour > 12:
        return (clock.hour,)
    base = clock.hour % 12
    if clock.ap:
        return (base + (12 if clock.ap == "pm" else 0),)
    return (base, base + 12)


def _choose_half(
    clock: ClockTime, day: date, wish: TimeMention, here: WindowContext, other_half: bool
) -> tuple[datetime, tuple[str, ...]]:
    """The half of the day: as said, by the part of day, by visiting hours, else between 8 and 20."""
    if wish.clock2 is not None and clock.ap is None and not clock.exact:
        clock = _half_of_end(clock, wish.clock2)
    options = [_moment(day, clock, h) for h in possible_hours(clock)]
    if len(options) == 1:
        return options[0], ()
    if wish.part is not None:
        first, last = here.parts[_part(wish, here)]
        low, high = datetime.combine(day, time(first)) - timedelta(hours=2), _hours_on(day, last) + timedelta(hours=1)
        inside = [o for o in options if low <= o < high] or [options[0] if last <= 12 else options[1]]
        return inside[0], ()
    inside = [o for o in options if _is_visiting_hour(o, here.hours)] if here.hours else []
    inside = inside or [o for o in options if DAYTIME_START <= o.time() <= DAYTIME_END]
    best = inside[0] if inside else options[1]
    if other_half and best <= here.now and options[1] > here.now and day == here.now.date():
        best = options[1]
    return best, ("pm" if best.hour >= 12 else "am",)


def _half_of_end(clock: ClockTime, end: ClockTime) -> ClockTime:
    """ "7 to 8 pm": the first clock takes the half of the second, unless that would turn it round ("11 to 1 pm")."""
    if end.ap is None:
        return clock
    first, last = clock.hour % 12 * 60 + clock.minute, end.hour % 12 * 60 + end.minute
    if first < last:
        return replace(clock, ap=end.ap)
    return replace(clock, ap="am" if end.ap == "pm" else "pm")


def _is_visiting_hour(at: datetime, hours: Sequence[Offer]) -> bool:
    """Are visits open at this hour: on its own day if hours are given for it, else on any day."""
    same = [h for h in hours if h.start.date() == at.date()]
    return any(h.start.time() <= at.time() and (h.end is None or at.time() <= h.end.time()) for h in same or hours)


def _range(wish: TimeMention, start: datetime, day: date) -> tuple[datetime, datetime]:
    clock2 = wish.clock2 or ClockTime(0)
    ends = [_moment(day, clock2, h) for h in possible_hours(clock2)]
    ends += [e + DAY for e in ends]
    return start, next(e for e in ends if e > start)
