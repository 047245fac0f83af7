"""Logs grant no access: numbers, links, tokens, keys and messages are masked in every line, also in those of libraries."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from handlers import logs
from handlers.settings import Settings

BOT_TOKEN = "7312345678:AAE-fake_token_of_thirty5_chars_xyz"
LINK = "https://line.example/p/Zm9vYmFyYmF6cXV4cXV1eA"
SECRET = "the-twilio-auth-token-0123"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = root.handlers[:], root.level, {name: logging.getLogger(name).level for name in logs.QUIET_LOGGERS}
    stream = io.StringIO()
    logs.set_up([SECRET], stream=stream)
    yield stream
    root.handlers[:], root.level = before[0], before[1]
    for name, level in before[2].items():
        logging.getLogger(name).setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def read(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize(
    "said,kept",
    [
        ("text for +15550100002 failed", "text for +1...0002 failed"),
        ("To=%2B15550100002", "To=+1...0002"),
        ("number 15550100002 called", "number ...0002 called"),
        (f"pay at {LINK} now", "pay at https://line.example/p/*** now"),
        ("GET /j/Zm9vYmFyYmF6cXV4cXV1eA?lang=es", "GET /j/***?lang=es"),
        ("POST /calls/Zm9vYmFyYmF6cXV4cXV1eA/V7K2/admit", "POST /calls/***/V7K2/admit"),
        ("GET /call/Zm9vYmFyYmF6cXV4cXV1eA/stream", "GET /call/***/stream"),
        ('{"pin": "7316"}', '{"pin": ***}'),
        (f"https://api.telegram.org/bot{BOT_TOKEN}/sendMessage", "https://api.telegram.org/bot***/sendMessage"),
        ("key sk_test_abcdefghijkl", "key sk_***"),
        ("signed with whsec_abcdefghijkl", "signed with whsec_***"),
        ("Authorization: Basic QUM6c2VjcmV0", "Authorization: Basic ***"),
        ("redis://user:hunter22@cache:6379/0", "redis://***@cache:6379/0"),
        ("Body=i+miss+you&From=x", "Body=***&From=x"),
        ('{"text": "see \\"marcus\\" saturday", "chat": 1}', '{"text": ***, "chat": 1}'),
        ("INSERT INTO inbound [parameters: ('see marcus',)]", "INSERT INTO inbound [parameters: ***]"),
    ],
)
def test_what_opens_a_route_is_masked(said: str, kept: str) -> None:
    assert logs.mask(said) == kept


@pytest.mark.parametrize(
    "said",
    ["visit V7K2 moved to 2026-11-28T13:00:00+00:00", "SM0123456789abcdef0123456789abcdef queued", "30 min, $2.70"],
)
def test_what_operators_need_is_kept(said: str) -> None:
    assert logs.mask(said) == said


def test_numbers_keep_their_last_four_digits() -> None:
    assert logs.mask_number("+15550100002") == "+1...0002"
    assert logs.mask_number("7312345678") == "...5678"
    assert logs.mask_number("123") == "...23"


def test_a_line_is_json_with_the_correlation_of_its_request(lines: io.StringIO) -> None:
    logs.bind("abc123")
    structlog.get_logger("visits").info("moved", reference="V7K2")
    (line,) = read(lines)
    assert line["event"] == "moved"
    assert (line["correlation"], line["reference"], line["level"]) == ("abc123", "V7K2", "info")
    assert line["timestamp"].endswith("Z")


def test_a_new_correlation_replaces_the_old_one_and_all_it_brought(lines: io.StringIO) -> None:
    logs.bind("first")
    structlog.contextvars.bind_contextvars(visit="V7K2")
    logs.bind("second")
    structlog.get_logger().info("next")
    (line,) = read(lines)
    assert line["correlation"] == "second"
    assert "visit" not in line


def test_a_librarys_own_line_is_masked_and_correlated(lines: io.StringIO) -> None:
    logs.bind("abc123")
    logging.getLogger("httpx").setLevel(logging.INFO)  # as an operator who searches for an error would
    logging.getLogger("httpx").info("HTTP Request: POST %s", f"https://api.telegram.org/bot{BOT_TOKEN}/sendMessage")
    (line,) = read(lines)
    assert BOT_TOKEN not in json.dumps(line)
    assert line["event"] == "HTTP Request: POST https://api.telegram.org/bot***/sendMessage"
    assert (line["correlation"], line["logger"]) == ("abc123", "httpx")


def test_httpx_is_quiet_unless_asked(lines: io.StringIO) -> None:
    logging.getLogger("httpx").info("HTTP Request: POST somewhere")
    assert read(lines) == []


def test_words_of_people_are_never_logged_whatever_holds_them(lines: io.StringIO) -> None:
    structlog.get_logger().info("came in", body="i miss him", form={"Body": "i miss him"}, said={"text": "i miss him"})
    assert "miss" not in lines.getvalue()


def test_this_installations_secrets_are_masked_in_a_traceback_too(lines: io.StringIO) -> None:
    try:
        int(f"refused {SECRET} for +15550100002")
    except ValueError:
        logging.getLogger("somewhere").exception("failed")
    (line,) = read(lines)
    assert SECRET not in lines.getvalue()
    assert "refused *** for +1...0002" in line["exception"]


def test_the_settings_know_their_secrets() -> None:
    settings = Settings(
        twilio_auth_token=SecretStr("token-of-twilio"), console_password=SecretStr("open sesame"), port=1
    )
    known = logs.secrets_of(settings)
    assert {"token-of-twilio", "open sesame"} <= set(known)
    assert all(isinstance(value, str) for value in known)


def test_numbers_and_lists_stay_what_they_are(lines: io.StringIO) -> None:
    structlog.get_logger().info("sent", segments=2, lanes=["sms:+15551234567:+15550100002"], fast=True)
    (line,) = read(lines)
    assert (line["segments"], line["fast"]) == (2, True)
    assert line["lanes"] == ["sms:+1...4567:+1...0002"]
