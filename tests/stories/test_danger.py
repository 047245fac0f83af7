"""A text about danger: what is sure alerts, what is likely is asked about, and a request beside it is served too."""

import pytest

from tests.cast import ANA, STRANGER
from tests.stories.phones import Phone
from tests.talk import Line


def test_the_alert_quotes_the_clause_with_the_danger(line: Line, tanya: Phone, molina: Phone) -> None:
    tanya.says("hello good morning thank you all so much for the last visit it was so nice. my son swallowed a razor")
    tanya.hears("911", "Staff have been alerted", "988")
    molina.hears("URGENT text from Tanya Johnson", '"my son swallowed a razor"')


def test_a_typo_hides_no_danger(line: Line, tanya: Phone, molina: Phone) -> None:
    tanya.says("he wants to kil him self")
    tanya.hears("911", "Staff have been alerted")
    molina.hears("URGENT text from Tanya Johnson", '"he wants to kil him self"')


def test_what_is_only_likely_is_asked_and_staff_see_a_flag_and_no_alert(
    line: Line, tanya: Phone, molina: Phone
) -> None:
    tanya.says("my son is not acting right at all")
    tanya.hears("If somebody is in danger now, call 911", "988", "Is somebody in danger now?", but_not=["alerted"])
    molina.hears_nothing()
    molina.says("flags")
    molina.hears("URGENT", "Tanya Johnson", "my son is not acting right")


@pytest.mark.parametrize("said", ["yes", "yes he is", "yes please hurry"])
def test_a_yes_to_it_alerts(line: Line, tanya: Phone, molina: Phone, said: str) -> None:
    tanya.says("my son is not acting right at all")
    tanya.hears("Is somebody in danger now?")
    tanya.says(said)
    tanya.hears("911", "Staff have been alerted")
    molina.hears("URGENT text from Tanya Johnson", "my son is not acting right at all")


def test_a_no_to_it_closes_kindly(line: Line, tanya: Phone, molina: Phone) -> None:
    tanya.says("my son is not acting right at all")
    tanya.hears("Is somebody in danger now?")
    tanya.says("no")
    tanya.hears("I'm glad to hear it", "911")
    molina.hears_nothing()


def test_a_yes_later_answers_what_was_asked_then(line: Line, tanya: Phone, molina: Phone) -> None:
    tanya.says("my son is not acting right at all")
    tanya.hears("Is somebody in danger now?")
    tanya.says("can i see marcus saturday")
    tanya.hears("1)")
    tanya.says("yes")
    tanya.ignores(1)
    molina.hears_nothing()


def test_the_same_in_spanish(line: Line, molina: Phone) -> None:
    ana = line.phone(ANA)
    ana.says("mi hermano esta muy deprimido")
    ana.hears("Si alguien está en peligro ahora, llame al 911", "¿Hay alguien en peligro ahora?")
    molina.hears_nothing()
    ana.says("si")
    ana.hears("El personal ya fue avisado")
    molina.hears("URGENT", "Ana Diaz", "mi hermano esta muy deprimido")


def test_a_request_beside_a_danger_is_answered_too(line: Line, tanya: Phone, molina: Phone) -> None:
    tanya.says("my son is having chest pains. can i see marcus saturday")
    tanya.hears("911", "Staff have been alerted")
    tanya.hears("Sat", "1)")
    molina.hears("URGENT", '"my son is having chest pains"')


def test_worry_gets_the_health_number_and_grief_a_human_word_and_nobody_is_alerted(
    line: Line, tanya: Phone, molina: Phone
) -> None:
    tanya.says("is he ok havent heard from him in 3 days")
    tanya.hears("worried", "911", but_not=["alerted", "Is somebody"])
    tanya.says("his grandmother died can somebody tell him")
    tanya.hears("very sorry for your loss", "988", but_not=["alerted", "911"])
    molina.hears_nothing()


def test_a_stranger_is_asked_and_alerts_too(line: Line, molina: Phone) -> None:
    stranger = line.phone(STRANGER)
    stranger.says("can somebody check on my brother please")
    stranger.hears("Is somebody in danger now?")
    molina.hears_nothing()
    stranger.says("yes")
    stranger.hears("Staff have been alerted")
    molina.hears("URGENT text from an unknown phone", "check on my brother")
