"""What an SMS costs: folding, septets, segments."""

import pytest

from bot import sms


@pytest.mark.parametrize(
    "typed,folded",
    [
        ("el sábado a las 2, ¿así?", "el sabado a las 2, ¿asi?"),
        ("mañana, José, pingüino, ¡sí!", "mañana, Jose, pingüino, ¡si!"),
        ("ÁRBOL Ínfimo Ópalo Único", "ARBOL Infimo Opalo Unico"),
        ("don’t “wait” – now—or…", 'don\'t "wait" - now-or...'),
        ("a\u00a0b\u200bc", "a bc"),
        ("Zoë François", "Zoe Francois"),
        ("s\u0061\u0301bado", "sabado"),
        ("ok 👍", "ok 👍"),
    ],
)
def test_folding_changes_only_what_has_a_look_alike(typed: str, folded: str) -> None:
    assert sms.fold(typed) == folded


def test_what_is_gsm7_is_left_alone() -> None:
    text = "ñ é ¿ ¡ ü Ñ É à € {x}"
    assert sms.is_gsm7(text)
    assert sms.fold(text) == text


def test_spanish_with_accents_is_gsm7_only_after_folding() -> None:
    assert not sms.is_gsm7("sábado")
    assert sms.is_gsm7(sms.fold("sábado"))


def test_an_extended_letter_takes_two_septets() -> None:
    assert sms.septets("abc") == 3
    assert sms.septets("€[") == 4


def test_septets_of_a_text_that_is_not_gsm7_are_refused() -> None:
    with pytest.raises(ValueError, match="GSM-7"):
        sms.septets("á")


@pytest.mark.parametrize(
    "text,count",
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("á" * 70, 1),
        ("á" * 71, 2),
        ("á" * 134, 2),
        ("á" * 135, 3),
        ("👍" * 35, 1),
        ("👍" * 36, 2),
    ],
)
def test_segments(text: str, count: int) -> None:
    assert sms.segments(text) == count


def test_an_extended_letter_is_not_split_over_two_segments() -> None:
    assert sms.segments("a" * 152 + "€" + "a" * 152) == 3
    assert sms.segments("a" * 151 + "€" + "a" * 153) == 2
