"""The first visit by Telegram: the real client with our emulator, which is checked against Telegram's description."""

import re

from handlers.inbound.telegram_polling import Poller
from tests.cast import MOLINA, REED, TANYA
from tests.contracts.chats import MOLINA_THERE, STRANGER_THERE, TANYA_THERE, Chats
from tests.contracts.visiting import CODE, LINK, newest

START_CODE = re.compile(r"START (\w{10})\b")


def test_a_visit_with_buttons_only(chats: Chats) -> None:
    chats.by_webhook()
    chats.shares(TANYA_THERE, TANYA.phone)
    chats.shares(MOLINA_THERE, MOLINA.phone)
    assert chats.says(TANYA_THERE, "can i see marcus saturday afternoon") == 200
    assert chats.far.buttons(TANYA_THERE) == ["1:00 PM", "1:45 PM", "2:30 PM"]
    chats.presses(TANYA_THERE, "1:45 PM")
    assert chats.heard(TANYA_THERE)[-1].startswith("Asked, not booked yet: Marcus, Sat Nov 28, 1:45 PM.")

    assert chats.far.buttons(MOLINA_THERE) == ["Approve", "Deny"]
    card = len(chats.heard(MOLINA_THERE)) - 1
    chats.presses(MOLINA_THERE, "Approve")
    decided = chats.heard(MOLINA_THERE)
    assert "approved by Sgt. Molina" in decided[card]
    assert not any("inline_keyboard" in said.get("reply_markup", {}) for said in chats.far.said_to(MOLINA_THERE))
    assert chats.phones.heard(MOLINA) == []

    approved = chats.heard(TANYA_THERE)[-1]
    assert approved.startswith("Approved: Marcus, Sat Nov 28, 1:45 PM. Pay $2.70 by ")
    app_server = chats.app_server
    card_page = app_server.web.post(app_server.url + newest(LINK, [approved])).headers["location"]
    app_server.web.post(f"{card_page}/pay")
    app_server.settle()
    assert chats.heard(TANYA_THERE)[-1].startswith("Paid and booked: Marcus, Sat Nov 28, 1:45 PM Central, 30 min.")
    assert chats.phones.heard(TANYA) == []
    presses = [asked for method, asked in chats.far.calls if method == "answerCallbackQuery"]
    assert len(presses) == 2


def test_only_the_own_contact_says_who_writes(chats: Chats) -> None:
    chats.by_webhook()
    chats.says(STRANGER_THERE, "is marcus johnson in there?")
    assert chats.far.keyboard(STRANGER_THERE)["keyboard"][0][0]["request_contact"] is True
    chats.shares(STRANGER_THERE, TANYA.phone, of=TANYA_THERE.id)
    assert chats.heard(STRANGER_THERE)[-1].startswith("That is another person's number.")
    chats.shares(STRANGER_THERE, TANYA.phone, of=0)
    assert chats.heard(STRANGER_THERE)[-1].startswith("That is another person's number.")
    chats.says(STRANGER_THERE, "visits")
    assert not any("Marcus" in text for text in chats.heard(STRANGER_THERE))
    chats.shares(STRANGER_THERE, "+15550177777")
    chats.says(STRANGER_THERE, "can i see marcus saturday")
    assert not any("Marcus" in text for text in chats.heard(STRANGER_THERE))


def test_a_code_of_staff_links_one_chat_once(chats: Chats) -> None:
    chats.by_webhook()
    chats.phones.says(REED, "invite tanya johnson")
    code = newest(START_CODE, chats.phones.heard(REED))
    chats.far.start(TANYA_THERE, code)
    chats.app_server.settle()
    assert chats.heard(TANYA_THERE)[-1].startswith("Thank you, Tanya.")
    chats.far.start(STRANGER_THERE, code)
    chats.app_server.settle()
    assert chats.heard(STRANGER_THERE)[-1].startswith("That code does not count any more")
    chats.says(STRANGER_THERE, "visits")
    assert chats.far.keyboard(STRANGER_THERE)["keyboard"][0][0]["request_contact"] is True


def test_the_facilitys_code_on_a_poster_only_opens_the_chat(chats: Chats) -> None:
    chats.by_webhook()
    chats.far.start(STRANGER_THERE, "willow")
    chats.app_server.settle()
    assert chats.heard(STRANGER_THERE)[-1].startswith("Hello, this is the video visit line of Willow Creek Jail.")
    assert chats.far.keyboard(STRANGER_THERE)["keyboard"][0][0]["request_contact"] is True


def test_a_visit_by_polling_takes_each_update_once(chats: Chats) -> None:
    def poll() -> int:
        taken = Poller(chats.app_server.deps).once(timeout=0)
        chats.app_server.settle()
        return taken

    chats.far.share_contact(TANYA_THERE, TANYA.phone.removeprefix("+"))
    chats.far.text(TANYA_THERE, "can i see marcus saturday afternoon")
    assert poll() == 2
    chats.far.press(TANYA_THERE, "2:30 PM")
    assert (poll(), poll()) == (1, 0)
    assert chats.heard(TANYA_THERE)[-1].startswith("Asked, not booked yet: Marcus, Sat Nov 28, 2:30 PM.")
    chats.phones.says(REED, f"{newest(CODE, chats.phones.heard(REED))} ok")
    assert chats.heard(TANYA_THERE)[-1].startswith("Approved: Marcus, Sat Nov 28, 2:30 PM.")
    assert len(chats.heard(TANYA_THERE)) == 4
