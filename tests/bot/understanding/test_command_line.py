"""`visitline understand`: JSON lines in, JSON lines out, in order, also for unusable lines."""

import io
import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.understanding import command_line


def answers(*asked: str, zone: str = "UTC") -> list[dict[str, Any]]:
    out = io.StringIO()
    assert command_line.answer_lines(io.StringIO("\n".join(asked) + "\n"), out, ZoneInfo(zone)) == 0
    return [json.loads(line) for line in out.getvalue().splitlines()]


def ask(text: str, **more: Any) -> str:
    return json.dumps({"id": "1", "text": text, "now": "2026-11-23T10:00", **more})


def test_an_answer_holds_every_field_of_the_contract() -> None:
    (answer,) = answers(ask("can i see marcus saturday at 2"))
    fields = "id intent act intent_score windows duration_min residents visitors party reference choice lang needs"
    assert set(answer) == set(fields.split())
    assert set(answer["windows"][0]) == set("start end grain open rank role text assumed".split())
    assert answer["windows"][0]["start"] == "2026-11-28T14:00"
    assert answer["windows"][0]["end"] is None
    assert answer["windows"][0]["assumed"] == ["pm"]


def test_the_context_is_read() -> None:
    context = {
        "asked": None,
        "offered": [{"start": "2026-11-28T13:00", "end": "2026-11-28T13:30"}, {"start": "2026-11-28T15:00"}],
        "people": [{"name": "Marcus Johnson", "number": "48213", "relation": "mother"}],
    }
    chosen, named = answers(ask("yes the 3pm", context=context), ask("for my son", context=context))
    assert (chosen["act"], chosen["choice"]) == ("choose", 2)
    assert named["residents"] == [{"name": "Marcus Johnson", "number": "48213"}]


def test_visiting_hours_decide_between_morning_and_afternoon() -> None:
    hours = [{"start": "2026-11-28T19:00", "end": "2026-11-28T21:00"}]
    plain, late = answers(ask("saturday at 8"), ask("saturday at 8", context={"visiting_hours": hours}))
    assert plain["windows"][0]["start"] == "2026-11-28T08:00"
    assert late["windows"][0]["start"] == "2026-11-28T20:00"


@pytest.mark.parametrize(
    "bad",
    ["not json", "[]", "3", '{"id": 1}', '{"text": "x"}', '{"text": 5, "now": "2026-11-23"}', '{"text": "x", "now": "soon"}',
     '{"text": "x", "now": "2026-11-23", "context": 4}', '{"text": "x", "now": "2026-11-23", "context": {"people": [{}]}}'],
)  # fmt: skip
def test_a_bad_line_is_answered_and_the_next_one_too(bad: str) -> None:
    first, second = answers(bad, ask("tomorrow"))
    assert first["id"] is None
    assert first["error"]
    assert second["windows"][0]["start"] == "2026-11-24T00:00"


def test_an_offset_is_converted_to_the_zone() -> None:
    (answer,) = answers(
        json.dumps({"id": 7, "text": "tomorrow", "now": "2026-11-23T03:00:00+00:00"}), zone="America/Chicago"
    )
    assert answer["id"] == 7
    assert answer["windows"][0]["start"] == "2026-11-23T00:00"


def test_every_line_is_flushed_before_the_next_is_read() -> None:
    class Out(io.StringIO):
        flushed = 0

        def flush(self) -> None:
            self.flushed += 1

    out = Out()
    command_line.answer_lines(io.StringIO(ask("hi") + "\n" + ask("2") + "\n"), out, ZoneInfo("UTC"))
    assert out.flushed == 2


def test_the_playground_says_why() -> None:
    out = io.StringIO()
    monday = datetime.fromisoformat("2026-11-23T10:00")
    assert command_line.playground(io.StringIO("can i see marcus tomorrow\n\n"), out, lambda: monday) == 0
    assert "because of: DAYWORD:days" in out.getvalue()
    assert "read from: 'tomorrow'" in out.getvalue()
