"""A family that has lost a text gets what it needs again: each link to pay, the numbers of an offer, the held place."""

import pytest

from tests.cast import REED
from tests.stories.phones import Phone
from tests.stories.scenes import ANAS, approved, asked
from tests.talk import Line


def two_to_pay(line: Line, tanya: Phone) -> None:
    """Two approved visits. Everybody has read their texts."""
    reed = line.phone(REED)
    approved(line)
    tanya.says("darnell sunday 1pm")
    tanya.hears("Reply 1 to ask")
    tanya.says("1")
    tanya.hears("Asked")
    reed.says(f"{reed.hears_card('Darnell')} ok")
    reed.hears("approved")
    tanya.hears("Approved: Darnell")


@pytest.mark.parametrize("said", ["how do i pay", "send me the link again", "i lost the link", "visits"])
def test_two_links_to_pay_come_again_each_with_its_end(line: Line, tanya: Phone, said: str) -> None:
    two_to_pay(line, tanya)
    tanya.says(said)
    if said == "visits":
        tanya.hears("Your visits:\n", "Marcus Sat Nov 28", "Darnell Sun Nov 29")
    tanya.hears("Marcus, Sat Nov 28, 1:45 PM is approved. Pay $2.70 by Tue", "/p/")
    tanya.hears("Darnell, Sun Nov 29, 1:00 PM is approved. Pay $2.70 by Tue", "/p/")


def test_visits_bring_the_numbers_of_an_offer_again(line: Line, tanya: Phone) -> None:
    reed, card = line.phone(REED), asked(line)
    tanya.says("darnell sunday 1pm")
    tanya.hears("Reply 1 to ask")
    tanya.says("1")
    tanya.hears("Asked")
    reed.says(f"{card} sat 3pm")
    tanya.hears("Reply 1 to take it")
    tanya.says("visits")
    tanya.hears("Your visits:\n")
    tanya.hears("Staff offer Marcus, Sat Nov 28, 3:00 PM", "\n1) Take", "\n2) Other times\n3) Drop", "Reply 1, 2 or 3.")
    tanya.says("1")
    tanya.hears("Approved: Marcus, Sat Nov 28, 3:00 PM")


def test_visits_tell_of_the_place_that_is_only_kept(line: Line, tanya: Phone) -> None:
    tanya.says("see marcus saturday 1pm")
    tanya.hears("Kept for you until 10:10 AM")
    tanya.says("visits")
    tanya.hears("Not asked yet: Marcus, Sat Nov 28, 1:00 PM is kept for you until 10:10 AM. Reply OK to ask for it")
    tanya.says("ok")
    tanya.hears("Asked, not booked yet: Marcus")


def test_visitas_con_el_enlace(line: Line, ana: Phone) -> None:
    approved(line, ANAS)
    ana.says("ver a luis el domingo 9am")
    ana.hears("Guardada")
    ana.says("visitas")
    ana.hears("Luis, sáb 28 nov, 9:45 AM", "/p/")
    ana.hears("Todavía no pedida: Luis, dom 29 nov, 9:00 AM está guardada hasta las")
