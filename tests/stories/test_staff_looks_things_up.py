"""Lists, days and single visits for officers, who see only their own units."""

from dataclasses import replace

import pytest

from tests.cast import MOLINA, MOLINA_IN_SPANISH, TANYA, TANYA_ALONE
from tests.stories.conftest import Opened
from tests.stories.phones import Phone
from tests.stories.scenes import ANAS, asked, booked
from tests.talk import Line


def test_list_under_one_code(line: Line, tanya: Phone, reed: Phone, molina: Phone) -> None:
    card = asked(line)
    tanya.says("darnell sunday 1pm")
    tanya.hears("Reply 1 to ask")
    tanya.says("1")
    tanya.hears("Asked")
    second = reed.hears_card("Darnell Price")
    molina.ignores(1)
    reed.says("list")
    reed.hears("Open (! = look first). Reply ", "\n1 T Johnson/Marcus Sat 28 1:45 PM\n2 T Johnson/Darnell Sun 29 1 PM")
    assert card.code != second.code
    reed.says(f"{second} ok")
    reed.hears(f"{second.reference} approved", "1 still open")
    tanya.hears("Approved: Darnell")


def test_officer_of_unit_b_never_sees_unit_a(line: Line, ana: Phone, reed: Phone, molina: Phone) -> None:
    card = asked(line, ANAS)
    reed.hears_nothing()
    reed.says("list")
    reed.hears("Nothing waits for your answer.")
    reed.says(f"visit {card.reference}")
    reed.hears(f"No visit {card.reference} that you can see.")
    reed.says(f"{card} ok")
    reed.hears(f"No open card of yours has the code {card}.")
    molina.says("list")
    molina.hears(card.reference)


def test_list_is_empty(reed: Phone) -> None:
    reed.says("list")
    reed.hears("Nothing waits for your answer. Visits: TODAY or TOMORROW")


def test_today_and_tomorrow(line: Line, reed: Phone) -> None:
    card = booked(line)
    reed.says("today")
    reed.hears("No visits on Monday Nov 23.")
    line.until("fri 12:00")
    reed.says("tomorrow")
    reed.hears(f"Saturday Nov 28:\n1:45 PM B-1 Marcus Johnson / Tanya Johnson, {card.reference} booked")
    line.until("sat 8:00")
    line.phone(TANYA).hears("Tomorrow: Marcus")
    reed.says("hoy")
    reed.hears(f"{card.reference}")


def test_visit_with_all_that_is_known(line: Line, reed: Phone) -> None:
    card = asked(line)
    reed.says(f"visit {card.reference}")
    reed.hears(
        f"{card.reference}: asked\nTanya Johnson (mother) for Marcus Johnson 48213, unit B\n"
        f"Sat Nov 28 1:45 PM, 30 min, terminal B-1\nReply {card} OK, {card} NO, or {card} SAT 1PM"
    )
    reed.says(f"visit {card.reference.lower()}")
    reed.hears(f"{card.reference}: asked")
    reed.says("visit Z9Z9")
    reed.hears("No visit Z9Z9 that you can see.")


def test_visit_tells_who_decided(line: Line, reed: Phone, molina: Phone) -> None:
    card = booked(line)
    molina.says(f"visit {card.reference}")
    molina.hears(f"{card.reference}: booked", "approved by Officer Reed")


def test_help_and_nonsense(reed: Phone) -> None:
    reed.says("what can i do")
    reed.hears("Answer a card with its code, or text LIST, TODAY or ?")
    reed.says("the coffee machine is broken")
    reed.hears("I did not get that, and nothing was changed.")


def test_supervisor_who_reads_spanish(opened: Opened) -> None:
    line = opened(TANYA_ALONE, MOLINA_IN_SPANISH)
    molina = line.phone(replace(MOLINA, language="es"))
    line.phone(TANYA).says("marcus saturday 1pm")
    line.phone(TANYA).hears("Reply 1 to ask")
    line.phone(TANYA).says("1")
    line.phone(TANYA).hears("Asked")
    card = molina.hears_card(
        "Tanya Johnson (madre) para Marcus Johnson 48213, unidad B\nsáb 28 nov 1:00 PM, 30 min, terminal B-1\nNota: ",
        "Decidir hasta hoy 12:01 PM\nResponda ", "Todas: LISTA",
    )  # fmt: skip
    molina.says("lista")
    assert molina.hears_card(f"{card.reference} Tanya Johnson").code == card.code
    molina.says("mañana")
    molina.hears("Pedidos abiertos: LISTA")
    molina.says("ayuda")
    molina.hears("LISTA, HOY, MAÑANA")
    molina.says(f"visita {card.reference}")
    molina.hears(f"{card.reference}: pedida")
    molina.says(f"{card} motivo")
    molina.hears("primera visita")
    molina.says(f"{card} no")
    molina.hears("¿por qué no?\na terminal, b horario, c residente, d visitante, e restricción, f otro")
    molina.says(f"{card} no b")
    molina.hears(f"{card.reference}", "horario")
    line.phone(TANYA).hears("Staff could not approve")


def test_a_day_of_the_week_shows_its_visits(line: Line, reed: Phone) -> None:
    card = booked(line)
    reed.says("saturday")
    reed.hears(f"Saturday Nov 28:\n1:45 PM B-1 Marcus Johnson / Tanya Johnson, {card.reference} booked")
    reed.says("Thu")
    reed.hears("No visits on Thursday Nov 26.")


def test_lunes_y_ayuda(opened: Opened) -> None:
    molina = opened(TANYA_ALONE, MOLINA_IN_SPANISH).phone(replace(MOLINA, language="es"))
    molina.says("martes")
    molina.hears("24 nov")
    molina.says("comandos")
    molina.hears("Responda a una tarjeta con su código")


@pytest.mark.parametrize("said", ["?", "help me", "commands"])
def test_officers_find_their_commands(reed: Phone, said: str) -> None:
    reed.says(said)
    reed.hears("Answer a card with its code", "MONDAY")


def test_invite_by_first_name(reed: Phone) -> None:
    reed.says("invite ana")
    reed.hears("For Ana Diaz: open the bot in Telegram and send START")
