"""STOP, START and HELP, which the carrier answers itself; PARAR and AYUDA, which we answer; and the language."""

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
    booked(line)
    tanya.says("STOP")
    line.until("sat 13:40")
    tanya.hears_nothing()
    tanya.presses_join()
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
    line.carrier.stopped.add(tanya.address.theirs)  # she sent STOP to the carrier and we were never told
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
