"""A name that is not on the family's list and a day that is over: the answer says so and assumes no other."""

import pytest

from tests.cast import ANA, TANYA
from tests.stories.conftest import Opened
from tests.stories.phones import Phone
from tests.stories.scenes import booked
from tests.talk import Line


@pytest.mark.parametrize("said", ["see luis saturday", "see Bob friday", "can i visit with bob on friday at 6pm"])
def test_name_that_is_none_of_theirs_is_nobody_else(tanya: Phone, said: str) -> None:
    tanya.says("marcus sunday")
    tanya.hears("Marcus, Sun Nov 29")
    tanya.says(said)
    tanya.hears("on your list. You can see:\n1) Marcus Johnson\n2) Darnell Price\nReply 1 or 2", but_not=["Open"])


def test_whom_they_choose_instead_gets_the_day_they_named(tanya: Phone) -> None:
    tanya.says("see luis saturday")
    tanya.hears("I don't have luis on your list.", "call +1 555 123 4500")
    tanya.says("1")
    tanya.hears("Marcus, Sat Nov 28, 30 min", "1) 1:00 PM")


def test_held_released_and_invented_are_answered_alike(opened: Opened) -> None:
    tanya = opened().phone(TANYA)
    answers = set()
    for name in ("luis", "tyrell", "pedro"):
        tanya.says(f"see {name} saturday")
        answers.add(tanya.hears("on your list").replace(name, "..."))
    assert len(answers) == 1


def test_slip_in_a_name_and_a_plain_word_are_no_other_name(tanya: Phone) -> None:
    for said in ("see marqus saturday", "visit with my son saturday", "see him saturday", "a visit for Christmas"):
        tanya.says(said)
        tanya.hears(but_not=["list. You"])


def test_nombre_que_no_es_de_los_suyos(ana: Phone) -> None:
    ana.says("quiero ver a Pedro el sábado")
    ana.hears("No tengo a Pedro en su lista. Puede ver a:\n1) Luis Ortega\nResponda 1, o escriba un nombre.")
    ana.says("1")
    ana.hears("Luis, sáb 28 nov")


def test_day_that_is_over_is_said_to_be_over(tanya: Phone) -> None:
    tanya.says("see marcus january 20")
    tanya.hears("too far ahead")
    tanya.says("see marcus yesterday")
    tanya.hears("That time is already past. Which day and time?", "Mon Wed Fri", but_not=["too far", "Jan"])
    tanya.says("today 8am")
    tanya.hears("That time is already past.")


def test_dia_que_ya_paso(ana: Phone) -> None:
    ana.says("ver a luis ayer")
    ana.hears("Esa hora ya pasó. ¿Qué día y a qué hora?")


def test_move_to_a_day_that_is_over(line: Line, tanya: Phone) -> None:
    card = booked(line)
    tanya.says(f"move {card.reference} to yesterday")
    tanya.hears("That time is already past. Moving the visit with Marcus", "To which day or time?")


def test_visita_de_ana_sigue_igual(line: Line) -> None:
    ana = line.phone(ANA)
    ana.says("ver a luis el viernes pasado")
    ana.hears("Esa hora ya pasó.")
