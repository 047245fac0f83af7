"""How dates, times, money and lists are said, in English and Spanish.

Every datetime is aware and already in the facility's zone: nothing here converts one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from bot.languages import Language

_SHORT_DAYS: Mapping[str, Sequence[str]] = {
    Language.EN: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    Language.ES: ["lun", "mar", "mié", "jue", "vie", "sáb", "dom"],
}
_LONG_DAYS: Mapping[str, Sequence[str]] = {
    Language.EN: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    Language.ES: ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"],
}
_MONTHS: Mapping[str, Sequence[str]] = {
    Language.EN: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    Language.ES: ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"],
}
_PARTS: Mapping[str, Mapping[str, str]] = {
    "morning": {Language.EN: "in the morning", Language.ES: "por la mañana"},
    "afternoon": {Language.EN: "in the afternoon", Language.ES: "por la tarde"},
    "evening": {Language.EN: "in the evening", Language.ES: "por la noche"},
}
_FREE: Mapping[str, str] = {Language.EN: "free", Language.ES: "gratis"}
_NEAR: Mapping[str, Sequence[str]] = {
    Language.EN: ("Today", "Tomorrow", "Soon"),
    Language.ES: ("Hoy", "Mañana", "Pronto"),
}
_ARIZONA: Mapping[str, str] = {Language.EN: "Arizona", Language.ES: "hora de Arizona"}
_CONJUNCTIONS: Mapping[str, Mapping[str, str]] = {
    "or": {Language.EN: "or", Language.ES: "o"},
    "and": {Language.EN: "and", Language.ES: "y"},
}
_SIGNS = {"usd": "$", "cad": "CA$", "mxn": "MX$", "eur": "€", "gbp": "£"}
_SPANISH_ZONES = {
    "Eastern": "hora del Este",
    "Central": "hora Central",
    "Mountain": "hora de la Montaña",
    "Pacific": "hora del Pacífico",
    "Alaska": "hora de Alaska",
    "Hawaii-Aleutian": "hora de Hawái",
}
# Babel's data has these only under their old names.
_RENAMED = {
    "America/Indiana/Indianapolis": "America/New_York",
    "America/Kentucky/Louisville": "America/New_York",
    "US/East-Indiana": "America/New_York",
}


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents) of a currency code such as "usd". Zero is said as "free"."""

    minor: int
    currency: str

    def __bool__(self) -> bool:
        return self.minor != 0


def money(amount: Money, lang: str) -> str:
    """ "$2.70"; zero is "free" / "gratis"."""
    if not amount:
        return _FREE[lang]
    from babel.numbers import get_currency_precision

    code = amount.currency.upper()
    digits = get_currency_precision(code)
    number = f"{amount.minor / 10**digits:,.{digits}f}"
    return f"{_SIGNS[code.lower()]}{number}" if code.lower() in _SIGNS else f"{code} {number}"


def date(moment: datetime, lang: str) -> str:
    """ "Sat Nov 28" / "sáb 28 nov"."""
    return _dated(_SHORT_DAYS, moment, lang)


def day(moment: datetime, lang: str) -> str:
    """ "Saturday Nov 28" / "sábado 28 nov"."""
    return _dated(_LONG_DAYS, moment, lang)


def weekday(moment: datetime, lang: str) -> str:
    """ "Sat" / "sáb"."""
    return _SHORT_DAYS[lang][moment.weekday()]


def every(moment: datetime, lang: str) -> str:
    """All days of that name: "on Thursdays", and in Spanish, where it begins the sentence, "Los jueves"."""
    name = _LONG_DAYS[lang][moment.weekday()]
    if lang == Language.EN:
        return f"on {name}s"
    return f"Los {name if name.endswith('s') else name + 's'}"


def time(moment: datetime) -> str:
    """ "1:00 PM", the same in every language."""
    return f"{moment.hour % 12 or 12}:{moment:%M} {'AM' if moment.hour < 12 else 'PM'}"


def short_time(moment: datetime) -> str:
    """ "6 PM", "10:15 AM"."""
    return time(moment).replace(":00", "")


def the(moment: datetime, lang: str) -> str:
    """The time with its article: "1:00 PM" / "la 1:00 PM", "las 2:00 PM"."""
    if lang == Language.EN:
        return time(moment)
    return f"{'la' if moment.hour % 12 == 1 else 'las'} {time(moment)}"


def at(moment: datetime, lang: str) -> str:
    """ "at 1:00 PM" / "a la 1:00 PM", "a las 2:00 PM"."""
    return f"{'at' if lang == Language.EN else 'a'} {the(moment, lang)}"


def by(moment: datetime, lang: str, *, now: datetime) -> str:
    """A deadline as people read it: "today 6 PM", "Fri 10:15 AM", "Sat Nov 28 1 PM".

    Never "tomorrow": a text is read again on the next day, and would then be a day off. In Spanish a named day
    has its article ("el vie 10:15 AM"), so that "hasta {by}" and "a más tardar {by}" read well.
    """
    days = (moment.date() - now.astimezone(moment.tzinfo).date()).days
    if days == 0:
        return f"{'today' if lang == Language.EN else 'hoy'} {short_time(moment)}"
    said = weekday(moment, lang) if 0 < days < 7 else date(moment, lang)
    return f"{'el ' if lang == Language.ES else ''}{said} {short_time(moment)}"


def near(moment: datetime, lang: str, *, now: datetime) -> str:
    """The first word of a reminder: "Today", "Tomorrow" / "Hoy", "Mañana"; further off "Soon" / "Pronto"."""
    days = (moment.date() - now.astimezone(moment.tzinfo).date()).days
    return _NEAR[lang][days if days in (0, 1) else 2]


def when(moment: datetime, lang: str) -> str:
    """A place as an option over several days: "Sat Nov 28 1:00 PM" / "sáb 28 nov 1:00 PM"."""
    return f"{date(moment, lang)} {time(moment)}"


def span(start: datetime, end: datetime, lang: str) -> str:
    """ "1:00 to 1:30 PM", "11:45 AM to 12:15 PM" / "de 1:00 a 1:30 PM"."""
    first = time(start)
    if (start.hour < 12) == (end.hour < 12):
        first = first.split()[0]
    return f"{first} to {time(end)}" if lang == Language.EN else f"de {first} a {time(end)}"


def zone(moment: datetime, lang: str) -> str:
    """The name of the time zone that families use: "Central" / "hora Central". It does not depend on summer time."""
    return _zone(getattr(moment.tzinfo, "key", "UTC"), lang)


@cache
def _zone(key: str, lang: str) -> str:
    from babel.dates import get_timezone, get_timezone_name

    if key in ("UTC", "Etc/UTC"):
        return "UTC"
    if key == "America/Phoenix":  # stays on standard time all year: "Mountain" would be an hour off in summer
        return _ARIZONA[lang]
    timezone = get_timezone(_RENAMED.get(key, key))
    name = get_timezone_name(timezone, "long", zone_variant="standard", locale="en_US")
    name = name.removesuffix(" Time").removesuffix(" Standard")
    if lang == Language.ES:
        return _SPANISH_ZONES.get(name) or get_timezone_name(timezone, "long", zone_variant="generic", locale="es")
    return name


def wish(start: datetime, end: datetime | None, lang: str, *, part: str | None = None) -> str:
    """What somebody asked for, to be put after "No place": "Saturday Nov 28 at 1:00 PM", "... in the afternoon".

    `end` None is an instant; a `part` of day ("morning", "afternoon", "evening") or a whole day wins over the clock;
    more than one day is "Sat Nov 28 to Sun Nov 29". `end` is exclusive.
    """
    article = "el " if lang == Language.ES else ""
    if end is None:
        return f"{article}{day(start, lang)} {at(start, lang)}"
    last = end - timedelta(minutes=1)
    if last.date() != start.date():
        between = "to" if lang == Language.EN else "al"
        return f"{'del ' if lang == Language.ES else ''}{date(start, lang)} {between} {date(last, lang)}"
    if part is not None and part in _PARTS:
        return f"{article}{day(start, lang)} {_PARTS[part][lang]}"
    if (end - start).total_seconds() >= 23 * 3600:
        return f"{article}{day(start, lang)}"
    return f"{article}{day(start, lang)}, {span(start, end, lang)}"


def listed(items: Sequence[str], lang: str, *, last: str = "or") -> str:
    """ "1, 2 or 3" / "1, 2 o 3"; `last` is "or" or "and"."""
    word = _CONJUNCTIONS[last][lang]
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word} {items[-1]}"


def left(count: int, lang: str) -> str:
    """How many requests are open: "6 still open" / "Quedan 6 abiertas"."""
    if lang == Language.EN:
        return f"{count} still open" if count else "None left open"
    return {0: "No queda ninguna abierta", 1: "Queda 1 abierta"}.get(count, f"Quedan {count} abiertas")


def _dated(days: Mapping[str, Sequence[str]], moment: datetime, lang: str) -> str:
    month = _MONTHS[lang][moment.month - 1]
    name = days[lang][moment.weekday()]
    return f"{name} {month} {moment.day}" if lang == Language.EN else f"{name} {moment.day} {month}"
