"""Numbered options: offered, stored, read back."""

import json

import pytest

from bot.questions import Option, numbered, read_choice, read_number, renumber

TIMES = (
    Option(1, "1:00 PM", "hold", {"start": "2026-11-28T19:00:00+00:00"}),
    Option(2, "1:45 PM", "hold", {"start": "2026-11-28T19:45:00+00:00"}),
    Option(3, "Other times", "others"),
)


def test_a_list_is_numbered_lines() -> None:
    assert numbered(TIMES) == ["1) 1:00 PM", "2) 1:45 PM", "3) Other times"]


@pytest.mark.parametrize(
    "said",
    [
        *("2", " 2) ", "2.", "#2", "2 please", "option 2", "number two", "the second one", "Two", "2!", "1:45 pm"),
        *("la 2", "la segunda", "El 2 por favor", "dos", "opción 2", "número 2 gracias"),
    ],
)
def test_a_text_that_is_only_a_choice_is_read(said: str) -> None:
    assert read_choice(said, TIMES) == TIMES[1]


@pytest.mark.parametrize(
    "said",
    [
        "4",
        "0",
        "12",
        "",
        "2pm",
        "2 people",
        "see marcus",
        'Liked "1) 1:00 PM 2) 1:45 PM"',
        "1 or 2",
        "saturday 2",
        "2:30",
        "yes",
        "one two",
    ],
)
def test_everything_else_is_no_choice(said: str) -> None:
    assert read_choice(said, TIMES) is None


def test_an_understood_number_is_read_too() -> None:
    assert read_choice(3, TIMES) == TIMES[2]
    assert read_choice(9, TIMES) is None


def test_a_label_that_two_options_share_is_no_choice() -> None:
    twice = (Option(1, "1:00 PM", "hold"), Option(2, "1:00 PM", "move"))
    assert read_choice("1:00 pm", twice) is None


def test_a_number_off_the_list_can_be_told_from_other_texts() -> None:
    assert read_number("9) please") == 9
    assert read_number("sunday") is None


def test_a_continued_list_keeps_what_its_options_do() -> None:
    pushed = renumber(TIMES, 4)
    assert [option.number for option in pushed] == [4, 5, 6]
    assert read_choice("5", pushed) == Option(5, "1:45 PM", "hold", TIMES[1].data)


def test_options_survive_json() -> None:
    stored = json.loads(json.dumps([option.to_json() for option in TIMES]))
    assert tuple(Option.from_json(option) for option in stored) == TIMES
