"""What Twilio posts to us: verified by its signature, parsed or ignored."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.channels.base import Forged
from bot.channels.twilio import SMS, TwilioSms
from bot.channels.twilio_codes import ERRORS, meaning
from bot.messages import Address, DeliveryStatus, Inbound, ProviderId, Receipt, WebRequest

TOKEN = "a-token-of-the-tests"
PUBLIC = "https://visits.example"
Sample = Callable[[str], WebRequest]


@pytest.fixture
def channel() -> TwilioSms:
    return TwilioSms("AC00000000000000000000000000000001", TOKEN, PUBLIC + "/")


def signed(request: WebRequest, url: str = PUBLIC, token: str = TOKEN) -> WebRequest:
    """A request signed by the algorithm in Twilio's manual, implemented here independently."""
    said = url + request.path + "".join(name + request.form[name] for name in sorted(request.form))
    digest = hmac.new(token.encode(), said.encode(), hashlib.sha1).digest()
    return replace(request, headers={"x-twilio-signature": base64.b64encode(digest).decode()})


@pytest.mark.parametrize("name", ["message", "stop", "photo", "delivered", "undelivered"])
def test_what_twilio_signed_is_let_in(channel: TwilioSms, twilio_sample: Sample, name: str) -> None:
    channel.verify(signed(twilio_sample(name)))


def test_nothing_else_is(channel: TwilioSms, twilio_sample: Sample) -> None:
    request = signed(twilio_sample("message"))
    forgeries = [
        twilio_sample("message"),
        signed(request, token="another"),
        signed(request, url="http://10.0.0.7:8000"),
        replace(request, path=request.path + "?x=1"),
        replace(request, form={**request.form, "Body": "417 ok"}),
        replace(request, headers={"x-twilio-signature": ""}),
    ]
    for forgery in forgeries:
        with pytest.raises(Forged):
            channel.verify(forgery)


def test_a_text_is_read(channel: TwilioSms, twilio_sample: Sample) -> None:
    assert channel.read(twilio_sample("message")) == [
        Inbound(
            address=Address(SMS, theirs="+15550100001", ours="+15551234567"),
            provider_id=ProviderId("SM2d3fd5d5c0a54bb0b8e1c3f5a7d90001"),
            text="¿puedo ver a Luis el sábado?",
        )
    ]


def test_what_the_carrier_answered_itself_is_marked(channel: TwilioSms, twilio_sample: Sample) -> None:
    [stop] = channel.read(twilio_sample("stop"))
    assert isinstance(stop, Inbound)
    assert (stop.text, stop.keyword) == ("Stop", "stop")


def test_a_picture_counts_as_media(channel: TwilioSms, twilio_sample: Sample) -> None:
    [photo] = channel.read(twilio_sample("photo"))
    assert isinstance(photo, Inbound)
    assert (photo.text, photo.media, photo.provider_id[:2]) == ("", 1, "MM")


def test_receipts_are_read(channel: TwilioSms, twilio_sample: Sample) -> None:
    assert channel.read(twilio_sample("delivered")) == [
        Receipt(
            SMS,
            ProviderId("SM7b0f1d5c0a54bb0b8e1c3f5a7d9000a1"),
            DeliveryStatus.DELIVERED,
            at=datetime(2026, 11, 23, 18, 45, tzinfo=UTC),
        )
    ]
    [lost] = channel.read(twilio_sample("undelivered"))
    assert isinstance(lost, Receipt)
    assert (lost.status, lost.error, lost.at) == ("undelivered", "30003", None)


def test_a_receipt_of_an_opt_out_says_blocked(channel: TwilioSms, twilio_sample: Sample) -> None:
    request = twilio_sample("undelivered")
    [blocked] = channel.read(replace(request, form={**request.form, "ErrorCode": "21610"}))
    assert isinstance(blocked, Receipt)
    assert blocked.status == "blocked"


@pytest.mark.parametrize(
    "change",
    [
        {"MessageSid": "", "SmsSid": ""},
        {"From": "whatsapp:+15550100001"},
        {"From": ""},
        {"To": ""},
        {"From": "+1555010000x"},
    ],
)
def test_a_text_from_nowhere_is_of_no_use(channel: TwilioSms, twilio_sample: Sample, change: dict[str, str]) -> None:
    request = twilio_sample("message")
    assert channel.read(replace(request, form={**request.form, **change})) == []


def test_odd_requests_are_of_no_use(channel: TwilioSms, twilio_sample: Sample) -> None:
    receipt = twilio_sample("delivered")
    assert channel.read(replace(receipt, form={**receipt.form, "MessageStatus": "pondering"})) == []
    assert channel.read(replace(receipt, path="/webhooks/twilio/voice")) == []
    assert channel.read(WebRequest("/webhooks/twilio/messages", {}, b"\xff\x00")) == []
    text = twilio_sample("message")
    [odd] = channel.read(replace(text, form={**text.form, "NumMedia": "many"}))
    assert isinstance(odd, Inbound)
    assert odd.media == 0


def test_operators_read_what_an_error_means() -> None:
    assert meaning("30003") == ERRORS["30003"]
    assert meaning("31999") == "Twilio error 31999"
    assert meaning(None) == ""
