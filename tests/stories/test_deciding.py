"""Officers decide by code: yes, no with a reason, too late, with a wrong code, about their own request, or not at all."""

import pytest

from tests.cast import ANA, MOLINA, REED, REED_HAS_FAMILY, STRANGER, TANYA, TANYA_ALONE
from tests.stories.conftest import Opened
from tests.stories.phones import HELD, Phone
from tests.stories.scenes import ANAS, asked
from tests.talk import Line

REASONS = {
    "a": ("terminal", "the terminal is not free then", "la terminal no está libre a esa hora"),
    "b": ("schedule", "that time is no longer open for visits", "esa hora ya no está abierta para visitas"),
    "c": ("resident", "the resident cannot come at that time", "la persona residente no puede ir a esa hora"),
    "d": ("visitor", "something about this visit needs the office first: call +1 555 123 4500",
          "la oficina debe ver algo de esta visita primero: llame al +1 555 123 4500"),
    "e": ("restriction", "it is not possible under the rules", "no es posible según las reglas"),
    "f": ("other", "it is not possible this time", "esta vez no es posible"),
}  # fmt: skip


@pytest.mark.parametrize("said", ["{} OK", "{} ok.", "ok {}", "OK {}!", "{} approve"])
def test_yes_by_code(line: Line, tanya: Phone, reed: Phone, said: str) -> None:
    card = asked(line)
    reed.says(said.format(card))
    reed.hears(f"{card.reference} approved: Tanya Johnson")
    tanya.hears("Approved: Marcus, Sat Nov 28, 1:45 PM.")


@pytest.mark.parametrize("letter", [letter for letter in REASONS if letter != "d"])
def test_no_with_each_letter_in_safe_words_and_the_note_stays_inside(
    line: Line, tanya: Phone, reed: Phone, molina: Phone, letter: str
) -> None:
    word, family_words, _ = REASONS[letter]
    card = asked(line)
    reed.says(f"{card} NO {letter.upper()} he is in the hole till tues")
    reed.hears(f"{card.reference} denied ({word}).", "None left open.")
    tanya.hears(
        f"Staff could not approve the visit with Marcus, Sat Nov 28, 1:45 PM: {family_words}. You paid nothing.",
        "These would work:\n1) ", "\n2) ", "Reply 1 or 2, or text another time.",
        but_not=["hole", "tues", "Reed"],
    )  # fmt: skip
    tanya.says("1")
    tanya.hears("Asked, not booked yet: Marcus")
    molina.hears("needs no answer now")
    molina.hears_card("Tanya Johnson")


@pytest.mark.parametrize("letter", [letter for letter in REASONS if letter != "d"])
def test_no_en_palabras_seguras(line: Line, ana: Phone, molina: Phone, letter: str) -> None:
    card = asked(line, ANAS)
    molina.says(f"{card} no {letter.upper()}, court at ten")
    molina.hears("denied")
    ana.hears(
        f"No aprobaron la visita con Luis, sáb 28 nov, 9:45 AM: {REASONS[letter][2]}. No se le cobró nada.",
        "Estas sirven:\n1) ", "Responda 1 o 2, o escriba otra hora.", but_not=["court", "Molina"],
    )  # fmt: skip


@pytest.mark.parametrize("letter", ["a", "c"])
def test_hour_that_is_ruled_out_is_not_offered_a_quarter_later(
    line: Line, tanya: Phone, reed: Phone, letter: str
) -> None:
    card = asked(line)
    reed.says(f"{card} no {letter}")
    reed.hears("denied")
    tanya.hears("These would work:\n1) Sat Nov 28 ", "\n2) ", but_not=["1:30 PM\n", "2:00 PM", "1:30 PM"])


def test_no_that_needs_the_office_offers_no_time(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    reed.says(f"{card} no d")
    reed.hears("denied (visitor)")
    tanya.hears(f"1:45 PM: {REASONS['d'][1]}. You paid nothing.", "after that, text a day", but_not=["1) ", "Reply"])


def test_no_que_pide_pasar_por_la_oficina(line: Line, ana: Phone, molina: Phone) -> None:
    card = asked(line, ANAS)
    molina.says(f"{card} no d")
    molina.hears("denied")
    ana.hears(f"9:45 AM: {REASONS['d'][2]}. No se le cobró nada.", "escriba aquí un día u hora", but_not=["1) "])


def test_offering_a_time_while_another_one_is_offered_says_so(line: Line, tanya: Phone, reed: Phone) -> None:
    first = asked(line)
    tanya.says("see darnell friday 6pm")
    tanya.hears("Kept for you")
    tanya.says("1")
    tanya.hears("Asked")
    second = reed.hears_card("Darnell")
    reed.says(f"{first} sun 2pm")
    reed.hears("offered and kept")
    tanya.hears("offer Sun Nov 29, 2:00 PM")
    reed.says(f"{second} fri 7pm")
    reed.hears(
        f"{second.reference}: Tanya Johnson still has another offered time to answer (until Tue 8 AM)",
        "nothing was changed", f"like {second} OK", but_not=["is not free", "Free near"],
    )  # fmt: skip


def test_time_that_is_not_free_is_said_with_why(line: Line, reed: Phone) -> None:
    card = asked(line)
    reed.says(f"{card} thu 6pm")
    reed.hears("Thu Nov 26 6:00 PM is not free", "outside visiting hours; nothing was changed. Free near it:\n")


def test_no_without_a_letter_asks_for_one_and_decides_nothing(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    reed.says(f"{card} no")
    reed.hears(
        f"{card.reference}: why not?\na terminal, b schedule, c resident, d visitor, e restriction, f other\n",
        f"Reply like {card} NO B.",
    )
    tanya.hears_nothing()
    reed.says(f"{card} no c")
    reed.hears("denied (resident)")
    tanya.hears("the resident cannot come at that time")


def test_no_and_an_article_is_no_letter(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    reed.says(f"{card} no a lawyer is with him")
    reed.hears("why not?\na terminal, b schedule")
    tanya.hears_nothing()


def test_why_says_what_the_flag_means(line: Line, reed: Phone) -> None:
    card = asked(line)
    reed.says(f"{card} why")
    reed.hears("first visit of this visitor", f"decide with {card} OK or {card} NO")


def test_two_officers_the_first_counts_and_the_second_hears_who_was_first(line: Line, tanya: Phone) -> None:
    reed, molina = line.phone(REED), line.phone(MOLINA)
    tanya.says("can i see marcus saturday afternoon")
    tanya.hears("1) 1:00 PM")
    tanya.says("1")
    tanya.hears("Asked")
    his, hers = reed.hears_card(), molina.hears_card()
    reed.says(f"{his} ok")
    reed.hears("approved")
    tanya.hears("Approved")
    molina.hears(f"{his.reference} needs no answer now: approved by Officer Reed.")
    molina.says(f"{hers} no b")
    molina.hears(
        f"{his.reference}: Officer Reed already approved it at 10:02 AM, so your answer had no effect. None left open."
    )
    tanya.hears_nothing()
    reed.says(f"{his} ok")
    reed.hears(f"{his.reference} is already decided: approved by Officer Reed. Nothing changed.")
    reed.says(f"{his} no b")
    reed.hears(f"{his} does not count any more for {his.reference}: approved by Officer Reed. Nothing was changed.")
    tanya.hears_nothing()


def test_code_of_a_card_that_changed_does_nothing_and_brings_the_card_as_it_is(
    line: Line, tanya: Phone, reed: Phone, molina: Phone
) -> None:
    card = asked(line)
    tanya.says(f"move {card.reference} to sunday 2pm")
    tanya.hears("Sun Nov 29, 2:00 to 2:30 PM", "Reply 1 to ask staff")
    tanya.says("1")
    tanya.hears("Asked, not booked yet: Marcus, Sun Nov 29, 2:00 PM")
    fresh = reed.hears_card("Sun Nov 29 2:00 PM")
    assert (fresh.reference, fresh.code == card.code) == (card.reference, False)
    reed.says(f"{card} ok")
    reed.hears(f"{card} does not count any more for {card.reference}: it changed since that card. Nothing was changed.")
    again = reed.hears_card("Sun Nov 29 2:00 PM")
    assert again.code == fresh.code
    tanya.hears_nothing()
    molina.ignores(1)
    reed.says(f"{again} ok")
    reed.hears("approved: Tanya Johnson, Sun Nov 29 2:00 PM")
    tanya.hears("Approved: Marcus, Sun Nov 29, 2:00 PM")


def test_code_of_a_request_the_family_dropped(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    tanya.says(f"cancel visit {card.reference}")
    tanya.hears("Cancelled, as you asked")
    reed.hears(f"{card.reference} cancelled by the family: Tanya Johnson for Marcus Johnson, Sat Nov 28 1:45 PM")
    reed.says(f"{card} ok")
    reed.hears(f"{card} does not count any more for {card.reference}: the family dropped it. Nothing was changed.")
    tanya.hears_nothing()


def test_five_wrong_codes_void_all_and_the_supervisor_hears_of_it(
    line: Line, tanya: Phone, reed: Phone, molina: Phone
) -> None:
    card = asked(line)
    wrong = [code for code in range(100, 1000) if code not in (911, 988, card.code)][:5]
    for code in wrong[:4]:
        reed.says(f"{code} ok")
        reed.hears(f"No open card of yours has the code {code}. Nothing was changed.")
    reed.says(f"{wrong[4]} ok")
    reed.hears(
        "Too many wrong codes, so all your codes have ended and the supervisor has been told. No request was decided.",
        but_not=["changed"],
    )
    molina.hears("Five wrong answer codes in an hour from the phone of Officer Reed.")
    reed.says(f"{card} ok")
    reed.hears(f"No open card of yours has the code {card}.")
    tanya.hears_nothing()
    reed.says("list")
    code = reed.hears_card(f"{card.reference} Tanya Johnson").code
    assert code != card.code
    reed.says(f"{code} ok")
    reed.hears("approved")
    tanya.hears("Approved")


@pytest.mark.parametrize("number", [911, 988])
def test_emergency_numbers_are_never_codes(line: Line, reed: Phone, number: int) -> None:
    asked(line)
    reed.says(f"{number} ok")
    assert f"the code {number}" not in reed.hears()


def test_reference_alone_does_not_decide_by_sms(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    reed.says(f"ok {card.reference}")
    reed.hears(f"Please answer {card.reference} with the code on its card, like 417 OK. Nothing was changed.")
    reed.says("ok")
    reed.hears("nothing was changed")
    reed.says("approve")
    reed.hears("nothing was changed")
    tanya.hears_nothing()


def test_without_the_code_rule_a_reference_decides(opened: Opened) -> None:
    line = opened(
        TANYA_ALONE, ("# [staff_rules]\n# sms_answer_code = true  ", "[staff_rules]\nsms_answer_code = false  ")
    )
    tanya, reed = line.phone(TANYA), line.phone(REED)
    tanya.says("see marcus saturday 1pm")
    tanya.hears("Reply 1 to ask")
    tanya.says("1")
    tanya.hears("Asked")
    card = reed.hears_card("Tanya Johnson", "Reply OK ")
    reed.says(f"ok {card.reference}")
    reed.hears("approved")
    tanya.hears("Approved")


def test_own_request_goes_to_a_colleague(opened: Opened) -> None:
    line = opened(REED_HAS_FAMILY)
    reed, molina = line.phone(REED), line.phone(MOLINA)
    reed.says("can i see my cousin marcus saturday at 1pm")
    reed.hears("Video visit with Marcus Johnson, Sat Nov 28", "Reply 1 to ask")
    reed.says("1")
    reed.hears("Asked, not booked yet: Marcus")
    reed.hears_nothing()
    card = molina.hears_card("Paul Reed (cousin) for Marcus Johnson")
    reed.says(f"{card} ok")
    reed.hears(f"No open card of yours has the code {card}.")
    reed.says("list")
    reed.hears("Nothing waits for your answer.")
    reed.says(f"ok {card.reference}")
    assert "approved" not in reed.hears()
    molina.says(f"{card} ok")
    molina.hears("approved: Paul Reed")
    reed.hears("Approved: Marcus, Sat Nov 28, 1:00 PM. Pay $2.70")


@pytest.mark.parametrize("who", [TANYA, ANA, STRANGER], ids=["its family", "another family", "a stranger"])
@pytest.mark.parametrize("said", ["{code} ok", "{code} no b", "ok {ref}", "list", "{code} sun 2pm"])
def test_who_is_not_staff_decides_nothing_and_is_not_told_that_one_could(line: Line, who: object, said: str) -> None:
    card, reed = asked(line), line.phone(REED)
    phone = line.phone(who)  # type: ignore[arg-type]
    phone.says(said.format(code=card, ref=card.reference))
    line.passes(seconds=HELD)
    for got in phone.unread():
        phone.hears(but_not=["code", "card", "staff list", "officer", "LIST", "approved:", "denied"])
        assert got.text
    reed.says(f"visit {card.reference}")
    reed.hears(f"{card.reference}: asked")
    line.phone(TANYA).ignores(0)
