"""Who is admitted at a kiosk, and what a kiosk never learns."""

import json
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from bot.channels.twilio import SMS
from bot.messages import Address
from handlers.tables import requests
from scheduling.calls import devices, kiosks
from scheduling.people import people
from scheduling.policy.vocabulary import ActorKind, VisitKind
from scheduling.storage.tables import people as people_table
from scheduling.storage.tables import terminals
from scheduling.visits import asking, deciding
from scheduling.visits.search import Wish
from scheduling.visits.transition import Actor
from scheduling.visits.visit import Visit
from tests.webhooks.app_server import SATURDAY, STAFF, AppServer, application, minutes
from tests.webhooks.kiosk_kit import (
    call_row,
    enter,
    entries,
    later,
    paired,
    pin_of,
    poll,
    ringing,
    rules,
    told,
)


def test_the_right_pin_lets_him_in(app_server: AppServer, web: FlaskClient) -> None:
    visit, pin = ringing(app_server, web), pin_of(app_server)
    assert poll(web)["needs"] == "pin"
    answer = enter(web, pin)
    assert (answer.status_code, answer.get_json()["side"]) == (200, "kiosk")
    assert "Max-Age=34560000" in answer.headers["Set-Cookie"]
    row = call_row(app_server)
    assert (row.admitted_how, row.admitted_at, row.pressed_at) == ("pin", app_server.now, None)
    assert poll(web) == {"state": "call", "language": "en", "every": 10}
    assert enter(web).status_code == 200
    assert entries(app_server) == [(visit.id, 2)]
    assert told(app_server) == []


def test_a_wrong_pin_does_not_and_five_call_an_officer_once(app_server: AppServer, web: FlaskClient) -> None:
    ringing(app_server, web)
    pin = pin_of(app_server)
    wrong = f"{(int(pin) + 1) % 10_000:04}"
    for _ in range(4):
        answer = enter(web, wrong)
        assert (answer.status_code, answer.get_json()["error"]) == (403, "pin")
    assert told(app_server) == []
    for tried in (wrong, wrong, pin):
        answer = enter(web, tried)
        assert (answer.status_code, answer.get_json()["error"]) == (403, "locked")
    assert call_row(app_server).admitted_at is None
    assert len(told(app_server)) == 2
    assert all(
        "B-1: Marcus Johnson 48213 needs you: the PIN is locked. Is it him?" in each for each in told(app_server)
    )
    state = poll(web)
    assert (state["needs"], state["asked"], state["every"]) == ("officer", True, 3)


def test_without_a_pin_staff_on_duty_are_told_once_each_with_a_link_of_his_own(
    app_server: AppServer, web: FlaskClient
) -> None:
    ringing(app_server, web)
    for _ in range(3):
        answer = enter(web)
        assert (answer.status_code, answer.get_json()["error"]) == (403, "officer")
    texts = told(app_server)
    assert len(texts) == 2  # Reed and Molina
    assert all("B-1: Marcus Johnson 48213 has no PIN. Is it him?" in each for each in texts)
    links = {each.split("/calls/")[1] for each in texts}
    assert len(links) == 2
    assert call_row(app_server).pressed_at == app_server.now
    for link in links:
        assert "Marcus Johnson" in web.get(f"/calls/{link}").text


def test_who_has_a_pin_may_still_ask_for_an_officer(app_server: AppServer, web: FlaskClient) -> None:
    ringing(app_server, web)
    pin = pin_of(app_server)
    assert enter(web).get_json()["error"] == "officer"
    assert "asks for an officer" in told(app_server)[0]
    assert poll(web)["needs"] == "pin"
    assert enter(web, pin).status_code == 200


def test_who_left_shows_anew_that_it_is_he_and_the_screen_does_not_ring_for_it(
    app_server: AppServer, web: FlaskClient
) -> None:
    visit, pin = ringing(app_server, web), pin_of(app_server)
    key = enter(web, pin).get_json()["key"]
    later(app_server)
    assert web.post(f"/call/{key}/leave").status_code == 200
    state = poll(web)
    assert (state["state"], state["needs"], state["quiet"], state["asked"]) == ("ring", "pin", True, False)
    assert enter(web, f"{(int(pin) + 1) % 10_000:04}").status_code == 403
    assert entries(app_server) == [(visit.id, 1)]
    later(app_server)
    assert enter(web, pin).status_code == 200
    assert poll(web)["state"] == "call"
    assert entries(app_server) == [(visit.id, 2)]


def test_who_left_and_has_no_pin_calls_an_officer_once_more(app_server: AppServer, web: FlaskClient) -> None:
    visit = ringing(app_server, web)
    enter(web)
    link = told(app_server)[0].split("/calls/")[1]
    later(app_server)
    assert web.post(f"/calls/{link}/{visit.reference}/admit").status_code == 303
    assert poll(web)["state"] == "call"
    key = enter(web).get_json()["key"]
    later(app_server)
    web.post(f"/call/{key}/leave")
    later(app_server)
    assert poll(web)["asked"] is False
    assert "/admit" in web.get(f"/calls/{link}").text
    before = len(told(app_server))
    assert [enter(web).get_json()["error"] for _ in range(2)] == ["officer"] * 2
    assert len(told(app_server)) == 2 * before
    assert "Waits at B-1 for an officer" in web.get(f"/calls/{link}").text
    later(app_server)
    assert "done=admitted" in web.post(f"/calls/{link}/{visit.reference}/admit").location
    assert enter(web).status_code == 200


def test_a_screen_that_lost_its_power_enters_by_itself(app_server: AppServer, web: FlaskClient) -> None:
    ringing(app_server, web)
    enter(web, pin_of(app_server))
    later(app_server, 3)
    assert poll(web)["state"] == "call"
    assert enter(web).status_code == 200


def test_it_never_rings_before_anybody_may_enter(app_server: AppServer, web: FlaskClient) -> None:
    rules(app_server, join_early=timedelta(0), resident_proof=False)
    app_server.paid()
    paired(app_server, web)
    app_server.set_clock(SATURDAY - minutes(1))
    assert poll(web)["state"] == "idle"
    assert enter(web).status_code == 410
    app_server.set_clock(SATURDAY)
    assert poll(web)["state"] == "ring"
    assert enter(web).status_code == 200


def test_where_the_button_is_enough_it_is(app_server: AppServer, web: FlaskClient) -> None:
    rules(app_server, resident_proof=False)
    ringing(app_server, web)
    assert poll(web)["needs"] == "button"
    assert enter(web).status_code == 200
    assert call_row(app_server).admitted_how == "open"


def test_a_pin_of_another_resident_does_not_open(app_server: AppServer, web: FlaskClient) -> None:
    ringing(app_server, web)
    own, other = pin_of(app_server), pin_of(app_server, "50333")
    if own != other:
        assert enter(web, other).get_json()["error"] == "pin"


@pytest.mark.parametrize("body", ["", "[]", "null", '{"pin": null}', '{"pin": {"a": 1}}', '{"pin": 12}', "{"])
def test_whatever_else_is_sent_lets_nobody_in(app_server: AppServer, web: FlaskClient, body: str) -> None:
    ringing(app_server, web)
    pin_of(app_server)
    answer = web.post("/kiosk/enter", data=body, content_type="application/json")
    assert answer.status_code == 403
    assert call_row(app_server).admitted_at is None


def test_nothing_can_be_entered_before_it_rings_after_its_end_or_by_an_unpaired_screen(
    app_server: AppServer, web: FlaskClient, web_app: Any
) -> None:
    app_server.paid()
    pin = pin_of(app_server)
    stranger = web_app.test_client()
    assert enter(stranger, pin).status_code == 410
    poll(stranger)
    assert enter(stranger, pin).status_code == 410
    paired(app_server, web)
    for moment in (SATURDAY - minutes(2.1), SATURDAY + minutes(30)):
        app_server.set_clock(moment)
        answer = enter(web, pin)
        assert (answer.status_code, answer.get_json()["error"]) == (410, "over")
    with app_server.deps.db.read() as tx:
        assert set(tx.execute(sa.select(requests.c.kind, requests.c.outcome)).all()) == {("kiosk", "over")}


def test_of_an_attorneys_visit_it_learns_no_more_than_of_any(app_server: AppServer, web: FlaskClient) -> None:
    start = SATURDAY.replace(day=27, hour=9)

    def asked(tx: Any) -> Visit:
        named = sa.select(people_table.c.id).where(people_table.c.name == "Dana Whitlock")
        who = people.get(tx, tx.execute(named).scalar_one())
        whom = next(each for each in people.may_see(tx, who) if each.number == "48213")
        wish, by = Wish(who, whom, VisitKind.LEGAL, 30), Actor(ActorKind.FAMILY, who.id, "sms")
        chat = Address(SMS, "+15550100009", "+15551234567")
        kept = asking.hold(tx, wish, start, chat=chat, actor=by, now=app_server.now)
        visit = asking.ask(tx, kept, wish, actor=by, now=app_server.now)
        return deciding.approve(tx, visit, revision=visit.revision, actor=STAFF, now=app_server.now)

    visit = app_server.run(asked)
    assert visit.state == "confirmed"
    paired(app_server, web)
    said = []
    for moment in (start - minutes(5), start):
        app_server.set_clock(moment)
        said.append(json.dumps(poll(web)))
    pin = pin_of(app_server)
    said += [enter(web, wrong).text for wrong in (f"{(int(pin) + 1) % 10_000:04}", None)]
    assert '"ring"' in said[1]
    for each in said:
        assert not any(word in each.casefold() for word in ("legal", "attorney", "whitlock", "dana"))
    (first, *_) = told(app_server)
    assert "Whitlock" not in first


def test_of_a_familys_visit_it_never_learns_who_comes(app_server: AppServer, web: FlaskClient) -> None:
    ringing(app_server, web)
    said = json.dumps(poll(web)) + enter(web).text + enter(web, pin_of(app_server)).text
    assert "Tanya" not in said
    assert "Johnson" not in said


def test_another_screen_is_no_way_past_the_pin(app_server: AppServer, web: FlaskClient) -> None:
    """Paired while the call runs: the person at the new screen must prove again who they are."""
    ringing(app_server, web)
    assert enter(web, pin_of(app_server)).status_code == 200
    other = application(app_server).test_client()
    code = poll(other)["code"]
    with app_server.deps.db.begin() as tx:
        where = tx.execute(sa.select(terminals).where(terminals.c.name == "B-1")).one()
        reed = tx.execute(sa.select(people_table.c.id).where(people_table.c.name == "Officer Reed")).scalar_one()
        before = kiosks.of_terminal(tx, where.id)
        assert before is not None
        assert kiosks.pair(tx, where.facility_id, code, where.id, reed, now=app_server.now)
        devices.leave_all_of_kiosk(tx, before.id, now=app_server.now)
    assert poll(other)["state"] == "ring"
    assert enter(other).status_code == 403
