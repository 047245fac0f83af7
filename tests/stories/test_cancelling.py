"""The family cancels a visit before or after approval, gets its money back or not, and never cancels by a bare CANCEL."""

import pytest

from tests.cast import NO_KEEP_APART, ONE_TERMINAL_IN_B, RUTH, RUTH_TOO, TANYA, TANYA_ALONE
from tests.stories.conftest import Opened
from tests.stories.phones import Phone
from tests.stories.scenes import ANAS, TANYAS, Family, approved, asked, booked
from tests.talk import Line


@pytest.mark.parametrize(
    ("family", "heard"),
    [
        (TANYAS, "Cancelled, as you asked: Marcus, Sat Nov 28, 1:45 PM. You owe nothing."),
        (ANAS, "Cancelada, como pidió: Luis, sáb 28 nov, 9:45 AM. No debe nada."),
    ],
    ids=["en", "es"],
)
def test_before_approval_nothing_is_owed_and_staff_hear_of_it(line: Line, family: Family, heard: str) -> None:
    card, phone, officer = asked(line, family), line.phone(family.member), line.phone(family.officer)
    phone.says(f"{family.cancel} {card.reference}")
    phone.hears(heard, card.reference)
    officer.hears(f"{card.reference} cancelled by the family: {family.member.name}", "The place is free.")
    officer.says("list")
    officer.hears("Nothing waits for your answer.")
    phone.says(f"{family.cancel} {card.reference}")
    phone.hears("Already cancelled" if family is TANYAS else "Ya estaba cancelada")


@pytest.mark.parametrize(
    ("family", "heard"),
    [
        (
            TANYAS,
            "Cancelled, as you asked: Marcus, Sat Nov 28, 1:45 PM. $2.70 goes back to the card it was paid with",
        ),
        (
            ANAS,
            "Cancelada, como pidió: Luis, sáb 28 nov, 9:45 AM. Se devuelven $2.70 a la tarjeta con que se pagó",
        ),
    ],
    ids=["en", "es"],
)
def test_after_paying_in_time_the_money_goes_back(line: Line, family: Family, heard: str) -> None:
    card, phone = booked(line, family), line.phone(family.member)
    line.until("fri 9:00")
    phone.says(f"{family.cancel} {card.reference}")
    phone.hears(heard)
    assert line.money() == [("charge", 270, "done"), ("refund", 270, "done")]
    line.until("sat 23:00")
    phone.hears_nothing()
    line.phone(family.officer).hears("cancelled by the family")


def test_approved_and_not_paid_yet(line: Line, tanya: Phone) -> None:
    card = approved(line)
    tanya.says(f"cancel visit {card.reference}")
    tanya.hears("Cancelled, as you asked", "You owe nothing.")
    assert "/sandbox/" not in line.post(tanya.link("p")).location
    line.passes(hours=48)
    tanya.hears_nothing()


def test_too_late_for_the_money_it_is_asked_first_and_ok_is_no_answer_to_that(line: Line, tanya: Phone) -> None:
    card = booked(line)
    line.until("sat 12:00")
    tanya.ignores(1)
    tanya.says(f"cancel visit {card.reference}")
    tanya.hears(
        "If you now cancel the visit with Marcus, Sat Nov 28, 1:45 PM, you will not get $2.70 back: "
        "that was possible until today 11:45 AM. Reply 1 to cancel it, 2 to keep it."
    )
    tanya.says("ok")
    tanya.hears('Your "ok" could mean two things. Which one?\n1) Cancel it\n2) Keep it')
    tanya.says("1")
    tanya.hears("Cancelled, as you asked", "so $2.70 is not returned")
    assert line.money() == [("charge", 270, "done")]


def test_too_late_and_kept_after_all(line: Line, tanya: Phone) -> None:
    card = booked(line)
    line.until("sat 12:00")
    tanya.ignores(1)
    tanya.says(f"cancel visit {card.reference}")
    tanya.hears("2 to keep it")
    tanya.says("2")
    tanya.hears("Kept: Marcus, Sat Nov 28, 1:45 PM. Nothing changed.")
    line.until("sat 13:30")
    tanya.hears("Marcus at 1:45 PM, in 15 minutes")


def test_muy_tarde_se_pregunta_primero(line: Line, ana: Phone) -> None:
    card = booked(line, ANAS)
    line.until("sat 8:30")
    ana.ignores(1)
    ana.says(f"cancelar visita {card.reference}")
    ana.hears(
        "Si cancela ahora la visita con Luis, sáb 28 nov, 9:45 AM, no se le devuelven $2.70:",
        "se podía hasta hoy 7:45 AM.",
        "Responda 1 para cancelarla, 2 para conservarla.",
    )
    ana.says("2")
    ana.hears("Luis, sáb 28 nov, 9:45 AM")
    assert line.money() == [("charge", 270, "done")]


def test_within_a_quarter_of_an_hour_of_paying_the_money_always_goes_back(
    line: Line, tanya: Phone, reed: Phone
) -> None:
    line.until("sat 9:00")
    tanya.says("marcus today 1:45pm")
    tanya.hears("Reply 1 to ask")
    tanya.says("1")
    tanya.hears("Asked")
    card = reed.hears_card()
    line.until("sat 10:30")
    reed.says(f"{card} ok")
    reed.hears("approved")
    line.until("sat 12:30")
    tanya.hears("Approved: Marcus")
    while tanya.unread():
        tanya.hears("Still to pay")
    tanya.pays()
    tanya.hears("Paid and booked")
    line.passes(minutes=10)
    tanya.says(f"cancel visit {card.reference}")
    tanya.hears("Cancelled, as you asked", "$2.70 goes back")
    assert line.money() == [("charge", 270, "done"), ("refund", 270, "done")]


def test_a_freed_place_can_be_had_by_others(opened: Opened) -> None:
    line = opened(TANYA_ALONE, RUTH_TOO, NO_KEEP_APART, ONE_TERMINAL_IN_B)
    tanya, ruth, card = line.phone(TANYA), line.phone(RUTH), booked(line)
    ruth.says("darnell saturday 1:45pm")
    ruth.hears("No place Saturday Nov 28 at 1:45 PM for Darnell")
    tanya.says(f"cancel visit {card.reference}")
    tanya.hears("Cancelled, as you asked")
    ruth.says("darnell saturday 1:45pm")
    ruth.hears("Video visit with Darnell Price, Sat Nov 28, 1:45 to 2:15 PM")


def test_which_one_is_asked_never_guessed(line: Line, tanya: Phone, reed: Phone) -> None:
    first = asked(line)
    tanya.says("darnell sunday 1pm")
    tanya.hears("Reply 1 to ask")
    tanya.says("1")
    tanya.hears("Asked")
    reed.hears_card()
    tanya.says("i need to cancel my visit")
    tanya.hears("Which visit shall I cancel?\n1) Marcus Sat Nov 28 1:45 PM", "\n2) Darnell Sun Nov 29 1:00 PM")
    tanya.says("1")
    tanya.hears("Cancelled, as you asked: Marcus")
    reed.hears(f"{first.reference} cancelled by the family")
    tanya.says("visits")
    tanya.hears("Darnell, Sun Nov 29, 1:00 PM is with staff")


def test_bare_cancel_is_the_carriers_word_and_the_visit_stands(line: Line, tanya: Phone, reed: Phone) -> None:
    card = booked(line)
    tanya.says("CANCEL")
    tanya.hears_nothing()
    reed.says(f"visit {card.reference}")
    reed.hears(f"{card.reference}: booked")
    line.until("sat 14:30")
    tanya.hears_nothing()


def test_nothing_to_cancel(tanya: Phone) -> None:
    tanya.says("cancel my visit")
    tanya.hears("You have no visit to cancel or move.")
