"""A number may pass to a stranger: "wrong number" and "who is this" take a phone off at once; two names put it back."""

import pytest

from tests.cast import STRANGER, TANYA, TANYA_ALONE
from tests.stories.conftest import Opened
from tests.stories.phones import Phone
from tests.stories.scenes import ANAS, approved, asked, booked
from tests.talk import Line

NAMES = ("Tanya", "Johnson", "Marcus", "Keisha", "Darnell")


def test_wrong_number_is_off_at_once_and_hears_no_name(line: Line, tanya: Phone, molina: Phone) -> None:
    booked(line)
    tanya.says("wrong number")
    tanya.hears("Sorry about that. This phone is off our list", "text your full name and whom you visit", but_not=NAMES)
    for words in ("can i see marcus saturday", "visits", "1", "who is marcus", "wrong number"):
        tanya.says(words)
    line.until("sat 15:00")
    tanya.hears_nothing()
    molina.ignores_all_but(0)
    molina.says("flags")
    molina.hears("wrong number", "Tanya Johnson")


def test_staff_see_which_visits_were_told_to_a_stranger(line: Line, tanya: Phone, molina: Phone) -> None:
    card = asked(line)
    tanya.says("you have the wrong number")
    tanya.ignores(1)
    molina.ignores_all_but(0)
    molina.says("flags")
    molina.hears("wrong number", "Tanya Johnson", card.reference)


def test_what_was_to_be_told_there_is_dropped(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    tanya.says("wrong number")
    tanya.ignores(1)
    reed.says(f"{card} ok")
    reed.hears("approved")
    line.passes(minutes=1)
    line.until("pay-by")
    tanya.hears_nothing()


def test_loading_the_file_again_does_not_put_it_back(line: Line, tanya: Phone) -> None:
    tanya.says("wrong number")
    tanya.ignores(1)
    line.loads(TANYA_ALONE)
    tanya.says("see marcus saturday 1:45pm")
    tanya.hears_nothing()


def test_who_is_this_says_what_it_is_and_changes_nothing(line: Line, tanya: Phone) -> None:
    asked(line)
    tanya.says("who is this?")
    tanya.hears(
        "This is Visitline, the video visit line of Willow Creek Jail",
        "+1 555 123 4500",
        but_not=(*NAMES, "off our list"),
    )
    tanya.says("visits")
    tanya.hears("Marcus")


def test_who_is_this_visit_with_takes_nothing_off(line: Line, tanya: Phone) -> None:
    asked(line)
    tanya.says("who is this visit with")
    tanya.ignores(1)
    tanya.says("visits")
    tanya.hears("Marcus")


def test_quien_es(line: Line, ana: Phone) -> None:
    asked(line, ANAS)
    ana.says("quien es?")
    ana.hears("Esta es Visitline, la línea de videovisitas de Willow Creek Jail", but_not=("Ana", "Luis"))
    ana.says("visitas")
    ana.hears("Luis")


def test_numero_equivocado(line: Line, ana: Phone) -> None:
    ana.says("numero equivocado")
    ana.hears("Disculpe la molestia. Este teléfono ya no está en nuestra lista", but_not=("Ana", "Luis"))


def test_unknown_phone_only_hears_what_the_line_is(line: Line) -> None:
    stranger = line.phone(STRANGER)
    stranger.says("who is this")
    stranger.hears("This is Visitline", "A person: +1 555 123 4500", but_not=("off our list",))


@pytest.mark.parametrize(
    "words", ["Tanya Johnson Marcus Johnson", "its tanya johnson i visit marcus", "TANYA JOHNSON. Marcus."]
)
def test_her_name_and_whom_she_visits_put_it_back(line: Line, tanya: Phone, words: str) -> None:
    approved(line)
    tanya.says("wrong number")
    tanya.ignores(1)
    tanya.says(words)
    tanya.hears("Thank you, this phone is yours again", but_not=NAMES)
    tanya.says("visits")
    tanya.hears("Marcus", "approved")


@pytest.mark.parametrize(
    "words",
    ["tanya johnson", "marcus johnson", "tanya johnsen marcus", "tanya visits marcus johnson", "Tanya Johnson Luis"],
)
def test_anything_less_puts_nothing_back_and_reads_like_silence(line: Line, tanya: Phone, words: str) -> None:
    tanya.says("wrong number")
    tanya.ignores(1)
    tanya.says(words)
    tanya.hears_nothing()


def test_danger_is_answered_there_too(line: Line, tanya: Phone, molina: Phone) -> None:
    tanya.says("wrong number")
    tanya.ignores(1)
    tanya.says("somebody is bleeding here")
    tanya.hears("911", "988", but_not=NAMES)
    molina.hears("URGENT text from an unknown phone")


def test_only_who_names_herself_is_back_on_a_shared_phone(opened: Opened) -> None:
    line = opened()
    tanya = line.phone(TANYA)
    tanya.says("wrong number")
    tanya.ignores(1)
    tanya.says("Keisha Johnson for Marcus")
    tanya.hears("yours again")
    tanya.says("see marcus saturday 1:45pm")
    tanya.hears("with Marcus Johnson, Sat Nov 28")


def test_a_stranger_says_it_on_anas_old_number_and_nothing_of_luis_is_told(
    line: Line, ana: Phone, molina: Phone
) -> None:
    card = asked(line, ANAS)
    ana.says("se equivoco de numero")
    ana.hears("Disculpe la molestia", but_not=("Ana", "Luis"))
    molina.says(f"{card} no c")
    molina.hears("denied")
    ana.hears_nothing()
