"""The page's JSON: state, cursor, clock, reset, and who may ask."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client as WsgiClient

from tests.webhooks.simulator.recording_app import LINE, MONDAY, RecordingApp
from tests.webhooks.simulator.twilio_side import twilio_client
from webhooks.simulator import Simulator, SimulatorConfig
from webhooks.simulator.config import CAST

TANYA = "+15550100002"
REED = "+15550109001"


def test_the_page_and_its_files_work_below_a_prefix(simulator: Simulator) -> None:
    mounted = WsgiClient(DispatcherMiddleware(lambda *_: [], {"/simulator": simulator}))
    page = mounted.get("/simulator/").get_data(as_text=True)
    assert 'data-base="/simulator"' in page
    for name in ("simulator.js", "simulator.css", "icon.svg"):
        assert f"/simulator/static/{name}" in page
        answer = mounted.get(f"/simulator/static/{name}")
        assert answer.status_code == 200
        answer.close()


def test_an_address_that_is_no_page_leads_to_the_phones(simulator: Simulator) -> None:
    mounted = WsgiClient(DispatcherMiddleware(lambda *_: [], {"/simulator": simulator}))
    answer = mounted.get("/simulator/xx")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.get_data(as_text=True)
    assert 'href="/simulator/"' in answer.get_data(as_text=True)


def test_the_page_asks_nothing_of_the_network(browser: FlaskClient) -> None:
    answer = browser.get("/")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert 'src="http' not in answer.text
    assert "https://visits.example.org/console/log" in answer.text


def test_the_cast_stands_there(browser: FlaskClient) -> None:
    phones = browser.get("/api/state").get_json()["phones"]
    assert [phone["name"] for phone in phones] == [phone.name for phone in CAST]
    assert {phone["role"] for phone in phones} == {"family", "attorney", "stranger", "staff"}
    assert all(phone["chips"] for phone in phones)


def test_the_cursor_brings_only_what_changed(simulator: Simulator, browser: FlaskClient) -> None:
    browser.post(f"/api/phones/{TANYA}/say", json={"text": "visits"})
    first = browser.get("/api/messages").get_json()
    assert [message["body"] for message in first["messages"]] == ["visits"]
    assert browser.get(f"/api/messages?after={first['cursor']}").get_json()["messages"] == []
    simulator.drain()
    changed = browser.get(f"/api/messages?after={first['cursor']}").get_json()
    assert [message["status"] for message in changed["messages"]] == ["received"]
    assert changed["cursor"] > first["cursor"]


def test_a_bubble_says_size_time_and_side(simulator: Simulator, browser: FlaskClient) -> None:
    simulator.application.read_clock()
    twilio_client(simulator).messages.create(to=TANYA, from_=LINE, body="el sábado " * 8)
    [message] = browser.get("/api/messages").get_json()["messages"]
    assert (message["encoding"], message["segments"], message["mine"]) == ("UCS-2", 2, False)
    assert (message["day"], message["time"]) == ("Mon Nov 23", "1:04 PM")


def test_the_clock_shows_and_jumps_to_what_is_due(
    simulator: Simulator, browser: FlaskClient, application: RecordingApp
) -> None:
    application.next_due = (MONDAY + timedelta(hours=20, minutes=56), "the time to pay ends (V7K2)")
    simulator.application.read_clock()
    clock = browser.get("/api/state").get_json()["clock"]
    assert (clock["label"], clock["zone"]) == ("Mon Nov 23 1:04 PM", "America/Chicago")
    assert clock["next"]["label"] == "Tuesday 10:00 AM, when the time to pay ends (V7K2)"
    jumped = browser.post("/api/clock", json={"to": "next"}).get_json()
    assert (jumped["label"], jumped["next"]) == ("Tue Nov 24 10:00 AM", None)
    browser.post("/api/clock", json={"advance_minutes": 60})
    browser.post(f"/api/phones/{TANYA}/say", json={"text": "visits"})
    assert browser.get("/api/messages").get_json()["messages"][-1]["time"] == "11:00 AM"


def test_without_a_dev_token_the_real_time_shows(
    config: SimulatorConfig, build: Callable[[SimulatorConfig], Simulator], application: RecordingApp
) -> None:
    simulator = build(replace(config, dev_token=""))
    simulator.application.read_clock()
    clock = simulator.app.test_client().get("/api/state").get_json()["clock"]
    assert clock["available"] is False
    assert not clock["label"].startswith("Mon Nov 23 1:04")


def test_an_application_that_is_gone_is_said_in_words(
    config: SimulatorConfig, build: Callable[[SimulatorConfig], Simulator], application: RecordingApp
) -> None:
    client = build(replace(config, application_url="http://127.0.0.1:1")).app.test_client()
    answer = client.post("/api/reset", json={}, headers={"X-Requested-With": "simulator"})
    assert (answer.status_code, answer.get_json()) == (502, {"error": "The line does not answer."})


def test_reset_forgets_here_and_in_the_application(
    simulator: Simulator, browser: FlaskClient, application: RecordingApp
) -> None:
    browser.post(f"/api/phones/{TANYA}/say", json={"text": "STOP"})
    browser.post("/api/phones", json={"number": "+15550100123", "name": "Darnell's brother"})
    before = browser.get("/api/state").get_json()
    assert browser.post("/api/reset", json={}).get_json() == {"ok": True}
    after = browser.get("/api/state").get_json()
    assert application.resets == 1
    assert after["epoch"] > before["epoch"]
    assert after["cursor"] >= before["cursor"]
    assert browser.get("/api/messages").get_json()["messages"] == []
    assert [phone["opted_out"] for phone in after["phones"]] == [False] * len(CAST)
    assert simulator.drain() == 0


def test_a_phone_can_be_added_and_speaks(simulator: Simulator, browser: FlaskClient, application: RecordingApp) -> None:
    added = browser.post("/api/phones", json={"number": "+1 555 010 0123", "name": "Luz Ortega", "language": "es"})
    assert (added.status_code, added.get_json()["number"]) == (201, "+15550100123")
    assert browser.post("/api/phones/+15550100123/say", json={"text": "hola"}).status_code == 201
    simulator.drain()
    assert application.inbound[-1]["From"] == "+15550100123"


@pytest.mark.parametrize(
    "path, body, status",
    [
        ("/api/phones", {"number": "12"}, 400),
        ("/api/phones", {"number": LINE}, 400),
        ("/api/phones/+15550199999/say", {"text": "x"}, 404),
        (f"/api/phones/{TANYA}/say", {"text": "  "}, 400),
        (f"/api/phones/{TANYA}/say", {"text": "x" * 1601}, 400),
        (f"/api/phones/{TANYA}/say", ["x"], 400),
        ("/api/carrier", {"busy": "often"}, 400),
    ],
)
def test_what_cannot_be_is_refused_in_words(browser: FlaskClient, path: str, body: object, status: int) -> None:
    answer = browser.post(path, json=body)
    assert answer.status_code == status
    assert answer.get_json()["error"].endswith(".")


@pytest.mark.parametrize(
    "path", [f"/api/phones/{TANYA}/say", "/api/phones", "/api/carrier", "/api/clock", "/api/reset"]
)
def test_another_site_cannot_change_anything(simulator: Simulator, application: RecordingApp, path: str) -> None:
    foreign = simulator.app.test_client()
    assert foreign.post(path, json={"text": "x", "down": True}).status_code == 403
    assert foreign.get(path).status_code in (404, 405)
    assert simulator.store.messages("1 = 1") == []
    assert not simulator.carrier.down


def test_another_name_for_this_machine_is_not_served(browser: FlaskClient) -> None:
    assert browser.get("/api/messages", headers={"Host": "evil.example"}).status_code == 403
    assert browser.get("/api/messages", headers={"Host": "127.0.0.1:8000"}).status_code == 200


def test_the_officers_chips_follow_the_card(simulator: Simulator, browser: FlaskClient) -> None:
    card = (
        "V7K2 Tanya Johnson (mother) for Marcus Johnson 48213\nDecide by 5 PM\n"
        "Reply 417 OK, 417 NO, or 417 SUN 2PM. All: LIST"
    )
    twilio_client(simulator).messages.create(to=REED, from_=LINE, body=card)
    phones = {phone["number"]: phone for phone in browser.get("/api/state").get_json()["phones"]}
    assert phones[REED]["chips"][:4] == ["417 OK", "417 NO", "417 SUN 2PM", "LIST"]
    assert phones["+15550109002"]["chips"] == ["list", "today", "tomorrow"]
