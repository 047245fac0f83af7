"""The laws of answering: nothing is destroyed on a guess, an open question is never met with silence and survives asides."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduling.policy.visit_state import State
from scheduling.storage.tables import visits
from tests.cast import ANA, MOLINA, TANYA, TANYA_ALONE
from tests.stories.scenes import ANAS, TANYAS, Family, approved, asked, booked
from tests.talk import Line

EXAMPLES = settings(
    max_examples=int(os.environ.get("VISITLINE_EXAMPLES", "4")),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
ASIDES = {
    "en": [
        "is it recorded", "how much is it", "can my kids come", "do i need to download an app", "how long is a visit",
        "when will they answer", "can my sister pay", "are they on lockdown", "i get paid friday", "thank you",
        "god bless you", "lol", "what", "zzz", "can i use my laptop", "dont cancel", "did yall cancel my visit",
    ],
    "es": [
        "se graba la llamada", "cuanto cuesta", "pueden ir mis hijos", "hay que bajar una app", "cuanto dura la visita",
        "no tengo tarjeta", "gracias", "dios lo bendiga", "no cancelen", "puedo usar la computadora", "mande",
    ],
}  # fmt: skip
NO_ORDERS = [
    "do not cancel {ref}", "please dont cancel visit {ref}", "i didnt cancel {ref}", "did yall cancel {ref}?",
    "i cant see him if you cancel {ref}", "it says cancelled", "my visit got cancelled", "no cancelen {ref}",
    "por que cancelaron mi visita", "im coming saturday", "yes im coming", "we coming", "cant wait for saturday", "ok",
    "yes", "thanks", "no", "no thank you", "what", "cancel {ref} no wait", "should i cancel {ref}?", "who cancelled {ref}",
    "i dont want to cancel i want to move it", "if i cancel do i get my money back", "who is this", "nevermind",
]  # fmt: skip


def states(line: Line) -> list[State]:
    with line.deps.db.read() as tx:
        return [State(row.state) for row in tx.execute(sa.select(visits.c.state).order_by(visits.c.id))]


def opened(folder: str) -> Line:
    return Line(Path(folder), TANYA_ALONE)


@pytest.mark.parametrize("family", [TANYAS, ANAS], ids=["en", "es"])
@EXAMPLES
@given(data=st.data())
def test_after_any_asides_the_number_still_means_what_it_meant(family: Family, data: st.DataObject) -> None:
    said = data.draw(st.lists(st.sampled_from(ASIDES[family.member.language]), min_size=1, max_size=3, unique=True))
    with TemporaryDirectory() as folder:
        line = opened(folder)
        phone = line.phone(family.member)
        phone.says(family.wish)
        phone.hears(family.time)
        for aside in said:
            before = len(phone.texts)
            phone.says(aside, after=90)
            line.passes(seconds=20)
            assert len(phone.texts) > before, f"{aside!r} met silence"
        phone.says(family.number, after=90)
        assert states(line) == [State.REQUESTED], said
        line.close()


@EXAMPLES
@given(said=st.lists(st.sampled_from(NO_ORDERS), min_size=1, max_size=4, unique=True))
def test_nothing_but_an_order_cancels_a_booked_visit(said: list[str]) -> None:
    with TemporaryDirectory() as folder:
        line = opened(folder)
        card = booked(line)
        tanya = line.phone(TANYA)
        for words in said:
            before = len(tanya.texts)
            tanya.says(words.format(ref=card.reference), after=90)
            line.passes(seconds=20)
            assert states(line) == [State.CONFIRMED], words
            assert len(tanya.texts) > before, f"{words!r} met silence"
        line.close()


@pytest.mark.parametrize("order", ["cancel {ref}", "please cancel visit {ref} thank you", "cancelar visita {ref}"])
def test_an_order_cancels_it(tmp_path: Path, order: str) -> None:
    line = Line(tmp_path, TANYA_ALONE)
    card = booked(line)
    line.phone(TANYA).says(order.format(ref=card.reference))
    assert states(line) == [State.CANCELLED]
    line.close()


@EXAMPLES
@given(said=st.sampled_from(["not ok", "ok wait no", "ok but sunday", "hold on", "ok?? no", "maybe ok", "why ok"]))
def test_an_officer_who_says_more_than_ok_decides_nothing(said: str) -> None:
    with TemporaryDirectory() as folder:
        line = opened(folder)
        card = asked(line)
        reed = line.phone(TANYAS.officer)
        before = len(reed.texts)
        reed.says(f"{card} {said}")
        line.passes(minutes=2)
        assert states(line) == [State.REQUESTED]
        assert len(reed.texts) > before
        line.close()


@pytest.mark.parametrize("said", ["ok thx", "ok 👍", "10-4", "ok\n\nSent from my iPhone", "si gracias", "yes please"])
def test_an_officers_politeness_is_no_more_than_ok(tmp_path: Path, said: str) -> None:
    line = Line(tmp_path, TANYA_ALONE)
    card = asked(line)
    line.phone(TANYAS.officer).says(f"{card} {said}")
    line.passes(minutes=2)
    assert states(line) == [State.APPROVED]
    line.close()


def test_a_time_without_a_day_is_on_the_day_of_the_card(tmp_path: Path) -> None:
    line = Line(tmp_path, TANYA_ALONE)
    card, reed = asked(line), line.phone(TANYAS.officer)
    reed.says(f"{card} 2:30pm instead")
    reed.hears("Sat Nov 28 2:30 PM offered and kept")
    line.phone(TANYA).ignores_all_but(0)
    line.close()


@pytest.mark.parametrize(
    ("said", "start"),
    [("can you push it to 2:30", "2:30 PM"), ("an hour later please", "2:45 to 3:15 PM"), ("what about 3", "3:00 PM")],
)
def test_a_time_without_a_day_is_on_the_day_of_the_visit(tmp_path: Path, said: str, start: str) -> None:
    line = Line(tmp_path, TANYA_ALONE)
    booked(line)
    tanya = line.phone(TANYA)
    tanya.says(said)
    tanya.hears("Sat Nov 28", start)
    line.close()


def test_a_name_that_only_another_on_this_phone_may_see_is_never_replaced(tmp_path: Path) -> None:
    line = Line(tmp_path)
    tanya = line.phone(TANYA)
    tanya.says("its keisha see darnell saturday")
    tanya.hears("I don't have Darnell on your list", "1) Marcus Johnson")
    line.close()


def test_en_la_hora_de_la_visita_lo_que_no_se_entiende_es_de_la_visita(tmp_path: Path) -> None:
    line = Line(tmp_path, TANYA_ALONE)
    card, ana = booked(line, ANAS), line.phone(ANA)
    line.until("sat 9:50")
    ana.ignores_all_but(0)
    ana.says("se quedo en blanco")
    ana.hears("/j/")
    officer = line.phone(ANAS.officer)
    assert any(card.reference in text.text for text in officer.unread())
    line.close()


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("i get paid friday", "is approved. Pay $2.70 by Tue 10:02 AM to keep it"),
        ("if i cancel do i get my money back", "Cancel at least 2 hours before the start"),
        ("is it recorded", "Visits with family may be recorded. Visits with an attorney are not."),
        ("how early can i join", "Your link opens 10 minutes before the start"),
        ("do i need to bring my id", "I can't answer that one."),
    ],
)
def test_a_question_is_answered_by_what_the_line_knows(tmp_path: Path, said: str, answered: str) -> None:
    line = Line(tmp_path, TANYA_ALONE)
    approved(line)
    tanya = line.phone(TANYA)
    tanya.says(said)
    tanya.hears(answered)
    line.close()


def test_a_rule_in_minutes_is_not_rounded_to_hours(tmp_path: Path) -> None:
    line = Line(tmp_path, TANYA_ALONE, ('cancel_with_refund_until = "2h"', 'cancel_with_refund_until = "150m"'))
    tanya = line.phone(TANYA)
    tanya.says("what is the refund policy")
    tanya.hears("Cancel at least 150 minutes before the start")
    line.close()


@pytest.mark.parametrize(("said", "state"), [("cancel all my visits", 1), ("dont cancel all my visits", 0)])
def test_all_of_them_are_cancelled_only_where_that_is_ordered(tmp_path: Path, said: str, state: int) -> None:
    line = Line(tmp_path, TANYA_ALONE)
    booked(line)
    tanya = line.phone(TANYA)
    tanya.says(said)
    tanya.hears("Reply 1 to cancel it" if state else "Kept: Marcus")
    assert states(line) == [State.CONFIRMED]
    line.close()


def test_just_after_a_visit_what_is_not_understood_is_about_it(tmp_path: Path) -> None:
    line = Line(tmp_path, TANYA_ALONE)
    card, tanya, molina = booked(line), line.phone(TANYA), line.phone(MOLINA)
    line.until("sat 13:50")
    line.meet(card.reference, 25)
    line.until("sat 14:16")
    tanya.ignores_all_but(0)
    tanya.says("zzz that was not right")
    tanya.hears("Staff now see what you wrote. About Marcus", "$2.70", card.reference)
    molina.ignores_all_but(0)
    molina.says("flags")
    molina.hears("complaint", "that was not right")
    line.close()


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("nope thats too early", "nothing was asked and the place is open to others again"),
        ("thats too late for me", "nothing was asked and the place is open to others again"),
        ("different day", "When would you like to see Marcus?"),
    ],
)
def test_a_no_with_a_reason_to_what_was_read_back(tmp_path: Path, said: str, answered: str) -> None:
    line = Line(tmp_path, TANYA_ALONE)
    tanya = line.phone(TANYA)
    tanya.says("see marcus saturday 1pm")
    tanya.hears("Reply 1 to ask")
    tanya.says(said)
    tanya.hears(answered)
    tanya.says("marcus saturday 1:45")
    tanya.hears("1:45 to 2:15 PM")
    line.close()
