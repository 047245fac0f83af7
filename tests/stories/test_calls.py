"""How a call ends, what the family is told, and what happens to the money, without a form and without a request."""

import re

import pytest

from tests.cast import TANYA_ALONE
from tests.stories.conftest import Opened
from tests.stories.phones import Phone
from tests.stories.scenes import ANAS, TANYAS, Family, booked
from tests.talk import Line

BY_MINUTE = ('# settle = "visit"', 'settle = "minute"\n#')
KEPT = [("charge", 270, "done")]
BACK = [*KEPT, ("refund", 270, "done")]


def joined(line: Line, family: Family = TANYAS) -> tuple[str, Phone]:
    """The family has pressed Join in time and has read its earlier texts."""
    card, phone = booked(line, family), line.phone(family.member)
    line.until("15 minutes before")
    line.passes(minutes=15)
    phone.ignores_all_but(0)
    phone.presses_join()
    return card.reference, phone


def page(line: Line, phone: Phone) -> str:
    return line.web.get(phone.link("j")).text


def test_a_call_that_took_place_is_closed_by_one_text(line: Line) -> None:
    ref, tanya = joined(line)
    line.meet(ref, minutes=29)
    line.until("end")
    tanya.hears("Your visit with Marcus is over. You paid $2.70; nothing more is due.", ref)
    assert line.money() == KEPT
    shown = page(line, tanya)
    assert "This visit is over" in shown
    assert re.findall(r"<dd>([^<]*)</dd>", shown) == ["30 min", "29 min", "$2.70"]


@pytest.mark.parametrize(
    ("family", "words"),
    [
        (TANYAS, ("Sorry: the call with Marcus, Sat Nov 28, 1:45 PM, did not work, and that was not your fault. "
                  "$2.70 goes back to the card it was paid with")),
        (ANAS, "Perdón: la llamada con Luis, sáb 28 nov, 9:45 AM, no funcionó, y no fue culpa suya. Se devuelven $2.70"),
    ],
    ids=["en", "es"],
)  # fmt: skip
def test_a_screen_that_is_off_is_not_the_familys_fault(line: Line, family: Family, words: str) -> None:
    _, phone = joined(line, family)
    line.until("end")
    phone.hears(words)
    assert line.money() == BACK
    assert "$2.70" in page(line, phone)


def test_the_kiosk_says_yes_and_the_family_no_so_staff_decide(line: Line, reed: Phone, molina: Phone) -> None:
    ref, tanya = joined(line)
    reed.ignores_all_but(0)
    molina.ignores_all_but(0)
    line.meet(ref, minutes=20, family=False)
    line.until("end")
    tanya.hears("We cannot tell if your call with Marcus, Sat Nov 28, worked.", "If they say nothing, $2.70 goes back")
    reed.hears(f"{ref} Tanya Johnson / Marcus Johnson", "the family's phone had none", "/calls/")
    assert line.money() == KEPT
    line.passes(hours=48)
    tanya.hears("Sorry: the call with Marcus", "$2.70 goes back")
    assert line.money() == BACK


def test_an_officer_says_that_it_took_place(line: Line, reed: Phone) -> None:
    ref, tanya = joined(line)
    reed.ignores_all_but(0)
    line.meet(ref, minutes=0.5)
    line.until("end")
    tanya.hears("We cannot tell if your call with Marcus")
    reed.hears("It was connected for less than a minute.")
    reed.says("calls")
    link = re.search(r"/calls/[\w-]{22}", reed.hears("/calls/"))
    assert link is not None
    assert ref in line.web.get(link[0]).text
    line.post(f"{link[0]}/{ref}/decide", verdict="took_place", sure="yes")
    line.settle()
    tanya.hears("Staff looked at your visit with Marcus", "it took place. $2.70 is not returned")
    assert line.money() == KEPT
    line.passes(hours=72)
    tanya.hears_nothing()


def test_an_officer_ends_it_and_the_money_goes_back(line: Line, reed: Phone) -> None:
    ref, tanya = joined(line)
    reed.ignores_all_but(0)
    line.meet(ref, minutes=5)
    reed.says("calls")
    link = re.search(r"/calls/[\w-]{22}", reed.hears("/calls/"))
    assert link is not None
    line.post(f"{link[0]}/{ref}/end", reason="emergency", sure="yes")
    line.settle()
    tanya.hears("Staff ended your visit with Marcus", "there was an emergency at the jail. $2.70 goes back")
    assert line.money() == BACK
    assert line.web.post(f"{tanya.link('j')}/enter", json={"as": ""}).status_code == 410


def test_by_the_minute_the_rest_goes_back_by_itself(opened: Opened) -> None:
    line = opened(TANYA_ALONE, BY_MINUTE)
    ref, tanya = joined(line)
    line.meet(ref, minutes=20.5)
    line.until("end")
    tanya.hears("20 of 30 minutes were connected. $0.90 goes back to the card")
    assert line.money() == [*KEPT, ("refund", 90, "done")]
    assert re.findall(r"<dd>([^<]*)</dd>", page(line, tanya))[:4] == ["30 min", "20 min", "$2.70", "$0.90"]


def test_by_the_minute_a_whole_visit_is_simply_over(opened: Opened) -> None:
    line = opened(TANYA_ALONE, BY_MINUTE)
    ref, tanya = joined(line)
    line.meet(ref, minutes=30)
    line.until("end")
    tanya.hears("Your visit with Marcus is over.", ref)
    assert line.money() == KEPT
