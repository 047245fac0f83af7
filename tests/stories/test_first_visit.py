"""A whole visit from the first text to its end, in both languages and on both databases, and its cost in segments."""

import pytest

from tests.cast import ANA, MOLINA, REED, TANYA, TANYA_ALONE
from tests.stories.conftest import Opened
from tests.stories.phones import Phone
from tests.talk import Line


def tanya_sees_marcus(line: Line) -> None:
    tanya, reed = line.phone(TANYA), line.phone(REED)
    tanya.says("can i see marcus saturday afternoon")
    tanya.hears(
        "Marcus, Sat Nov 28, 30 min, $2.70 in all. Open times:\n1) 1:00 PM\n2) 1:45 PM\n3) 2:30 PM\n"
        "Reply 1, 2 or 3, or text another day or time."
    )
    tanya.says("2")
    tanya.hears("Asked, not booked yet: Marcus, Sat Nov 28, 1:45 PM. Staff answer by today 12:01 PM.", "CANCEL VISIT ")

    card = reed.hears_card(
        "Tanya Johnson (mother) for Marcus Johnson 48213, unit B\nSat Nov 28 1:45 PM, 30 min, terminal B-1\n",
        "first visit of this visitor",
    )
    reed.says(f"{card} ok")
    reed.hears(f"{card.reference} approved: Tanya Johnson, Sat Nov 28 1:45 PM.", "None left open.")
    tanya.hears("Approved: Marcus, Sat Nov 28, 1:45 PM. Pay $2.70 by Tue 10:02 AM to keep it: http://")
    tanya.pays()
    tanya.hears("Paid and booked: Marcus, Sat Nov 28, 1:45 PM Central, 30 min.", "join from 1:35 PM: http://")

    line.until("fri 13:44")
    tanya.hears_nothing()
    line.until("fri 13:46")
    tanya.hears("Tomorrow: Marcus, Sat Nov 28, 1:45 PM Central", "CANCEL VISIT", "to get $2.70 back")
    line.until("sat 13:30")
    tanya.hears("Marcus at 1:45 PM, in 15 minutes. Open this at 1:35 PM: http://")
    line.until("sat 13:36")
    tanya.presses_join()
    line.meet(card.reference)
    line.until("sat 15:00")
    tanya.hears("Your visit with Marcus is over. You paid $2.70; nothing more is due.")
    reed.says(f"visit {card.reference}")
    reed.hears(f"{card.reference}: took place")
    assert line.money() == [("charge", 270, "done")]


def ana_sees_luis(line: Line) -> None:
    ana, molina = line.phone(ANA), line.phone(MOLINA)
    ana.says("Hola buenas quiero ver a mi hermano el sábado en la mañana")
    ana.hears(
        "Luis, sáb 28 nov, 30 min, $2.70 en total. Horas libres:\n1) 9:00 AM\n2) 9:45 AM\n3) 10:30 AM\n"
        "Responda 1, 2 o 3, o escriba otro día u hora."
    )
    ana.says("la segunda")
    ana.hears(
        "Pedida, todavía no confirmada: Luis, sáb 28 nov, 9:45 AM.", "a más tardar hoy 12:01 PM", "CANCELAR VISITA "
    )

    card = molina.hears_card(
        "Ana Diaz (sister) for Luis Ortega 51877, unit A\nSat Nov 28 9:45 AM, 30 min, terminal A-1"
    )
    molina.says(f"{card} ok")
    molina.hears(f"{card.reference} approved: Ana Diaz")
    ana.hears("Aprobada: Luis, sáb 28 nov, 9:45 AM. Pague $2.70 a más tardar el mar 10:02 AM para conservarla: http://")
    ana.pays()
    ana.hears("Pagada y reservada: Luis, sáb 28 nov, 9:45 AM hora Central, 30 min.", "desde las 9:35 AM: http://")

    line.until("fri 9:46")
    ana.hears("Mañana: Luis, sáb 28 nov, 9:45 AM", "CANCELAR VISITA", "se le devuelven $2.70")
    line.until("sat 9:30")
    ana.hears("Luis a las 9:45 AM, en 15 minutos. Abra a las 9:35 AM: http://")
    line.until("sat 9:36")
    assert 'lang="es"' in ana.presses_join()
    line.meet(card.reference)
    line.until("sat 12:00")
    ana.hears("Su visita con Luis terminó. Pagó $2.70; no debe nada más.")
    molina.says(f"visit {card.reference}")
    molina.hears(f"{card.reference}: took place")


def test_tanya_sees_marcus_and_it_costs_eleven_segments_at_most(line: Line) -> None:
    tanya_sees_marcus(line)
    tanya, reed = line.phone(TANYA), line.phone(REED)
    line.writes_down(f"segments: {tanya.segments()} for Tanya, {reed.segments()} for Reed")
    assert tanya.segments() <= 10 + 1, "the last one closes the visit"
    assert [len(phone.texts) for phone in (tanya, reed)] == [7, 3], "a card, its answer, and VISIT"
    assert reed.segments() <= 2 + 1 + 2


def test_ana_sees_luis_in_spanish_and_it_costs_no_more(line: Line) -> None:
    ana_sees_luis(line)
    assert line.phone(ANA).segments() <= 10 + 1
    assert line.phone(REED).texts == [], "Reed does not decide for unit A"


@pytest.mark.parametrize("story", [tanya_sees_marcus, ana_sees_luis], ids=["en", "es"])
def test_a_restart_between_any_two_texts_loses_nothing(opened: Opened, story: object) -> None:
    line = opened(TANYA_ALONE)
    line.restart_after_each = True
    assert callable(story)
    story(line)


@pytest.mark.parametrize("story", [tanya_sees_marcus, ana_sees_luis], ids=["en", "es"])
def test_the_same_on_postgresql(opened: Opened, postgres_url: str, story: object) -> None:
    assert callable(story)
    story(opened(TANYA_ALONE, url=postgres_url))


def test_link_opened_three_times_still_works(line: Line, tanya: Phone) -> None:
    tanya_sees_marcus_to_the_link(line)
    line.until("sat 13:36")
    tanya.ignores(2)
    pages = [line.web.get(tanya.link("j")) for _ in range(3)]
    assert [page.status_code for page in pages] == [200, 200, 200]
    pressed = [tanya.presses_join() for _ in range(3)]
    assert pressed[0] == pressed[1] == pressed[2]


def tanya_sees_marcus_to_the_link(line: Line) -> None:
    from tests.stories.scenes import booked

    booked(line)
