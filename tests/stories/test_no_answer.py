"""Staff do not answer: they are asked again, the family is told, and an unanswered request is never called denied."""

import pytest

from tests.stories.phones import Phone
from tests.stories.scenes import ANAS, TANYAS, Family, asked, officer_of
from tests.talk import Line


@pytest.mark.parametrize(
    ("family", "heard"),
    [
        (TANYAS, ("No answer from staff yet for Marcus, Sat Nov 28, 1:45 PM. Your place is still kept; "
                 "I have asked them again and text you when they answer, at the latest Sat 1:15 PM.")),
        (ANAS, ("Todavía no hay respuesta sobre Luis, sáb 28 nov, 9:45 AM. Su lugar sigue guardado; "
               "ya les pregunté otra vez y le aviso cuando respondan, a más tardar el sáb 9:15 AM.")),
    ],
    ids=["en", "es"],
)  # fmt: skip
def test_staff_are_asked_again_and_the_family_is_told(line: Line, family: Family, heard: str) -> None:
    card = asked(line, family)
    phone, officer = line.phone(family.member), officer_of(line, family)
    line.until("mon 12:00")
    phone.hears_nothing()
    line.until("decide-by")
    phone.hears(heard, card.reference)
    again = officer.hears_card(f"{card.reference} is still waiting for an answer:")
    assert again.code == card.code, "the card on his screen still counts"
    officer.says(f"{card} ok")
    officer.hears("approved")
    phone.hears("$2.70")


@pytest.mark.parametrize(
    ("family", "heard", "reply", "never"),
    [
        (TANYAS, ("Staff did not answer in time for Marcus, Sat Nov 28, 1:45 PM, so it cannot take place. Sorry. "
                 "You owe nothing. These are open:\n1) "), "Reply 1, 2 or 3", "denied"),
        (ANAS, ("El personal no respondió a tiempo sobre Luis, sáb 28 nov, 9:45 AM, y no podrá ser. Lo sentimos. "
               "No debe nada. Hay lugar:\n1) "), "Responda 1, 2 o 3", "No aprobaron"),
    ],
    ids=["en", "es"],
)  # fmt: skip
def test_never_answered_gets_three_times_that_pass(
    line: Line, family: Family, heard: str, reply: str, never: str
) -> None:
    card = asked(line, family)
    phone, officer = line.phone(family.member), officer_of(line, family)
    line.until("last call")
    waiting = [got.text for got in phone.unread()][:-1]
    phone.ignores_all_but(1)
    assert waiting
    assert all(card.reference in text for text in waiting)
    phone.hears(heard, reply, but_not=[never])
    officer.ignores_all_but(1)
    last = officer.hears_card(f"{card.reference} is still waiting for an answer:")
    officer.says(f"{last} ok")
    officer.hears(f"{last} does not count any more for {card.reference}: not answered in time. Nothing was changed.")
    phone.hears_nothing()
    phone.says("1")
    phone.hears("Asked, not booked yet" if family is TANYAS else "Pedida")
    assert line.money() == []


def test_staff_are_asked_once_a_day_and_the_family_is_told_twice(line: Line, tanya: Phone, reed: Phone) -> None:
    asked(line)
    line.until("mon 23:00")
    tanya.hears("No answer from staff yet", "at the latest Sat 1:15 PM")
    reed.hears_card("is still waiting for an answer:")
    for _day in ("Tue", "Wed", "Thu"):
        line.passes(hours=24)
        tanya.hears_nothing()
        reed.hears_card("is still waiting for an answer:")
    line.until("fri 23:00")
    tanya.hears("No answer from staff yet", "at the latest Sat 1:15 PM")
    reed.hears_card("is still waiting for an answer:")
    tanya.hears_nothing()


def test_status_says_who_has_it_and_by_when(line: Line, tanya: Phone) -> None:
    card = asked(line)
    tanya.says("did they say yes")
    tanya.hears(
        "Marcus, Sat Nov 28, 1:45 PM is with staff. They answer by today 12:01 PM.", f"CANCEL VISIT {card.reference}"
    )


def test_ya_contestaron(line: Line, ana: Phone) -> None:
    asked(line, ANAS)
    ana.says("ya me aprobaron?")
    ana.hears("Luis, sáb 28 nov, 9:45 AM", "hoy 12:01 PM")
