"""`visitline telegram`: what it tells Telegram, and what it prints when it fails."""

import pytest

import visitline
from bot.channels.telegram import Telegram
from handlers.settings import Settings
from tests.emulators.telegram_emulator import TelegramEmulator

URL = "https://visits.example"


@pytest.fixture(autouse=True)
def bot(monkeypatch: pytest.MonkeyPatch, telegram_emulator: TelegramEmulator) -> None:
    """Only the settings of a bot on a public address."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("PUBLIC_URL", URL)
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", telegram_emulator.token)
    monkeypatch.setenv("TELEGRAM_API_BASE_URL", telegram_emulator.url)
    monkeypatch.setenv("TELEGRAM_WEBHOOK_SECRET", "hidden-secret")


def webhook(far: TelegramEmulator) -> str:
    channel = Telegram(far.token, "", far.url)
    found = channel.webhook().url
    channel.close()
    return found


def test_it_sets_and_removes_the_webhook(
    telegram_emulator: TelegramEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert visitline.main(["telegram", "set-webhook"]) == 0
    assert webhook(telegram_emulator) == f"{URL}/webhooks/telegram"
    told = capsys.readouterr().out
    assert told.startswith("Telegram sends what people write to @")
    assert told.endswith(f" to {URL}/webhooks/telegram.\n")
    assert "hidden-secret" not in told
    assert visitline.main(["telegram", "delete-webhook"]) == 0
    assert webhook(telegram_emulator) == ""


def test_telegram_posts_with_the_secret_that_the_webhook_checks(
    telegram_emulator: TelegramEmulator,
) -> None:
    assert visitline.main(["telegram", "set-webhook"]) == 0
    assert telegram_emulator._memory.webhook["secret"] == "hidden-secret"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TELEGRAM_BOT_TOKEN", "7000000001:not-the-token-of-the-bot", "visitline: Telegram did not do it: "),
        (
            "TELEGRAM_API_BASE_URL",
            "http://127.0.0.1:9",
            "visitline: Telegram did not do it: Telegram was not reached. Check",
        ),
        ("PUBLIC_URL", "", "visitline: PUBLIC_URL is an address of this machine"),
        ("PUBLIC_URL", "http://visits.example", "visitline: PUBLIC_URL does not begin with https://"),
        ("TELEGRAM_WEBHOOK_SECRET", "not allowed!", "visitline: TELEGRAM_WEBHOOK_SECRET may have only letters"),
        ("TELEGRAM_WEBHOOK_SECRET", "", "visitline: TELEGRAM_WEBHOOK_SECRET is not set"),
    ],
)
def test_what_it_says_when_it_cannot(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    assert visitline.main(["telegram", "set-webhook"]) == 1
    told = capsys.readouterr()
    assert told.err.startswith(said)
    assert told.out == ""
    assert "not-the-token" not in told.err


def test_without_a_bot_it_says_where_to_get_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("TELEGRAM_BOT_TOKEN", "TELEGRAM_API_BASE_URL", "TELEGRAM_WEBHOOK_SECRET"):
        monkeypatch.delenv(name)
    assert visitline.main(["telegram", "set-webhook"]) == 1
    assert "TELEGRAM_BOT_TOKEN is not set: get one from BotFather" in capsys.readouterr().err
