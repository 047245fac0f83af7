"""The application's side of the carrier, driven by Twilio's own client."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from flask.testing import FlaskClient
from twilio.base.exceptions import TwilioRestException
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from tests.webhooks.simulator.recording_app import LINE, MONDAY, PUBLIC, RecordingApp
from tests.webhooks.simulator.twilio_side import twilio_client
from webhooks.simulator import Phone, Simulator, SimulatorConfig

TANYA = "+15550100002"
STATUS = f"{PUBLIC}/webhooks/twilio/status"


def test_a_send_is_queued_then_sent_then_delivered(simulator: Simulator, application: RecordingApp) -> None:
    client = twilio_client(simulator)
    sent = client.messages.create(to=TANYA, from_=LINE, body="Asked, not booked yet", status_callback=STATUS)
    assert (sent.status, sent.direction, sent.num_segments) == ("queued", "outbound-api", "1")
    simulator.drain()
    assert [status["MessageStatus"] for status in application.statuses] == ["queued", "sent", "delivered"]
    assert {status["MessageSid"] for status in application.statuses} == {sent.sid}
    assert application.statuses[0]["To"] == TANYA
    assert application.forged == 0
    assert client.messages(sent.sid).fetch().status == "delivered"


def test_nothing_is_posted_without_a_callback(simulator: Simulator, application: RecordingApp) -> None:
    sent = twilio_client(simulator).messages.create(to=TANYA, from_=LINE, body="hello")
    simulator.drain()
    assert application.statuses == []
    assert twilio_client(simulator).messages(sent.sid).fetch().status == "delivered"


@pytest.mark.parametrize(
    "send, code",
    [
        ({"to": "+1555", "from_": LINE, "body": "x"}, 21211),
        ({"to": "Tanya", "from_": LINE, "body": "x"}, 21211),
        ({"to": TANYA, "from_": "+15557654321", "body": "x"}, 21606),
        ({"to": TANYA, "body": "x"}, 21603),
        ({"to": TANYA, "from_": LINE, "body": ""}, 21602),
        ({"to": TANYA, "from_": LINE, "body": "x" * 1601}, 21617),
    ],
)
def test_a_bad_send_is_refused_with_twilios_code(simulator: Simulator, send: dict[str, str], code: int) -> None:
    with pytest.raises(TwilioRestException) as refused:
        twilio_client(simulator).messages.create(**send)
    assert (refused.value.status, refused.value.code) == (400, code)


def test_a_text_of_1600_characters_is_taken(simulator: Simulator) -> None:
    sent = twilio_client(simulator).messages.create(to=TANYA, from_=LINE, body="x" * 1600)
    assert sent.num_segments == "11"


def test_a_wrong_token_is_401(simulator: Simulator) -> None:
    with pytest.raises(TwilioRestException) as refused:
        twilio_client(simulator, token="wrong").messages.create(to=TANYA, from_=LINE, body="x")
    assert (refused.value.status, refused.value.code) == (401, 20003)


def test_an_unknown_message_is_404(simulator: Simulator) -> None:
    with pytest.raises(TwilioRestException) as refused:
        twilio_client(simulator).messages("SM" + "0" * 32).fetch()
    assert (refused.value.status, refused.value.code) == (404, 20404)


def test_the_list_pages_newest_first_and_filters(simulator: Simulator) -> None:
    client = twilio_client(simulator)
    for number in range(5):
        client.messages.create(to=TANYA, from_=LINE, body=f"text {number}")
    client.messages.create(to="+15550100001", from_=LINE, body="para Ana")
    bodies = [message.body for message in client.messages.stream(to=TANYA, from_=LINE, page_size=2)]
    assert bodies == [f"text {number}" for number in (4, 3, 2, 1, 0)]


def test_a_page_does_not_shift_when_a_text_arrives(simulator: Simulator) -> None:
    client = twilio_client(simulator)
    for number in range(4):
        client.messages.create(to=TANYA, from_=LINE, body=f"text {number}")
    page = client.messages.page(page_size=2)
    client.messages.create(to=TANYA, from_=LINE, body="late")
    following = page.next_page()
    assert following is not None
    assert [message.body for message in following] == ["text 1", "text 0"]


def test_the_list_by_day_and_moment_goes_by_the_applications_clock(
    simulator: Simulator, application: RecordingApp
) -> None:
    simulator.application.read_clock()
    client = twilio_client(simulator)
    client.messages.create(to=TANYA, from_=LINE, body="monday")
    simulator.drain()
    assert len(client.messages.list(date_sent=date(2026, 11, 23))) == 1
    assert client.messages.list(date_sent=date(2026, 11, 24)) == []
    before = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
    assert len(client.messages.list(date_sent_after=before)) == 1
    assert client.messages.list(date_sent_before=before) == []
    found = client.messages.list()[0].date_sent
    assert found is not None
    assert abs((found - MONDAY).total_seconds()) < 60


def test_a_lost_answer_leaves_the_message_to_be_found(simulator: Simulator, browser: FlaskClient) -> None:
    client = twilio_client(simulator)
    browser.post("/api/carrier", json={"lose": 1})
    with pytest.raises(TwilioRestException) as lost:
        client.messages.create(to=TANYA, from_=LINE, body="did it go?")
    assert lost.value.status == 500
    assert [message.body for message in client.messages.list(to=TANYA)] == ["did it go?"]


def test_a_busy_carrier_answers_429_as_often_as_told(simulator: Simulator, browser: FlaskClient) -> None:
    client = twilio_client(simulator)
    browser.post("/api/carrier", json={"busy": 1})
    with pytest.raises(TwilioRestException) as busy:
        client.messages.create(to=TANYA, from_=LINE, body="x")
    assert (busy.value.status, busy.value.code) == (429, 20429)
    assert client.messages.create(to=TANYA, from_=LINE, body="x").status == "queued"


def test_a_phone_that_is_off_gets_undelivered(
    config: SimulatorConfig, application: RecordingApp, build: Callable[[SimulatorConfig], Simulator]
) -> None:
    simulator = build(replace(config, phones=(Phone(TANYA, "Tanya Johnson", reachable=False),)))
    twilio_client(simulator).messages.create(to=TANYA, from_=LINE, body="x", status_callback=STATUS)
    simulator.drain()
    assert [status["MessageStatus"] for status in application.statuses] == ["queued", "sent", "undelivered"]
    assert application.statuses[-1]["ErrorCode"] == "30003"


def test_a_text_kept_past_its_validity_fails(simulator: Simulator, application: RecordingApp) -> None:
    twilio_client(simulator).messages.create(
        to=TANYA, from_=LINE, body="in 15 minutes", status_callback=STATUS, validity_period=0
    )
    simulator.drain()
    assert [status["MessageStatus"] for status in application.statuses] == ["queued", "failed"]
    assert application.statuses[-1]["ErrorCode"] == "30036"


def test_media_is_counted_and_shown(simulator: Simulator, browser: FlaskClient) -> None:
    picture = "https://visits.example.org/map.png"
    sent = twilio_client(simulator).messages.create(to=TANYA, from_=LINE, body="the door", media_url=[picture])
    assert sent.num_media == "1"
    assert sent.sid is not None
    assert sent.sid.startswith("MM")
    assert browser.get("/api/messages").json["messages"][0]["media"] == [picture]  # type: ignore[index]


def test_it_serves_below_a_prefix(simulator: Simulator) -> None:
    mounted = DispatcherMiddleware(lambda *_: [], {"/simulator": simulator})
    client = twilio_client(mounted, prefix="/simulator")
    for number in range(3):
        client.messages.create(to=TANYA, from_=LINE, body=f"text {number}")
    assert len(client.messages.list(page_size=2)) == 3
