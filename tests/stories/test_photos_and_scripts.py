"""Messages that we cannot read: photos, very long texts, emoji, other scripts. Each gets an answer, never an error."""

import pytest

from tests.cast import ANA, STRANGER, TANYA
from tests.stories.phones import Phone
from tests.stories.scenes import asked
from tests.talk import Line


def sends_photo(phone: Phone, words: str = "") -> None:
    """Send a picture, optionally with words, as the carrier posts it."""
    phone.says(words, NumMedia="1", MediaUrl0="https://api.twilio.example/photo", MediaContentType0="image/jpeg")


def test_photo_without_words_is_answered_once(tanya: Phone) -> None:
    sends_photo(tanya)
    tanya.hears("I can't see pictures", "text a day or a name", "+1 555 123 4500")
    sends_photo(tanya)
    sends_photo(tanya, " ")
    tanya.hears_nothing()
    tanya.says("see marcus saturday 1:45pm")
    tanya.hears("with Marcus Johnson, Sat Nov 28")
    sends_photo(tanya)
    tanya.hears("I can't see pictures")


def test_photo_is_no_text_that_was_not_understood(tanya: Phone, molina: Phone) -> None:
    for _ in range(4):
        sends_photo(tanya)
    tanya.ignores(1)
    tanya.says("asdf qwer")
    tanya.hears("I did not get that")
    molina.says("flags")
    molina.hears("No flag is open")


def test_photo_leaves_the_open_question_open(line: Line, tanya: Phone, reed: Phone) -> None:
    tanya.says("can i see marcus saturday afternoon")
    tanya.hears("1) 1:00 PM")
    sends_photo(tanya)
    tanya.ignores(1)
    tanya.says("2")
    tanya.hears("Asked, not booked yet: Marcus")
    reed.ignores_all_but(0)


def test_photo_with_words_is_read_by_its_words(tanya: Phone) -> None:
    sends_photo(tanya, "can i see marcus saturday 1:45pm")
    tanya.hears("with Marcus Johnson, Sat Nov 28")


def test_foto_sin_palabras(ana: Phone) -> None:
    sends_photo(ana)
    ana.hears("No puedo ver fotos", "Escriba un día o un nombre")


def test_strangers_photo_is_greeted_like_any_text(line: Line) -> None:
    stranger = line.phone(STRANGER)
    for _ in range(4):
        sends_photo(stranger)
    stranger.hears("Hello, this is the video visit line")
    stranger.hears("Hello, this is the video visit line")
    stranger.hears_nothing()


def test_photo_from_an_officer_decides_nothing(line: Line, reed: Phone) -> None:
    card = asked(line)
    sends_photo(reed)
    reed.hears("nothing was changed")
    reed.says(f"{card} ok")
    reed.hears("approved")
    line.phone(TANYA).hears("Approved")


@pytest.mark.parametrize(
    "words",
    [
        "a" * 1600,
        "lorem ipsum " * 133,
        "😭😭😭",
        "🙈",
        "مرحبا أريد زيارة ابني",
        "Здравствуйте, хочу увидеть сына",
        "看儿子",
        "?",
    ],
)
def test_whatever_it_is_the_answer_is_in_their_language_and_it_counts(line: Line, words: str) -> None:
    ana = line.phone(ANA)
    for _ in range(5):
        ana.says(words)
    ana.hears("No entendí")
    ana.ignores(2)
    ana.says("quiero ver a luis el sábado a las 10")
    ana.hears("Luis Ortega")


def test_words_in_another_script_choose_no_language(line: Line, tanya: Phone) -> None:
    tanya.says("Здравствуйте, хочу увидеть сына")
    tanya.hears("I did not get that")
    tanya.language = "es"
    tanya.says("quiero ver a marcus el sábado por la tarde")
    tanya.hears("Horas libres")


def test_sixteen_hundred_letters_with_a_wish_in_them_are_read(tanya: Phone) -> None:
    tanya.says(("i miss him so much and the server is so empty " * 40)[:1500] + ". can i see marcus saturday 1:45pm")
    tanya.hears("with Marcus Johnson, Sat Nov 28")
