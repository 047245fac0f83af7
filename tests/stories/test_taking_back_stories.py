"""An officer's answer is undone, overtaken, or no longer possible: everybody who relies on it is told."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from scheduling.storage.tables import closures, people
from tests.cast import MOLINA, NO_KEEP_APART, ONE_TERMINAL_IN_B, REED, RUTH, RUTH_TOO, TANYA, TANYA_ALONE
from tests.stories.conftest import Opened
from tests.stories.phones import Phone
from tests.stories.scenes import approved, asked
from tests.stories.test_person_03_reed import FOUR_TERMINALS, ask, code_of, family, many_families
from tests.talk import Line


@pytest.mark.parametrize("other", ["{} ok", "{} why", "today", "list", "flags"])
def test_a_reason_asked_for_is_asked_no_more_once_something_else_came(
    line: Line, tanya: Phone, reed: Phone, molina: Phone, other: str
) -> None:
    card = asked(line)
    reed.says(f"{card} no")
    reed.hears("A")
    reed.says(other.format(card), after=5)
    reed.ignores(1)
    reed.says("a", after=1)
    reed.hears(but_not=["denied"])
    line.passes(minutes=2)
    assert not any("could not approve" in got.text for got in tanya.unread())
    tanya.ignores(len(tanya.unread()))
    molina.ignores(len(molina.unread()))


def test_send_sends_only_the_words_that_were_shown_just_before(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    reed.says(f"{card} no say: bring your ID card")
    reed.hears("bring your ID card")
    reed.says("today", after=5)
    reed.ignores(1)
    reed.says(f"{card} send", after=5)
    reed.hears(but_not=["denied"])
    line.passes(minutes=2)
    tanya.hears_nothing()


def test_what_a_lost_phone_decided_does_not_take_effect(line: Line, tanya: Phone, reed: Phone, molina: Phone) -> None:
    card = asked(line)
    reed.says(f"{card} ok")
    reed.hears("approved")
    molina.says("off reed", after=5)
    molina.hears("Officer Reed is off")
    line.passes(minutes=2)
    tanya.hears_nothing()
    molina.says("list")
    molina.hears_card("Tanya Johnson")


def test_what_was_decided_before_five_wrong_codes_does_not_take_effect(
    line: Line, tanya: Phone, reed: Phone, molina: Phone
) -> None:
    card = asked(line)
    reed.says(f"{card} ok")
    reed.hears("approved")
    wrong = [code for code in range(100, 106) if code != card.code][:5]
    for code in wrong:
        reed.says(f"{code} ok", after=2)
    reed.ignores_all_but(1)
    reed.hears("all your codes have ended")
    molina.hears("Five wrong answer codes")
    line.passes(minutes=2)
    tanya.hears_nothing()


def test_who_is_no_officer_any_more_decides_nothing(line: Line, tanya: Phone, reed: Phone, molina: Phone) -> None:
    card = asked(line)
    reed.says(f"{card} ok")
    reed.hears("approved")
    with line.deps.db.begin() as tx:
        tx.execute(sa.update(people).where(people.c.name == REED.name).values(active=False))
    line.passes(minutes=2)
    tanya.hears_nothing()
    molina.says("list")
    molina.hears_card("Tanya Johnson")
    molina.ignores(len(molina.unread()))


def two_families(opened: Opened) -> Line:
    return opened(TANYA_ALONE, ONE_TERMINAL_IN_B, RUTH_TOO, NO_KEEP_APART)


def test_another_time_that_was_promised_is_kept_whatever_the_family_looks_at_meanwhile(opened: Opened) -> None:
    line = two_families(opened)
    tanya, ruth, reed = line.phone(TANYA), line.phone(RUTH), line.phone(REED)
    card = asked(line)
    reed.says(f"{card} sun 2pm")
    reed.hears("offered and kept")
    tanya.says("move to saturday 3:15pm", after=5)
    tanya.hears("Reply 1")
    ruth.says("darnell sunday 2pm", after=1)
    ruth.hears(but_not=["Kept for you: Darnell, Sun Nov 29, 2:00 PM"])
    line.passes(minutes=2)
    tanya.hears("Sun Nov 29, 2:00 PM")


def test_what_could_not_take_effect_at_its_deadline_is_asked_again(
    line: Line, tanya: Phone, reed: Phone, molina: Phone
) -> None:
    card = asked(line)
    line.passes(minutes=119, seconds=30)
    reed.says(f"{card} sun 2pm", after=15)
    reed.hears("offered and kept")
    with line.deps.db.begin() as tx:
        tx.execute(
            sa.insert(closures).values(
                facility_id=1, starts=line.clock, ends=line.clock + timedelta(days=9), source="staff"
            )
        )
    line.passes(minutes=2)
    reed.hears("could not take effect")
    reed.hears(card.reference, "still waiting")
    molina.hears(card.reference)
    tanya.ignores(len(tanya.unread()))


def test_an_approval_that_comes_too_late_to_be_paid_is_none(
    line: Line, tanya: Phone, reed: Phone, molina: Phone
) -> None:
    tanya.says("marcus today 5pm")
    tanya.hears("Reply 1")
    tanya.says("1")
    tanya.hears("Asked")
    card = reed.hears_card()
    line.passes(hours=6, minutes=27)
    reed.ignores_all_but(0)
    tanya.ignores_all_but(0)
    reed.says(f"{card} ok", after=5)
    reed.hears("approved")
    with line.trouble():
        line.clock += timedelta(minutes=5)  # no worker runs until the cutoff has passed
        line.passes(minutes=5)
    reed.hears(f"{card.reference}: your answer could not take effect: there is no time left", "ended without an answer")
    tanya.hears("Staff did not answer", but_not=["paid in time"])
    tanya.hears_nothing()
    molina.ignores_all_but(0)


@pytest.fixture
def crowd(opened: Opened) -> Line:
    """Three families of unit B."""
    return opened(TANYA_ALONE, FOUR_TERMINALS, many_families(3))


def listed(crowd: Line, count: int) -> int:
    """Several requests arrive at once: Reed has a list, Molina has not looked. Returns the code of the list."""
    reed, molina = crowd.phone(REED), crowd.phone(MOLINA)
    for number in range(count):
        ask(crowd, number, after=0.5)
    reed.says("list")
    reed.ignores_all_but(1)
    molina.ignores_all_but(0)
    return code_of(reed.hears("\n2 "))


def test_who_decided_from_a_list_hears_that_the_family_cancels(crowd: Line) -> None:
    reed, molina = crowd.phone(REED), crowd.phone(MOLINA)
    code = listed(crowd, 3)
    reed.says(f"{code} 2 ok", after=5)
    reed.hears("Approved 1")
    bea = family(crowd, 1)
    bea.hears("Approved: Bea")
    bea.says("cancel my visit", after=5)
    bea.hears("1")
    bea.says("1", after=5)
    bea.hears("ancelled")
    reed.hears("cancelled by the family: Visitor Bea")
    molina.ignores_all_but(0)


def test_undo_of_a_list_too_late_says_so(crowd: Line) -> None:
    reed, molina = crowd.phone(REED), crowd.phone(MOLINA)
    code = listed(crowd, 3)
    reed.says(f"{code} 1 ok, 2 ok", after=5)
    reed.hears("Approved 2")
    for number in (0, 1):
        family(crowd, number).hears("Approved")
    reed.says(f"{code} undo")
    reed.hears("Too late to take back: 2 decisions took effect", "call +1 555 123 4500")
    molina.ignores_all_but(0)


def test_by_reference_in_telegram_what_was_shown_in_a_list_only(opened: Opened) -> None:
    line = opened(TANYA_ALONE, FOUR_TERMINALS, many_families(3))
    molina = line.phone(MOLINA)
    molina.says("invite officer reed")
    code = re.search(r"START (\w+)", molina.hears())
    assert code is not None
    chat = line.telegram(REED, 777)
    chat.says(f"/start {code[1]}")
    for number in range(3):
        ask(line, number, after=0.5)
    line.passes(seconds=20)
    chat.ignores_all_but(0)
    bea = family(line, 1)
    chat.says(f"{bea.reference()} ok")
    chat.hears(f"{bea.reference()} approved: Visitor Bea")
    bea.hears("Approved: Bea")
    molina.ignores_all_but(0)
    line.phone(REED).ignores_all_but(0)


def test_a_colleague_who_was_told_is_asked_anew_when_it_is_taken_back(
    line: Line, tanya: Phone, reed: Phone, molina: Phone
) -> None:
    tanya.says("marcus saturday 1pm")
    tanya.hears("Reply 1")
    tanya.says("1")
    tanya.hears("Asked")
    his, hers = reed.hears_card(), molina.hears_card()
    reed.says(f"{his} ok")
    reed.hears("approved")
    molina.says(f"{hers} no b", after=5)
    molina.hears("no effect")
    reed.says(f"{his} undo", after=5)
    reed.hears("taken back")
    again = molina.hears_card("is still waiting for an answer")
    molina.says(f"{again} no b", after=5)
    molina.hears("denied")
    tanya.hears("could not approve")
    line.passes(minutes=1)
    reed.ignores_all_but(0)


def moving(line: Line) -> tuple[str, int]:
    """An approved, unpaid visit is to be moved. Returns the card page and the code of Reed's card."""
    approved(line)
    tanya, reed = line.phone(TANYA), line.phone(REED)
    page = tanya.opens_the_card_page()
    tanya.says("move to sunday 2pm")
    tanya.hears("Reply 1")
    tanya.says("1")
    tanya.hears("Staff answer by")
    return page, reed.hears_card().code


def test_a_payment_in_the_pause_takes_nothing_from_the_decision(
    line: Line, tanya: Phone, reed: Phone, molina: Phone
) -> None:
    page, code = moving(line)
    reed.says(f"{code} ok")
    reed.hears("approved")
    line.passes(seconds=5)
    tanya.on_card_page(page, "pay")
    line.passes(minutes=2)
    assert any("Sun Nov 29, 2:00 PM" in got.text and "/j/" in got.text for got in tanya.unread())
    tanya.ignores_all_but(0)
    reed.hears_nothing()
    molina.ignores_all_but(0)


def test_an_officer_hears_that_the_family_was_faster_with_another_wish(
    line: Line, tanya: Phone, reed: Phone, molina: Phone
) -> None:
    card = asked(line)
    tanya.says("move to sunday 2pm")
    tanya.hears("Reply 1")
    reed.says(f"{card} ok")
    reed.hears("approved")
    tanya.says("1", after=5)
    tanya.hears("Staff answer by")
    line.passes(minutes=2)
    assert any(f"{card.reference}: the family changed its request before" in got.text for got in reed.unread())
    reed.ignores_all_but(0)
    molina.ignores_all_but(0)
    tanya.ignores_all_but(0)
