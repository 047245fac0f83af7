"""The official Telegram client works with our Telegram emulator."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, KeyboardButton, ReplyKeyboardMarkup, Update
from telegram.error import BadRequest, Conflict, Forbidden, NetworkError, RetryAfter

from tests.emulators.telegram_emulator import SECRET_HEADER, Person, TelegramEmulator
from tests.emulators.webhook_catcher import Hook

ANA = Person(5551, "Ana")
T = TypeVar("T")


@pytest.fixture
def hook() -> Iterator[Hook]:
    far = Hook()
    yield far
    far.close()


def ask(far: TelegramEmulator, what: Callable[[Bot], Awaitable[T]]) -> T:
    """One conversation of the official client with the emulator, in a separate event loop."""

    async def run() -> T:
        async with Bot(far.token, base_url=f"{far.url}/bot") as bot:
            return await what(bot)

    return asyncio.run(run())


def test_who_am_i(telegram_emulator: TelegramEmulator) -> None:
    me = ask(telegram_emulator, lambda bot: bot.get_me())
    assert (me.id, me.username) == (7000000001, "visitline_test_bot")


def test_words_buttons_and_a_press_by_webhook(telegram_emulator: TelegramEmulator, hook: Hook) -> None:
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("1:00 PM", callback_data="1")]])

    async def offer(bot: Bot) -> None:
        await bot.set_webhook(f"{hook.url}/webhooks/telegram", secret_token="hush")
        await bot.send_message(ANA.id, "Which time?", reply_markup=markup)

    telegram_emulator.meet(ANA)
    ask(telegram_emulator, offer)
    assert telegram_emulator.buttons(ANA) == ["1:00 PM"]
    assert telegram_emulator.press(ANA, "1:00 PM") == 200
    (caught,) = hook.caught
    assert caught.headers[SECRET_HEADER.lower()] == "hush"
    update = Update.de_json(json.loads(caught.body))
    press = update.callback_query
    assert press is not None
    assert press.data == "1"

    async def done(bot: Bot) -> None:
        assert await bot.answer_callback_query(press.id)
        await bot.edit_message_text("1:00 PM it is.", chat_id=ANA.id, message_id=1)

    ask(telegram_emulator, done)
    assert telegram_emulator.heard_by(ANA) == ["1:00 PM it is."]
    assert telegram_emulator.buttons(ANA) == []
    with pytest.raises(BadRequest, match="not modified"):
        ask(telegram_emulator, lambda bot: bot.edit_message_text("1:00 PM it is.", chat_id=ANA.id, message_id=1))
    with pytest.raises(BadRequest, match="too old"):
        ask(telegram_emulator, lambda bot: bot.answer_callback_query(press.id))


def test_polling_takes_each_update_once(telegram_emulator: TelegramEmulator) -> None:
    telegram_emulator.start(ANA, "K7Q2")
    telegram_emulator.share_contact(ANA, "+13125550114")

    async def poll(bot: Bot) -> tuple[tuple[Update, ...], tuple[Update, ...]]:
        first = await bot.get_updates(offset=0)
        return first, await bot.get_updates(offset=first[-1].update_id + 1)

    (start, contact), nothing = ask(telegram_emulator, poll)
    assert start.message is not None
    assert start.message.text == "/start K7Q2"
    assert contact.message is not None
    assert contact.message.contact is not None
    assert contact.message.contact.user_id == ANA.id
    assert nothing == ()


def test_an_update_not_taken_is_posted_again(telegram_emulator: TelegramEmulator, hook: Hook) -> None:
    ask(telegram_emulator, lambda bot: bot.set_webhook(f"{hook.url}/webhooks/telegram"))
    hook.answers = 500
    assert telegram_emulator.text(ANA, "hola") == 500
    hook.answers = 200
    assert telegram_emulator.redeliver() == [200]
    assert telegram_emulator.redeliver() == []
    with pytest.raises(Conflict):
        ask(telegram_emulator, lambda bot: bot.get_updates())


def test_the_keyboard_that_asks_for_the_phone(telegram_emulator: TelegramEmulator) -> None:
    telegram_emulator.meet(ANA)
    keyboard = ReplyKeyboardMarkup([[KeyboardButton("Share my number", request_contact=True)]], one_time_keyboard=True)
    ask(telegram_emulator, lambda bot: bot.send_message(ANA.id, "Who is writing?", reply_markup=keyboard))
    assert telegram_emulator.keyboard(ANA)["keyboard"][0][0]["request_contact"] is True


def test_refusals_reach_the_client_as_its_own_errors(telegram_emulator: TelegramEmulator) -> None:
    def send(bot: Bot) -> Awaitable[object]:
        return bot.send_message(ANA.id, "hello")

    with pytest.raises(BadRequest, match="Chat not found"):
        ask(telegram_emulator, send)
    telegram_emulator.meet(ANA)
    telegram_emulator.slow_down(3)
    with pytest.raises(RetryAfter) as slow:
        ask(telegram_emulator, send)
    assert int(slow.value._retry_after.total_seconds()) == 3
    telegram_emulator.lose_answer()
    with pytest.raises(NetworkError):
        ask(telegram_emulator, send)
    assert telegram_emulator.heard_by(ANA) == ["hello"]
    telegram_emulator.block(ANA)
    with pytest.raises(Forbidden):
        ask(telegram_emulator, send)
