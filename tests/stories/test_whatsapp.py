"""WhatsApp: the people of a phone are known there too, and a day after they wrote only a template reaches them."""

import json

from tests.cast import ANA, REED, STRANGER, TANYA, TANYA_ALONE
from tests.stories.phones import WhatsApp
from tests.talk import Line


def asks_by_whatsapp(line: Line) -> WhatsApp:
    """Tanya asks for Saturday at 1 by WhatsApp."""
    line.loads(TANYA_ALONE)
    chat = line.whatsapp(TANYA)
    chat.says("can I see Marcus saturday at 1pm")
    chat.hears("Marcus", "1:00")
    chat.says("1")
    chat.hears("Asked, not booked yet", "Marcus")
    return chat


def test_a_mother_asks_by_whatsapp_and_is_answered_there(line: Line) -> None:
    """WhatsApp proves the number, so nobody is asked who is writing. The answer is sent by WhatsApp, too."""
    chat = asks_by_whatsapp(line)
    line.phone(TANYA).hears_nothing()
    officer = line.phone(REED)
    card = officer.hears_card("Tanya Johnson")
    officer.says(f"{card} OK")
    officer.hears("approved")
    chat.hears("Approved: Marcus", "Pay $")


def test_what_is_sent_a_day_later_comes_as_a_template(line: Line) -> None:
    """Over 24 hours after the last message only an approved template may be sent, with the text as its variable."""
    chat, officer = asks_by_whatsapp(line), line.phone(REED)
    line.passes(hours=25)
    line.settle()
    chat.ignores_all_but(0)
    officer.ignores_all_but(1)
    officer.says(f"{officer.hears_card('Tanya Johnson')} OK")
    officer.hears("too old")
    officer.says(f"{officer.hears_card('Tanya Johnson')} OK")
    officer.hears("approved")
    text = chat.hears("[HXe]", "Approved: Marcus", "Pay $")
    words = json.loads(text.removeprefix("[HXe] "))["1"]
    assert "\n" not in words
    chat.says("visits")
    assert not chat.hears("Marcus").startswith("[")


def test_spanish_by_whatsapp_keeps_its_accents(line: Line) -> None:
    chat = line.whatsapp(ANA)
    chat.says("quiero ver a Luis el sábado")
    assert any(letter in chat.hears("Luis") for letter in "áéíóú")


def test_an_unknown_number_learns_nothing_by_whatsapp(line: Line) -> None:
    chat = line.whatsapp(STRANGER)
    chat.says("is marcus johnson in there")
    chat.hears("video visit line", but_not=["Marcus"])


def test_stop_by_whatsapp_is_answered_by_us_and_closes_that_chat_alone(line: Line) -> None:
    """No carrier answers there, so we confirm ourselves that no more texts come. SMS is not affected."""
    chat = line.whatsapp(TANYA)
    chat.says("STOP")
    chat.hears("will not text you again")
    phone = line.phone(TANYA)
    phone.says("help")
    phone.hears_nothing()
    chat.says("START")
    chat.hears("again")
