"""Things that people say in their own words: enough texts, wrong number, who is this, cannot come; and officers' attempts."""

from datetime import datetime

from tests.cast import CENTRAL, REED, STRANGER, TANYA, TANYA_ALONE
from tests.stories.conftest import Opened
from tests.stories.phones import Phone
from tests.stories.scenes import TANYAS, asked, booked
from tests.talk import Line


def test_please_stop_texting_me_is_a_stop(tanya: Phone) -> None:
    tanya.says("please stop texting me")
    tanya.hears("will not text you again. Your visits are NOT cancelled")
    tanya.says("visits")
    tanya.hears_nothing()


def test_por_favor_no_me_escriban_mas(ana: Phone) -> None:
    ana.says("ya no me manden mensajes por favor")
    ana.hears("ya no le enviará mensajes. Sus visitas NO se cancelan")


def test_cannot_come_is_asked_never_guessed(line: Line, tanya: Phone) -> None:
    card = booked(line)
    tanya.says("cant do it no more")
    tanya.hears("what shall I do?", "1) Move it to another time", "2)", "3)", card.reference)
    tanya.says("1")
    tanya.hears("Moving the visit with Marcus", "Your visit stays as it is")


def test_who_is_this_and_wrong_number(line: Line, tanya: Phone) -> None:
    stranger = line.phone(STRANGER)
    stranger.says("wrong number")
    stranger.hears("Sorry about that.")
    stranger.says("who is marcus")
    stranger.hears_nothing()
    tanya.says("who is this?")
    tanya.hears("This is Visitline")


def test_a_list_answer_and_a_lockdown_change_nothing_and_say_so(line: Line, reed: Phone, molina: Phone) -> None:
    card = asked(line, TANYAS)
    reed.says(f"{card} ok all")
    reed.hears("you wrote more than OK, so nothing was changed")
    reed.says(f"{card} undo")
    reed.hears("nothing was changed")
    molina.ignores_all_but(0)
    molina.says("lockdown unit B until 5pm")
    molina.hears("cannot be done by text on this line yet")


def test_more_than_ok_is_no_ok(line: Line, reed: Phone, tanya: Phone) -> None:
    card = asked(line)
    tanya.ignores_all_but(0)
    reed.says(f"{card} ok oh no wait")
    reed.hears(f"{card.reference}: you wrote more than OK, so nothing was changed.")
    tanya.hears_nothing()


def test_a_letter_after_the_reasons_denies(line: Line, reed: Phone, tanya: Phone) -> None:
    card = asked(line)
    reed.says(f"{card} no")
    reed.hears("why not?")
    reed.says("b")
    reed.hears(f"{card.reference} denied (schedule)")
    tanya.hears("that time is no longer open for visits")


def test_a_new_name_changes_who_is_speaking(opened: Opened) -> None:
    line = opened()
    tanya, reed = line.phone(TANYA), line.phone(REED)
    tanya.says("its tanya, can i see marcus saturday afternoon")
    tanya.hears("1) 1:00 PM")
    tanya.says("this is keisha can i see marcus sunday at 2")
    tanya.hears("Keisha: Video visit with Marcus Johnson")
    tanya.says("1")
    tanya.hears("Keisha: Asked, not booked yet")
    reed.hears_card("Keisha Johnson (sister) for Marcus Johnson")


def test_two_readings_that_are_both_open_are_asked(tanya: Phone, ana: Phone) -> None:
    tanya.says("can i see marcus next friday at 6pm")
    tanya.hears('"next friday at 6pm" could mean either.', "1) Fri Nov 27 6:00 PM", "2) Fri Dec 4 6:00 PM")
    tanya.says("2")
    tanya.hears("Asked, not booked yet: Marcus, Fri Dec 4, 6:00 PM.")
    ana.says("quiero ver a luis el sábado a las 10")
    ana.hears("Videovisita con Luis Ortega, sáb 28 nov, de 10:00 a 10:30 AM")


def test_next_friday_across_the_change_of_the_clocks_is_the_same_hour(opened: Opened) -> None:
    line = opened(TANYA_ALONE, start=datetime(2026, 10, 27, 10, 0, tzinfo=CENTRAL))
    tanya = line.phone(TANYA)
    tanya.says("can i see marcus next friday 6pm")
    tanya.hears("could mean either", "1) Fri Oct 30 6:00 PM", "2) Fri Nov 6 6:00 PM")


def test_same_as_last_time_is_the_same_person_and_time_a_week_on(line: Line, tanya: Phone) -> None:
    booked(line)
    line.until("sun 10:00")
    tanya.ignores_all_but(0)
    tanya.says("same as last time")
    tanya.hears("Video visit with Marcus Johnson, Sat Dec 5, 1:45 to 2:15 PM", "Reply 1 to ask")
