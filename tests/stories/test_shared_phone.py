"""Tanya and her daughter Keisha share a phone: no visit is requested in the other's name."""

import pytest

from tests.cast import REED, TANYA
from tests.stories.conftest import Opened


def test_who_is_writing_is_asked_once_and_stands_on_the_card(opened: Opened) -> None:
    line = opened()
    phone, reed = line.phone(TANYA), line.phone(REED)
    phone.says("can i see marcus saturday afternoon")
    phone.hears("You want to see Marcus. I have Saturday Nov 28 in the afternoon. Several people use this phone. "
                "Who is writing?\n1) Tanya Johnson\n2) Keisha Johnson\nReply 1 or 2.")  # fmt: skip
    phone.says("2")
    phone.hears("Marcus, Sat Nov 28, 30 min, $2.70 in all.", "1) 1:00 PM")
    phone.says("1")
    phone.hears("Asked, not booked yet")
    reed.hears_card("Keisha Johnson (sister) for Marcus Johnson")
    phone.says("and marcus sunday afternoon")
    phone.hears("Marcus, Sun Nov 29", "1) 1:00 PM")


def test_saying_the_name_in_the_request_is_enough(opened: Opened) -> None:
    line = opened()
    phone, reed = line.phone(TANYA), line.phone(REED)
    phone.says("this is keisha can i c my brother marcus wed")
    phone.hears("Marcus, Wed Nov 25, 30 min", "1) 5:00 PM")
    phone.says("1")
    phone.hears("Asked")
    reed.hears_card("Keisha Johnson (sister)")


def test_whom_only_one_of_them_may_see_says_who_is_writing(opened: Opened) -> None:
    line = opened()
    phone, reed = line.phone(TANYA), line.phone(REED)
    phone.says("see darnell sunday at 2pm")
    phone.hears("Video visit with Darnell Price, Sun Nov 29, 2:00 to 2:30 PM")
    phone.says("1")
    phone.hears("Asked")
    reed.hears_card("Tanya Johnson (aunt) for Darnell Price")


def test_the_next_day_it_is_asked_again(opened: Opened) -> None:
    line = opened()
    phone = line.phone(TANYA)
    phone.says("can i see marcus saturday afternoon")
    phone.hears("Who is writing?")
    phone.says("2")
    phone.hears("1) 1:00 PM")
    line.passes(hours=24)
    phone.says("can i see marcus sunday afternoon")
    phone.hears("Who is writing?\n1) Tanya Johnson\n2) Keisha Johnson")


def test_stop_on_a_shared_phone_stops_both_and_cancels_nothing(opened: Opened) -> None:
    line = opened()
    phone, reed = line.phone(TANYA), line.phone(REED)
    phone.says("this is keisha can i see my brother marcus saturday 1pm")
    phone.hears("Reply 1 to ask")
    phone.says("1")
    phone.hears("Asked")
    card = reed.hears_card("Keisha")
    phone.says("STOP")
    reed.says(f"visit {card.reference}")
    reed.hears(f"{card.reference}: asked")
    phone.hears_nothing()


def test_a_time_said_by_somebody_else_is_no_choice_from_the_list_of_the_first(opened: Opened) -> None:
    line = opened()
    phone, reed = line.phone(TANYA), line.phone(REED)
    phone.says("i'm tanya, marcus sunday afternoon")
    phone.hears("3) 2:30 PM")
    phone.says("it's keisha, can i see marcus sunday at 2:30", after=60)
    phone.hears("Keisha: Video visit with Marcus Johnson, Sun Nov 29, 2:30 to 3:00 PM")
    phone.says("1")
    phone.hears("Keisha: Asked")
    reed.hears_card("Keisha Johnson (sister)")


@pytest.mark.parametrize(
    "said",
    ["tanya here, see marcus sunday at 2", "tanya. see marcus sunday at 2pm", "Hi, Tanya here. marcus sunday 2pm"],
)
def test_name_set_apart_at_the_beginning_says_who_is_writing(opened: Opened, said: str) -> None:
    line = opened()
    phone, reed = line.phone(TANYA), line.phone(REED)
    phone.says(said)
    phone.hears("Tanya: Video visit with Marcus Johnson, Sun Nov 29, 2:00 to 2:30 PM")
    phone.says("1")
    phone.hears("Tanya: Asked")
    reed.hears_card("Tanya Johnson (mother)")


def test_name_of_the_one_to_be_seen_says_nothing_about_who_is_writing(opened: Opened) -> None:
    phone = opened().phone(TANYA)
    phone.says("marcus, sunday at 2")
    phone.hears("You want to see Marcus.", "Who is writing?")
