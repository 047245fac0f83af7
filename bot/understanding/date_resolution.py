"""Date resolution: what was said about a day -> the dates that it means. Calendar arithmetic on local dates only."""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from bot.understanding.meaning import Grain
from bot.understanding.rule_values import DayMention


@dataclass(frozen=True)
class DateRange:
    """Whole local days, half-open, with their grain and the guesses made to find them."""

    start: date
    end: date
    grain: Grain = Grain.DAY
    assumed: tuple[str, ...] = ()


def single_day(day: date, *assumed: str) -> DateRange:
    return DateRange(day, day + timedelta(days=1), Grain.DAY, assumed)


def resolve_dates(
    said: DayMention, today: date, month_first: bool = True, last_day: date | None = None
) -> DateRange | None:
    """The days that were meant, none of them entirely in the past; None when there is no such day.

    Of the two readings of "11/12", one up to `last_day` is meant rather than one after it.
    """
    try:
        return _resolve_unchecked(said, today, month_first, last_day)
    except (ValueError, OverflowError):
        return None


def _resolve_unchecked(said: DayMention, today: date, month_first: bool, last_day: date | None) -> DateRange | None:
    if "x" in said:
        return _numeric(said, today, month_first, last_day)
    if said.get("weekof"):
        named = said.copy()
        named.pop("weekof")
        inner = _resolve_unchecked(named, today, month_first, last_day)
        if inner is None:
            return None
        monday = inner.start - timedelta(days=inner.start.weekday())
        saturday = monday + timedelta(days=5)
        if said["weekof"] == "weekend":
            return DateRange(saturday, saturday + timedelta(days=2), Grain.WEEKEND)
        return _week(monday + timedelta(days=7 if said["weekof"] == "later" else 0))
    resolver = next((resolver for key, resolver in RESOLVERS if key in said), None)
    days = None if resolver is None else resolver(said, today)
    if days is not None and "rest" in said:
        return DateRange(max(days.start, today), days.end, Grain.RANGE)
    return days


def _days_from_today(said: DayMention, today: date) -> DateRange:
    return single_day(today + timedelta(days=said["days"]), *(("next_day",) if "follows" in said else ()))


def _holiday(said: DayMention, today: date) -> DateRange:
    feast = {"thanksgiving": _thanksgiving, "easter": _easter}[said["holiday"]]
    after = timedelta(days=said.get("plus", 0))
    return single_day(next(d for d in (feast(y) + after for y in (today.year, today.year + 1)) if d >= today))


def _months_from_now(said: DayMention, today: date) -> DateRange:
    return _month(_add_months(today.replace(day=1), said["months"]))


def _named_month(said: DayMention, today: date) -> DateRange:
    later = said["month"] < today.month or (said.get("mod") == "next" and said["month"] == today.month)
    year = today.year + (1 if "nextyear" in said else later + said.get("plus", 0))
    return _month(date(said.get("year", year), said["month"], 1))


def _week(monday: date) -> DateRange:
    return DateRange(monday, monday + timedelta(days=7), Grain.WEEK)


def _month(first: date) -> DateRange:
    return DateRange(first, _add_months(first, 1), Grain.MONTH)


def _add_months(day: date, months: int) -> date:
    """The same day of the month, `months` later, or the last day of that month."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def add_units(day: date, n: int, unit: str) -> date:
    """A date moved by days, weeks or months."""
    if unit == "month":
        return _add_months(day, n)
    return day + timedelta(days=n * (7 if unit == "week" else 1))


def _next_n_units(said: DayMention, today: date) -> DateRange:
    """ "the next two weeks": from tomorrow on."""
    tomorrow = today + timedelta(days=1)
    return DateRange(tomorrow, add_units(tomorrow, said["aheadn"], said["aheadunit"]), Grain.RANGE)


def _nth(said: DayMention, today: date) -> DateRange | None:
    """ "the first saturday of december", "the last weekend of november"."""
    n = said["nth"]
    for first in _candidate_months(said, today):
        days = [first + timedelta(days=k) for k in range(monthrange(first.year, first.month)[1])]
        weekday = 3 if "weeks" in said else said.get("w", 5)
        fitting = days if "day" in said else [d for d in days if d.weekday() == weekday]
        if n <= len(fitting):
            found = fitting[n if n < 0 else n - 1]
            if "weeks" in said:  # a week belongs to the month that has its Thursday
                found -= timedelta(days=3)
                if found + timedelta(days=7) > today:
                    return _week(found)
            elif found >= today:
                return (
                    DateRange(found, found + timedelta(days=2), Grain.WEEKEND)
                    if "weekend" in said
                    else single_day(found)
                )
    return None


def _candidate_months(said: DayMention, today: date) -> list[date]:
    """The first days of the months that may be meant: of the one named, this year or next; of next month."""
    if "mon" in said:
        years = (said["year"],) if "year" in said else (today.year, today.year + 1)
        return [date(year, said["mon"], 1) for year in years]
    ahead = said.get("months")
    return [_add_months(today.replace(day=1), n) for n in ((0, 1) if ahead is None else (ahead,))]


def _weekdays(said: DayMention, today: date) -> DateRange:
    """Monday to Friday of the week named, of this week (or the next one from Saturday on) when none is."""
    week = said.get("week", 0 if today.weekday() < 5 else 1)
    monday = today - timedelta(days=today.weekday()) + timedelta(days=7 * week)
    return DateRange(monday, monday + timedelta(days=5), Grain.RANGE)


def part_of_range(days: DateRange, which: str) -> DateRange:
    """The start, middle or end of a week or month; other ranges stay whole."""
    size = (days.end - days.start).days
    if days.grain not in (Grain.WEEK, Grain.MONTH):
        return days
    third = 3 if days.grain == Grain.WEEK else 10
    first = {"start": 0, "middle": (size - third) // 2, "end": size - third}[which]
    start = days.start + timedelta(days=first)
    return DateRange(start, start + timedelta(days=third), Grain.RANGE, ("which_part",))


def _weekend(said: DayMention, today: date) -> DateRange:
    saturday = today - timedelta(days=today.weekday()) + timedelta(days=5 + 7 * said["weekend"])
    if "w" in said and said["w"] >= 4:
        return single_day(saturday + timedelta(days=said["w"] - 5))
    assumed = ("which_weekend",) if said["weekend"] else ()
    return DateRange(saturday, saturday + timedelta(days=2), Grain.WEEKEND, assumed)


def _in_week(said: DayMention, today: date) -> DateRange:
    monday = today - timedelta(days=today.weekday()) + timedelta(days=7 * said["week"])
    return single_day(monday + timedelta(days=said["w"])) if "w" in said else _week(monday)


def _weekday(said: DayMention, today: date) -> DateRange:
    """The next such weekday. "Friday" said on a Friday is next week's, "this friday" is today."""
    ahead = (said["w"] - today.weekday()) % 7
    assumed: tuple[str, ...] = ()
    if ahead == 0 and said.get("mod") != "this":
        ahead, assumed = 7, ("weekday_is_today",)
    if said.get("mod") == "next" and said["w"] > today.weekday():
        assumed = ("which_next",)
    return single_day(today + timedelta(days=ahead + 7 * said.get("plus", 0)), *assumed)


def _date(said: DayMention, today: date) -> DateRange | None:
    dom, mon, year = said["dom"], said.get("mon"), said.get("year")
    if mon is not None:
        if year is not None:
            return single_day(date(year, mon, dom))
        found = _first_matching_date(today, dom, lambda d: d.month == mon, 60)
        return None if found is None else single_day(found, *(("year",) if found.year != today.year else ()))
    if "months" in said:
        return single_day(_add_months(today.replace(day=1), said["months"]).replace(day=dom))
    weekday = said.get("w")
    found = _first_matching_date(today, dom, lambda d: weekday is None or d.weekday() == weekday, 14)
    found = found or _first_matching_date(today, dom, lambda _d: True, 14)
    return None if found is None else single_day(found, *(("month",) if found.month != today.month else ()))


def _first_matching_date(today: date, dom: int, fits: Callable[[date], bool], months: int) -> date | None:
    """The first day of the month `dom`, today or later, that fits."""
    for n in range(months):
        first = _add_months(today.replace(day=1), n)
        if dom <= monthrange(first.year, first.month)[1]:
            day = first.replace(day=dom)
            if day >= today and fits(day):
                return day
    return None


def _date_span(said: DayMention, today: date) -> DateRange | None:
    """From one day of the month to another: "10 to 22 August"."""
    if "months" in said:
        said = {**said, "mon": _add_months(today.replace(day=1), said["months"]).month}
    begins, ends = said.copy(), said.copy()
    begins.pop("w", None)
    ends["dom"] = said["dom2"]
    if "mon2" in said:
        ends["mon"] = said["mon2"]
    last, first = _date(ends, today), _date(begins, today)
    if last is None or first is None:
        return None
    start = first.start
    if start >= last.end:  # the range has begun already: count back from its end
        year, month = last.start.year, said.get("mon") or last.start.month
        start = date(year, month, said["dom"])
        if start > last.start:
            start = _add_months(start, -1 if "mon" not in said else -12)
    return DateRange(start, last.end, Grain.RANGE) if start < last.end else None


def _numeric(said: DayMention, today: date, month_first: bool, last_day: date | None) -> DateRange | None:
    """28/11, 11/28, 26.9.: the only possible order of day and month, else the one that fits the weekday, else the usual."""
    x, y = said["x"], said["y"]
    candidates: list[tuple[date, bool]] = []
    for month, dom, usual in ((x, y, month_first), (y, x, not month_first)):
        if 1 <= month <= 12 and 1 <= dom <= 31:
            written: DayMention = {"dom": dom, "mon": month}
            if "year" in said:
                written["year"] = said["year"]
            found = _date(written, today)
            if found is not None:
                candidates.append((found.start, usual))
    candidates = [r for r in candidates if r[0] >= today] or candidates
    candidates = [r for r in candidates if last_day is not None and r[0] <= last_day] or candidates
    if not candidates:
        return None
    weekday = said.get("w")
    fitting = [r for r in candidates if weekday is not None and r[0].weekday() == weekday]
    if fitting:
        return single_day(fitting[0][0])
    dotted = said.get("sep") == "." and weekday is None and "year" not in said
    key = (lambda r: r[0]) if dotted else (lambda r: not r[1])
    best = min(candidates, key=key)
    return single_day(best[0], *(("day_month_order",) if len({r[0] for r in candidates}) > 1 else ()))


def _thanksgiving(year: int) -> date:
    first = date(year, 11, 1)
    return first + timedelta(days=(3 - first.weekday()) % 7 + 21)


def _easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Gauss, as amended by Lichtenberg)."""
    century = year // 100
    moon = 15 + (3 * century + 3) // 4 - (8 * century + 13) // 25
    age = (19 * (year % 19) + moon) % 30
    full = 21 + age - (age // 29 + (age // 28 - age // 29) * (year % 19 // 11))
    first = 7 - (year + year // 4 + 2 - (3 * century + 3) // 4) % 7
    return date(year, 3, 1) + timedelta(days=full + 7 - (full - first) % 7 - 1)


Resolver = Callable[[DayMention, date], DateRange | None]
# The first of these keys that is in the mention chooses the function.
RESOLVERS: tuple[tuple[str, Resolver], ...] = (
    ("dom2", _date_span),
    ("holiday", _holiday),
    ("nth", _nth),
    ("weekdays", _weekdays),
    ("aheadn", _next_n_units),
    ("dom", _date),
    ("days", _days_from_today),
    ("weekend", _weekend),
    ("week", _in_week),
    ("w", _weekday),
    ("months", _months_from_now),
    ("month", _named_month),
)
