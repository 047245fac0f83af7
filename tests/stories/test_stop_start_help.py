"""STOP, START and HELP, which the carrier answers; PARAR and AYUDA, which we answer; and the language."""

import pytest

from tests.cast import ANA, TANYA, TANYA_ALONE
from tests.stories.conftest import Opened
from tests.stories.phones import Phone
from tests.stories.scenes import ANAS, approved, asked, booked
from tests.talk import Line


@pytest.mark.parametrize(
    "word", ["STOP", "stop", "Stop ", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "HELP", "INFO", "START"]
)
def test_what_the_carrier_answers_we_do_not(line: Line, tanya: Phone, word: str) -> None:
    tanya.says(word)
    tanya.hears_nothing()


def test_after_stop_nothing_is_sent_not_even_tried_and_the_visit_stands(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    tanya.says("STOP")
    reed.says(f"{card} ok")
    reed.hears(f"{card.reference} approved")
    line.passes(seconds=30)
    tanya.hears_nothing()
    line.until("pay-by")
    tanya.hears_nothing()
    assert [got.to for got in line.carrier.delivered].count(tanya.address.theirs) == 2


def test_start_brings_the_texts_back(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    tanya.says("STOP")
    reed.says(f"{card} ok")
    reed.hears("approved")
    tanya.says("START")
    tanya.hears_nothing()
    tanya.says("visits")
    tanya.hears("Marcus, Sat Nov 28, 1:45 PM is approved. Pay $2.70 by Tue")
    tanya.pays()
    tanya.hears("Paid and booked")


def test_old_links_still_work_after_stop(line: Line, tanya: Phone) -> None:
    card = booked(line)
    tanya.says("STOP")
    line.until("sat 13:40")
    tanya.hears_nothing()
    tanya.presses_join()
    line.meet(card.reference)
    line.until("sat 15:00")
    tanya.hears_nothing()


def test_parar_stops_and_says_so_once(line: Line, ana: Phone, molina: Phone) -> None:
    card = asked(line, ANAS)
    ana.says("PARAR")
    ana.hears("Willow Creek Jail ya no le enviará mensajes. Sus visitas NO se cancelan", "START")
    molina.says(f"{card} ok")
    molina.hears("approved")
    ana.hears_nothing()
    ana.says("START")
    ana.says("visitas")
    ana.hears("Luis, sáb 28 nov, 9:45 AM", "$2.70")


def test_ayuda_is_answered_by_us_in_spanish(ana: Phone) -> None:
    ana.says("AYUDA")
    ana.hears(
        "Visitline, videovisitas en Willow Creek Jail.", "VISITAS", "+1 555 123 4500", "STOP termina los mensajes."
    )


def test_help_number_that_speaks_her_language(opened: Opened) -> None:
    line = opened(
        TANYA_ALONE, ('help = "+1 555 123 4500"', 'help = { en = "+1 555 123 4500", es = "+1 555 123 4501" }')
    )
    ana, tanya = line.phone(ANA), line.phone(TANYA)
    ana.says("ayuda")
    ana.hears("Una persona: +1 555 123 4501.")
    tanya.says("how does this work")
    tanya.hears("A person: +1 555 123 4500.")


def test_help_in_other_words(tanya: Phone) -> None:
    tanya.says("how does this work")
    tanya.hears("Visitline, video visits at Willow Creek Jail.", "VISITS", "Text STOP to end texts.")


def test_21610_from_the_carrier_closes_the_chat(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    line.carrier.stopped.add(tanya.address.theirs)  # she sent STOP and the carrier did not notify us
    with line.trouble():
        reed.says(f"{card} ok")
        line.passes(seconds=30)
    reed.hears("approved")
    line.until("pay-by")
    tanya.hears_nothing()


def test_espanol_and_english(line: Line, tanya: Phone, reed: Phone) -> None:
    tanya.language = "es"
    tanya.says("español")
    tanya.hears("Desde ahora en español.", "ENGLISH")
    tanya.says("marcus el sábado en la tarde")
    tanya.hears("Marcus, sáb 28 nov, 30 min", "Horas libres:\n1) 1:00 PM")
    tanya.says("1")
    tanya.hears("Pedida, todavía no confirmada")
    card = reed.hears_card("Tanya Johnson (mother)")
    reed.says(f"{card} ok")
    reed.hears("approved: Tanya Johnson")
    tanya.hears("Aprobada: Marcus, sáb 28 nov, 1:00 PM.")
    tanya.language = "en"
    tanya.says("english please")
    tanya.hears("From now on in English.", "ESPAÑOL")
    tanya.pays()
    tanya.hears("Paid and booked: Marcus, Sat Nov 28, 1:00 PM")


def test_who_writes_the_other_language_is_still_answered_in_her_own(line: Line, ana: Phone) -> None:
    ana.says("see luis saturday 10am")
    ana.hears("Videovisita con Luis Ortega, sáb 28 nov")
    assert line.phone(ANA).reads == "es"


def test_approved_visit_pays_in_her_language(line: Line, ana: Phone) -> None:
    approved(line, ANAS)
    assert 'lang="es"' in line.web.get(ana.link("p")).text


@pytest.mark.parametrize("word", ["CANCEL", "cancel.", "End", "quit"])
def test_after_start_the_first_text_asks_whether_the_visit_was_meant(line: Line, tanya: Phone, word: str) -> None:
    card = booked(line)
    tanya.says(word)
    tanya.hears_nothing()
    tanya.says("START")
    tanya.hears(
        f"Texts are on again. Your visit {card.reference} still stands: Marcus",
        "1) Cancel it",
        "2) Keep it",
        "Reply 1 or 2.",
    )
    tanya.says("2")
    tanya.hears("Marcus")
    tanya.says("visits")
    tanya.hears("Marcus, Sat Nov 28")


def test_it_was_meant_and_the_money_goes_back(line: Line, tanya: Phone) -> None:
    booked(line)
    tanya.says("cancel")
    tanya.says("start")
    tanya.hears("Texts are on again")
    tanya.says("1")
    tanya.hears("ancelled", "$2.70")
    assert [each[:2] for each in line.money()] == [("charge", 270), ("refund", 270)]


def test_after_a_plain_stop_nothing_is_asked(line: Line, tanya: Phone) -> None:
    booked(line)
    tanya.says("STOP")
    tanya.says("START")
    tanya.hears_nothing()


def test_with_several_visits_it_is_asked_which(line: Line, tanya: Phone, reed: Phone) -> None:
    first = asked(line)
    tanya.says("darnell sunday 1pm")
    tanya.hears("with Darnell")
    tanya.says("1")
    tanya.hears("Asked, not booked yet: Darnell")
    tanya.says("cancel")
    tanya.says("start")
    tanya.hears("cancel one?", f"1) Marcus Sat Nov 28 1:45 PM ({first.reference})", "2) Darnell", "3) Keep them all")
    tanya.says("3")
    tanya.hears("All your visits stay as they are")
    reed.ignores_all_but(0)


def test_staff_see_that_texts_are_off_and_what_is_coming(line: Line, tanya: Phone, reed: Phone, molina: Phone) -> None:
    card = asked(line)
    tanya.says("please stop texting me")
    tanya.hears("will not text you again")
    reed.says(f"visit {card.reference}")
    reed.hears(f"{card.reference}: ", "texts to the family are off")
    reed.says(f"{card} why")
    reed.hears("texts to the family are off")
    molina.ignores_all_but(0)
    molina.says("flags")
    molina.hears("texts off", "Tanya Johnson", card.reference)


def test_stop_with_nothing_coming_is_nobodys_business(tanya: Phone, molina: Phone) -> None:
    tanya.says("STOP")
    molina.says("flags")
    molina.hears("No flag is open")


@pytest.mark.parametrize(
    "words", ["please stop texting me", "no more texts", "parar", "ALTO", "ya no me manden mensajes"]
)
def test_plain_words_and_our_own_stop_texts_and_say_so_once(line: Line, ana: Phone, words: str) -> None:
    ana.says(words)
    ana.hears("ya no le enviará mensajes", "START")
    ana.says("visitas")
    ana.hears_nothing()


def test_bare_cancel_in_telegram_asks_which_visit(line: Line, tanya: Phone) -> None:
    card = asked(line)
    chat = line.telegram(TANYA, 5001)
    chat.says("/start")
    chat.hears("press the button")
    chat.shares_contact(TANYA.phone)
    chat.hears("Thank you, Tanya")
    for word in ("cancel", "CANCEL"):
        chat.says(word)
        chat.hears("Cancel your visit with Marcus, Sat Nov 28, 1:45 PM?", card.reference)
