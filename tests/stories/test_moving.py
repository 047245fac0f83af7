"""A visit is moved: the old time stays booked and paid until the new one is decided."""

import pytest

from tests.cast import REED, TANYA
from tests.stories.phones import Card, Phone
from tests.stories.scenes import ANAS, TANYAS, Family, approved, booked
from tests.talk import Line


def move_asked(line: Line, family: Family, card: Card) -> Card:
    """Bring a move before staff."""
    phone, officer = line.phone(family.member), line.phone(family.officer)
    phone.says(f"{family.move} {card.reference}")
    phone.hears("To which day or time?" if family is TANYAS else "¿A qué día u hora?")
    phone.says("sunday 2pm" if family is TANYAS else "domingo 11am")
    if family is TANYAS:
        phone.hears(
            "Move your visit with Marcus from Sat Nov 28 1:45 PM to Sun Nov 29, 2:00 to 2:30 PM?",
            "Reply 1 to ask staff",
        )
    else:
        phone.hears("¿Cambio la visita con Luis del sáb 28 nov 9:45 AM al dom 29 nov", "Responda 1 para pedirlo")
    phone.says("1")
    phone.hears("Sat Nov 28 1:45 PM" if family is TANYAS else "sáb 28 nov 9:45 AM")
    if family.colleague is not None:
        line.phone(family.colleague).ignores(1)
    return officer.hears_card(f"{card.reference} MOVE: {family.member.name}")


def test_approved_and_the_money_moves_along(line: Line, tanya: Phone, reed: Phone) -> None:
    card = move_asked(line, TANYAS, booked(line))
    assert "From Sat Nov 28 1:45 PM to Sun Nov 29 2:00 PM" in card.text
    reed.says(f"{card} ok")
    reed.hears("approved")
    tanya.hears(
        "Moved and booked: Marcus, Sun Nov 29, 2:00 PM Central, 30 min.",
        "Join from 1:50 PM: http://",
        "Your old time is open to others.",
    )
    assert line.money() == [("charge", 270, "done")]
    line.until("sat 14:30")
    tanya.hears("Tomorrow: Marcus, Sun Nov 29, 2:00 PM")
    line.until("sun 13:45")
    tanya.hears("Marcus at 2:00 PM, in 15 minutes.")


def test_cambio_aprobado(line: Line, ana: Phone, molina: Phone) -> None:
    card = move_asked(line, ANAS, booked(line, ANAS))
    molina.says(f"{card} ok")
    molina.hears("approved")
    ana.hears("Cambiada y reservada: Luis, dom 29 nov, 11:00 AM hora Central, 30 min.", "La hora anterior quedó libre.")


def test_denied_and_the_old_one_stands(line: Line, tanya: Phone, reed: Phone) -> None:
    card = move_asked(line, TANYAS, booked(line))
    reed.says(f"{card} no c shakedown")
    reed.hears("denied (resident)")
    tanya.hears(
        "Staff could not approve the move to Sun Nov 29 2:00 PM: the resident cannot come at that time. "
        "Your visit stands: Marcus, Sat Nov 28, 1:45 PM.", but_not=["shakedown"],
    )  # fmt: skip
    assert line.money() == [("charge", 270, "done")]
    line.until("sat 13:30")
    tanya.hears("Tomorrow: Marcus, Sat Nov 28, 1:45 PM")
    tanya.hears("Marcus at 1:45 PM")


def test_cambio_no_aprobado(line: Line, ana: Phone, molina: Phone) -> None:
    card = move_asked(line, ANAS, booked(line, ANAS))
    molina.says(f"{card} no a")
    molina.hears("denied")
    ana.hears(
        "No aprobaron el cambio al dom 29 nov 11:00 AM: la terminal no está libre a esa hora. Su visita sigue en pie: Luis"
    )


@pytest.mark.parametrize("family", [TANYAS, ANAS], ids=["en", "es"])
def test_unanswered_and_the_old_one_stands(line: Line, family: Family) -> None:
    move_asked(line, family, booked(line, family))
    phone = line.phone(family.member)
    line.until("last call")
    phone.ignores_all_but(1)
    if family is TANYAS:
        phone.hears(
            "Staff did not answer in time about the move to Sun Nov 29 2:00 PM.",
            "Your visit stands: Marcus, Sat Nov 28, 1:45 PM.",
        )
    else:
        phone.hears("dom 29 nov 11:00 AM", "Luis, sáb 28 nov, 9:45 AM")
    line.until("15 minutes before")
    phone.hears("in 15 minutes" if family is TANYAS else "en 15 minutos")
    assert line.money() == [("charge", 270, "done")]


def test_staff_offer_another_time_for_it_and_it_is_taken(line: Line, tanya: Phone, reed: Phone) -> None:
    card = move_asked(line, TANYAS, booked(line))
    reed.says(f"{card} sun 3pm")
    reed.hears("Sun Nov 29 3:00 PM offered and kept")
    tanya.hears(
        "Staff can't move your visit with Marcus to Sun Nov 29 2:00 PM but offer Sun Nov 29 3:00 PM",
        "Reply 1 to take it, 2 to see other times, 3 to keep your visit as it is: Sat Nov 28 1:45 PM.",
    )
    tanya.says("1")
    tanya.hears("Moved and booked: Marcus, Sun Nov 29, 3:00 PM")
    assert line.money() == [("charge", 270, "done")]


def test_staff_offer_another_time_for_it_and_the_old_one_is_kept(line: Line, tanya: Phone, reed: Phone) -> None:
    card = move_asked(line, TANYAS, booked(line))
    reed.says(f"{card} sun 3pm")
    reed.hears("offered")
    tanya.hears("3 to keep your visit as it is")
    tanya.says("3")
    tanya.hears("Not moved. Your visit stays Marcus, Sat Nov 28, 1:45 PM.")
    line.until("sat 13:30")
    tanya.hears("Tomorrow: Marcus, Sat Nov 28, 1:45 PM")
    tanya.hears("in 15 minutes")


def test_offer_for_a_move_lapses_and_the_old_one_stands(line: Line, tanya: Phone, reed: Phone) -> None:
    card = move_asked(line, TANYAS, booked(line))
    reed.says(f"{card} sun 3pm")
    reed.hears("offered")
    tanya.hears("Reply 1 to take it")
    line.until("offer lapses")
    tanya.hears("so your visit stands as it was: Marcus, Sat Nov 28, 1:45 PM.")


def test_unpaid_visit_is_moved_and_then_paid(line: Line, tanya: Phone, reed: Phone) -> None:
    card = move_asked(line, TANYAS, approved(line))
    reed.says(f"{card} ok")
    reed.hears("approved")
    tanya.hears("Approved: Marcus, Sun Nov 29, 2:00 PM. Pay $2.70")
    tanya.pays()
    tanya.hears("Paid and booked: Marcus, Sun Nov 29, 2:00 PM")
    assert line.money() == [("charge", 270, "done")]


def test_move_of_an_unpaid_visit_is_denied_and_it_is_still_to_be_paid(line: Line, tanya: Phone, reed: Phone) -> None:
    card = move_asked(line, TANYAS, approved(line))
    reed.says(f"{card} no b")
    reed.hears("denied")
    tanya.hears("Your visit stands: Marcus, Sat Nov 28, 1:45 PM.")
    tanya.says("how do i pay")
    tanya.hears("Marcus, Sat Nov 28, 1:45 PM is approved. Pay $2.70 by")
    tanya.pays()
    tanya.hears("Paid and booked: Marcus, Sat Nov 28, 1:45 PM")


def test_shorter_visit_gives_the_difference_back(line: Line, tanya: Phone, reed: Phone) -> None:
    card = booked(line)
    tanya.says(f"move {card.reference} to sunday 2pm 20 min")
    tanya.hears("Sun Nov 29, 2:00 to 2:20 PM")
    tanya.says("1")
    tanya.hears("Sat Nov 28 1:45 PM")
    move = reed.hears_card("MOVE", "20 min")
    reed.says(f"{move} ok")
    reed.hears("approved")
    tanya.hears("Moved and booked: Marcus, Sun Nov 29, 2:00 PM Central, 20 min. $0.90 goes back")
    assert line.money() == [("charge", 270, "done"), ("refund", 90, "done")]


def top_up_asked_for(line: Line) -> None:
    """A paid visit of 20 minutes is moved to a longer one: the difference must be paid."""
    tanya, reed = line.phone(TANYA), line.phone(REED)
    tanya.says("20 min with marcus saturday 1pm")
    tanya.hears("$1.80 in all")
    tanya.says("1")
    tanya.hears("Asked")
    card = reed.hears_card()
    reed.says(f"{card} ok")
    reed.hears("approved")
    tanya.hears("Pay $1.80")
    tanya.pays()
    tanya.hears("Paid and booked")
    tanya.says(f"move {card.reference} to sunday 2pm 30 min")
    tanya.hears("2:00 to 2:30 PM", "$0.90 more")
    tanya.says("1")
    tanya.hears("Sun Nov 29 2:00 PM")
    move = reed.hears_card("MOVE")
    reed.says(f"{move} ok")
    reed.hears("approved")
    tanya.hears("Move approved: Marcus, Sun Nov 29, 2:00 PM. Pay $0.90 more", "it stands if you don't pay")


def test_longer_visit_is_topped_up(line: Line, tanya: Phone) -> None:
    top_up_asked_for(line)
    tanya.pays()
    tanya.hears("Moved and booked: Marcus, Sun Nov 29, 2:00 PM")
    assert line.money() == [("charge", 180, "done"), ("charge", 90, "done")]


def test_top_up_not_paid_and_the_old_one_stands(line: Line, tanya: Phone) -> None:
    top_up_asked_for(line)
    line.until("reminder to pay")
    tanya.hears("Pay $0.90 more", "it stands if you don't pay", but_not=["opens for others", "CANCEL"])
    line.until("pay-by")
    tanya.hears("so your visit stands as it was: Marcus, Sat Nov 28, 1:00 PM.")
    assert line.money() == [("charge", 180, "done")]


def test_move_is_given_up_by_cancelling_the_visit(line: Line, tanya: Phone, reed: Phone) -> None:
    card = move_asked(line, TANYAS, booked(line))
    tanya.says(f"cancel visit {card.reference}")
    tanya.hears("Cancelled, as you asked: Marcus", "$2.70 goes back")
    reed.hears("cancelled by the family")
    reed.says(f"{card} ok")
    reed.hears(f"{card.reference} is already decided: cancelled by the family. Nothing changed.")
    assert line.money() == [("charge", 270, "done"), ("refund", 270, "done")]


def test_move_to_a_day_without_a_place(line: Line, tanya: Phone) -> None:
    card = booked(line)
    tanya.says(f"move {card.reference} to thursday")
    tanya.hears("There are no visits with Marcus on Thursdays.", "Nearest open:\n1) ")
    tanya.says("1")
    tanya.hears("Sat Nov 28 1:45 PM")


@pytest.mark.parametrize("family", [TANYAS, ANAS], ids=["en", "es"])
def test_in_the_last_half_hour_nothing_is_moved(line: Line, family: Family) -> None:
    card, phone = booked(line, family), line.phone(family.member)
    line.until("sat 13:20" if family is TANYAS else "sat 9:20")
    phone.ignores_all_but(0)
    phone.says(f"{family.move} {card.reference}")
    too_late = "Too late to move" if family is TANYAS else "Ya no se puede cambiar"
    phone.hears(too_late, card.reference, family.time, f"{family.cancel.upper()} {card.reference}")
    phone.says(family.move)
    phone.hears(too_late)
    assert line.money() == [("charge", 270, "done")]


def test_number_of_an_offered_time_comes_in_the_last_half_hour(line: Line, tanya: Phone, reed: Phone) -> None:
    card = booked(line)
    line.until("sat 13:10")
    tanya.ignores_all_but(0)
    tanya.says(f"move {card.reference} to sunday afternoon")
    tanya.hears("1) ")
    line.until("sat 13:16")
    tanya.says("1")
    tanya.hears("Too late to move", "It stays as it is: Marcus, Sat Nov 28, 1:45 PM")
    reed.ignores_all_but(0)
    line.until("sat 13:20")
    reed.hears_nothing()


def test_list_of_times_for_a_move_is_no_new_booking(line: Line, tanya: Phone) -> None:
    card = booked(line)
    stands = f"Moving {card.reference}; it stays Sat Nov 28 1:45 PM until staff approve."
    tanya.says(f"move {card.reference} to sunday afternoon")
    tanya.hears(f"{stands} Marcus, Sun Nov 29, 30 min. Open times:\n1) 1:00 PM")
    tanya.says("thursday")
    tanya.hears(f"{stands} There are no visits with Marcus on Thursdays.", "1) ")


def test_lista_de_horas_para_un_cambio(line: Line, ana: Phone) -> None:
    card = booked(line, ANAS)
    ana.says(f"mover {card.reference} al domingo en la mañana")
    ana.hears(f"Cambio de {card.reference}; sigue sáb 28 nov 9:45 AM hasta que aprueben. Luis, dom 29 nov", "1) ")


def test_a_new_time_that_lapses_is_told_and_the_visit_stays(line: Line, tanya: Phone) -> None:
    card = booked(line)
    tanya.says(f"move {card.reference} to saturday 1pm")
    tanya.hears("1:00 to 1:30 PM? Reply 1 to ask staff")
    line.passes(minutes=11)
    tanya.hears("The new time is no longer kept for you. Your visit with Marcus stays as it was: Sat Nov 28, 1:45 PM")
