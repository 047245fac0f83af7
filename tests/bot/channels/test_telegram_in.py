"""What Telegram posts to us, or gives when polled: verified by its secret, parsed or ignored."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.channels.base import Forged
from bot.channels.telegram import SECRET_HEADER, Telegram
from bot.channels.telegram_updates import TELEGRAM
from bot.messages import Address, Contact, DeliveryStatus, Inbound, ProviderId, Receipt, WebRequest

Sample = Callable[[str], WebRequest]
TANYA = Address(TELEGRAM, theirs="900002", ours="712345")
MOLINA = Address(TELEGRAM, theirs="900003", ours="712345")


@pytest.fixture
def channel() -> Telegram:
    return Telegram("712345:a-token-of-the-tests", "a-secret-of-the-tests")


def test_the_secret_proves_telegram(channel: Telegram, telegram_sample: Sample) -> None:
    request = telegram_sample("text")
    channel.verify(replace(request, headers={SECRET_HEADER: "a-secret-of-the-tests"}))
    for headers in ({}, {SECRET_HEADER: ""}, {SECRET_HEADER: "another"}, {SECRET_HEADER: "señal"}):
        with pytest.raises(Forged):
            channel.verify(replace(request, headers=headers))


def test_without_a_secret_nobody_is_let_in(telegram_sample: Sample) -> None:
    open_route = Telegram("712345:a-token-of-the-tests", "")
    with pytest.raises(Forged):
        open_route.verify(replace(telegram_sample("text"), headers={SECRET_HEADER: ""}))


def test_a_text_is_read(channel: Telegram, telegram_sample: Sample) -> None:
    assert channel.read(telegram_sample("text")) == [
        Inbound(TANYA, ProviderId("update:700001"), "can i see marcus saturday")
    ]


def test_a_start_code_is_read(channel: Telegram, telegram_sample: Sample) -> None:
    [start] = channel.read(telegram_sample("start_code"))
    assert isinstance(start, Inbound)
    assert (start.address, start.text, start.start_code) == (MOLINA, "start", "k7Q2mX")


@pytest.mark.parametrize(
    "typed,text,code",
    [
        ("/start", "start", ""),
        ("/start@visitline_bot ab12", "start", "ab12"),
        ("/help@visitline_bot", "help", None),
        ("/visit V7K2", "visit V7K2", None),
        ("24/7?", "24/7?", None),
    ],
)
def test_commands_are_words(
    channel: Telegram, telegram_sample: Sample, typed: str, text: str, code: str | None
) -> None:
    update = json.loads(telegram_sample("text").body)
    update["message"]["text"] = typed
    [read] = channel.read(channel.as_request(update))
    assert isinstance(read, Inbound)
    assert (read.text, read.start_code) == (text, code)


def test_only_the_senders_own_contact_is_own(channel: Telegram, telegram_sample: Sample) -> None:
    [own] = channel.read(telegram_sample("own_contact"))
    [other] = channel.read(telegram_sample("other_contact"))
    assert isinstance(own, Inbound)
    assert isinstance(other, Inbound)
    assert own.contact == Contact("+15550109002", own=True)
    assert other.contact == Contact("+15550100002", own=False)


def test_a_contact_without_an_account_is_nobodys_own(channel: Telegram, telegram_sample: Sample) -> None:
    update = json.loads(telegram_sample("own_contact").body)
    del update["message"]["contact"]["user_id"]
    [read] = channel.read(channel.as_request(update))
    assert isinstance(read, Inbound)
    assert read.contact == Contact("+15550109002", own=False)


def test_a_pressed_button_brings_its_data(channel: Telegram, telegram_sample: Sample) -> None:
    assert channel.read(telegram_sample("pressed")) == [
        Inbound(MOLINA, ProviderId("update:700005"), "", button="417:ok")
    ]


def test_a_picture_counts_as_media(channel: Telegram, telegram_sample: Sample) -> None:
    [photo] = channel.read(telegram_sample("photo"))
    assert isinstance(photo, Inbound)
    assert (photo.text, photo.media) == ("my id", 1)


def test_being_blocked_is_a_receipt_about_the_chat(channel: Telegram, telegram_sample: Sample) -> None:
    assert channel.read(telegram_sample("blocked")) == [
        Receipt(
            TELEGRAM,
            ProviderId("chat:900002"),
            DeliveryStatus.BLOCKED,
            error="403",
            address=Address(TELEGRAM, "900002", channel.ours),
        )
    ]


@pytest.mark.parametrize("name", ["group", "edited"])
def test_groups_and_edits_are_of_no_use(channel: Telegram, telegram_sample: Sample, name: str) -> None:
    assert channel.read(telegram_sample(name)) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"{}",
        b'{"update_id": "x"}',
        b'{"update_id": 1, "message": 7}',
        b'{"update_id": 1, "message": {"chat": {"type": "private", "id": 5}}}',
        b'{"update_id": 1, "poll": {"id": "9"}}',
        b'{"update_id": 1, "callback_query": {"id": "9", "data": "x"}}',
        b'{"update_id": 1, "message": {"text": "hi", "chat": {"type": "private", "id": 5}, "from": {"is_bot": true}}}',
    ],
)
def test_odd_updates_are_of_no_use(channel: Telegram, body: bytes) -> None:
    assert channel.read(WebRequest("/webhooks/telegram", {}, body)) == []


def test_a_polled_update_comes_in_as_a_proven_webhook(channel: Telegram, telegram_sample: Sample) -> None:
    posted = telegram_sample("text")
    polled = channel.as_request(json.loads(posted.body))
    channel.verify(polled)
    assert channel.read(polled) == channel.read(posted)
