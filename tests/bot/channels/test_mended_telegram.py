"""Telegram is not waited for longer than a worker holds a text."""

import time

import pytest

from bot.channels import telegram
from bot.channels.base import Unknown
from bot.channels.telegram import PATIENCE, Telegram
from bot.messages import Address, ChannelName, Outgoing
from scheduling.storage.outbox import LEASE_DURATION
from tests.bot.channels.conftest import ScriptedServer

TOKEN = "712345:a-token-of-the-tests"
HELLO = Outgoing(Address(ChannelName.TELEGRAM, "900003", "712345"), "hello")


def test_a_call_ends_before_half_of_the_lease() -> None:
    assert LEASE_DURATION.total_seconds() / 2 > PATIENCE


def test_all_parts_of_a_call_together_have_one_limit(far: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part of a call may take ten seconds, all of them together not four times that."""
    monkeypatch.setattr(telegram, "PATIENCE", 0.3)
    channel = Telegram(TOKEN, "a-secret", api_base_url=far.url, timeout=4.0)
    began = time.monotonic()
    with pytest.raises(Unknown):
        channel.send(HELLO)
    assert time.monotonic() - began < 2.0
    far.over.set()
    channel.close()
