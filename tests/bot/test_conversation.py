"""The state of one chat."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.conversation import Conversation
from bot.questions import Option

NOW = datetime(2026, 11, 23, 16, 2, tzinfo=UTC)
FULL = Conversation(
    language="es",
    dialogue="book",
    step="choose",
    answers={"resident": "51877", "minutes": 30},
    options=(Option(1, "9:00 AM", "hold", {"start": "2026-11-28T15:00:00+00:00"}),),
    previous=(Option(1, "Luis Ortega", "resident", {"number": "51877"}),),
    replaced_at=NOW - timedelta(seconds=20),
    expires=NOW + timedelta(minutes=10),
    speaker=7,
)


def test_a_conversation_survives_json() -> None:
    assert Conversation.from_json(json.loads(json.dumps(FULL.to_json()))) == FULL
    assert Conversation.from_json({}) == Conversation()


def test_before_it_expires_it_is_as_it_was() -> None:
    assert FULL.live(NOW) == FULL
    assert replace(FULL, expires=None).live(NOW + timedelta(days=9)).step == "choose"


def test_an_expired_dialogue_is_dropped_and_the_language_and_speaker_stay() -> None:
    assert FULL.live(NOW + timedelta(minutes=10)) == Conversation(language="es", speaker=7)


def test_a_new_list_remembers_the_one_it_replaced() -> None:
    times = (Option(1, "1:00 PM", "hold"), Option(2, "1:45 PM", "hold"))
    offered = FULL.offering(times, now=NOW)
    assert (offered.options, offered.previous, offered.replaced_at) == (times, FULL.options, NOW)
    first = Conversation().offering(times, now=NOW)
    assert (first.previous, first.replaced_at) == ((), None)


def test_a_pushed_list_continues_the_numbering() -> None:
    assert Conversation().next_number == 1
    assert FULL.next_number == 2
