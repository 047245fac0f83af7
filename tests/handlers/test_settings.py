"""Settings: what is missing in a group is named, and settings that cannot work are refused at the start."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

import visitline
from bot.messages import ChannelName
from handlers import settings as settings_module
from handlers.deps import Deps
from handlers.operations import build_deps
from handlers.settings import Settings, SettingsError, load
from scheduling.storage.database import Database
from tests.scheduling.kit import Record

NAMES = [name.upper() for name in Settings.model_fields]
WHOLE = {
    "DATABASE_URL": "postgresql+psycopg://u@localhost/d", "REDIS_URL": "redis://localhost", "SECRET_KEY": "k" * 32,
    "PUBLIC_URL": "https://visits.example", "CONSOLE_PASSWORD": "pw", "TWILIO_ACCOUNT_SID": "AC1",
    "TWILIO_AUTH_TOKEN": "t", "STRIPE_API_KEY": "sk_1", "STRIPE_WEBHOOK_SECRET": "whsec_1",
}  # fmt: skip


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that has only the settings of the test."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def settings(env: pytest.MonkeyPatch, **values: str) -> Settings:
    for name, value in values.items():
        env.setenv(name, value)
    return load()


def wrong(env: pytest.MonkeyPatch, **values: str) -> str:
    with pytest.raises(SettingsError) as refused:
        settings(env, **values)
    return str(refused.value)


def test_names_come_from_the_environment_then_env_file_then_secrets(env: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "twilio_auth_token").write_text("from secrets\n")
    (tmp_path / "secrets" / "TWILIO_ACCOUNT_SID").write_text("AC-secrets")
    (tmp_path / "secrets" / "port").write_text("9003")
    (tmp_path / ".env").write_text('# ours\nexport PORT=9002\nTWILIO_ACCOUNT_SID="AC-file"\nUNKNOWN=x\n')
    env.chdir(tmp_path)
    env.delenv("ENV_FILE")
    env.setattr(settings_module, "SECRETS", tmp_path / "secrets")
    found = load()
    assert found.port == 9002
    assert found.twilio_account_sid == "AC-file"
    assert found.twilio_auth_token.get_secret_value() == "from secrets"
    assert settings(env, PORT="9001").port == 9001


def test_env_file_names_another_file_or_none(env: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=9002\n")
    (tmp_path / "other").write_text("PORT=9004\n")
    env.chdir(tmp_path)
    assert settings(env, ENV_FILE="").port == 8000
    assert settings(env, ENV_FILE="other").port == 9004
    assert wrong(env, ENV_FILE="missing").startswith("ENV_FILE: 'missing' is not a file")
    (tmp_path / "other").write_bytes(b"PORT=\xff")
    assert wrong(env, ENV_FILE="other").startswith("other cannot be read")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_database_address_as_hosting_platforms_give_it_names_our_driver(env: pytest.MonkeyPatch, scheme: str) -> None:
    address = f"{scheme}://u:p%40ss@db.example:5432/d?sslmode=require"
    assert (
        settings(env, DATABASE_URL=address).database
        == "postgresql+psycopg://u:p%40ss@db.example:5432/d?sslmode=require"
    )
    assert settings(env, DATABASE_URL="sqlite:///x.db").database == "sqlite:///x.db"


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"),
        ("TWILIO_AUTH_TOKEN", "TWILIO_ACCOUNT_SID"),
        ("TWILIO_API_BASE_URL", "TWILIO_ACCOUNT_SID"),
        ("TELEGRAM_API_BASE_URL", "TELEGRAM_BOT_TOKEN"),
        ("TELEGRAM_WEBHOOK_SECRET", "TELEGRAM_BOT_TOKEN"),
        ("STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRET"),
        ("STRIPE_WEBHOOK_SECRET", "STRIPE_API_KEY"),
        ("STRIPE_API_BASE_URL", "STRIPE_API_KEY"),
    ],
)
def test_a_group_set_by_half_names_what_is_missing_and_what_is_there(
    env: pytest.MonkeyPatch, given: str, missing: str
) -> None:
    value = "http://127.0.0.1:9" if given.endswith("URL") else "x"
    message = wrong(env, **{given: value})
    assert message.startswith(f"{missing} is not set, but {given} is")


def test_whole_groups_and_none_are_fine(env: pytest.MonkeyPatch) -> None:
    assert settings(env).problems() == []
    assert settings(env, **WHOLE).problems() == []


def test_an_empty_variable_is_none(env: pytest.MonkeyPatch) -> None:
    assert settings(env, TWILIO_ACCOUNT_SID="", PORT="").port == 8000


def test_telegram_in_public_needs_its_secret_and_on_this_machine_it_does_not(env: pytest.MonkeyPatch) -> None:
    assert settings(env, TELEGRAM_BOT_TOKEN="1:a").loopback
    assert "TELEGRAM_WEBHOOK_SECRET" in wrong(env, PUBLIC_URL="https://visits.example")


@pytest.mark.parametrize("name", ["PUBLIC_URL", "TWILIO_API_BASE_URL", "TELEGRAM_API_BASE_URL", "STRIPE_API_BASE_URL"])
def test_an_address_begins_with_http(env: pytest.MonkeyPatch, name: str) -> None:
    message = wrong(env, **{name: "visits.example"})
    assert name in message
    assert "http://" in message


def test_a_port_is_a_number(env: pytest.MonkeyPatch) -> None:
    assert "PORT" in wrong(env, PORT="eight")


@pytest.mark.parametrize("value", ["fast", "1/fortnight", "-1/second"])
def test_an_invalid_send_rate_is_named_at_the_start(env: pytest.MonkeyPatch, value: str) -> None:
    """The error comes at the start, and not when the first text is sent."""
    assert "SEND_PACE" in wrong(env, SEND_PACE=value)


def test_a_secret_is_not_printed(env: pytest.MonkeyPatch) -> None:
    found = settings(env, **WHOLE)
    assert "whsec_1" not in repr(found)
    assert "sk_1" not in str(found)


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("", True), ("http://localhost:8000/", True), ("http://127.0.0.1", True), ("http://[::1]:8000", True),
        ("https://visits.example", False), ("http://127.0.0.1.visits.example", False), ("http://10.0.0.7:8000", False),
    ],
)  # fmt: skip
def test_only_this_machine_is_loopback(env: pytest.MonkeyPatch, url: str, loopback: bool) -> None:
    found = settings(env, **({"PUBLIC_URL": url} if url else {}))
    assert found.loopback is loopback
    assert not found.url.endswith("/")
    gateway = build_deps.gateway(found)
    assert (gateway.name if gateway else None) == ("sandbox" if loopback else None)


def test_cards_are_real_where_stripe_is_set_whatever_the_address(env: pytest.MonkeyPatch) -> None:
    found = settings(env, STRIPE_API_KEY="sk_1", STRIPE_WEBHOOK_SECRET="whsec_1")
    gateway = build_deps.gateway(found)
    assert gateway is not None
    assert gateway.name == "stripe"


def test_several_processes_start_on_whole_settings(env: pytest.MonkeyPatch) -> None:
    found = settings(env, **WHOLE)
    build_deps.refuse_unless_many(found)


@pytest.mark.parametrize("without", ["DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "SECRET_KEY", "CONSOLE_PASSWORD"])
def test_many_refuses_to_start_without(env: pytest.MonkeyPatch, without: str) -> None:
    found = settings(env, **{name: value for name, value in WHOLE.items() if name != without})
    with pytest.raises(SettingsError) as refused:
        build_deps.refuse_unless_many(found)
    assert [line.split()[0] for line in str(refused.value).splitlines()] == [without]


def test_many_refuses_sqlite_and_no_channel(env: pytest.MonkeyPatch) -> None:
    without = {name: value for name, value in WHOLE.items() if not name.startswith("TWILIO")}
    found = settings(env, **(without | {"DATABASE_URL": "sqlite:///visits.db"}))
    with pytest.raises(SettingsError) as refused:
        build_deps.refuse_unless_many(found)
    first, second = str(refused.value).splitlines()
    assert "SQLite serves one process" in first
    assert second.startswith("No channel is set")


def test_all_that_is_missing_is_said_at_once(env: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError) as refused:
        build_deps.refuse_unless_many(settings(env))
    assert len(str(refused.value).splitlines()) == 6


def test_run_in_public_refuses_what_web_refuses_but_for_the_stores(env: pytest.MonkeyPatch) -> None:
    build_deps.refuse_in_public(settings(env))
    with pytest.raises(SettingsError) as refused:
        build_deps.refuse_in_public(settings(env, PUBLIC_URL="https://visits.example"))
    lines = str(refused.value).splitlines()
    assert [line.split()[0] for line in lines] == ["SECRET_KEY", "CONSOLE_PASSWORD", "No"]


def test_generated_secrets_are_made_once_and_only_their_owner_reads_them(
    env: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    env.setenv("DATA_DIR", str(tmp_path / "var"))
    first, shown = build_deps.with_own_secrets(settings(env))
    again, shown_again = build_deps.with_own_secrets(settings(env))
    assert first.secret_key == again.secret_key
    assert shown == shown_again == first.console_password.get_secret_value()
    assert len(first.secret_key.get_secret_value()) > 40
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "var").iterdir()} == {0o600}
    own, unshown = build_deps.with_own_secrets(settings(env, CONSOLE_PASSWORD="mine"))
    assert (own.console_password.get_secret_value(), unshown) == ("mine", None)


def test_a_price_and_nobody_to_take_the_money(sqlite_record: Record) -> None:
    deps = Deps(sqlite_record.db, Settings())
    with pytest.raises(SettingsError, match=r"STRIPE_API_KEY is not set.*Willow Creek Jail"):
        build_deps.refuse_without_money(deps)
    sqlite_record.settings(price_per_minute=Decimal(0))
    build_deps.refuse_without_money(deps)


def test_a_price_for_counsel_alone_needs_somebody_to_take_it_too(sqlite_record: Record) -> None:
    sqlite_record.settings(price_per_minute=Decimal(0), legal_per_minute=Decimal("0.10"))
    with pytest.raises(SettingsError, match="STRIPE_API_KEY"):
        build_deps.refuse_without_money(Deps(sqlite_record.db, Settings()))


def test_the_channels_are_those_that_are_set(env: pytest.MonkeyPatch) -> None:
    assert build_deps.channels(settings(env)) == {}
    found: dict[ChannelName, Any] = build_deps.channels(settings(env, **WHOLE))
    assert set(found) == {"sms"}
    for channel in found.values():
        channel.close()


def test_the_database_of_one_box_makes_its_folder(env: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = settings(env, DATA_DIR=str(tmp_path / "new" / "var")).model_copy(update={"secret_key": SecretStr("k")})
    db = build_deps.database(found)
    assert isinstance(db, Database)
    assert (tmp_path / "new" / "var").is_dir()
    db.close()


def test_a_port_that_is_no_number_is_said_in_our_words(env: pytest.MonkeyPatch) -> None:
    assert (
        wrong(env, PORT="abc")
        == "PORT: 'abc' is not a whole number. Set it to one, such as PORT=8000, or leave it out."
    )


def test_load_without_a_file_says_what_it_needs(env: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert visitline.main(["load"]) == 1
    assert "visitline: load needs a facility file, such as: visitline load" in capsys.readouterr().err
