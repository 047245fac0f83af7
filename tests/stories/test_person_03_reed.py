"""Officer Reed has thirty seconds, fourteen requests and two colleagues (docs/stories.md, section 3)."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.cast import MOLINA, MOLINA_IN_SPANISH, MONDAY, REED, TANYA, TANYA_ALONE, Member
from tests.stories.conftest import Opened
from tests.stories.phones import Phone
from tests.stories.scenes import asked
from tests.talk import Line

# "7 ok   oh no, meant 8"


def test_seven_ok_oh_no_meant_eight(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    reed.says(f"{card} ok")
    reed.hears(
        f"{card.reference} approved: Tanya Johnson, Sat Nov 28 1:45 PM. "
        f"Family hears in 30 s. Not meant? {card} UNDO. None left open."
    )
    reed.says(f"{card} undo", after=10)
    reed.hears(
        f"{card.reference}: taken back, the family heard nothing. It waits for an answer again: {card} OK or {card} NO."
    )
    line.passes(minutes=2)
    tanya.hears_nothing()
    tanya.says("did they say yes")
    tanya.hears("is with staff", but_not=["approved"])
    reed.says(f"{card} no b")
    reed.hears(f"{card.reference} denied (schedule).")
    tanya.hears("Staff could not approve the visit with Marcus")


def test_until_it_takes_effect_the_family_hears_what_is_so(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    reed.says(f"{card} ok")
    reed.hears("approved")
    tanya.says("did they say yes", after=10)
    tanya.hears("is with staff", but_not=["approved"])
    tanya.hears("Approved: Marcus, Sat Nov 28, 1:45 PM. Pay $2.70")


def test_undo_too_late_says_whom_to_call(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    reed.says(f"{card} ok")
    reed.hears("approved")
    tanya.hears("Approved: Marcus")
    reed.says(f"{card} undo")
    reed.hears(f"Too late to take back {card.reference} (approved by Officer Reed): the family was told.",
               "call +1 555 123 4500")  # fmt: skip
    tanya.hears_nothing()
    reed.says("undo")
    reed.hears("There is nothing to take back")


def test_oops_alone_takes_the_last_one_back(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    reed.says(f"{card} sun 2pm")
    reed.hears(f"{card.reference}: Sun Nov 29 2:00 PM offered and kept")
    reed.says("oops", after=5)
    reed.hears(f"{card.reference}: taken back")
    line.passes(minutes=2)
    tanya.hears_nothing()


def test_his_later_word_counts_while_nobody_has_heard_the_first(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    reed.says(f"{card} ok")
    reed.hears("approved")
    reed.says(f"{card} no c", after=10)
    reed.hears("denied (resident)")
    tanya.hears("Staff could not approve the visit with Marcus", "the resident cannot come at that time")
    line.passes(minutes=2)
    tanya.hears_nothing()


def test_colleague_who_answers_meanwhile_hears_who_was_first(line: Line, tanya: Phone, reed: Phone) -> None:
    tanya.says("can i see marcus saturday afternoon")
    tanya.hears("1) 1:00 PM")
    tanya.says("1")
    tanya.hears("Asked")
    molina = line.phone(MOLINA)
    his, hers = reed.hears_card(), molina.hears_card()
    reed.says(f"{his} ok")
    reed.hears("approved")
    molina.says(f"{hers} no b", after=10)
    molina.hears(f"{his.reference}: Officer Reed already approved it at 10:01 AM, so your answer had no effect.")
    molina.says(f"{hers} undo", after=5)
    molina.hears("There is nothing to take back")
    tanya.hears("Approved: Marcus")


def test_family_gives_up_in_the_pause(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    reed.says(f"{card} ok")
    reed.hears("approved")
    tanya.says(f"cancel visit {card.reference}", after=5)
    tanya.hears("Cancelled, as you asked")
    reed.hears(f"{card.reference} cancelled by the family")
    line.passes(minutes=2)
    tanya.hears_nothing()


# 14 cards x 2 segments, then 14 outcomes: he mutes the thread


def family(line: Line, number: int) -> Phone:
    """One of many families."""
    return line.phone(Member(f"Visitor {FAMILIES[number]}", f"+155501999{number:02}"))


FAMILIES = "Abe Bea Cal Dot Eli Fay Gus Hal Ida Joe Kay Lou May Ned Ora Pam".split()
HOURS = ["1pm", "1:45pm", "2:30pm", "3:15pm"]
FOUR_TERMINALS = (
    '[[terminals]]\nname = "B-2"\nunit = "B"\n',
    "".join(f'[[terminals]]\nname = "B-{n}"\nunit = "B"\n\n' for n in range(2, 6)),
)


def many_families(count: int) -> tuple[str, str]:
    """Residents of unit B, each with one visitor."""
    rows = "".join(
        f'[[residents]]\nnumber = "600{n:02}"\nname = "{FAMILIES[n]} Stone"\nunit = "B"\n\n'
        f'[[visitors]]\nname = "Visitor {FAMILIES[n]}"\nphone = "+155501999{n:02}"\n'
        f'may_visit = [{{ resident = "600{n:02}", relation = "friend" }}]\n\n'
        for n in range(count)
    )
    return ("[[attorneys]]", rows + "[[attorneys]]")


def ask(line: Line, number: int, *, after: float = 1) -> Phone:
    """A family requests a visit on Saturday."""
    phone = family(line, number)
    day = ("saturday", "sunday")[number // 8]
    phone.says(f"{FAMILIES[number].lower()} {day} {HOURS[number % 4]}", after=after)
    phone.hears("Reply 1 to ask")
    phone.says("1", after=after)
    phone.hears("Asked")
    return phone


@pytest.fixture
def crowd(opened: Opened) -> Line:
    """Sixteen families of unit B. It is the first visit of each, so every request has a flag."""
    return opened(TANYA_ALONE, FOUR_TERMINALS, many_families(16))


REED_IS_GONE = (
    """[[staff]]
name = "Officer Reed"
phone = "+15550109001"
role = "approver"
units = ["B"]                       # whose requests they are shown; left out: all

""",
    "",
)


def code_of(text: str) -> int:
    found = re.search(r"\b(\d{3}) (?:OK ALL|OK TODAS)", text)
    assert found, f"not a list: {text!r}"
    return int(found[1])


def test_several_new_ones_come_as_one_list(crowd: Line) -> None:
    reed = crowd.phone(REED)
    ask(crowd, 0)
    reed.hears_card("Visitor Abe (friend) for Abe Stone")
    for number in (1, 2, 3):
        ask(crowd, number, after=0.5)
    listed = reed.hears("3 new requests", "\n1 V Bea/Bea Sat 28 1:45 PM\n2 V Cal/Cal Sat 28 2:30 PM\n3 V Dot/Dot")
    crowd.passes(minutes=5)
    reed.hears_nothing()
    reed.says(f"{code_of(listed)} 2 ok")
    reed.hears("Approved 1. 3 still open. Families hear in 30 s. Not meant? ")
    family(crowd, 2).hears("Approved: Cal")
    family(crowd, 1).hears_nothing()


def test_three_before_him_then_one_line_says_how_many_wait(crowd: Line) -> None:
    reed = crowd.phone(REED)
    for number in range(3):
        ask(crowd, number, after=10)
        reed.hears_card(f"Visitor {FAMILIES[number]}")
    ask(crowd, 3, after=10)
    reed.hears("1 more waiting. All of them under one code: LIST")
    for number in range(4, 10):
        ask(crowd, number, after=10)
    reed.hears_nothing()
    reed.says("list")
    first = reed.hears("Open (! = look first)", "\n1 V Abe/Abe")
    assert first.count("\n") == 7
    reed.hears("8 V Hal/Hal", "10 V Joe/Joe Sun 29 1:45 PM")
    assert reed.segments() <= 3 * 2 + 1 + 4


def test_ranges_and_letters_in_one_answer(crowd: Line) -> None:
    reed = crowd.phone(REED)
    for number in range(6):
        ask(crowd, number)
    reed.says("list")
    reed.ignores_all_but(1)
    code = code_of(reed.hears("\n6 V Fay/Fay"))
    reed.says(f"{code} 1 ok, 2 ok, 4 no b, 5 no, 9 ok")
    reed.hears("Approved 2, Denied 1. Not done: 5 (NO needs a letter), 9 (not on that list). 3 still open.", "UNDO")
    family(crowd, 0).hears("Approved: Abe")
    family(crowd, 1).hears("Approved: Bea")
    family(crowd, 3).hears("Staff could not approve", "that time is no longer open")
    family(crowd, 4).hears_nothing()


def test_ok_all_is_what_he_was_shown_first_visits_too(crowd: Line) -> None:
    reed, molina = crowd.phone(REED), crowd.phone(MOLINA)
    been_there(crowd, range(5))
    for number in range(6):
        ask(crowd, number)
    reed.says("list")
    reed.ignores_all_but(1)
    code = code_of(reed.hears("\n6 V Fay/Fay Sat 28 1:45 PM"))
    ask(crowd, 6, after=20)  # he has not been shown this request
    molina.says("list")
    molina.ignores_all_but(1)
    hers = code_of(molina.hears("\n3 V Cal/Cal"))
    molina.says(f"{hers} 3 ok", after=5)
    molina.hears("Approved 1.")
    reed.ignores_all_but(0)
    reed.says(f"{code} ok all", after=5)
    reed.hears("Approved 5. Not done: 3 (approved by Sgt. Molina). 1 still open.")
    for number in range(6):
        family(crowd, number).hears(f"Approved: {FAMILIES[number]}")
    family(crowd, 6).hears_nothing()


def test_undo_of_a_list_takes_all_of_it_back(crowd: Line) -> None:
    reed = crowd.phone(REED)
    for number in range(4):
        ask(crowd, number)
    reed.says("list")
    reed.ignores_all_but(1)
    code = code_of(reed.hears("\n4 V Dot/Dot"))
    reed.says(f"{code} 1-2 ok, 3 no b", after=5)
    reed.hears("Approved 2, Denied 1.")
    reed.says(f"{code} undo", after=5)
    reed.hears("Taken back: 3 decisions, the families heard nothing. 4 still open.")
    crowd.passes(minutes=2)
    for number in range(4):
        family(crowd, number).hears_nothing()


def test_list_code_alone_decides_nothing_and_shows_how(crowd: Line) -> None:
    reed = crowd.phone(REED)
    for number in range(2):
        ask(crowd, number)
    reed.says("list")
    reed.ignores_all_but(1)
    code = code_of(reed.hears("\n2 V Bea/Bea"))
    reed.says(f"{code} ok")
    reed.hears(f"{code} is a list, and nothing was changed. Say which: {code} OK ALL")
    reed.says(f"{code} 2")
    card = reed.hears_card("Visitor Bea (friend) for Bea Stone 60001")
    reed.says(f"{card} ok")
    reed.hears(f"{card.reference} approved")
    family(crowd, 1).hears("Approved: Bea")


def test_fourteen_of_the_night_are_one_list_in_the_morning(opened: Opened) -> None:
    line = opened(TANYA_ALONE, FOUR_TERMINALS, many_families(16), start=MONDAY + timedelta(hours=12))
    reed = line.phone(REED)
    for number in range(14):
        ask(line, number)
    reed.hears_nothing()
    line.until("tue 7:00")
    first = reed.hears("14 new requests (! = look first).", "\n1 V Abe/Abe")
    rest = reed.hears("14 V Ned/Ned Sun 29 1:45 PM")
    assert (len(reed.texts), reed.segments()) == (2, 4)
    reed.says(f"{code_of(first)} 1 ok, 14 ok")
    reed.hears("Approved 2. 12 still open.")
    assert rest
    for number in (0, 13):
        family(line, number).hears("Approved")


def been_there(line: Line, numbers: Iterable[int]) -> None:
    """These families have had a visit, so their next one gets no flag."""
    with line.deps.db.begin() as tx:
        for number in numbers:
            people_ = {"name": f"Visitor {FAMILIES[number]}", "number": f"600{number:02}", "at": "2026-10-01 10:00:00"}
            tx.execute(sa.text(BEEN_THERE), people_)


BEEN_THERE = """
INSERT INTO visits (facility_id, reference, kind, visitor_id, resident_id, relation, channel, theirs, ours, state, revision,
    starts, minutes, terminal_id, price, currency, asked_count, flags, created_at, changed_at, ended_at)
SELECT p.facility_id, 'Z' || r.number, 'family', p.id, r.id, 'friend', 'sms', '-', '-', 'completed', 9, :at, 30,
    (SELECT min(id) FROM terminals), 0, 'usd', 1, '[]', :at, :at, :at
FROM people p, residents r WHERE p.name = :name AND r.number = :number
"""

# 03:00: cards go to everybody, on duty or not


def test_off_duty_gets_none_and_the_supervisor_does(line: Line, tanya: Phone, reed: Phone, molina: Phone) -> None:
    molina.says("off")
    molina.hears("You are off duty for unit A, B. Cards go to you (nobody else is there), Officer Reed.")
    reed.says("off")
    reed.hears("You are off duty for unit B. Cards go to Sgt. Molina. When you are back: ON")
    tanya.says("see marcus saturday 1pm")
    tanya.hears("Reply 1 to ask")
    tanya.says("1")
    tanya.hears("Asked")
    molina.hears_card("Tanya Johnson")
    reed.hears_nothing()
    reed.says("on")
    reed.hears("You are on duty for unit B. 1 still open.")
    reed.hears_card("Tanya Johnson")


def test_what_he_had_is_put_before_who_is_on_duty_when_he_goes(
    line: Line, tanya: Phone, reed: Phone, molina: Phone
) -> None:
    molina.says("off unit B")
    molina.hears("You are off duty for unit B. Cards go to Officer Reed")
    tanya.says("see marcus saturday 1pm")
    tanya.hears("Reply 1 to ask")
    tanya.says("1")
    tanya.hears("Asked")
    reed.hears_card("Tanya Johnson")
    molina.hears_nothing()
    reed.says("fuera")
    reed.hears("Cards go to Sgt. Molina")
    card = molina.hears_card("Tanya Johnson")
    molina.says(f"{card} ok")
    molina.hears("approved")
    tanya.hears("Approved: Marcus")


def test_duty_only_for_units_of_his_own(reed: Phone) -> None:
    reed.says("on unit A")
    reed.hears("Unit A is not yours, so nothing was changed. Yours: B.")
    reed.says("on unit B")
    reed.hears("You are on duty for unit B. None left open.")


def test_stolen_phone(line: Line, tanya: Phone, reed: Phone, molina: Phone) -> None:
    card = asked(line)
    reed.says("off molina")
    reed.hears("Only a supervisor can do that for a colleague")
    molina.says("off reed")
    molina.hears("Officer Reed is off: all codes of that phone have ended")
    for said in (f"{card} ok", "list", "on", f"ok {card.reference}", "undo"):
        reed.says(said)
        reed.hears("A supervisor has taken this phone off the line, so nothing was changed.")
    tanya.hears_nothing()
    molina.says("on reed")
    molina.hears("Officer Reed is on duty again")
    reed.says("list")
    fresh = reed.hears_card(card.reference)
    assert fresh.code != card.code
    reed.says(f"{fresh} ok")
    reed.hears("approved")
    tanya.hears("Approved: Marcus")


# Reed's own brother is held elsewhere


def test_can_i_see_my_brother_from_a_staff_phone(reed: Phone) -> None:
    reed.says("can i see my brother saturday")
    reed.hears("This phone is on the staff list. For a visit of your own", "+1 555 123 4500")


# Molina has only Telegram: her cards are edited in place


def test_molina_undoes_by_button_on_telegram(line: Line, tanya: Phone, molina: Phone) -> None:
    desk = line.telegram(molina.member, 900002)
    desk.shares_contact(molina.address.theirs)
    desk.hears("417 OK")
    tanya.says("see marcus saturday 1pm")
    tanya.hears("Reply 1 to ask")
    tanya.says("1")
    tanya.hears("Asked")
    card = desk.hears_card("Tanya Johnson")
    desk.presses("Approve")
    desk.hears(f"{card.reference} approved: Tanya Johnson", f"Family hears in 30 s. Not meant? UNDO {card.reference}.")
    desk.presses("Undo", after=5)
    desk.hears(f"{card.reference}: taken back, the family heard nothing. It waits for an answer again. All: LIST")
    line.passes(minutes=2)
    tanya.hears_nothing()


def test_list_in_spanish(opened: Opened) -> None:
    line = opened(TANYA_ALONE, FOUR_TERMINALS, many_families(16), MOLINA_IN_SPANISH)
    molina = line.phone(replace(MOLINA, language="es"))
    for number in range(3):
        ask(line, number)
    molina.says("lista")
    molina.ignores_all_but(1)
    code = code_of(molina.hears("Abiertas (! = mire primero). Responda ", "\n3 V Cal/Cal sáb 28 2:30 PM"))
    molina.says(f"{code} 1 ok, 2 no b", after=5)
    molina.hears("Aprobadas 1, Rechazadas 1. Queda 1 abierta. Las familias lo sabrán en 30 s; antes: ", " DESHACER")
    molina.says(f"{code} deshacer", after=5)
    molina.hears("Deshechas 2 decisiones, las familias no supieron nada.")
    molina.says("fuera")
    molina.hears("Está fuera de turno para la unidad A, B. Los pedidos van a usted (no hay nadie más), Officer Reed.")


# People who are no longer officers


def test_who_left_the_staff_list_gets_nothing_not_even_what_was_under_way(opened: Opened) -> None:
    line = opened(TANYA_ALONE)
    card, reed, tanya = asked(line), line.phone(REED), line.phone(TANYA)
    line.loads(TANYA_ALONE, REED_IS_GONE)
    tanya.says(f"cancel visit {card.reference}")
    tanya.hears("Cancelled, as you asked")
    reed.hears_nothing()
    line.phone(MOLINA).hears("cancelled by the family")


def test_unit_taken_away_after_the_card_was_sent(opened: Opened) -> None:
    line = opened(TANYA_ALONE)
    card, reed = asked(line), line.phone(REED)
    line.loads(TANYA_ALONE, ('units = ["B"]', 'units = ["A"]'))
    reed.says(f"{card} ok")
    reed.hears(f"No visit {card.reference} that you can see.")
    line.passes(minutes=1)
    line.phone(TANYA).hears_nothing()


# "3 no inmate in hole til tues": free text goes to the mother word for word


def test_note_stays_inside_and_his_own_words_only_once_he_has_read_them(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    reed.says(f"{card} no say: he is in the hole til tues")
    reed.hears("Families are not told where somebody is or what happens inside, so nothing was sent.")
    reed.says(f"{card} send")
    reed.hears("there are no words to send, and nothing was changed")
    reed.says(f"{card} no say: please ask again for next week.")
    reed.hears(f'Family will read: "please ask again for next week". Reply {card} SEND, or {card} NO with a letter.')
    line.passes(minutes=2)
    tanya.hears_nothing()
    reed.says(f"{card} send")
    reed.hears(f"{card.reference} denied (in your words). Family hears in 30 s.")
    tanya.hears(
        "Staff could not approve the visit with Marcus, Sat Nov 28, 1:45 PM: please ask again for next week. You"
    )


def test_ok_all_leaves_what_is_flagged_and_names_why(line: Line, tanya: Phone, reed: Phone) -> None:
    for day in ("saturday", "sunday"):
        tanya.says(f"see marcus {day} 1pm")
        tanya.ignores_all_but(0)
        tanya.says("1")
        tanya.hears("Asked, not booked yet")
    line.loads(("per_visitor_per_week = 3", "per_visitor_per_week = 1"))
    reed.says("list")
    reed.ignores_all_but(1)
    code = code_of(reed.hears("!"))
    reed.says(f"{code} ok all", after=5)
    reed.hears("Not done: 1-2 (limits changed since it was asked: answer it alone)")


@pytest.mark.parametrize("said", ["1-3 ok", "1 ok, 2 no b", "ok all"])
def test_a_list_answer_without_the_code_is_told_the_code(crowd: Line, said: str) -> None:
    reed = crowd.phone(REED)
    for number in range(3):
        ask(crowd, number)
    reed.says("list")
    reed.ignores_all_but(1)
    code = code_of(reed.hears("\n3 "))
    reed.says(said, after=5)
    reed.hears(f"Nothing was changed: put the code of the list first. Send: {code} {said}")
    crowd.passes(minutes=1)
    for number in range(3):
        family(crowd, number).hears_nothing()
