"""Only adapters name a channel, and every capability that they declare is used."""

import ast
from dataclasses import fields
from pathlib import Path

import pytest

from bot.channels.base import Capabilities
from bot.messages import PHONE
from handlers import adapters
from handlers.settings import Settings
from scheduling.policy.vocabulary import PHONE_CHANNEL

REPO = Path(__file__).resolve().parents[2]
PACKAGES = ("bot", "handlers", "scheduling", "webhooks")
CHANNEL_NAMES = {adapter.name for adapter in adapters.CHANNELS}
NAMED_ON_PURPOSE = {
    "bot/messages.py": "defines under which channel phone numbers are stored",
    "scheduling/policy/vocabulary.py": "the same for scheduling, which does not import bot",
    "handlers/logs.py": "names of the loggers of client libraries",
    "visitline.py": "the command that sets the webhook of one provider",
}


def modules() -> list[Path]:
    found = [path for name in PACKAGES for path in sorted((REPO / name).rglob("*.py"))]
    return [
        REPO / "visitline.py",
        *(path for path in found if not {"channels", "versions", "simulator"} & set(path.parts)),
    ]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(REPO)))
def test_no_channel_is_named_outside_its_adapter(path: Path) -> None:
    """Callers name a channel neither by a string nor by an adapter's constant: they ask what it can do."""
    name = str(path.relative_to(REPO))
    tree = ast.parse(path.read_text(encoding="utf-8"))
    written = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Constant) and node.value in CHANNEL_NAMES]
    constants = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    constants |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    named = constants & {channel.upper() for channel in CHANNEL_NAMES}
    assert name in NAMED_ON_PURPOSE or not (written or named), f"lines {written}, constants {named}"


def test_bot_and_scheduling_store_phones_under_the_same_channel() -> None:
    assert PHONE == PHONE_CHANNEL


def test_every_capability_is_asked_somewhere() -> None:
    asked = {
        node.attr
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
    }
    assert {field.name for field in fields(Capabilities)} <= asked


def test_every_setting_of_a_group_exists_and_no_two_adapters_share_a_name() -> None:
    for adapter in adapters.ADAPTERS:
        for group in adapter.groups:
            named = {*group.required, *group.optional, *group.builds_on, *group.required_in_public, *dict(group.hints)}
            assert named <= set(Settings.model_fields), adapter.name
    names = [adapter.name for adapter in adapters.ADAPTERS]
    assert len(names) == len(set(names))


def test_validators_of_adapters_do_not_replace_each_other() -> None:
    """Settings are composed by inheritance: of two validators with the same name only one would run."""
    for field, value in (
        ("twilio_api_base_url", "x"),
        ("telegram_api_base_url", "x"),
        ("stripe_api_base_url", "x"),
        ("twilio_whatsapp_number", "x"),
        ("public_url", "x"),
    ):
        with pytest.raises(ValueError, match=field):
            Settings.model_validate({field: value})
