"""The state of one chat."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.conversation import (
    Answers,
    Conversation,
    Dialogue,
    DialogueStep,
    MessageGroup,
    RecentTraffic,
    WishedTime,
)
from bot.questions import Option

NOW = datetime(2026, 11, 23, 16, 2, tzinfo=UTC)
FULL = Conversation(
    language="es",
    dialogue=Dialogue.BOOK,
    step=DialogueStep.TIMES,
    answers=Answers(resident=51877, minutes=30, wanted=(WishedTime(NOW, None, "at 4", ("pm",)),)),
    options=(Option(1, "9:00 AM", "hold", {"start": "2026-11-28T15:00:00+00:00"}),),
    token="asked:2",
    previous=(Option(1, "9:45 AM", "hold", {"start": "2026-11-28T15:45:00+00:00"}),),
    previous_token="asked:1",
    message_group=MessageGroup(("hola", "el sabado"), NOW, {"language": "es"}, "held:1"),
    traffic=RecentTraffic("el sabado", NOW, (NOW,)),
    expires=NOW + timedelta(minutes=10),
    speaker=7,
)


def test_a_conversation_survives_json() -> None:
    assert Conversation.from_json(json.loads(json.dumps(FULL.to_json()))) == FULL
    assert Conversation.from_json({}) == Conversation()


def test_a_dialogue_that_another_release_stored_is_dropped() -> None:
    stored = FULL.to_json() | {"dialogue": "survey", "step": "stars"}
    assert Conversation.from_json(stored) == replace(FULL, dialogue=None, step=None)


def test_before_it_expires_it_is_as_it_was() -> None:
    assert FULL.live(NOW) == FULL
    assert replace(FULL, expires=None).live(NOW + timedelta(days=9)).step is DialogueStep.TIMES


def test_an_expired_dialogue_is_dropped_and_the_language_and_speaker_stay() -> None:
    assert FULL.live(NOW + timedelta(minutes=10)) == Conversation(language="es", speaker=7, traffic=FULL.traffic)


def test_a_new_list_remembers_the_one_it_replaced() -> None:
    times = (Option(1, "1:00 PM", "hold"), Option(2, "1:45 PM", "hold"))
    offered = FULL.offering(times, token="asked:3")
    assert (offered.options, offered.token) == (times, "asked:3")
    assert (offered.previous, offered.previous_token) == (FULL.options, "asked:2")
    assert Conversation().offering(times, token="asked:3").previous == ()


def test_a_list_of_another_kind_was_answered_and_is_forgotten() -> None:
    who = Conversation(options=(Option(1, "Luis Ortega", "resident"),), token="asked:1")
    assert who.offering((Option(1, "1:00 PM", "hold"),), token="asked:2").previous == ()


def test_replies_are_counted_as_long_as_they_are_remembered() -> None:
    traffic = RecentTraffic().with_message("hi", 2, now=NOW, remembered=timedelta(minutes=10))
    later = traffic.with_message("hi again", 1, now=NOW + timedelta(minutes=9), remembered=timedelta(minutes=10))
    assert (later.said, later.replies_since(NOW - timedelta(seconds=1)), later.replies_since(NOW)) == ("hi again", 3, 1)
    assert (
        later.with_message("x", 0, now=NOW + timedelta(minutes=11), remembered=timedelta(minutes=10)).replies_since(NOW)
        == 1
    )
