"""Converts single values of a facility file from TOML to what the rules use. Each function raises `Wrong`."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

import phonenumbers

from scheduling.facilities.file.reader import Wrong
from scheduling.policy.facility import Text
from scheduling.policy.pricing import CURRENCIES
from scheduling.policy.relations import RELATIONS, relation_key
from scheduling.policy.timespan import MIDNIGHT
from scheduling.policy.vocabulary import StaffRole, VisitKind

LANGUAGES = ("en", "es")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_UNITS = {"m": dt.timedelta(minutes=1), "h": dt.timedelta(hours=1), "d": dt.timedelta(days=1)}
_DURATION = re.compile(r"(\d{1,5})([mhd])")
_SECONDS = re.compile(r"(\d{1,4})s")
_LONGEST_PAUSE = dt.timedelta(minutes=2)
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_CODE = re.compile(r"[a-z][a-z0-9-]{1,19}")
_MOST_DECIMALS = -4


def line(value: object) -> str:
    """A text of one line."""
    if not isinstance(value, str) or not value.strip() or "\n" in value:
        raise Wrong(f"{value!r} is not a line of text", 'write a text in quotes, like "Cedar"')
    return value.strip()


def code(value: object) -> str:
    if not isinstance(value, str) or not _CODE.fullmatch(value):
        raise Wrong(f"{value!r} is not a code", 'use 2 to 20 small letters, digits and hyphens, like "cedar"')
    return value


def whole(least: int, step: int = 1, *, most: int | None = None) -> Callable[[object], int]:
    """A whole number of at least `least` and at most `most`, a multiple of `step`."""

    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise Wrong(f"{value!r} is not a whole number", "write a number without quotes, like 30")
        if value < least:
            raise Wrong(f"{value} is too small", f"use {least} or more")
        if most is not None and value > most:
            raise Wrong(f"{value} is too much", f"use {most} or less")
        if value % step:
            raise Wrong(f"{value} is not a multiple of {step}", f"use {value // step * step + step}")
        return value

    return read


def switch(value: object) -> bool:
    if not isinstance(value, bool):
        raise Wrong(f"{value!r} is neither true nor false", "write true or false, without quotes")
    return value


def duration(least: dt.timedelta) -> Callable[[object], dt.timedelta]:
    """A number of minutes, hours or days."""

    def read(value: object) -> dt.timedelta:
        found = _DURATION.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            raise Wrong(f"{value!r} is not a length of time", 'write minutes, hours or days, like "10m", "4h" or "14d"')
        length = int(found[1]) * _UNITS[found[2]]
        if length < least:
            raise Wrong(f"{value!r} is too short", f'use "{least // _UNITS["m"]}m" or more')
        return length

    return read


def pause(value: object) -> dt.timedelta:
    """The time in which a decision can be undone: seconds, at most two minutes."""
    found = _SECONDS.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise Wrong(f"{value!r} is not a number of seconds", 'write it like "30s"; "0s" for at once')
    length = dt.timedelta(seconds=int(found[1]))
    if length > _LONGEST_PAUSE:
        raise Wrong(f"{value!r} is too long", 'use "120s" or less: the family waits as long')
    return length


def clock(value: object) -> dt.time:
    """A time of day in steps of five minutes."""
    if isinstance(value, str) and (found := _CLOCK.fullmatch(value)):
        value = dt.time(int(found[1]), int(found[2]))
    if not isinstance(value, dt.time):
        raise Wrong(f"{value!r} is not a time of day", 'write it with two digits each, like "09:00" or "17:30"')
    if value.minute % 5 or value.second or value.microsecond:
        raise Wrong(f"{value:%H:%M:%S} is not on a five-minute mark", f"use {value.hour:02}:{value.minute // 5 * 5:02}")
    return value


def closing(value: object) -> dt.time:
    """A time of day at which something ends; "24:00", the end of the day, becomes 00:00."""
    return MIDNIGHT if value == "24:00" else clock(value)


def wall(value: object) -> dt.datetime:
    """A date and time in the facility's local time, as a naive datetime."""
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value) if "T" in value or " " in value else None
        except ValueError:
            value = None
    if not isinstance(value, dt.datetime):
        raise Wrong("is not a date and time", 'write it like "2026-12-25T00:00"')
    if value.tzinfo is not None:
        raise Wrong("has an offset", "leave it out: times are the facility's own")
    return value


def zone(value: object) -> str:
    wrong = Wrong(f"{value!r} is not a time zone", 'use a name like "America/Chicago"')
    if not isinstance(value, str):
        raise wrong
    try:
        return ZoneInfo(value).key
    except (ValueError, OSError, KeyError):
        raise wrong from None


def phone(value: object) -> str:
    """A possible phone number in E.164. Does not check that it is in use."""
    do = 'write + and the country code, digits only, like "+15551234567"'
    try:
        parsed = phonenumbers.parse(value, None) if isinstance(value, str) else None
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        raise Wrong(f"{value!r} is not a phone number", do)
    written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if value != written:
        raise Wrong(f"{value!r} is not written as phones are here", f'write "{written}"')
    return written


def one_of(allowed: Collection[str]) -> Callable[[object], str]:
    """One of the allowed words."""

    def read(value: object) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise Wrong(f"{value!r} is not one of them", f"use one of: {', '.join(allowed)}")
        return value

    return read


def visit_kind(value: object) -> VisitKind:
    return VisitKind(one_of(tuple(VisitKind))(value))


def staff_role(value: object) -> StaffRole:
    return StaffRole(one_of(tuple(StaffRole))(value))


def known(names: Collection[str], what: str) -> Callable[[object], str]:
    """A name that is defined elsewhere in the file."""

    def read(value: object) -> str:
        name = line(value)
        if name not in names:
            raise Wrong(f"{name!r} is not {what} in this file", "correct it, or add what it names")
        return name

    return read


def weekday(value: object) -> int:
    return DAYS.index(one_of(DAYS)(value))


def relation(value: object) -> str:
    key = relation_key(value) if isinstance(value, str) else None
    if key is None:
        raise Wrong(f"{value!r} is not a relation we know", f"use one of: {', '.join(RELATIONS)}")
    return key


def rate(value: object) -> Decimal:
    """The price of a minute, with at most four decimals."""
    try:
        amount = Decimal(value) if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else None
    except InvalidOperation:
        amount = None
    if amount is None or not amount.is_finite() or not 0 <= amount < 100:
        raise Wrong(f"{str(value)!r} is not a price", 'write the price of a minute in quotes, like "0.09"')
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and exponent < _MOST_DECIMALS:
        raise Wrong(f"{str(value)!r} has more than four decimals", f'round it, like "{amount:.4f}"')
    return amount


def currency(value: object) -> str:
    return one_of(CURRENCIES)(value)


def text_in(languages: Collection[str]) -> Callable[[object], Text]:
    """One text for all readers, or a table with a text for each of the languages."""

    def read(value: object) -> Text:
        if not isinstance(value, dict):
            return Text.same(line(value))
        unknown = [key for key in value if key not in LANGUAGES]
        missing = [key for key in languages if key not in value]
        if unknown or missing:
            wrong = (
                f"has no text for {', '.join(missing)}" if missing else f"has unknown languages {', '.join(unknown)}"
            )
            raise Wrong(wrong, f"give one for each of {', '.join(languages)}, or one text for all")
        return Text(tuple((key, line(words)) for key, words in value.items()))

    return read
