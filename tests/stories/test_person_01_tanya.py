"""Tanya, 58, writes in fragments, visits her son and her nephew, and shares her phone with her daughter Keisha.

Section 1 of docs/stories.md. Each part begins where the previous one ended.
"""

from tests.cast import REED, TANYA
from tests.stories.conftest import Opened
from tests.stories.phones import HELD, Phone
from tests.stories.scenes import asked, booked
from tests.talk import Line


def test_her_pieces_are_one_request_and_get_one_answer(opened: Opened) -> None:
    line = opened()
    tanya, reed = line.phone(TANYA), line.phone(REED)
    tanya.says("hi", after=3)
    tanya.says("its tanya", after=8)
    tanya.says("wanna see my son", after=9)
    tanya.says("sat", after=9)
    tanya.says("afternoon", after=11)
    tanya.hears("Marcus, Sat Nov 28, 30 min, $2.70 in all. Open times:\n1) 1:00 PM\n2) 1:45 PM\n3) 2:30 PM")
    tanya.hears_nothing()
    assert tanya.segments() == 1
    tanya.says("2")
    tanya.hears("Asked, not booked yet: Marcus, Sat Nov 28, 1:45 PM")
    reed.hears_card("Tanya Johnson (mother) for Marcus Johnson")


def test_in_pieces_the_whole_visit_costs_no_more_than_in_one_sentence(line: Line, tanya: Phone, reed: Phone) -> None:
    for place, piece in enumerate(("hi", "wanna see my son", "sat", "afternoon")):
        tanya.says(piece, after=10 if place else 30)
    tanya.hears("2) 1:45 PM")
    tanya.says("2")
    tanya.hears("Asked")
    reed.says(f"{reed.hears_card('Tanya')} ok")
    reed.hears("approved")
    tanya.hears("Approved")
    tanya.pays()
    tanya.hears("Paid and booked")
    line.until("sat 13:31")
    tanya.hears("Tomorrow")
    tanya.hears("in 15 minutes")
    assert tanya.segments() <= 10


def test_and_darnell_on_another_day_goes_on_from_there(line: Line, tanya: Phone, reed: Phone) -> None:
    asked(line)
    tanya.says("and darnell sunday")
    tanya.hears("Darnell, Sun Nov 29", "1) 1:00 PM")
    tanya.says("1")
    tanya.hears("Asked, not booked yet: Darnell, Sun Nov 29, 1:00 PM")
    reed.hears_card("Tanya Johnson (aunt) for Darnell Price")


def test_both_on_one_day_reads_like_a_full_day(line: Line, tanya: Phone) -> None:
    """They are kept apart. She is told no rule, and nothing that reveals one."""
    asked(line)
    tanya.says("darnell saturday too")
    tanya.hears("No place Saturday Nov 28 for Darnell. Nearest open:", but_not=["apart", "rule", "Marcus"])


def test_did_they_say_yes_is_answered_with_who_and_by_when(line: Line, tanya: Phone) -> None:
    asked(line)
    tanya.says("did they say yes", after=90 * 60)
    tanya.hears("Marcus", "1:45 PM", "taff", "12:01 PM")
    line.passes(minutes=40)
    tanya.hears("No answer from staff yet", "still kept")


def test_while_she_sleeps_nothing_is_lost(line: Line, tanya: Phone, reed: Phone, molina: Phone) -> None:
    line.until("mon 20:30")
    tanya.says("can i see marcus saturday afternoon")
    tanya.hears("2) 1:45 PM")
    tanya.says("2")
    tanya.hears("Asked")
    card = reed.hears_card("Tanya")
    molina.ignores_all_but(0)
    reed.says(f"{card} ok", after=600)
    reed.hears("approved")
    tanya.hears("Approved", "Pay $2.70 by Tue 8:4", "to keep it")
    line.until("tue 08:00")
    tanya.hears_nothing()


def test_her_card_is_empty_and_nothing_is_lost(line: Line, tanya: Phone, reed: Phone) -> None:
    reed.says(f"{asked(line)} ok")
    reed.hears("approved")
    tanya.hears("Anyone may pay with this link.")
    tanya.tries_to_pay()
    tanya.hears("declined", "still kept")
    tanya.pays()
    tanya.hears("Paid and booked")


def test_she_opens_the_link_three_times_and_is_late(line: Line, tanya: Phone) -> None:
    booked(line)
    line.until("sat 13:46")
    tanya.ignores(2)
    for _ in range(3):
        assert line.web.get(tanya.link("j")).status_code == 200
    tanya.says("im late hold it")
    tanya.hears("stays open until 2:15 PM", "/j/")


def test_keisha_books_in_her_own_name(opened: Opened) -> None:
    line = opened()
    phone, reed = line.phone(TANYA), line.phone(REED)
    phone.says("this is tanya, can i see marcus saturday afternoon")
    phone.hears("2) 1:45 PM")
    phone.says("2")
    phone.hears("Tanya: Asked")
    reed.hears_card("Tanya Johnson (mother)")
    phone.says("this is keisha can i c my brother marcus wed", after=3600)
    phone.hears("Marcus, Wed Nov 25", "1) 5:00 PM")
    phone.says("1")
    phone.hears("Keisha: Asked")
    reed.hears_card("Keisha Johnson (sister)")


def test_nobody_is_booked_as_somebody_else_unasked(opened: Opened) -> None:
    line = opened()
    phone = line.phone(TANYA)
    phone.says("can i see marcus wednesday at 6pm")
    line.passes(seconds=HELD)
    phone.hears("Who is writing?\n1) Tanya Johnson\n2) Keisha Johnson")


def test_a_bare_cancel_cancels_no_visit_and_is_asked_about_later(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    tanya.says("cancel")
    tanya.hears_nothing()  # the carrier has answered by itself and blocks our texts
    reed.says(f"visit {card.reference}")
    reed.hears(f"{card.reference}: asked")
    tanya.says("start", after=3600)
    tanya.hears(f"Your visit {card.reference} still stands", "1) Cancel it\n2) Keep it")
    tanya.says("2")
    tanya.hears("Kept")
