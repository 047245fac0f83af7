"""Cancelling several visits at once, answering no to the question, and "can't come", which does not cancel."""

import pytest

from tests.cast import NO_KEEP_APART, TANYA, TANYA_ALONE
from tests.stories.conftest import Opened
from tests.stories.phones import Phone
from tests.stories.scenes import ANAS, asked
from tests.talk import Line


def two_visits(line: Line) -> tuple[str, str]:
    """Two requests of Tanya's. Everybody has read their texts."""
    tanya, first = line.phone(TANYA), asked(line)
    tanya.says("darnell sunday 1pm")
    tanya.hears("Reply 1 to ask")
    tanya.says("1")
    second = tanya.hears("Asked").split("Ref ")[1][:4]
    return first.reference, second


def test_two_references_cancel_two_visits(line: Line, tanya: Phone) -> None:
    one, two = two_visits(line)
    tanya.says(f"cancel visit {one} and {two}")
    tanya.hears("Cancelled, as you asked: Marcus", one)
    tanya.hears("Cancelled, as you asked: Darnell", two)
    tanya.says("visits")
    tanya.hears("You dropped the request")


def test_reference_that_is_not_theirs_is_said_beside_the_one_that_is(line: Line, tanya: Phone) -> None:
    one, _two = two_visits(line)
    tanya.says(f"cancel {one} and Z9Z9")
    tanya.hears("Cancelled, as you asked: Marcus")
    tanya.hears("I find no open visit of yours with that reference.")


@pytest.mark.parametrize("said", ["cancel both visits", "please cancel all my visits"])
def test_both_are_one_choice(line: Line, tanya: Phone, said: str) -> None:
    two_visits(line)
    tanya.says(said)
    tanya.hears("Which visit shall I cancel?\n1) Marcus", "\n2) Darnell", "\n3) All of them\nReply 1, 2 or 3.")
    tanya.says("3")
    tanya.hears("Cancelled, as you asked: Marcus")
    tanya.hears("Cancelled, as you asked: Darnell")


def test_cancelar_las_dos(line: Line, ana: Phone) -> None:
    asked(line, ANAS)
    ana.says("ver a luis el domingo 9am")
    ana.hears("Responda 1")
    ana.says("1")
    ana.hears("Pedida")
    ana.says("cancelar las dos")
    ana.hears("¿Qué visita cancelo?\n1) Luis", "3) Todas\nResponda 1, 2 o 3.")
    ana.says("no")
    ana.hears("De acuerdo, no cambió nada.")


def test_no_closes_the_question(line: Line, tanya: Phone) -> None:
    two_visits(line)
    tanya.says("cancel my visit")
    tanya.hears("Which visit shall I cancel?")
    tanya.says("no")
    tanya.hears("All right, nothing was changed.")
    tanya.says("1")
    tanya.hears("There is no open question for that.")


def test_one_visit_is_asked_about_without_a_list(line: Line, tanya: Phone) -> None:
    asked(line)
    tanya.says("cancel my visit")
    tanya.hears(
        "Cancel your visit with Marcus, Sat Nov 28, 1:45 PM? Reply 1 to cancel it, or text what you want instead."
    )
    tanya.says("no")
    tanya.hears("Kept: Marcus, Sat Nov 28, 1:45 PM. Nothing changed.")
    tanya.says("cancel my visit")
    tanya.hears("Reply 1 to cancel it")
    tanya.says("yes")
    tanya.hears("Cancelled, as you asked: Marcus")


@pytest.mark.parametrize("said", ["can't come", "i cant make it", "sorry i wont be able to come"])
def test_who_cannot_come_may_move_it_too(line: Line, tanya: Phone, said: str) -> None:
    asked(line)
    tanya.says(said)
    tanya.hears("what shall I do?\n1) Move it to another time\n2) Cancel it\n3) Keep it\n")
    tanya.says("3")
    tanya.hears("Kept: Marcus")


def test_no_puedo_ir(line: Line, ana: Phone) -> None:
    asked(line, ANAS)
    ana.says("no puedo ir")
    ana.hears("Luis, sáb 28 nov, 9:45 AM", "1) ", "2) ", "3) ")
    ana.says("no")
    ana.hears("Se conserva: Luis")


def test_list_outlives_a_wish_that_is_refused(opened: Opened) -> None:
    line = opened(TANYA_ALONE, NO_KEEP_APART)
    tanya = line.phone(TANYA)
    two_visits(line)
    tanya.says("cancel my visit")
    tanya.hears("Which visit shall I cancel?\n1) Marcus")
    tanya.says("marcus wednesday 6pm")
    tanya.hears("You have 2 requests waiting for staff")
    tanya.says("1")
    tanya.hears("Cancelled, as you asked: Marcus")


def test_number_after_a_refusal_does_not_bring_the_refusal_again(opened: Opened) -> None:
    line = opened(TANYA_ALONE, NO_KEEP_APART)
    tanya = line.phone(TANYA)
    two_visits(line)
    tanya.says("marcus wednesday 6pm")
    tanya.hears("You have 2 requests waiting for staff")
    tanya.says("1")
    tanya.hears("There is no open question for that.")
