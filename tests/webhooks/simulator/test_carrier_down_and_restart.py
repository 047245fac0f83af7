"""Switched off and on, stopped and started: nothing said is lost."""

import threading
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from twilio.base.exceptions import TwilioRestException

from tests.waiting import eventually
from tests.webhooks.simulator.recording_app import LINE, PUBLIC, RecordingApp
from tests.webhooks.simulator.twilio_side import twilio_client
from webhooks.simulator import Simulator, SimulatorConfig

TANYA = "+15550100002"
STATUS = f"{PUBLIC}/webhooks/twilio/status"


def test_down_keeps_both_directions_and_recovery_delivers_in_order(
    simulator: Simulator, browser: FlaskClient, application: RecordingApp
) -> None:
    client = twilio_client(simulator)
    client.messages.create(to=TANYA, from_=LINE, body="before", status_callback=STATUS)
    browser.post("/api/carrier", json={"down": True})
    for text in ("can i see marcus", "saturday"):
        browser.post(f"/api/phones/{TANYA}/say", json={"text": text})
    assert simulator.drain() == 0
    with pytest.raises(TwilioRestException) as down:
        client.messages.create(to=TANYA, from_=LINE, body="x")
    assert down.value.status == 503
    assert browser.get("/api/state").get_json()["carrier"] == {"down": True, "waiting": 2, "line_answers": True}
    browser.post("/api/carrier", json={"down": False})
    simulator.drain()
    assert [form["Body"] for form in application.inbound] == ["can i see marcus", "saturday"]
    assert application.statuses[-1]["MessageStatus"] == "delivered"


def test_stop_said_while_down_counts_when_it_is_carried(simulator: Simulator, browser: FlaskClient) -> None:
    browser.post("/api/carrier", json={"down": True})
    browser.post(f"/api/phones/{TANYA}/say", json={"text": "STOP"})
    assert not simulator.store.opted_out(LINE, TANYA)
    browser.post("/api/carrier", json={"down": False})
    assert simulator.store.opted_out(LINE, TANYA)


def test_a_restart_keeps_messages_opt_outs_phones_and_what_is_owed(
    config: SimulatorConfig, application: RecordingApp, build: Callable[[SimulatorConfig], Simulator]
) -> None:
    before = build(config)
    before.carrier.say(TANYA, "STOP")
    before.carrier.say("+15550100001", "visitas")
    sent = twilio_client(before).messages.create(to="+15550100001", from_=LINE, body="hola", status_callback=STATUS)
    before.close()
    after = build(config)
    assert after.store.opted_out(LINE, TANYA)
    assert len(after.store.phones()) == len(config.phones)
    after.drain()
    assert {form["Body"] for form in application.inbound} == {"STOP", "visitas"}
    assert twilio_client(after).messages(str(sent.sid)).fetch().status == "delivered"


def test_the_thread_posts_until_it_is_stopped(simulator: Simulator, application: RecordingApp) -> None:
    simulator.start()
    simulator.start()
    simulator.carrier.say(TANYA, "visits")
    simulator.poster.wake()
    eventually(lambda: application.inbound)
    assert [form["Body"] for form in application.inbound] == ["visits"]
    simulator.stop()
    assert not [each for each in threading.enumerate() if each.name == "simulator-poster"]
    simulator.carrier.say(TANYA, "later")
    simulator.poster.wake()
    assert len(application.inbound) == 1
    simulator.start()
    eventually(lambda: len(application.inbound) >= 2)
    assert [form["Body"] for form in application.inbound] == ["visits", "later"]
