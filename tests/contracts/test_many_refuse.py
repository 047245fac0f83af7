"""Without a needed setting, `web` and `worker` do not start: they print one plain line that names it, and no traceback."""

from pathlib import Path

import pytest

import visitline
from tests.contracts.many import prepare
from tests.emulators.deployment import OURS, AppServer
from tests.emulators.postgres import PostgresServer

FULL = {
    "PUBLIC_URL": "https://app_server.example", "DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:9/none",
    "REDIS_URL": "redis://127.0.0.1:9/0", "SECRET_KEY": "for-these-tests", "CONSOLE_PASSWORD": "for these tests",
    "TWILIO_ACCOUNT_SID": "AC" + "5" * 32, "TWILIO_AUTH_TOKEN": "token", "STRIPE_API_KEY": "sk_test_1",
    "STRIPE_WEBHOOK_SECRET": "whsec_1",
}  # fmt: skip


def plain(said: str) -> str:
    """The only line that it prints."""
    lines = said.splitlines()
    assert len(lines) == 1, said
    assert lines[0].startswith("visitline: ")
    assert len(lines[0]) < 240
    return lines[0]


def refused(folder: Path, command: str, **changes: str) -> str:
    """Start it as a process with changed settings. Returns the only line that it prints before it ends."""
    ended = AppServer(FULL | {"DATA_DIR": str(folder)} | changes).command(command)
    assert ended.returncode == 1
    return plain(ended.stderr)


@pytest.mark.parametrize(
    "command,changes,named",
    [
        ("web", {"DATABASE_URL": ""}, "DATABASE_URL"),
        ("worker", {"DATABASE_URL": "sqlite:///visits.db"}, "DATABASE_URL"),
        ("web", {"REDIS_URL": ""}, "REDIS_URL"),
        ("worker", {"REDIS_URL": ""}, "REDIS_URL"),
        ("web", {"PUBLIC_URL": ""}, "PUBLIC_URL"),
        ("web", {"TWILIO_ACCOUNT_SID": "", "TWILIO_AUTH_TOKEN": ""}, "TWILIO_ACCOUNT_SID"),
        ("web", {"SECRET_KEY": ""}, "SECRET_KEY"),
        ("worker", {"CONSOLE_PASSWORD": ""}, "CONSOLE_PASSWORD"),
        ("web", {"TWILIO_AUTH_TOKEN": ""}, "TWILIO_AUTH_TOKEN"),
        ("web", {"STRIPE_WEBHOOK_SECRET": ""}, "STRIPE_WEBHOOK_SECRET"),
        ("web", {"TELEGRAM_API_BASE_URL": "http://127.0.0.1:9"}, "TELEGRAM_BOT_TOKEN"),
        ("web", {"TELEGRAM_BOT_TOKEN": "1:a"}, "TELEGRAM_WEBHOOK_SECRET"),
        ("web", {"PUBLIC_URL": "app_server.example"}, "PUBLIC_URL"),
        ("web", {"PORT": "eight"}, "PORT"),
    ],
)
def test_a_setting_that_is_missing_is_named(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    changes: dict[str, str],
    named: str,
) -> None:
    for name, value in (dict.fromkeys(OURS, "") | FULL | changes).items():
        monkeypatch.setenv(name, value)
    assert visitline.main([command]) == 1
    assert named in plain(capsys.readouterr().err)


def test_a_price_and_nobody_to_take_the_money(tmp_path: Path, postgres: PostgresServer) -> None:
    database = postgres.database(postgres.template("released", lambda url: prepare(url, tmp_path)))
    nobody = {"DATABASE_URL": database, "STRIPE_API_KEY": "", "STRIPE_WEBHOOK_SECRET": ""}
    assert "STRIPE_API_KEY" in refused(tmp_path, "web", **nobody)
    # The payment sandbox exists in `run` only; `web` has none, even on loopback.
    assert "STRIPE_API_KEY" in refused(tmp_path, "worker", **nobody, PUBLIC_URL="http://127.0.0.1:8000")
    postgres.drop(database)


@pytest.mark.parametrize("command", ["web", "worker"])
def test_a_database_nobody_has_prepared(tmp_path: Path, postgres_url: str, command: str) -> None:
    assert "visitline release" in refused(tmp_path, command, DATABASE_URL=postgres_url)


def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    assert "DATABASE_URL" in refused(tmp_path, "release")
