"""Payments: paid, declined, paid twice, paid too late, not paid, nothing to pay, and the attorney's free visit."""

import pytest

from tests.cast import FREE, REED, TANYA, TANYA_ALONE, WHITLOCK
from tests.stories.carrier import URL
from tests.stories.conftest import Opened
from tests.stories.phones import Phone
from tests.stories.scenes import ANAS, TANYAS, Family, approved, asked, booked
from tests.talk import Line


def test_declined_card_keeps_the_place_and_says_who_else_may_pay(line: Line, tanya: Phone) -> None:
    approved(line)
    tanya.tries_to_pay()
    tanya.hears(
        "The card was declined and nothing was taken. Marcus, Sat Nov 28, 1:45 PM is still kept until Tue 10:02 AM.",
        "another card: http://", "Anyone may pay with this link.",
    )  # fmt: skip
    tanya.pays()
    tanya.hears("Paid and booked: Marcus")
    assert line.money() == [("charge", 270, "done")]


def test_tarjeta_rechazada(line: Line, ana: Phone) -> None:
    approved(line, ANAS)
    ana.tries_to_pay()
    ana.hears(
        "La tarjeta fue rechazada y no se cobró nada. Luis, sáb 28 nov, 9:45 AM sigue guardada hasta el mar 10:02 AM."
    )
    ana.pays()
    ana.hears("Pagada y reservada")


@pytest.mark.parametrize(
    ("family", "heard"),
    [
        (
            TANYAS,
            "was already paid, so the second payment of $2.70 goes back to its card in 5-10 days. Your visit stands",
        ),
        (ANAS, "ya estaba pagada: el segundo pago de $2.70 vuelve a su tarjeta en 5-10 días. Su visita sigue en pie"),
    ],
    ids=["en", "es"],
)
def test_second_payment_goes_back_at_once(line: Line, family: Family, heard: str) -> None:
    approved(line, family)
    phone = line.phone(family.member)
    card_page = phone.opens_the_card_page()
    assert phone.opens_the_card_page() == card_page, "two phones, one checkout"
    phone.on_card_page(card_page, "pay")
    phone.hears("/j/")
    phone.on_card_page(card_page, "pay")
    phone.hears(heard)
    assert line.money() == [("charge", 270, "done"), ("charge", 270, "done"), ("refund", 270, "done")]


def test_somebody_else_pays_with_the_link(line: Line, tanya: Phone) -> None:
    approved(line)
    line.web = line.web.application.test_client()  # a new browser without cookies
    tanya.pays()
    tanya.hears("Paid and booked")


def test_opening_the_pay_page_takes_nothing(line: Line, tanya: Phone) -> None:
    approved(line)
    for _ in range(3):
        assert line.web.get(tanya.link("p")).status_code == 200
    line.settle()
    tanya.hears_nothing()
    assert line.money() == []


@pytest.mark.parametrize(
    ("family", "reminder", "over"),
    [
        (TANYAS, "Still to pay: $2.70 for Marcus, Sat Nov 28, 1:45 PM. Your place opens for others today 10:02 AM: http://",
         "Marcus, Sat Nov 28, 1:45 PM was not paid in time, so the place is open to others again. You owe nothing."),
        (ANAS, "Falta pagar $2.70: Luis, sáb 28 nov, 9:45 AM. Su lugar se libera hoy 10:02 AM: http://",
         "Luis, sáb 28 nov, 9:45 AM no se pagó a tiempo y el lugar quedó libre. No debe nada."),
    ],
    ids=["en", "es"],
)  # fmt: skip
def test_unpaid_with_one_reminder(line: Line, family: Family, reminder: str, over: str) -> None:
    card, phone = approved(line, family), line.phone(family.member)
    line.until("reminder to pay")
    assert 8 <= line.here.hour < 21, "nobody is woken for money"
    phone.hears(
        reminder if line.here.weekday() == 0 else reminder.replace("tomorrow", "today").replace("mañana", "hoy")
    )
    line.until("pay-by")
    phone.hears(over)
    line.passes(hours=48)
    phone.hears_nothing()
    assert line.money() == []
    officer = line.phone(family.officer)
    officer.says(f"visit {card.reference}")
    officer.hears(card.reference, "not paid in time")


def test_paid_in_time_no_reminder(line: Line, tanya: Phone) -> None:
    booked(line)
    line.until("thu 12:00")
    tanya.hears_nothing()


def test_paid_on_a_page_left_open_after_pay_by_goes_back(line: Line, tanya: Phone) -> None:
    approved(line)
    card_page = tanya.opens_the_card_page()
    line.until("pay-by")
    tanya.ignores(2)
    assert line.post(f"{card_page.removeprefix(URL)}/pay").status_code == 303
    line.settle()
    tanya.hears("Your payment for Marcus, Sat Nov 28, 1:45 PM came after the place was released. $2.70 goes back")
    assert line.money() == [("charge", 270, "done"), ("refund", 270, "done")]


def test_pay_says_the_link_once_more(line: Line, tanya: Phone) -> None:
    approved(line)
    first = tanya.link("p")
    tanya.says("how do i pay")
    tanya.hears("Marcus, Sat Nov 28, 1:45 PM is approved. Pay $2.70 by Tue 10:02 AM to keep it: http://")
    assert tanya.link("p") != first
    assert line.web.get(first).status_code == 200, "the link of the first text still works"
    tanya.pays()
    tanya.hears("Paid and booked")


def test_free_facility_books_at_once(opened: Opened) -> None:
    line = opened(TANYA_ALONE, FREE)
    tanya, reed = line.phone(TANYA), line.phone(REED)
    tanya.says("can i see marcus saturday afternoon")
    tanya.hears("Marcus, Sat Nov 28, 30 min. Open times", but_not=["$", "free"])
    tanya.says("1")
    tanya.hears("Asked, not booked yet", but_not=["$", "pay"])
    card = reed.hears_card()
    reed.says(f"{card} ok")
    reed.hears("approved")
    tanya.hears(
        "Approved and booked: Marcus, Sat Nov 28, 1:00 PM Central, 30 min, nothing to pay.", "Visits may be recorded."
    )
    line.until("sat 12:45")
    tanya.hears("Tomorrow: Marcus", but_not=["$"])
    tanya.hears("Marcus at 1:00 PM, in 15 minutes")


def test_attorneys_visit_is_free_and_nothing_says_recorded(opened: Opened) -> None:
    line = opened(TANYA_ALONE)
    whitlock, reed = line.phone(WHITLOCK), line.phone(REED)
    whitlock.says("need 30 min with marcus johnson 48213 wed morning, legal")
    whitlock.hears("Marcus, Wed Nov 25, 30 min", "1) 9:00 AM", but_not=["$"])
    whitlock.says("1")
    whitlock.hears("Asked, not booked yet", but_not=["$", "You pay"])
    card = reed.hears_card("Dana Whitlock (attorney) for Marcus Johnson 48213", "attorney, not watched or recorded")
    reed.says(f"{card} ok")
    reed.hears("approved")
    whitlock.hears(
        "Approved and booked: Marcus, Wed Nov 25, 9:00 AM", "Not recorded, not watched.", but_not=["may be recorded"]
    )
    page = line.web.get(whitlock.link("j")).text
    assert "may be recorded" not in page
    line.until("wed 8:50")
    for _ in whitlock.unread():
        whitlock.hears(but_not=["may be recorded"])
    assert len(whitlock.texts) == 5


def test_price_is_the_one_that_was_asked_for(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    line.loads(('per_minute = "0.09"', 'per_minute = "0.15"'), TANYA_ALONE)
    reed.says(f"{card} ok")
    reed.hears("approved")
    tanya.hears("Pay $2.70")
    tanya.says("see marcus sunday 1pm")
    tanya.hears("$4.50 in all")
