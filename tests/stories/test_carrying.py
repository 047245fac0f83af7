"""Credit: when a visit fails without the family's fault, its money pays for a new time or goes back, without a form."""

from tests.cast import REED, TANYA_ALONE
from tests.stories.conftest import Opened
from tests.stories.phones import Phone
from tests.stories.test_calls import BACK, KEPT, joined
from tests.talk import Line

CARRY = ('technical = "refund"', 'technical = "carry"')


def failed(opened: Opened) -> tuple[Line, Phone]:
    """The family joined and the screen was off: the money is held, and times are offered."""
    line = opened(TANYA_ALONE, CARRY)
    _, tanya = joined(line)
    line.until("end")
    tanya.hears("did not work, and not by your fault. Your $2.70 is safe and pays for a new time.", "1) ", "Reply 1")
    assert line.money() == KEPT
    line.phone(REED).ignores_all_but(0)
    return line, tanya


def test_one_number_asks_and_an_ok_books_it_without_paying_again(opened: Opened) -> None:
    line, tanya = failed(opened)
    tanya.says("1")
    tanya.hears("Asked")
    reed = line.phone(REED)
    card = reed.hears_card(tanya.member.name)
    reed.says(f"{card} ok")
    reed.hears("approved")
    tanya.hears("Paid and booked: Marcus", "/j/")
    assert line.money() == KEPT
    line.screen_is_on(card.reference)
    line.passes(days=20)
    tanya.ignores_all_but(0)
    assert line.money() == KEPT, "nobody pressed Join the second time, and the sample keeps the money then"


def test_denied_the_money_stays_safe_and_goes_back_when_no_time_was_taken(opened: Opened) -> None:
    line, tanya = failed(opened)
    tanya.says("1")
    tanya.hears("Asked")
    reed = line.phone(REED)
    card = reed.hears_card(tanya.member.name)
    reed.says(f"{card} no b")
    reed.hears("denied")
    tanya.hears("could not approve", "$2.70 stays safe.")
    line.passes(days=13)
    tanya.hears_nothing()
    assert line.money() == KEPT
    line.passes(days=1, hours=1)
    tanya.hears("No new time was taken for your visit with Marcus", "$2.70 goes back to the card")
    assert line.money() == BACK


def test_a_shorter_visit_gives_the_difference_back(opened: Opened) -> None:
    line, tanya = failed(opened)
    tanya.says("see marcus sunday 2pm for 20 minutes")
    tanya.hears("Reply 4 to ask")  # 1 to 3 still mean the times that were offered
    tanya.says("4")
    tanya.hears("Asked")
    reed = line.phone(REED)
    card = reed.hears_card(tanya.member.name)
    reed.says(f"{card} ok")
    reed.hears("approved")
    tanya.hears("Paid and booked: Marcus")
    assert line.money() == [*KEPT, ("refund", 90, "done")]


def test_cancelled_in_time_all_of_it_goes_back(opened: Opened) -> None:
    line, tanya = failed(opened)
    tanya.says("1")
    tanya.hears("Asked")
    reed = line.phone(REED)
    card = reed.hears_card(tanya.member.name)
    reed.says(f"{card} ok")
    reed.hears("approved")
    tanya.hears("Paid and booked: Marcus")
    tanya.says(f"cancel visit {card.reference}")
    tanya.hears("$2.70 goes back")
    assert line.money() == BACK
    line.passes(days=20)
    tanya.ignores_all_but(0)
    assert line.money() == BACK, "it does not go back twice"


def test_another_persons_money_pays_nothing(opened: Opened) -> None:
    line, tanya = failed(opened)
    tanya.says("see darnell sunday 2pm")
    tanya.hears("Reply 4 to ask")  # 1 to 3 still mean the times that were offered
    tanya.says("4")
    tanya.hears("Asked")
    reed = line.phone(REED)
    card = reed.hears_card(tanya.member.name)
    reed.says(f"{card} ok")
    reed.hears("approved")
    tanya.hears("Pay $2.70")
