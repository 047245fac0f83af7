"""What we ask of Telegram, by its official client, and what each failure is."""

import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels import telegram
from bot.channels.base import Later, Permanent, Unknown
from bot.channels.telegram import CALL_TIMEOUT_SECONDS, MAX_LENGTH, Telegram
from bot.channels.telegram_updates import TELEGRAM
from bot.messages import Address, Button, DeliveryStatus, Outgoing, ProviderId, Sent, WebRequest
from scheduling.storage.outbox import LEASE_DURATION
from tests.bot.channels.conftest import ScriptedServer
from tests.waiting import eventually

TOKEN = "712345:a-token-of-the-tests"
MOLINA = Address(TELEGRAM, theirs="900003", ours="712345")
CARD = Outgoing(MOLINA, "V7K2 Tanya Johnson", (Button("Approve", "417:ok"), Button("Deny", "417:no")))


def channel_to(url: str, timeout: float = 5.0) -> Telegram:
    return Telegram(TOKEN, "a-secret-of-the-tests", api_base_url=url, timeout=timeout)


@pytest.fixture
def channel(far: ScriptedServer) -> Iterator[Telegram]:
    made = channel_to(far.url)
    yield made
    made.close()


def sent(number: int = 45) -> dict[str, Any]:
    chat = {"id": 900003, "type": "private", "first_name": "Molina"}
    return {"ok": True, "result": {"message_id": number, "date": 1795448563, "chat": chat, "text": "V7K2"}}


def refusal(code: int, words: str, **parameters: int) -> dict[str, Any]:
    said: dict[str, Any] = {"ok": False, "error_code": code, "description": words}
    return said | ({"parameters": parameters} if parameters else {})


def test_a_message_goes_out_with_its_buttons(channel: Telegram, far: ScriptedServer) -> None:
    far.says(200, sent())
    assert channel.send(CARD) == Sent(ProviderId("message:900003:45"), DeliveryStatus.SENT)
    [asked] = far.asked
    assert asked.path == f"/bot{TOKEN}/sendMessage"
    assert (asked.form["chat_id"], asked.form["text"]) == ("900003", "V7K2 Tanya Johnson")
    assert json.loads(asked.form["link_preview_options"]) == {"is_disabled": True}
    assert json.loads(asked.form["reply_markup"])["inline_keyboard"] == [
        [{"text": "Approve", "callback_data": "417:ok"}, {"text": "Deny", "callback_data": "417:no"}]
    ]


def test_it_works_again_and_again_from_one_channel(channel: Telegram, far: ScriptedServer) -> None:
    far.says(200, sent(45))
    far.says(200, sent(46))
    assert [channel.send(CARD).provider_id for _ in range(2)] == ["message:900003:45", "message:900003:46"]


def test_long_labels_stand_one_below_the_other(channel: Telegram, far: ScriptedServer) -> None:
    far.says(200, sent())
    channel.send(Outgoing(MOLINA, "?", (Button("Sat Nov 28 1:00 PM", "1"), Button("Sat Nov 28 1:45 PM", "2"))))
    rows = json.loads(far.asked[0].form["reply_markup"])["inline_keyboard"]
    assert [len(row) for row in rows] == [1, 1]


def test_the_phone_is_asked_for_by_a_button(channel: Telegram, far: ScriptedServer) -> None:
    far.says(200, sent())
    channel.send(Outgoing(MOLINA, "Hello", (Button("Share my phone number", ""),), contact_button=True))
    keyboard = json.loads(far.asked[0].form["reply_markup"])
    assert keyboard["keyboard"] == [[{"text": "Share my phone number", "request_contact": True}]]


def test_a_card_is_replaced_in_place(channel: Telegram, far: ScriptedServer) -> None:
    far.says(200, sent(45))
    card = ProviderId("message:900003:45")
    assert channel.send(Outgoing(MOLINA, "V7K2 approved", edits=card)) == Sent(card, DeliveryStatus.SENT)
    [asked] = far.asked
    assert asked.path.endswith("/editMessageText")
    assert (asked.form["message_id"], asked.form["text"]) == ("45", "V7K2 approved")


def test_a_card_that_says_so_already_is_as_good(channel: Telegram, far: ScriptedServer) -> None:
    far.says(400, refusal(400, "Bad Request: message is not modified: specified new message content ..."))
    card = ProviderId("message:900003:45")
    assert channel.send(Outgoing(MOLINA, "V7K2 approved", edits=card)).provider_id == card


def test_a_card_that_is_gone_is_permanent(channel: Telegram, far: ScriptedServer) -> None:
    far.says(400, refusal(400, "Bad Request: message to edit not found"))
    with pytest.raises(Permanent):
        channel.send(Outgoing(MOLINA, "V7K2 approved", edits=ProviderId("message:900003:45")))


def test_a_text_that_is_too_long_is_cut(channel: Telegram, far: ScriptedServer) -> None:
    far.says(200, sent())
    channel.send(Outgoing(MOLINA, "x" * 5000))
    assert len(far.asked[0].form["text"]) == MAX_LENGTH
    assert far.asked[0].form["text"].endswith("x...")


def test_blocked_is_permanent_and_opted_out(channel: Telegram, far: ScriptedServer) -> None:
    far.says(403, refusal(403, "Forbidden: bot was blocked by the user"))
    with pytest.raises(Permanent) as refused:
        channel.send(CARD)
    assert (refused.value.code, refused.value.opted_out) == ("403", True)


def test_a_wrong_message_is_permanent(channel: Telegram, far: ScriptedServer) -> None:
    far.says(400, refusal(400, "Bad Request: chat not found"))
    with pytest.raises(Permanent) as refused:
        channel.send(CARD)
    assert (refused.value.code, refused.value.opted_out) == ("400", False)


def test_telegram_says_when_to_come_again(channel: Telegram, far: ScriptedServer) -> None:
    far.says(429, refusal(429, "Too Many Requests: retry after 11", retry_after=11))
    with pytest.raises(Later) as refused:
        channel.send(CARD)
    assert refused.value.retry_after == 11


@pytest.mark.parametrize("status", [401, 500, 502])
def test_what_is_not_the_messages_fault_comes_again_later(channel: Telegram, far: ScriptedServer, status: int) -> None:
    far.says(status, refusal(status, "no"))
    with pytest.raises(Later):
        channel.send(CARD)


def test_nobody_there_is_later(unused_url: str) -> None:
    channel = channel_to(unused_url)
    with pytest.raises(Later):
        channel.send(CARD)
    channel.close()


def test_no_answer_in_time_is_unknown(far: ScriptedServer) -> None:
    channel = channel_to(far.url, timeout=0.3)
    with pytest.raises(Unknown):
        channel.send(CARD)
    assert channel.find(CARD, datetime(2026, 11, 23, 12, 0, tzinfo=UTC)) is None
    channel.close()


def test_an_answer_lost_on_the_way_is_unknown(channel: Telegram, far: ScriptedServer) -> None:
    far.hangs_up = True
    with pytest.raises(Unknown):
        channel.send(CARD)


def test_polling_gives_updates_and_the_next_offset(
    channel: Telegram, far: ScriptedServer, telegram_sample: Callable[[str], WebRequest]
) -> None:
    far.says(200, {"ok": True, "result": [json.loads(telegram_sample(name).body) for name in ("text", "pressed")]})
    far.says(200, {"ok": True, "result": []})
    updates, offset = channel.poll(None, timeout=0)
    assert offset == 700006
    assert [channel.read(channel.as_request(update)) for update in updates] == [
        channel.read(telegram_sample("text")),
        channel.read(telegram_sample("pressed")),
    ]
    assert channel.poll(offset, timeout=0) == ([], 700006)
    assert far.asked[1].form["offset"] == "700006"


def test_polling_beside_a_webhook_is_later(channel: Telegram, far: ScriptedServer) -> None:
    far.says(409, refusal(409, "Conflict: can't use getUpdates method while webhook is active"))
    with pytest.raises(Later):
        channel.poll(None, timeout=0)


def test_the_bot_knows_its_name_and_asks_once(channel: Telegram, far: ScriptedServer) -> None:
    me = {"id": 712345, "is_bot": True, "first_name": "Visitline", "username": "visitline_bot"}
    far.says(200, {"ok": True, "result": me})
    assert (channel.username(), channel.username()) == ("visitline_bot", "visitline_bot")
    assert len(far.asked) == 1


def test_a_press_is_acknowledged_and_nothing_else(
    channel: Telegram, far: ScriptedServer, telegram_sample: Callable[[str], WebRequest]
) -> None:
    far.says(400, refusal(400, "Bad Request: query is too old"))
    channel.acknowledge(telegram_sample("text"))
    channel.acknowledge(telegram_sample("pressed"))
    [asked] = eventually(lambda: far.asked)
    assert asked.path.endswith("/answerCallbackQuery")
    assert asked.form["callback_query_id"] == "4382bfdwdsb323b2d9"


def test_the_token_is_in_no_log(channel: Telegram, far: ScriptedServer, caplog: pytest.LogCaptureFixture) -> None:
    far.says(200, sent())
    with caplog.at_level(logging.INFO):
        channel.send(CARD)
    assert TOKEN not in caplog.text


def test_a_closed_channel_leaves_no_thread(far: ScriptedServer) -> None:
    channel = channel_to(far.url)
    far.says(200, sent())
    channel.send(CARD)
    running = channel._running
    assert running is not None
    channel.close()
    assert not running.thread.is_alive()
    channel.close()


def test_a_call_ends_before_half_of_the_lease() -> None:
    assert LEASE_DURATION.total_seconds() / 2 > CALL_TIMEOUT_SECONDS


def test_all_parts_of_a_call_together_have_one_limit(far: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part of a call may take as long as its own timeout; the limit of the whole call ends it before that."""
    monkeypatch.setattr(telegram, "CALL_TIMEOUT_SECONDS", 0.3)
    channel = channel_to(far.url, timeout=60.0)
    with pytest.raises(Unknown, match="did not answer"):
        channel.send(CARD)
    far.over.set()
    channel.close()
