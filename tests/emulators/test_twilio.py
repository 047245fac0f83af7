"""Twilio's official client works with npm emulate, and Prism reports violations."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask, Response, jsonify
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator

from tests.emulators.emulate import EmulateTwilio
from tests.emulators.served import Served
from tests.emulators.twilio_client import twilio_client
from tests.emulators.webhook_catcher import Hook

ANA = "+13125550114"


@pytest.fixture
def hook() -> Iterator[Hook]:
    far = Hook()
    yield far
    far.close()


def test_a_text_goes_out_and_its_status_comes_back_signed(twilio_emulate: EmulateTwilio, hook: Hook) -> None:
    client = twilio_client(twilio_emulate.url, twilio_emulate.account_sid, twilio_emulate.auth_token)
    status_url = f"{hook.url}/webhooks/twilio/status?via=test"
    sent = client.messages.create(to=ANA, from_=twilio_emulate.ours, body="hello", status_callback=status_url)
    twilio_emulate.tell_status(str(sent.sid), "delivered")
    assert twilio_emulate.heard_by(ANA) == ["hello"]
    assert [each.form["MessageStatus"] for each in hook.caught] == ["queued", "delivered"]
    last = hook.caught[-1]
    validator = RequestValidator(twilio_emulate.auth_token)
    assert validator.validate(status_url, last.form, last.headers["x-twilio-signature"])


def test_an_inbound_text_is_posted_signed(twilio_emulate: EmulateTwilio, hook: Hook) -> None:
    address = f"{hook.url}/webhooks/twilio/messages"
    twilio_emulate.answer_at(address)
    twilio_emulate.text(ANA, "mañana a las 2")
    (caught,) = hook.caught
    assert caught.form["Body"] == "mañana a las 2"
    validator = RequestValidator(twilio_emulate.auth_token)
    assert validator.validate(address, caught.form, caught.headers["x-twilio-signature"])
    assert not validator.validate(address, caught.form | {"Body": "more"}, caught.headers["x-twilio-signature"])


def test_prism_tells_an_answer_of_twilios_from_another(prism: Callable[[str], str]) -> None:
    right: dict[str, object] = {"sid": "SM" + "a" * 32, "status": "queued", "to": ANA, "body": "hello"}
    answers: list[dict[str, object]] = [{**right, "sid": 7, "num_segments": ["one"]}, {**right, "num_segments": "1"}]

    def answer(account: str) -> tuple[Response, int]:
        return jsonify(answers.pop(0)), 201

    app = Flask("carrier")
    app.add_url_rule("/2010-04-01/Accounts/<account>/Messages.json", view_func=answer, methods=["POST"])
    carrier = Served(app)
    try:
        client = twilio_client(prism(carrier.url), EmulateTwilio.account_sid, "token")
        with pytest.raises(TwilioRestException) as refused:
            client.messages.create(to=ANA, from_="+12065550123", body="hello")
        assert refused.value.status == 500
        assert client.messages.create(to=ANA, from_="+12065550123", body="hello").sid == right["sid"]
    finally:
        carrier.close()
