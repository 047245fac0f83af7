"""A time in a zone that the text names becomes the facility's time, and says so."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.understanding import Meaning, TextContext, understand

MONDAY = datetime.fromisoformat("2026-11-23T10:00")
CHICAGO = ZoneInfo("America/Chicago")


def read(text: str) -> Meaning:
    context = TextContext(zone=CHICAGO, last_day=date(2026, 12, 2))
    return understand(text, now=MONDAY, context=context)


@pytest.mark.parametrize(
    ("text", "here"),
    [
        ("saturday 2pm eastern", "2026-11-28T13:00"),
        ("sat at 3 est", "2026-11-28T14:00"),
        ("2pm my time im in california saturday", "2026-11-28T16:00"),
        ("el sabado a las 3 hora del este", "2026-11-28T14:00"),
        ("el sabado a las 2 hora de california", "2026-11-28T16:00"),
    ],
)
def test_a_time_in_another_zone_is_converted_and_says_so(text: str, here: str) -> None:
    (window,) = read(text).windows
    assert window.start == datetime.fromisoformat(here)
    assert "zone" in window.assumed


@pytest.mark.parametrize("text", ["saturday at 2pm central", "sabado a las 2 de la tarde hora del centro"])
def test_the_facilitys_own_zone_changes_nothing(text: str) -> None:
    (window,) = read(text).windows
    assert window.start == datetime.fromisoformat("2026-11-28T14:00")
    assert "zone" not in window.assumed


def test_a_whole_day_has_no_zone() -> None:
    (window,) = read("saturday, im in california").windows
    assert window.start == datetime.fromisoformat("2026-11-28")


@pytest.mark.parametrize(("text", "start"), [("saturday 5", "2026-11-28T17:00"), ("12/1 at 2pm", "2026-12-01T14:00")])
def test_of_two_readings_the_one_that_can_be_booked_is_meant(text: str, start: str) -> None:
    (window,) = read(text).windows
    assert window.start == datetime.fromisoformat(start)


def test_without_a_last_day_a_number_that_fits_the_weekday_is_a_date() -> None:
    (window,) = understand("saturday 5", now=MONDAY).windows
    assert window.start == datetime.fromisoformat("2026-12-05")
