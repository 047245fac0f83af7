"""Failures: the carrier is down, an answer is lost, a handler fails, a text arrives twice, a signature is false."""

import pytest

from bot.channels.base import Later, Permanent
from bot.messages import Outgoing
from handlers.inbound.dispatch import TOPICS
from handlers.inbound.topics import Topic
from tests.cast import OURS, REED, TANYA, TANYA_ALONE
from tests.stories.conftest import Opened
from tests.stories.phones import Phone
from tests.stories.scenes import ANAS, approved, asked, booked
from tests.talk import Line


def down(outgoing: Outgoing) -> None:
    raise Later("the carrier is down")


def test_carrier_down_for_two_hours_then_all_in_order_and_no_stale_reminder(
    line: Line, tanya: Phone, ana: Phone
) -> None:
    card = booked(line)
    line.until("sat 13:00")
    tanya.hears("Tomorrow")
    line.carrier.failing = down
    with line.trouble():
        tanya.says("visits")
        tanya.says("is there a dress code")
        ana.says("luis el domingo en la mañana")
        line.until("sat 13:40")
        tanya.hears_nothing()
        tanya.presses_join()
        line.meet(card.reference)
        line.until("sat 15:00")
        tanya.hears_nothing()
        line.carrier.failing = None
        line.passes(minutes=35)
    tanya.hears("Booked: Marcus, Sat Nov 28, 1:45 PM")
    tanya.hears("Please dress as for a visit in person.")
    tanya.hears("Your visit with Marcus is over.")
    tanya.hears_nothing()
    ana.hears("dom 29 nov", "1) 9:00 AM")


def test_once_the_carrier_is_back_nobody_waits_for_his_own_next_try(line: Line, tanya: Phone, ana: Phone) -> None:
    line.carrier.failing = down
    with line.trouble():
        tanya.says("visits")
        line.passes(minutes=4)
        ana.says("visitas")
        line.passes(hours=1)
        line.carrier.failing = None
        ana.says("ayuda")
        line.passes(minutes=5)
    tanya.hears("You have no visits now.")
    ana.hears("No tiene visitas ahora.")
    ana.hears("Visitline")


def test_answer_hours_late_is_not_sent_at_all(line: Line, tanya: Phone) -> None:
    line.carrier.failing = down
    with line.trouble():
        tanya.says("visits")
        line.passes(hours=7)
        line.carrier.failing = None
        line.passes(hours=2)
    tanya.hears_nothing()


def test_approval_is_not_sent_once_the_visit_has_moved_on(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    line.carrier.failing = down
    with line.trouble():
        reed.says(f"{card} ok")
        tanya.says(f"cancel visit {card.reference}")
        line.carrier.failing = None
        line.passes(hours=1)
    tanya.hears("Cancelled, as you asked")
    tanya.hears_nothing()


def test_lost_answer_is_looked_up_and_nothing_goes_out_twice(line: Line, tanya: Phone) -> None:
    line.carrier.loses = True
    with line.trouble():
        tanya.says("can i see marcus saturday afternoon")
        line.carrier.loses = False
        line.passes(minutes=2)
    tanya.hears("1) 1:00 PM")
    tanya.hears_nothing()
    assert line.carrier.asked_about == [tanya.texts[0].text]


def test_lost_on_the_way_is_sent_again(line: Line, tanya: Phone) -> None:
    from bot.channels.base import Unknown

    def lost(outgoing: Outgoing) -> None:
        raise Unknown("nobody knows")

    line.carrier.failing = lost
    with line.trouble():
        tanya.says("can i see marcus saturday afternoon")
        tanya.hears_nothing()
        line.carrier.failing = None
        line.passes(minutes=2)
    tanya.hears("1) 1:00 PM")
    tanya.hears_nothing()


def test_number_that_cannot_be_reached_holds_nobody_up(line: Line, tanya: Phone, reed: Phone) -> None:
    def landline(outgoing: Outgoing) -> None:
        if outgoing.address.theirs == tanya.address.theirs:
            raise Permanent("21614", "not a mobile number")

    card = asked(line)
    line.carrier.failing = landline
    with line.trouble():
        reed.says(f"{card} ok")
        reed.hears("approved")
        tanya.says("visits")
    tanya.hears_nothing()
    line.carrier.failing = None
    tanya.says("visits")
    tanya.hears("Marcus, Sat Nov 28, 1:45 PM is approved")


def test_text_that_cannot_be_handled_five_times_is_given_up_and_the_next_goes_on(
    line: Line, tanya: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def broken(*_: object) -> None:
        tries.append(1)
        raise RuntimeError("a defect")

    monkeypatch.setitem(TOPICS, Topic.VISITS, broken)
    with line.trouble():
        tanya.says("visits")
        tanya.says("can i see marcus saturday afternoon", after=1)
        assert tanya.unread() == []
        line.passes(minutes=2)
    tanya.hears(
        "Sorry, something went wrong on our side and your last text was not handled. Your visits stand as they were."
    )
    tanya.hears("Marcus, Sat Nov 28", "1) 1:00 PM")
    assert len(tries) == 5


def test_texto_que_no_se_pudo_atender(line: Line, ana: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a defect")

    ana.says("luis el domingo en la mañana")
    ana.hears("1) 9:00 AM")
    monkeypatch.setitem(TOPICS, Topic.VISITS, broken)
    with line.trouble():
        ana.says("visitas")
        line.passes(minutes=2)
    ana.hears("+1 555 123 4500")


def test_failing_once_is_made_good_without_a_word(line: Line, tanya: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    good, tries = TOPICS[Topic.VISITS], []

    def flaky(turn: object) -> object:
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError("a passing defect")
        return good(turn)  # type: ignore[arg-type]

    monkeypatch.setitem(TOPICS, Topic.VISITS, flaky)
    with line.trouble():
        tanya.says("visits")
        line.passes(minutes=1)
    tanya.hears("You have no visits now.")
    tanya.hears_nothing()


def test_same_text_delivered_twice_is_answered_once(line: Line, tanya: Phone, reed: Phone) -> None:
    tanya.says("see marcus saturday 1pm", id="SM1")
    tanya.says("see marcus saturday 1pm", id="SM1")
    tanya.hears("Reply 1 to ask")
    tanya.hears_nothing()
    tanya.says("1", id="SM2")
    tanya.says("1", id="SM2")
    tanya.hears("Asked")
    tanya.hears_nothing()
    card = reed.hears_card()
    reed.says(f"{card} ok", id="SM3")
    reed.says(f"{card} ok", id="SM3")
    reed.hears("approved")
    reed.hears_nothing()
    tanya.hears("Approved")
    tanya.hears_nothing()


def test_forged_texts_are_refused_and_change_nothing(line: Line, reed: Phone) -> None:
    card = asked(line)
    form = {"MessageSid": "SM9", "From": REED.phone, "To": OURS, "Body": f"{card} ok", "NumMedia": "0"}
    assert line.web.post("/webhooks/twilio/messages", data=form).status_code == 403
    forged = {"X-Twilio-Signature": "AAAAAAAAAAAAAAAAAAAAAAAAAAA="}
    assert line.web.post("/webhooks/twilio/messages", data=form, headers=forged).status_code == 403
    assert line.web.post("/webhooks/telegram", json={"update_id": 1}).status_code == 403
    line.settle()
    reed.says(f"visit {card.reference}")
    reed.hears(f"{card.reference}: asked")


def test_restart_while_the_carrier_is_down_loses_nothing(opened: Opened) -> None:
    line = opened(TANYA_ALONE)
    tanya = line.phone(TANYA)
    line.carrier.failing = down
    with line.trouble():
        tanya.says("see marcus saturday 1pm")
        line.restarts()
        line.carrier.failing = None
        line.passes(minutes=10)
        tanya.hears("Video visit with Marcus Johnson")
    tanya.hears("no longer kept for you")
    tanya.says("1")
    tanya.hears("Asked, not booked yet")


def test_money_webhook_twice_and_in_any_order(line: Line, ana: Phone) -> None:
    approved(line, ANAS)
    ana.pays()
    ana.hears("Pagada y reservada")
    again = line.post(ana.link("p"))
    assert "/sandbox/" not in again.location, "what is paid cannot be paid by its own link again"
    assert line.money() == [("charge", 270, "done")]
