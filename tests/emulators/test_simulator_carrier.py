"""The simulator's carrier as a process: it posts signed webhooks, and Twilio's official client uses its API."""

from collections.abc import Callable, Iterator

import pytest
from twilio.request_validator import RequestValidator

from tests.emulators.deployment import CarrierProcess
from tests.emulators.twilio_client import twilio_client
from tests.emulators.webhook_catcher import Hook
from tests.waiting import eventually

OURS, TANYA = "+15550100100", "+15550100002"


@pytest.fixture
def hook() -> Iterator[Hook]:
    far = Hook()
    yield far
    far.close()


def test_texts_go_both_ways(carrier_process: Callable[[str, str], CarrierProcess], hook: Hook) -> None:
    carrier = carrier_process(hook.url, OURS)
    client = twilio_client(carrier.url, carrier.account_sid, carrier.auth_token)
    client.messages.create(to=TANYA, from_=OURS, body="The line is open.")
    assert carrier.heard_by(TANYA) == ["The line is open."]
    carrier.say(TANYA, "visits")
    caught = eventually(lambda: hook.caught)[0]
    assert caught.form["Body"] == "visits"
    validator = RequestValidator(carrier.auth_token)
    address = f"{hook.url}/webhooks/twilio/messages"
    assert validator.validate(address, caught.form, caught.headers["x-twilio-signature"])
