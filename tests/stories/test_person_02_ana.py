"""Ana reads only Spanish, writes for the first time, and does not know her brother's resident number.

Section 2 of docs/stories.md, for a phone that is known. Registration by text does not exist yet.
"""

import pytest

from tests.cast import STRANGER
from tests.stories.phones import Phone
from tests.stories.scenes import ANAS, asked
from tests.talk import Line


def test_su_primera_respuesta_es_en_espanol_y_una_linea_dice_la_otra(line: Line) -> None:
    stranger = line.phone(STRANGER)
    stranger.language = "es"
    stranger.says("Hola buenas quiero ver a mi hermano")
    stranger.hears("Hola, esta es la línea de videovisitas", "English: text ENGLISH")


def test_a_quien_se_nombre_no_cambia_la_respuesta(line: Line) -> None:
    """The answer is the same for a held, a released and an invented person."""
    answers = []
    for place, name in enumerate(("Luis Ortega", "Marcus Johnson", "Pedro Páramo")):
        phone = line.phone(type(STRANGER)("una persona", f"+1555018780{place}", "es"))
        phone.says(f"Buenas tardes, quiero ver a {name} por favor")
        answers.append(phone.hears(but_not=["Luis", "Marcus", "Pedro"]))
    assert len(set(answers)) == 1


def test_una_frase_basta(line: Line, ana: Phone) -> None:
    asked(line, ANAS)
    ana.says("ya contestaron?", after=600)
    ana.hears("Luis", "9:45 AM", "12:0")


@pytest.mark.parametrize("words", ["la segunda", "la 2", "2", "dos", "la de las 9:45"])
def test_la_segunda_en_sus_palabras(ana: Phone, words: str) -> None:
    ana.says("luis el sabado en la mañana")
    ana.hears("2) 9:45 AM")
    ana.says(words)
    ana.hears("Pedida, todavía no confirmada: Luis, sáb 28 nov, 9:45 AM")


@pytest.mark.parametrize(
    ("words", "time"),
    [("luis el sabado a las 10 y media", "10:30 AM"), ("a luis sáb a las 9", "9:00 AM"), ("luis sab 11", "11:00 AM")],
)
def test_la_hora_como_se_dice(ana: Phone, words: str, time: str) -> None:
    ana.says(words)
    ana.hears("Videovisita con Luis Ortega, sáb 28 nov", time.split(maxsplit=1)[0])


def test_lo_que_falta_se_pregunta_y_se_retoma_donde_quedo(line: Line, ana: Phone) -> None:
    """After a question of her own and an hour of work she continues where she was."""
    ana.says("quiero ver a mi hermano")
    ana.hears("¿Qué día y a qué hora?")
    ana.says("cuanto cuesta", after=60)
    ana.hears("$2.70")
    ana.says("el domingo en la mañana", after=3600)
    ana.hears("Luis, dom 29 nov", "1) 9:00 AM")


def test_el_acento_no_cuesta_otro_segmento(line: Line, ana: Phone) -> None:
    asked(line, ANAS)
    assert ana.segments() <= 3


def test_todo_lo_suyo_esta_en_espanol(line: Line, ana: Phone, molina: Phone) -> None:
    """The pay page and the join page; the check on every text covers the texts."""
    molina.says(f"{asked(line, ANAS)} ok")
    molina.hears("approved")
    ana.hears("Aprobada: Luis")
    page = line.web.get(ana.link("p")).text
    assert 'lang="es"' in page
    assert "Pagar" in page
    ana.pays()
    ana.hears("Pagada y reservada: Luis")
    assert 'lang="es"' in line.web.get(ana.link("j")).text


def test_el_numero_de_ayuda_se_dice_en_cada_duda(ana: Phone) -> None:
    ana.says("asdf qwer")
    ana.hears("No entendí", "+1 555 123 4500")
