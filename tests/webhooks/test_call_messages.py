"""Signaling messages: who receives them, and what is refused."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from handlers.calls import signaling
from handlers.calls.message_parser import parse_messages
from handlers.calls.signaling import Heartbeat
from scheduling.calls import devices
from scheduling.policy.vocabulary import Side
from scheduling.storage.tables import call_beats, call_messages
from scheduling.visits.visit import Visit
from tests.webhooks.app_server import SATURDAY, AppServer, application, minutes
from tests.webhooks.call_kit import OFFER, entered, screen


def test_letters_reach_whom_they_are_for_once_and_in_order(app_server: AppServer, web_app: Flask, visit: Visit) -> None:
    phone = web_app.test_client()
    mine, kiosk = entered(phone, app_server.link(visit, "join")), screen(app_server, visit)
    letters = [OFFER | {"number": number, "to": kiosk["device"], "to_epoch": 1} for number in (1, 2)]
    for _ in range(2):  # the answer to the first was lost
        assert phone.post(f"/call/{mine['key']}/send", json={"messages": letters}).status_code == 200
    found = phone.get(f"/call/{kiosk['key']}/mail?after=0").get_json()["messages"]
    assert [(each["from"], each["kind"], each["body"]) for each in found] == [
        (mine["device"], "offer", {"sdp": "v=0"})
    ] * 2
    after = found[-1]["id"]
    assert phone.get(f"/call/{kiosk['key']}/mail?after={after}").get_json()["messages"] == []
    assert phone.get(f"/call/{mine['key']}/mail").get_json()["messages"] == []


def test_nobody_reads_or_writes_in_the_call_of_others(app_server: AppServer, web_app: Flask) -> None:
    visit = app_server.paid()
    ana = app_server.paid(SATURDAY.replace(hour=10), "Ana Diaz", "51877")
    app_server.set_clock(SATURDAY.replace(hour=10))
    stranger = entered(web_app.test_client(), app_server.link(ana, "join"))
    app_server.set_clock(SATURDAY)
    kiosk, phone = screen(app_server, visit), web_app.test_client()
    letter = OFFER | {"to": kiosk["device"], "to_epoch": 1}
    assert phone.post(f"/call/{stranger['key']}/send", json={"messages": [letter]}).status_code == 200
    with app_server.deps.db.read() as tx:
        assert tx.execute(sa.select(call_messages)).all() == []


@pytest.mark.parametrize(
    "messages",
    [None, "x", [1], [{"number": "x"}], [OFFER | {"to": 1, "to_epoch": 1, "kind": "shout"}],
     [OFFER | {"to": 1, "to_epoch": 1, "body": "text"}], [OFFER | {"to": 1, "to_epoch": 1}] * 65],
)  # fmt: skip
def test_what_is_no_letter_is_refused_and_nothing_is_kept(
    app_server: AppServer, web_app: Flask, visit: Visit, messages: Any
) -> None:
    phone = web_app.test_client()
    mine = entered(phone, app_server.link(visit, "join"))
    assert phone.post(f"/call/{mine['key']}/send", json={"messages": messages}).status_code == 400
    with app_server.deps.db.read() as tx:
        assert tx.execute(sa.select(call_messages)).all() == []


def test_a_beat_and_a_letter_without_a_look_are_kept_as_with_one(app_server: AppServer, visit: Visit) -> None:
    phone = application(app_server).test_client()
    mine, kiosk = entered(phone, app_server.link(visit, "join")), screen(app_server, visit)
    told = signaling.read(app_server.deps, mine["key"], 0)
    assert told is not None
    app_server.set_clock(app_server.now + timedelta(seconds=10))
    assert signaling.heartbeat_cached(
        app_server.deps, told, Heartbeat(seen=True, heard=False, report={"link": "connected"}, figures={})
    )
    with app_server.deps.db.read() as tx:
        (device,) = [each for each in devices.of_visit(tx, visit.id) if each.side == Side.FAMILY]
        (kept,) = tx.execute(sa.select(call_beats)).all()
    assert (device.seen_at, device.report) == (app_server.now, {"link": "connected"})
    assert (kept.device_id, kept.seen, kept.heard) == (mine["device"], True, False)
    assert app_server.deps.wakeups.version(f"device:{kiosk['device']}") == 0
    to = {"to_epoch": 1}
    letters = parse_messages([OFFER | to | {"to": kiosk["device"]}, OFFER | to | {"number": 2, "to": 999}])
    signaling.send_cached(app_server.deps, told, letters)
    assert app_server.deps.wakeups.version(f"device:{kiosk['device']}") > 0
    heard = signaling.read(app_server.deps, kiosk["key"], 0)
    assert heard is not None
    assert [each.sender for each in heard.messages] == [mine["device"]]  # nobody else's call is told anything


def test_what_no_browser_could_read_is_not_passed_on(app_server: AppServer, web_app: Flask, visit: Visit) -> None:
    phone = web_app.test_client()
    mine, kiosk = entered(phone, app_server.link(visit, "join")), screen(app_server, visit)
    to = f'"to": {kiosk["device"]}, "to_epoch": 1, "kind": "offer"'
    for letter in (f'{{"number": 1, {to}, "body": {{"sdp": NaN}}}}', f'{{"number": 1e999, {to}, "body": {{}}}}'):
        answer = phone.post(f"/call/{mine['key']}/send", data=f'{{"messages": [{letter}]}}')
        assert answer.status_code == 400
    for number, to_device in ((10**30, kiosk["device"]), (1, 10**30), (-1, kiosk["device"])):
        letters = [OFFER | {"number": number, "to": to_device, "to_epoch": 1}]
        assert phone.post(f"/call/{mine['key']}/send", json={"messages": letters}).status_code == 400
    assert phone.get(f"/call/{mine['key']}/mail?after={10**30}").status_code == 200
    with app_server.deps.db.read() as tx:
        assert tx.execute(sa.select(call_messages)).all() == []


def test_letters_are_small_answers_are_small_and_old_ones_go(
    app_server: AppServer, web_app: Flask, visit: Visit
) -> None:
    phone = web_app.test_client()
    mine, kiosk = entered(phone, app_server.link(visit, "join")), screen(app_server, visit)

    def send(number: int, size: int) -> int:
        letter = OFFER | {"number": number, "to": kiosk["device"], "to_epoch": 1, "body": {"sdp": "v" * size}}
        return phone.post(f"/call/{mine['key']}/send", json={"messages": [letter]}).status_code

    assert send(1, 20_000) == 400
    assert [send(number, 16_000) for number in range(2, 9)] == [200] * 7
    first = phone.get(f"/call/{kiosk['key']}/mail?after=0").get_json()["messages"]
    assert len(first) == 4
    rest = phone.get(f"/call/{kiosk['key']}/mail?after={first[-1]['id']}").get_json()["messages"]
    assert len(rest) == 3
    app_server.set_clock(app_server.now + minutes(3))
    assert send(9, 10) == 200
    with app_server.deps.db.read() as tx:
        assert len(tx.execute(sa.select(call_messages)).all()) == 1
