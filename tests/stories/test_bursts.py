"""Several texts in a row are one message: they get one answer, which asks for nothing that the next text says."""

import pytest

from tests.cast import REED, TANYA, TANYA_ALONE
from tests.stories.conftest import Opened
from tests.stories.phones import HELD, Phone
from tests.stories.scenes import booked
from tests.talk import Line


def texts(phone: Phone, *fragments: str, apart: float = 6) -> None:
    """Send one text after the other, a few seconds apart."""
    for place, fragment in enumerate(fragments):
        phone.says(fragment, after=apart if place else 30)


def test_four_fragments_get_one_answer(tanya: Phone) -> None:
    texts(tanya, "hi", "wanna see my son", "sat", "afternoon")
    tanya.hears("Marcus, Sat Nov 28, 30 min, $2.70 in all. Open times:\n1) 1:00 PM\n2) 1:45 PM\n3) 2:30 PM")
    tanya.hears_nothing()
    tanya.says("2")
    tanya.hears("Asked, not booked yet: Marcus, Sat Nov 28, 1:45 PM")


def test_cuatro_fragmentos_una_respuesta(ana: Phone) -> None:
    texts(ana, "hola buenas", "quiero ver a mi hermano", "el sabado", "en la mañana")
    ana.hears("Luis, sáb 28 nov, 30 min", "1) 9:00 AM")
    ana.hears_nothing()


def test_fragments_in_the_wrong_order(tanya: Phone) -> None:
    texts(tanya, "afternoon", "hi its about a visit", "sat", "marcus")
    tanya.hears("Marcus, Sat Nov 28", "1) 1:00 PM")
    tanya.hears_nothing()


def test_a_correction_before_the_answer_replaces_the_day(tanya: Phone) -> None:
    texts(tanya, "hi", "sat", "no sunday", "afternoon", "for marcus")
    tanya.hears("Marcus, Sun Nov 29", "1) 1:00 PM")
    tanya.hears_nothing()


def test_una_correccion_antes_de_la_respuesta(ana: Phone) -> None:
    texts(ana, "hola", "sabado", "no, mejor domingo")
    ana.hears("Luis, dom 29 nov", "1) ")
    ana.hears_nothing()


def test_a_question_waits_twelve_seconds_after_the_last_fragment(line: Line, tanya: Phone) -> None:
    tanya.says("hi")
    line.passes(seconds=HELD - 1)
    assert tanya.unread() == []
    tanya.says("wanna see my son", after=0)
    line.passes(seconds=HELD - 1)
    assert tanya.unread() == []
    line.passes(seconds=1)
    tanya.hears("You want to see Marcus. Which day and time?")


def test_a_question_waits_a_minute_at_most(line: Line, tanya: Phone) -> None:
    texts(tanya, "hi", "umm", "so", "i wanted", "to ask you", "about my son", "u know", apart=9)
    line.passes(seconds=5)  # 54 s after the first: the last one would wait until the 66th
    assert tanya.unread() == []
    line.passes(seconds=1)
    tanya.hears("Marcus")


def test_what_can_be_answered_is_answered_at_once(tanya: Phone) -> None:
    tanya.says("marcus saturday afternoon")
    assert len(tanya.unread()) == 1
    tanya.hears("1) 1:00 PM")
    tanya.says("hi")
    tanya.says("marcus saturday at 2pm", after=5)
    assert len(tanya.unread()) == 1
    tanya.hears("Video visit with Marcus Johnson, Sat Nov 28, 2:00 to 2:30 PM")


def test_an_answered_question_is_not_read_again_with_what_follows(tanya: Phone) -> None:
    tanya.says("wanna see my son")
    tanya.hears("Which day and time?")
    tanya.says("saturday afternoon", after=5)
    tanya.hears("Marcus, Sat Nov 28", "1) 1:00 PM")


def test_a_reaction_in_between_leaves_the_question_where_it_is(tanya: Phone) -> None:
    tanya.says("wanna see my son")
    tanya.says("Liked “See you soon”", after=4)
    tanya.hears("Which day and time?")


def test_the_same_text_three_times_is_answered_once(tanya: Phone) -> None:
    texts(tanya, *["can i see marcus saturday afternoon"] * 3)
    tanya.hears("1) 1:00 PM")
    tanya.hears_nothing()


def test_the_same_half_of_a_request_three_times_is_asked_about_once(tanya: Phone) -> None:
    texts(tanya, *["wanna see my son"] * 3)
    tanya.hears("Which day and time?")
    tanya.hears_nothing()


def test_a_number_after_a_fragment_answers_the_list_on_the_screen(tanya: Phone) -> None:
    tanya.says("can i see marcus saturday afternoon")
    tanya.hears("2) 1:45 PM")
    texts(tanya, "umm ok so", "2", apart=4)
    tanya.hears("Asked, not booked yet: Marcus, Sat Nov 28, 1:45 PM")
    tanya.hears_nothing()


def test_who_is_writing_is_asked_after_the_last_fragment(opened: Opened) -> None:
    shared = opened().phone(TANYA)
    texts(shared, "hi", "its keisha", "can i c my uncle marcus sunday afternoon", apart=5)
    shared.hears("Marcus, Sun Nov 29", "1) 1:00 PM")
    shared.hears_nothing()


@pytest.mark.parametrize("restart", [False, True], ids=["one process", "a restart between any two texts"])
def test_the_burst_is_in_the_record(opened: Opened, restart: bool) -> None:
    line = opened(TANYA_ALONE)
    line.restart_after_each = restart
    tanya = line.phone(TANYA)
    texts(tanya, "hi", "wanna see my son", "sat afternoon")
    tanya.hears("1) 1:00 PM")
    tanya.hears_nothing()


def test_more_than_twelve_replies_in_ten_minutes_are_not_made(line: Line, tanya: Phone, reed: Phone) -> None:
    """Two robots must not talk all night. An unanswered text changes nothing; a choice or a cancellation still works."""
    for number in range(15):
        tanya.says(f"can i see marcus saturday at {1 + number % 3}:{15 * (number % 4):02d}", after=20)
    assert len(tanya.unread()) == 12
    tanya.ignores(12)
    on_screen = tanya.texts[-1].text
    tanya.says("can i see marcus sunday at 2pm")
    tanya.hears_nothing()
    tanya.says("1")
    tanya.hears("Asked, not booked yet: Marcus, Sat Nov 28", but_not=["Sun Nov 29"])
    assert "Sat Nov 28" in on_screen
    card = reed.hears_card("Sat Nov 28")
    tanya.says(f"cancel visit {card.reference}")
    tanya.hears("Cancelled, as you asked")
    reed.ignores_all_but(0)
    line.passes(minutes=11)
    tanya.says("can i see marcus sunday at 3pm")
    tanya.hears("Sun Nov 29")


def test_a_choice_is_kept_whatever_follows_it(tanya: Phone) -> None:
    tanya.says("i want a visit")
    tanya.hears("1) Marcus Johnson\n2) Darnell Price")
    tanya.says("2")
    tanya.hears("When would you like to see Darnell?")
    tanya.says("saturday afternoon", after=6)
    tanya.hears("Darnell, Sat Nov 28", "1) 1:00 PM")


def test_the_same_number_answers_one_question_after_the_other(opened: Opened) -> None:
    phone = opened().phone(TANYA)
    phone.says("can i see somebody saturday afternoon")
    phone.hears("1) Tanya Johnson\n2) Keisha Johnson")
    phone.says("number 1")
    phone.hears("1) Marcus Johnson\n2) Darnell Price")
    phone.says("number 1", after=15)
    phone.hears("Marcus, Sat Nov 28", "1) 1:00 PM")


def test_help_in_between_leaves_the_question_where_it_is(line: Line, tanya: Phone) -> None:
    chat = line.telegram(TANYA, 5002)
    chat.says("/start")
    chat.hears("press the button")
    chat.shares_contact(TANYA.phone)
    chat.hears("Thank you, Tanya")
    chat.says("wanna see my son")
    chat.says("help", after=3)
    chat.hears("Visitline, video visits at")
    chat.hears("Which day and time?")
    tanya.hears_nothing()


def test_a_button_in_a_burst_is_of_the_list_on_the_screen(line: Line, tanya: Phone) -> None:
    for wish in ("marcus saturday 1pm", "marcus sunday 1pm"):
        tanya.says(wish)
        tanya.hears("Reply 1 to ask")
        tanya.says("1")
        tanya.hears("Asked")
    chat = line.telegram(TANYA, 5003)
    chat.says("/start")
    chat.hears("press the button")
    chat.shares_contact(TANYA.phone)
    chat.hears("Thank you, Tanya")
    chat.says("i cant make it")
    listed = chat.hears("Marcus Sat Nov 28 1:00 PM", "Marcus Sun Nov 29 1:00 PM")
    chat.says("umm", after=5)
    label = next(row.partition(") ")[2] for row in listed.splitlines() if "Sat Nov 28" in row)
    chat.presses(label, after=4)
    chat.hears("Sat Nov 28", "1) ", "2) ")
    chat.says("3", after=5)
    chat.hears("Sat Nov 28")
    line.phone(REED).ignores_all_but(0)


def test_staff_see_that_a_family_with_a_visit_got_no_answer(line: Line, tanya: Phone, molina: Phone) -> None:
    booked(line)
    for number in range(14):
        tanya.says(f"can i see darnell sunday at {1 + number % 3}:{15 * (number % 4):02d}", after=20)
    tanya.ignores_all_but(0)
    molina.ignores_all_but(0)
    molina.says("flags")
    molina.hears("got no answer (too many texts)", "Tanya Johnson")
