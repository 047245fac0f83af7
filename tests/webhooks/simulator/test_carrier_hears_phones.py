"""The phones' side of the carrier: signed webhooks, retries, and the words it answers by itself."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from twilio.base.exceptions import TwilioRestException

from tests.webhooks.simulator.recording_app import ACCOUNT, LINE, RecordingApp
from tests.webhooks.simulator.twilio_side import twilio_client
from webhooks.simulator import Simulator, SimulatorConfig
from webhooks.simulator.application_client import messages_in_twiml, retries_of
from webhooks.simulator.keywords import opt_out_type

TANYA = "+15550100002"


def says(browser: FlaskClient, text: str, number: str = TANYA) -> str:
    answer = browser.post(f"/api/phones/{number}/say", json={"text": text})
    assert answer.status_code == 201, answer.text
    return str(answer.get_json()["sid"])


def bubbles(browser: FlaskClient, number: str = TANYA) -> list[tuple[str, str]]:
    found = browser.get("/api/messages", query_string={"phone": number}).get_json()["messages"]
    return [(message["body"], message["status"]) for message in sorted(found, key=lambda message: message["id"])]


def test_a_text_arrives_signed_over_the_public_address(
    simulator: Simulator, browser: FlaskClient, application: RecordingApp
) -> None:
    sid = says(browser, "¿puedo ver a Marcus? ñ & = +")
    assert re.fullmatch(r"SM[0-9a-f]{32}", sid)
    simulator.drain()
    assert application.forged == 0
    [form] = application.inbound
    assert form["Body"] == "¿puedo ver a Marcus? ñ & = +"
    assert form["MessageSid"] == form["SmsSid"] == form["SmsMessageSid"] == sid
    assert (form["From"], form["To"], form["AccountSid"]) == (TANYA, LINE, ACCOUNT)
    assert (form["NumMedia"], form["NumSegments"], form["FromCountry"]) == ("0", "1", "US")
    assert "OptOutType" not in form
    assert bubbles(browser) == [("¿puedo ver a Marcus? ñ & = +", "received")]


def test_a_server_error_is_tried_again_with_the_same_sid(
    simulator: Simulator, browser: FlaskClient, application: RecordingApp
) -> None:
    application.next_answers = [(503, ""), (500, "")]
    sid = says(browser, "visits")
    simulator.drain()
    assert [form["MessageSid"] for form in application.inbound] == [sid] * 3
    assert bubbles(browser) == [("visits", "received")]


def test_after_six_answers_of_500_it_is_given_up(
    simulator: Simulator, browser: FlaskClient, application: RecordingApp
) -> None:
    application.next_answers = [(500, "")] * 6
    says(browser, "visits")
    simulator.drain()
    assert [form["Body"] for form in application.inbound] == ["visits"] * 6
    assert bubbles(browser) == [("visits", "failed")]
    says(browser, "list")
    simulator.drain()
    assert bubbles(browser)[1] == ("list", "received")


def test_a_refusal_is_not_tried_again(simulator: Simulator, browser: FlaskClient, application: RecordingApp) -> None:
    application.next_answers = [(403, "")]
    says(browser, "visits")
    simulator.drain()
    assert len(application.inbound) == 1
    message = browser.get("/api/messages").get_json()["messages"][-1]
    assert (message["status"], message["error_code"]) == ("failed", 11200)
    assert "it answered 403" in message["note"]


def test_texts_of_one_phone_stay_in_order_while_one_is_tried_again(
    simulator: Simulator, browser: FlaskClient, application: RecordingApp
) -> None:
    application.next_answers = [(500, "")]
    says(browser, "can i see")
    says(browser, "marcus")
    simulator.drain()
    assert [form["Body"] for form in application.inbound] == ["can i see", "can i see", "marcus"]


def test_an_application_that_is_gone_is_waited_for(
    config: SimulatorConfig, build: Callable[[SimulatorConfig], Simulator], application: RecordingApp
) -> None:
    simulator = build(replace(config, application_url="http://127.0.0.1:1", retry_seconds=3600))
    simulator.carrier.say(TANYA, "visits")
    simulator.drain()
    [message] = simulator.store.messages("1 = 1")
    assert message.status == "receiving"
    assert message.note == "The line: it did not answer. Trying again."
    assert not simulator.application.reachable


def test_twiml_in_the_answer_is_shown(simulator: Simulator, browser: FlaskClient, application: RecordingApp) -> None:
    application.next_answers = [
        (200, "<Response><Message>Hello</Message><Message><Body>again</Body></Message></Response>")
    ]
    says(browser, "hi")
    simulator.drain()
    assert bubbles(browser) == [("hi", "received"), ("Hello", "delivered"), ("again", "delivered")]


def test_stop_blocks_until_start(simulator: Simulator, browser: FlaskClient, application: RecordingApp) -> None:
    client = twilio_client(simulator)
    says(browser, " stop ")
    simulator.drain()
    assert application.inbound[-1]["OptOutType"] == "STOP"
    assert bubbles(browser)[1] == (simulator.config.stop_text, "delivered")
    with pytest.raises(TwilioRestException) as blocked:
        client.messages.create(to=TANYA, from_=LINE, body="x")
    assert (blocked.value.status, blocked.value.code) == (400, 21610)
    stopped = browser.get("/api/state").get_json()["phones"][0]
    assert (stopped["opted_out"], stopped["chips"][0]) == (True, "START")
    says(browser, "Start")
    assert bubbles(browser)[-1] == (simulator.config.start_text, "delivered")
    assert client.messages.create(to=TANYA, from_=LINE, body="x").status == "queued"


def test_a_second_stop_is_not_answered_again(
    simulator: Simulator, browser: FlaskClient, application: RecordingApp
) -> None:
    says(browser, "STOP")
    says(browser, "QUIT")
    simulator.drain()
    assert [form["OptOutType"] for form in application.inbound] == ["STOP", "STOP"]
    assert len(bubbles(browser)) == 3


def test_another_phone_is_not_stopped(simulator: Simulator, browser: FlaskClient) -> None:
    says(browser, "STOP")
    sent = twilio_client(simulator).messages.create(to="+15550100001", from_=LINE, body="x")
    assert sent.status == "queued"


def test_help_is_answered_with_the_set_text(
    config: SimulatorConfig, build: Callable[[SimulatorConfig], Simulator]
) -> None:
    simulator = build(replace(config, help_text="Call +1 555 123 4500."))
    simulator.carrier.say(TANYA, "Info")
    simulator.drain()
    assert [message.body for message in simulator.store.messages("1 = 1")] == ["Info", "Call +1 555 123 4500."]


@pytest.mark.parametrize(
    "text, opted_out, kind",
    [
        ("STOP", False, "STOP"),
        ("optout", False, "STOP"),
        ("cancel", False, "STOP"),
        ("cancel visit V7K2", False, None),
        ("stop it", False, None),
        ("unstop", True, "START"),
        ("yes", True, "START"),
        ("yes", False, None),
        ("HELP", True, "HELP"),
        ("ayuda", False, None),
    ],
)
def test_only_whole_words_are_the_carriers(text: str, opted_out: bool, kind: str | None) -> None:
    assert opt_out_type(text, opted_out=opted_out) == kind


@pytest.mark.parametrize(
    "url, times",
    [("http://h/x", 0), ("http://h/x#rc=5&rp=all", 5), ("http://h/x#rc=9", 5), ("http://h/x#rc=-1", 0)],
)
def test_retries_are_read_from_the_fragment(url: str, times: int) -> None:
    assert retries_of(url) == times


@pytest.mark.parametrize("answer", ["", "ok", "<html/>", "<Response/>", "<Response><Message>  </Message></Response>"])
def test_an_answer_without_a_text_shows_nothing(answer: str) -> None:
    assert messages_in_twiml(answer) == []
