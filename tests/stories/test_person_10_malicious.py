"""Abusive and malicious people (docs/stories.md, section 10): what they text, and what they get."""

import pytest

from tests.cast import ANA, REED, REED_HAS_FAMILY, STRANGER, TANYA, TANYA_ALONE, Member
from tests.stories.conftest import Opened
from tests.stories.phones import Phone
from tests.stories.scenes import asked, booked
from tests.talk import Line


@pytest.mark.parametrize(
    "question", ["is {} in there", "who is {}", "i know {} is in your jail", "has {} been released", "esta ahi {}"]
)
def test_is_he_in_there_reads_the_same_for_everybody_and_for_nobody(line: Line, question: str) -> None:
    answers = []
    for place, name in enumerate(("marcus johnson", "darnell price", "pedro paramo")):
        curious = line.phone(Member("somebody curious", f"+1555018770{place}"))
        curious.says(question.format(name))
        answers.append(curious.hears(but_not=["Marcus", "Darnell", "Pedro"]))
    assert len(set(answers)) == 1


def test_guessed_reference_cancels_nothing_and_reads_like_one_that_never_was(
    line: Line, tanya: Phone, ana: Phone
) -> None:
    card = asked(line)
    ana.says(f"cancelar visita {card.reference}")
    real = ana.hears()
    ana.says("cancelar visita Z9Z9")
    assert ana.hears() == real
    tanya.says("visits")
    tanya.hears("Marcus", "1:45 PM")


def test_words_of_an_order_in_a_strangers_text_decide_nothing(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    stranger = line.phone(STRANGER)
    for words in (f"Sgt Molina says APPROVED {card.reference}", f"{card} ok", "flags", "flag 1 done"):
        stranger.says(words)
    for got in stranger.unread():
        assert "This phone is new to us" in got.text
    stranger.ignores(2)
    tanya.says("did they say yes")
    tanya.hears("Marcus", "1:45 PM", but_not=["Approved", "approved"])
    reed.says(f"visit {card.reference}")
    reed.hears(card.reference, but_not=["approved"])


def test_forged_officer_needs_the_code_and_five_guesses_end_all_codes(line: Line, reed: Phone, molina: Phone) -> None:
    card = asked(line)
    reed.says(f"approve {card.reference}")
    reed.hears("code")
    guesses = [code for code in range(300, 320) if code != card.code][:5]
    for code in guesses:
        reed.says(f"{code} ok")
    reed.ignores(5)
    molina.ignores_all_but(1)
    molina.hears("Five wrong answer codes in an hour from the phone of Officer Reed")
    reed.says(f"{card} ok")
    reed.hears(f"{card}", but_not=["approved"])
    line.phone(TANYA).hears_nothing()


def test_abuse_ends_in_silence_and_a_person_may_look(line: Line, tanya: Phone, molina: Phone) -> None:
    for words in ("f*** you", "f*** all of you", "you people are trash"):
        tanya.says(words)
    for got in tanya.unread():
        assert "+1 555 123 4500" in got.text, "every answer names a person to call"
    tanya.ignores(3)
    for _ in range(20):
        tanya.says("f*** you")
    tanya.hears_nothing()
    molina.hears_nothing()
    molina.says("flags")
    molina.hears("not understood", "Tanya Johnson")


def test_two_robots_do_not_talk_all_night(line: Line) -> None:
    robot = line.phone(STRANGER)
    for _ in range(30):
        robot.says("I'm driving right now, I'll reply later. (auto-reply)")
    robot.hears_nothing()
    for _ in range(30):
        robot.says("Thank you for contacting Bob's Plumbing! How can we help you today?")
    assert len(robot.unread()) <= 2
    robot.ignores(len(robot.unread()))


def test_reaction_that_quotes_our_list_chooses_nothing(line: Line, tanya: Phone, reed: Phone) -> None:
    tanya.says("can i see marcus saturday afternoon")
    offered = tanya.hears("1) 1:00 PM")
    tanya.says(f"Liked “{offered}”")
    tanya.says('Liked "1) 1:00 PM 2) 1:45 PM"')
    tanya.hears_nothing()
    reed.hears_nothing()


@pytest.mark.parametrize("words", ["they are beating him", "he has no insulin", "i cant do this anymore"])
def test_danger_is_never_asked_which_day(line: Line, tanya: Phone, molina: Phone, words: str) -> None:
    tanya.says("i want to see marcus")
    tanya.ignores(1)
    tanya.says(words)
    tanya.hears("call 911", "+1 555 123 4911", "Staff have been alerted", "988", but_not=["Which", "?\n", "day"])
    molina.hears("URGENT text from Tanya Johnson", words)


@pytest.mark.parametrize("words", ["lo estan golpeando", "mi hermano se quiere matar", "no le dan su insulina"])
def test_peligro_nunca_pregunta_que_dia(line: Line, ana: Phone, molina: Phone, words: str) -> None:
    ana.says("quiero ver a luis")
    ana.ignores(1)
    ana.says(words)
    ana.hears("911", "El personal ya fue avisado", "988", but_not=["día", "¿Qué"])
    molina.hears("URGENT text from Ana Diaz", words)


@pytest.mark.parametrize("words", ["im dying to see him", "this app is killing me", "my phone died"])
def test_what_only_sounds_like_danger_alerts_nobody(tanya: Phone, molina: Phone, words: str) -> None:
    tanya.says(words)
    tanya.ignores(1)
    molina.hears_nothing()


def test_false_alarms_all_day_are_one_text_an_hour_to_one_supervisor(line: Line, molina: Phone, reed: Phone) -> None:
    prankster = line.phone(STRANGER)
    for _ in range(40):
        prankster.says("emergency", after=90)
    prankster.ignores(40)
    molina.ignores(1)
    reed.hears_nothing()


def test_ex_with_her_old_phone_who_asks_who_this_is_learns_no_name(line: Line, tanya: Phone) -> None:
    booked(line)
    tanya.says("who is this")
    tanya.hears("This is Visitline", but_not=["Tanya", "Marcus"])
    tanya.says("wrong number")
    tanya.hears("off our list", but_not=["Tanya", "Marcus"])
    tanya.says("cancel visit")
    tanya.says("cancelar visita")
    tanya.says("i want the money back")
    tanya.hears_nothing()
    assert [kind for kind, _, _ in line.money()] == ["charge"]


def test_telegram_account_with_somebody_elses_number_stays_outside(line: Line, tanya: Phone) -> None:
    asked(line)
    thief = line.telegram(STRANGER, 6001)
    thief.says("/start")
    thief.ignores(1)
    thief.shares_contact(TANYA.phone, own=False)
    thief.hears(but_not=["Tanya", "Marcus"])
    thief.says("visits")
    thief.hears(but_not=["Tanya", "Marcus"])


def test_officer_who_disowns_his_family_phone_still_cannot_decide_his_own_request(opened: Opened) -> None:
    line = opened(TANYA_ALONE, REED_HAS_FAMILY)
    reed = line.phone(REED)
    reed.says("can i see marcus saturday 1:45pm")
    reed.hears("with Marcus Johnson")
    reed.says("1")
    reed.hears("Asked, not booked yet")
    reference = reed.reference()
    reed.says("wrong number")
    reed.hears("off our list")
    reed.says("list")
    reed.hears("Nothing waits for your answer")
    reed.says(f"{reference} ok")
    reed.hears(but_not=["approved"])
    line.phone(ANA).hears_nothing()
