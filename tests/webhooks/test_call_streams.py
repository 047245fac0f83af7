"""Streams of a call: their events, and how many a device may have."""

import pytest
from flask import Flask

from handlers.calls import signaling
from handlers.calls.message_parser import FULL_READ, MAX_MESSAGE_CHARACTERS
from scheduling.visits.visit import Visit
from tests.webhooks.app_server import SATURDAY, AppServer, application, minutes
from tests.webhooks.call_kit import entered, screen
from webhooks.call_api.stream import all_messages


def test_a_stream_says_how_the_call_stands_and_ends_with_it(
    app_server: AppServer, web_app: Flask, visit: Visit
) -> None:
    phone = web_app.test_client()
    mine = entered(phone, app_server.link(visit, "join"))
    app_server.set_clock(SATURDAY + minutes(31))
    with phone.get(f"/call/{mine['key']}/stream") as answer:
        assert answer.mimetype == "text/event-stream"
        said = answer.get_data(as_text=True)
    assert 'event: state\ndata: {"phase": "over"' in said


def test_a_stream_that_has_lasted_its_time_says_that_the_next_may_come(
    app_server: AppServer, web_app: Flask, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webhooks.call_api.stream.STREAM_SECONDS", 0.2)
    phone = web_app.test_client()
    mine = entered(phone, app_server.link(visit, "join"))
    with phone.get(f"/call/{mine['key']}/stream") as answer:
        said = answer.get_data(as_text=True)
    assert said.count("event: state\n") == 1
    assert said.endswith("event: again\ndata: 1\n\n")


def test_a_ring_brings_all_letters_also_those_that_one_answer_has_no_room_for(
    app_server: AppServer, visit: Visit
) -> None:
    phone = application(app_server).test_client()
    mine, kiosk = entered(phone, app_server.link(visit, "join")), screen(app_server, visit)
    to = {"to": kiosk["device"], "to_epoch": 1, "kind": "offer", "body": {"sdp": "v" * (MAX_MESSAGE_CHARACTERS - 100)}}
    letters = [to | {"number": number} for number in range(1, 8)]
    assert phone.post(f"/call/{mine['key']}/send", json={"messages": letters}).status_code == 200
    found = signaling.read(app_server.deps, kiosk["key"], 0)
    assert found is not None
    assert FULL_READ <= len(found.messages) < len(letters)
    assert len(list(all_messages(app_server.deps, found, 0))) == len(letters)


def test_who_finds_no_thread_free_asks_instead_and_a_seat_is_given_back(app_server: AppServer, visit: Visit) -> None:
    app_server.deps.settings.call_streams = 1
    app = application(app_server)
    phone, link = app.test_client(), app_server.link(visit, "join")
    key = entered(phone, link)["key"]
    first = phone.get(f"/call/{key}/stream", buffered=False)
    assert first.status_code == 200
    busy = phone.get(f"/call/{key}/stream")
    assert (busy.status_code, busy.get_json()["error"]) == (503, "busy")
    assert phone.get(f"/call/{key}/mail").status_code == 200
    first.close()
    again = phone.get(f"/call/{key}/stream", buffered=False)
    assert again.status_code == 200
    again.close()


def test_one_device_does_not_take_the_streams_of_all(app_server: AppServer, visit: Visit) -> None:
    app_server.deps.settings.call_streams = 4
    app = application(app_server)
    phone = app.test_client()
    mine, kiosk = entered(phone, app_server.link(visit, "join")), screen(app_server, visit)
    held = [phone.get(f"/call/{mine['key']}/stream", buffered=False) for _ in range(4)]
    assert [each.status_code for each in held] == [200, 200, 503, 503]
    other = phone.get(f"/call/{kiosk['key']}/stream", buffered=False)
    assert other.status_code == 200
    for each in (*held, other):
        each.close()
