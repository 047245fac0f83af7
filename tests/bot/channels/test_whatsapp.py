"""WhatsApp by Twilio: its addresses, its window for free text, its templates, and what 63016 means."""

import json
from collections.abc import Iterator, Mapping

import pytest
from twilio.request_validator import RequestValidator

from bot.channels.base import Forged, Permanent
from bot.channels.twilio import MESSAGES_PATH, SMS, STATUS_PATH, TwilioSms
from bot.channels.whatsapp import ADAPTER, WHATSAPP, TwilioWhatsApp, WhatsAppSettings
from bot.messages import Address, DeliveryStatus, Inbound, Outgoing, ProviderId, Receipt, WebRequest
from tests.bot.channels.conftest import ScriptedServer

SID, TOKEN, PUBLIC = "AC00000000000000000000000000000001", "a-token-of-the-tests", "https://visits.example"
SENDER, ANA = "+15551239999", "+15550100001"
TEMPLATE = "HX" + "a1" * 16
TO_ANA = Outgoing(Address(WHATSAPP, ANA, SENDER), "¿El sábado\n a las 2?", language="es")
TAKEN = {"sid": "SM01", "status": "queued", "body": "", "date_created": "Mon, 23 Nov 2026 12:00:00 +0000"}
CLOSED = {"code": 63016, "message": "outside the allowed window", "status": 400}


def channel_to(url: str, **templates: str) -> TwilioWhatsApp:
    return TwilioWhatsApp(SID, TOKEN, PUBLIC, url, number=SENDER, templates=templates)


@pytest.fixture
def channel(far: ScriptedServer) -> Iterator[TwilioWhatsApp]:
    made = channel_to(far.url, es=TEMPLATE)
    yield made
    made.close()


def request(path: str, form: Mapping[str, str]) -> WebRequest:
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC + path, dict(form))
    return WebRequest(path, {"x-twilio-signature": signature}, b"", form)


def inbound(sender: str = f"whatsapp:{ANA}", to: str = f"whatsapp:{SENDER}") -> WebRequest:
    return request(MESSAGES_PATH, {"MessageSid": "SM77", "From": sender, "To": to, "Body": "visitas", "NumMedia": "0"})


def test_a_message_comes_from_the_number_behind_the_prefix(channel: TwilioWhatsApp) -> None:
    channel.verify(inbound())
    assert channel.read(inbound()) == [Inbound(Address(WHATSAPP, ANA, SENDER), ProviderId("SM77"), "visitas")]


def test_each_channel_of_the_webhook_reads_its_own_messages(channel: TwilioWhatsApp) -> None:
    """SMS and WhatsApp share Twilio's webhook: what one reads the other leaves."""
    by_sms = TwilioSms(SID, TOKEN, PUBLIC)
    text = inbound(ANA, "+15551234567")
    assert by_sms.read(inbound()) == []
    assert channel.read(text) == []
    assert [each.address.channel for each in by_sms.read(text) if isinstance(each, Inbound)] == [SMS]


def test_a_receipt_belongs_to_the_channel_of_its_addresses(channel: TwilioWhatsApp) -> None:
    read = {"MessageSid": "SM1", "MessageStatus": "read", "To": f"whatsapp:{ANA}", "From": f"whatsapp:{SENDER}"}
    assert channel.read(request(STATUS_PATH, read)) == [Receipt(WHATSAPP, ProviderId("SM1"), DeliveryStatus.READ)]
    assert TwilioSms(SID, TOKEN, PUBLIC).read(request(STATUS_PATH, read)) == []
    assert channel.read(request(STATUS_PATH, read | {"To": ANA, "From": "+15551234567"})) == []


def test_a_forged_message_is_refused(channel: TwilioWhatsApp) -> None:
    with pytest.raises(Forged):
        channel.verify(WebRequest(MESSAGES_PATH, {"x-twilio-signature": "x"}, b"", {"Body": "visits"}))


def test_free_text_keeps_its_accents_and_line_breaks(channel: TwilioWhatsApp, far: ScriptedServer) -> None:
    far.says(201, TAKEN)
    assert channel.send(TO_ANA).provider_id == "SM01"
    (asked,) = far.asked
    assert (asked.form["To"], asked.form["From"]) == (f"whatsapp:{ANA}", f"whatsapp:{SENDER}")
    assert asked.form["Body"] == "¿El sábado\n a las 2?"


def closed(outgoing: Outgoing) -> Outgoing:
    return Outgoing(outgoing.address, outgoing.text, freeform=False, language=outgoing.language)


def test_outside_the_window_the_template_carries_the_text(channel: TwilioWhatsApp, far: ScriptedServer) -> None:
    far.says(201, TAKEN)
    channel.send(closed(TO_ANA))
    (asked,) = far.asked
    assert asked.form["ContentSid"] == TEMPLATE
    assert json.loads(asked.form["ContentVariables"]) == {"1": "¿El sábado a las 2?"}
    assert "Body" not in asked.form


def test_twilios_word_that_the_window_is_closed_leads_to_the_template(
    channel: TwilioWhatsApp, far: ScriptedServer
) -> None:
    far.says(400, CLOSED)
    far.says(201, TAKEN)
    assert channel.send(TO_ANA).provider_id == "SM01"
    assert ["ContentSid" in asked.form for asked in far.asked] == [False, True]


def test_without_a_template_the_refusal_is_final_and_says_why(far: ScriptedServer) -> None:
    channel = channel_to(far.url)
    far.says(400, CLOSED)
    for outgoing in (TO_ANA, closed(TO_ANA)):
        with pytest.raises(Permanent) as refused:
            channel.send(outgoing)
        assert refused.value.code == "63016"
        assert "template" in str(refused.value)
    channel.close()


def test_a_long_text_is_cut_to_what_a_template_holds(channel: TwilioWhatsApp, far: ScriptedServer) -> None:
    far.says(201, TAKEN)
    channel.send(Outgoing(TO_ANA.address, "a" * 2000, freeform=False, language="es"))
    assert len(json.loads(far.asked[0].form["ContentVariables"])["1"]) == 900


@pytest.mark.parametrize(
    ("name", "value"),
    [("twilio_whatsapp_number", "555"), ("twilio_whatsapp_template_en", "HX12"), ("twilio_whatsapp_template_es", "x")],
)
def test_a_setting_that_cannot_be_one_is_named(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=name):
        WhatsAppSettings.model_validate({name: value})


def test_it_is_built_from_its_number_and_needs_the_account() -> None:
    settings = WhatsAppSettings(twilio_whatsapp_number=SENDER)
    assert ADAPTER.build(WhatsAppSettings()) is None
    built = ADAPTER.build(settings)
    assert built is not None
    assert built.ours == SENDER
    (group,) = ADAPTER.groups
    missing = group.problems(settings, in_public=False)
    assert [line.split()[0] for line in missing] == ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"]
