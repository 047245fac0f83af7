"""Telegram: identifying the person, the same texts as by SMS, and buttons."""

import re

import pytest

from tests.cast import ANA, MOLINA, REED, STRANGER, TANYA
from tests.stories.phones import Phone, Telegram
from tests.stories.scenes import asked
from tests.talk import Line

ANAS_CHAT, MOLINAS_CHAT, OTHER_CHAT = 900001, 900002, 900003


def linked(line: Line, phone: Phone, chat: int) -> Telegram:
    telegram = line.telegram(phone.member, chat)
    telegram.shares_contact(phone.address.theirs)
    telegram.hears("417 OK" if phone.member.staff else phone.member.name.split()[0])
    return telegram


@pytest.mark.parametrize("text", ["hello", "is marcus johnson in there", "417 ok", "/start", "/start willow"])
def test_stranger_is_asked_who_this_is_and_learns_nothing(line: Line, text: str) -> None:
    chat = line.telegram(STRANGER, OTHER_CHAT)
    chat.says(text)
    chat.hears(
        "Hello, this is the video visit line of Willow Creek Jail.", "press the button below", but_not=["Marcus"]
    )
    assert chat.texts[-1].contact_button


def test_own_contact_links_the_chat_to_the_people_of_that_phone(line: Line, ana: Phone) -> None:
    chat = line.telegram(ANA, ANAS_CHAT)
    chat.shares_contact(ANA.phone)
    chat.hears("Gracias, Ana.")
    ana.hears_nothing()


def test_somebody_elses_contact_links_nothing(line: Line) -> None:
    chat = line.telegram(STRANGER, OTHER_CHAT)
    chat.shares_contact(ANA.phone, own=False)
    chat.hears("That is another person's number.")
    chat.says("visits")
    chat.hears("Hello, this is the video visit line")


def test_own_contact_of_a_phone_we_do_not_know(line: Line) -> None:
    chat = line.telegram(STRANGER, OTHER_CHAT)
    chat.shares_contact(STRANGER.phone)
    chat.hears("I can't link this chat to anyone yet.", "+1 555 123 4500")


def test_officer_invites_and_the_code_works_once(line: Line, molina: Phone) -> None:
    molina.says("invite Tanya Johnson")
    code = re.search(r"START (\w{10})\b", molina.hears("For Tanya Johnson: open the bot in Telegram and send START"))
    assert code
    chat = line.telegram(TANYA, OTHER_CHAT)
    chat.says(f"/start {code[1].lower()}")
    chat.hears("Thank you, Tanya. This chat is yours now.")
    other = line.telegram(STRANGER, OTHER_CHAT + 1)
    other.says(f"/start {code[1]}")
    other.hears("That code does not count any more, or was mistyped.")


def test_code_typed_as_the_officer_was_told_works_too(line: Line, molina: Phone) -> None:
    molina.says("invite Tanya Johnson")
    code = re.search(r"(START \w{10})\b", molina.hears("For Tanya Johnson"))
    assert code
    chat = line.telegram(TANYA, OTHER_CHAT)
    chat.says(code[1])
    chat.hears("Thank you, Tanya.")


def test_invitation_runs_out(line: Line, molina: Phone) -> None:
    molina.says("invite Tanya Johnson")
    code = re.search(r"START (\w{10})\b", molina.hears("until Wed 10 AM"))
    assert code
    line.passes(hours=49)
    chat = line.telegram(TANYA, OTHER_CHAT)
    chat.says(f"/start {code[1]}")
    chat.hears("That code does not count any more")


def test_nobody_of_that_name(molina: Phone) -> None:
    molina.says("invite Nobody Here")
    molina.hears("No one named Nobody Here to invite.")


def test_ana_books_by_buttons(line: Line, ana: Phone, molina: Phone) -> None:
    chat = linked(line, ana, ANAS_CHAT)
    chat.says("quiero ver a luis el sábado en la mañana")
    chat.hears("Luis, sáb 28 nov, 30 min, $2.70 en total.")
    assert [button.label for button in chat.texts[-1].buttons] == ["9:00 AM", "9:45 AM", "10:30 AM"]
    chat.presses("9:45 AM")
    chat.hears("Pedida, todavía no confirmada: Luis, sáb 28 nov, 9:45 AM.")
    card = molina.hears_card("Ana Diaz (sister)")
    molina.says(f"{card} sun 11am")
    molina.hears("offered and kept")
    chat.hears("le ofrecen el dom 29 nov, 11:00 AM")
    chat.presses(chat.texts[-1].buttons[0].label)
    chat.hears("Aprobada: Luis, dom 29 nov, 11:00 AM.")
    chat.pays()
    chat.hears("Pagada y reservada: Luis")
    ana.hears_nothing()


def test_button_of_an_old_list_means_what_it_says(line: Line, ana: Phone, molina: Phone) -> None:
    chat = linked(line, ana, ANAS_CHAT)
    chat.says("luis el sábado")
    chat.hears("sáb 28 nov")
    chat.says("luis el domingo", after=60)
    chat.hears("dom 29 nov")
    chat.presses("9:45 AM")
    chat.hears("Luis, dom 29 nov, 9:45 AM")
    molina.hears_card("Sun Nov 29 9:45 AM")


def test_molina_decides_by_button_and_the_card_says_so(line: Line, tanya: Phone, reed: Phone, molina: Phone) -> None:
    desk = linked(line, molina, MOLINAS_CHAT)
    tanya.says("see marcus saturday 1pm")
    tanya.hears("Reply 1 to ask")
    tanya.says("1")
    tanya.hears("Asked")
    card = reed.hears_card()
    desk.hears(f"{card.reference} Tanya Johnson (mother) for Marcus Johnson", f"Reply OK {card.reference}")
    molina.hears_nothing()
    desk.presses("Approve")
    desk.hears(f"{card.reference} approved: Tanya Johnson")
    desk.sees_edited(card.reference, "needs no answer now: approved by Sgt. Molina")
    tanya.hears("Approved: Marcus")
    reed.hears(f"{card.reference} needs no answer now: approved by Sgt. Molina")
    reed.says(f"{card} no b")
    reed.hears("Sgt. Molina already approved it")
    tanya.hears_nothing()


def test_reed_first_and_molinas_card_is_closed(line: Line, molina: Phone, reed: Phone, tanya: Phone) -> None:
    desk = linked(line, molina, MOLINAS_CHAT)
    tanya.says("see marcus saturday 1pm")
    tanya.hears("Reply 1 to ask")
    tanya.says("1")
    tanya.hears("Asked")
    card = reed.hears_card()
    desk.hears(card.reference)
    reed.says(f"{card} ok")
    reed.hears("approved")
    tanya.hears("Approved")
    desk.sees_edited("needs no answer now: approved by Officer Reed")
    desk.presses("Deny")
    desk.hears("Officer Reed already approved it")
    tanya.hears_nothing()


def test_deny_button_asks_for_the_letter_and_words_work_as_by_sms(
    line: Line, molina: Phone, reed: Phone, tanya: Phone
) -> None:
    desk = linked(line, molina, MOLINAS_CHAT)
    card = in_front_of_the_desk(line, desk)
    desk.presses("Deny")
    desk.hears("why not?\na terminal, b schedule")
    desk.says(f"no {card} b in court till five")
    desk.hears("denied (schedule)")
    tanya.hears("Staff could not approve", but_not=["court"])


def in_front_of_the_desk(line: Line, desk: Telegram) -> str:
    tanya, reed = line.phone(TANYA), line.phone(REED)
    tanya.says("see marcus saturday 1pm")
    tanya.hears("Reply 1 to ask")
    tanya.says("1")
    tanya.hears("Asked")
    desk.hears("Tanya Johnson")
    return reed.hears_card().reference


def test_card_button_pressed_by_somebody_else_decides_nothing(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    chat = line.telegram(STRANGER, OTHER_CHAT)
    chat.pushes(f"card:{card}:ok")
    for _ in chat.unread():
        chat.hears(but_not=["approved"])
    reed.says(f"visit {card.reference}")
    reed.hears(f"{card.reference}: asked")
    tanya.hears_nothing()


def test_stop_in_telegram_is_answered_by_us_and_kept(line: Line, ana: Phone) -> None:
    chat = linked(line, ana, ANAS_CHAT)
    chat.says("stop")
    chat.hears("ya no le enviará mensajes")
    chat.says("start")
    chat.hears("Willow Creek Jail")


def test_blocked_bot_is_not_written_to(line: Line, ana: Phone, molina: Phone) -> None:
    chat = linked(line, ana, ANAS_CHAT)
    chat.says("luis el sábado 10am")
    chat.hears("Responda 1")
    chat.says("1")
    chat.hears("Pedida")
    card = molina.hears_card()
    chat.blocks_the_bot()
    molina.says(f"{card} ok")
    molina.hears("approved")
    chat.hears_nothing()
    chat.says("/start")
    chat.hears("Visitline, videovisitas en Willow Creek Jail")
    chat.says("visitas")
    chat.hears("Luis, sáb 28 nov, 10:00 AM", "Pague $2.70")


def test_both_channels_have_the_same_words(line: Line, ana: Phone) -> None:
    ana.says("quiero ver a luis el sábado en la mañana")
    by_sms = ana.hears("9:00 AM")
    chat = linked(line, ana, ANAS_CHAT)
    chat.says("quiero ver a luis el sábado en la mañana")
    assert chat.hears("9:00 AM") == by_sms
    assert line.phone(MOLINA).texts == []
