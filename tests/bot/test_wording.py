"""How dates, times, money and lists are said."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot import wording
from bot.wording import Money

CENTRAL = ZoneInfo("America/Chicago")


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=CENTRAL)


def test_dates_carry_the_weekday() -> None:
    assert wording.date(at(28, 13), "en") == "Sat Nov 28"
    assert wording.date(at(28, 13), "es") == "sáb 28 nov"
    assert wording.day(at(25, 13), "en") == "Wednesday Nov 25"
    assert wording.day(at(25, 13), "es") == "miércoles 25 nov"


@pytest.mark.parametrize(
    "moment,said",
    [(at(28, 0), "12:00 AM"), (at(28, 12), "12:00 PM"), (at(28, 13, 5), "1:05 PM"), (at(28, 9, 45), "9:45 AM")],
)
def test_times(moment: datetime, said: str) -> None:
    assert wording.time(moment) == said


def test_one_oclock_is_singular_in_spanish() -> None:
    assert wording.at(at(28, 13), "es") == "a la 1:00 PM"
    assert wording.at(at(28, 1, 30), "es") == "a la 1:30 AM"
    assert wording.at(at(28, 14), "es") == "a las 2:00 PM"
    assert wording.the(at(28, 11), "es") == "las 11:00 AM"
    assert wording.at(at(28, 13), "en") == "at 1:00 PM"


@pytest.mark.parametrize(
    "deadline,english,spanish",
    [
        (at(23, 18), "today 6 PM", "hoy 6 PM"),
        (at(24, 10), "Tue 10 AM", "el mar 10 AM"),
        (at(27, 10, 15), "Fri 10:15 AM", "el vie 10:15 AM"),
        (at(30, 9), "Mon Nov 30 9 AM", "el lun 30 nov 9 AM"),
        (at(22, 9), "Sun Nov 22 9 AM", "el dom 22 nov 9 AM"),
    ],
)
def test_deadlines_are_said_from_today(deadline: datetime, english: str, spanish: str) -> None:
    now = at(23, 12)
    assert wording.by(deadline, "en", now=now) == english
    assert wording.by(deadline, "es", now=now) == spanish


def test_today_is_the_day_at_the_facility() -> None:
    now = datetime(2026, 11, 24, 3, tzinfo=ZoneInfo("UTC"))  # still Monday evening in Chicago
    assert wording.by(at(23, 22), "en", now=now) == "today 10 PM"
    assert wording.near(at(24, 9), "es", now=now) == "Mañana"


@pytest.mark.parametrize(
    "start,end,english,spanish",
    [
        (at(28, 13), at(28, 13, 30), "1:00 to 1:30 PM", "de 1:00 a 1:30 PM"),
        (at(28, 11, 45), at(28, 12, 15), "11:45 AM to 12:15 PM", "de 11:45 AM a 12:15 PM"),
    ],
)
def test_spans(start: datetime, end: datetime, english: str, spanish: str) -> None:
    assert wording.span(start, end, "en") == english
    assert wording.span(start, end, "es") == spanish


@pytest.mark.parametrize(
    "key,english,spanish",
    [
        ("America/Chicago", "Central", "hora Central"),
        ("America/New_York", "Eastern", "hora del Este"),
        ("America/Indiana/Indianapolis", "Eastern", "hora del Este"),
        ("America/Phoenix", "Arizona", "hora de Arizona"),
        ("America/Los_Angeles", "Pacific", "hora del Pacífico"),
        ("UTC", "UTC", "UTC"),
    ],
)
def test_zones_have_the_names_families_know(key: str, english: str, spanish: str) -> None:
    for month in (1, 7):
        moment = datetime(2026, month, 5, 12, tzinfo=ZoneInfo(key))
        assert wording.zone(moment, "en") == english
        assert wording.zone(moment, "es") == spanish


@pytest.mark.parametrize(
    "amount,english,spanish",
    [
        (Money(270, "usd"), "$2.70", "$2.70"),
        (Money(123456, "USD"), "$1,234.56", "$1,234.56"),
        (Money(0, "usd"), "free", "gratis"),
        (Money(500, "jpy"), "JPY 500", "JPY 500"),
    ],
)
def test_money(amount: Money, english: str, spanish: str) -> None:
    assert wording.money(amount, "en") == english
    assert wording.money(amount, "es") == spanish


@pytest.mark.parametrize(
    "start,end,part,english,spanish",
    [
        (at(28, 13), None, None, "Saturday Nov 28 at 1:00 PM", "el sábado 28 nov a la 1:00 PM"),
        (
            at(28, 12),
            at(28, 18),
            "afternoon",
            "Saturday Nov 28 in the afternoon",
            "el sábado 28 nov por la tarde",
        ),
        (at(28, 0), at(29, 0), None, "Saturday Nov 28", "el sábado 28 nov"),
        (at(28, 0), at(30, 0), None, "Sat Nov 28 to Sun Nov 29", "del sáb 28 nov al dom 29 nov"),
        (at(28, 13), at(28, 15), None, "Saturday Nov 28, 1:00 to 3:00 PM", "el sábado 28 nov, de 1:00 a 3:00 PM"),
    ],
)
def test_wishes(start: datetime, end: datetime | None, part: str | None, english: str, spanish: str) -> None:
    assert wording.wish(start, end, "en", part=part) == english
    assert wording.wish(start, end, "es", part=part) == spanish


def test_lists_and_counts() -> None:
    assert wording.listed(["1"], "en") == "1"
    assert wording.listed(["1", "2", "3"], "en") == "1, 2 or 3"
    assert wording.listed(["lun", "mié"], "es", last="and") == "lun y mié"
    assert [wording.left(count, "es") for count in (0, 1, 2)] == [
        "No queda ninguna abierta",
        "Queda 1 abierta",
        "Quedan 2 abiertas",
    ]
    assert wording.left(6, "en") == "6 still open"


@pytest.mark.parametrize(
    ("day", "en", "es"), [(26, "on Thursdays", "Los jueves"), (28, "on Saturdays", "Los sábados")], ids=str
)
def test_all_days_of_one_name(day: int, en: str, es: str) -> None:
    moment = datetime(2026, 11, day, tzinfo=CENTRAL)
    assert (wording.every(moment, "en"), wording.every(moment, "es")) == (en, es)
