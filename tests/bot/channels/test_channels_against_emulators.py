"""The channels against npm emulate's Twilio and our Telegram emulator."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from bot.channels.telegram import Telegram
from bot.channels.telegram_updates import TELEGRAM
from bot.channels.twilio import SMS, TwilioSms
from bot.messages import Address, Button, Contact, Inbound, Outgoing, Receipt, WebRequest
from tests.emulators.emulate import EmulateTwilio
from tests.emulators.telegram_emulator import Person, TelegramEmulator
from tests.emulators.webhook_catcher import Caught, Hook

PHONE = "+13125550114"
MOLINA = Person(5551, "Molina")


def request_of(caught: Caught) -> WebRequest:
    url = urlsplit(caught.url)
    return WebRequest(url._replace(scheme="", netloc="").geturl(), caught.headers, caught.body, caught.form)


def test_a_text_there_and_back_by_twilio(twilio_emulate: EmulateTwilio) -> None:
    hook = Hook()
    far = twilio_emulate
    channel = TwilioSms(far.account_sid, far.auth_token, hook.url, api_base_url=far.url)
    status_url = f"{hook.url}/webhooks/twilio/status"
    started = datetime.now(UTC)
    text = Outgoing(Address(SMS, PHONE, far.ours), "El sábado a la 1", valid_for=600, status_url=status_url)
    sent = channel.send(text)
    assert far.heard_by(PHONE) == ["El sabado a la 1"]
    found = channel.find(text, started)
    assert found is not None
    assert found.provider_id == sent.provider_id
    far.tell_status(sent.provider_id, "delivered")
    far.answer_at(f"{hook.url}/webhooks/twilio/messages")
    far.text(PHONE, "mañana a las 2")
    requests = [request_of(caught) for caught in hook.caught]
    for request in requests:
        channel.verify(request)
    *_, receipt, answer = [said for request in requests for said in channel.read(request)]
    assert isinstance(receipt, Receipt)
    assert (receipt.provider_id, receipt.status) == (sent.provider_id, "delivered")
    assert isinstance(answer, Inbound)
    assert (answer.address, answer.text) == (text.address, "mañana a las 2")
    channel.close()
    hook.close()


def test_buttons_presses_and_contacts_by_telegram(telegram_emulator: TelegramEmulator) -> None:
    far = telegram_emulator
    channel = Telegram(far.token, "a-secret-of-the-tests", api_base_url=far.url)
    chat = Address(TELEGRAM, str(MOLINA.id), channel.ours)
    far.meet(MOLINA)
    card = channel.send(Outgoing(chat, "V7K2 Tanya Johnson", (Button("Approve", "417:ok"), Button("Deny", "417:no"))))
    assert far.buttons(MOLINA) == ["Approve", "Deny"]
    far.press(MOLINA, "Approve")
    far.share_contact(MOLINA, "+15550109002")
    updates, offset = channel.poll(None, timeout=0)
    pressed, shared = (channel.read(channel.as_request(update))[0] for update in updates)
    assert isinstance(pressed, Inbound)
    assert (pressed.address, pressed.button) == (chat, "417:ok")
    assert isinstance(shared, Inbound)
    assert shared.contact == Contact("+15550109002", own=True)
    channel.send(Outgoing(chat, "V7K2 approved", edits=card.provider_id))
    assert far.heard_by(MOLINA) == ["V7K2 approved"]
    assert channel.poll(offset, timeout=0) == ([], offset)
    assert channel.username() == "visitline_test_bot"
    channel.close()
