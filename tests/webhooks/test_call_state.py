"""The state of a call as its devices see it: heartbeats, leaving, and the end."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from handlers.calls import signaling
from handlers.calls.signaling import Heartbeat
from handlers.calls.state_cache import MAX_AGE_UNNOTIFIED_SECONDS
from handlers.tables import flags
from scheduling.calls import attendance, call_record, devices
from scheduling.policy.vocabulary import ActorKind, Side
from scheduling.storage.tables import call_beats, jobs
from scheduling.visits import ending
from scheduling.visits.transition import Actor
from scheduling.visits.visit import Visit, get
from tests.meeting import meet
from tests.webhooks.app_server import SATURDAY, AppServer, application, minutes
from tests.webhooks.call_kit import beat, enter, entered, screen


def test_both_sides_there_have_each_other_as_peers_from_the_start_on(
    app_server: AppServer, web_app: Flask, visit: Visit
) -> None:
    app_server.set_clock(SATURDAY - minutes(1))
    phone = web_app.test_client()
    mine, kiosk = entered(phone, app_server.link(visit, "join")), screen(app_server, visit)
    early = beat(phone, mine["key"])
    assert (early["phase"], early["peers"], early["kiosk"]) == ("waiting", [], True)
    app_server.set_clock(SATURDAY)
    begun = beat(phone, mine["key"])
    assert (begun["phase"], begun["peers"]) == ("call", [{"id": kiosk["device"], "epoch": 1, "side": Side.KIOSK}])
    app_server.set_clock(SATURDAY + minutes(30))
    assert beat(phone, mine["key"])["over"]["why"] == "end"


@pytest.mark.parametrize("what", ["beat", "send", "not-them"])
def test_a_key_of_nobody_gets_a_sentence(web_app: Flask, what: str) -> None:
    answer = web_app.test_client().post(f"/call/{'k' * 22}/{what}", json={"messages": []})
    assert (answer.status_code, answer.get_json()["error"]) == (404, "gone")
    assert "Join again" in answer.get_json()["text"]


def test_beats_are_the_evidence(app_server: AppServer, web_app: Flask, visit: Visit) -> None:
    phone = web_app.test_client()
    mine, kiosk = entered(phone, app_server.link(visit, "join")), screen(app_server, visit)
    for _ in range(3):
        app_server.set_clock(app_server.now + timedelta(seconds=10))
        beat(phone, mine["key"], camera="ok", rtt=80)
        beat(phone, kiosk["key"])
    with app_server.deps.db.read() as tx:
        assert attendance.of(tx, visit, now=app_server.now).connected == timedelta(seconds=30)
        assert devices.by_key(tx, mine["key"]).report == {"camera": "ok"}  # type: ignore[union-attr]


def test_who_says_nothing_for_long_is_taken_out_and_the_others_see_it(
    app_server: AppServer, web_app: Flask, visit: Visit
) -> None:
    phone = web_app.test_client()
    mine, kiosk = entered(phone, app_server.link(visit, "join")), screen(app_server, visit)
    app_server.set_clock(app_server.now + devices.SILENT_AFTER)
    assert beat(phone, mine["key"])["silent"] == [kiosk["device"]]
    app_server.set_clock(app_server.now + devices.GONE_AFTER)
    assert beat(phone, mine["key"])["phase"] == "call", "for so long nobody was heard: the server was away"
    app_server.set_clock(app_server.now + timedelta(seconds=10))
    state = beat(phone, mine["key"])
    assert (state["phase"], state["peers"], state["kiosk"]) == ("waiting", [], False)


def test_leaving_is_no_end_and_the_same_phone_comes_back(app_server: AppServer, web_app: Flask, visit: Visit) -> None:
    phone, link = web_app.test_client(), app_server.link(visit, "join")
    mine = entered(phone, link)
    assert phone.post(f"/call/{mine['key']}/leave").status_code == 200
    assert beat(phone, mine["key"])["over"]["why"] == "left"
    assert entered(phone, link)["epoch"] == 2


def test_this_is_not_them_stops_the_call_and_tells_staff(app_server: AppServer, web_app: Flask, visit: Visit) -> None:
    phone = web_app.test_client()
    mine, kiosk = entered(phone, app_server.link(visit, "join")), screen(app_server, visit)
    assert phone.post(f"/call/{kiosk['key']}/not-them").status_code == 404, "only a family can say so"
    state = phone.post(f"/call/{mine['key']}/not-them").get_json()
    assert (state["phase"], state["over"]["why"]) == ("over", "not_them")
    assert beat(phone, kiosk["key"])["over"]["text"] == "The visit is over.", "the resident does not read what was said"
    with app_server.deps.db.read() as tx:
        assert get(tx, visit.id).state == "in_doubt"
        assert tx.execute(sa.select(flags.c.kind)).scalars().all() == ["not_them"]
    assert enter(phone, app_server.link(visit, "join")).status_code == 410


def test_staff_ending_it_ends_it_for_all(app_server: AppServer, web_app: Flask, visit: Visit) -> None:
    phone = web_app.test_client()
    mine = entered(phone, app_server.link(visit, "join"))
    with app_server.deps.db.begin() as tx:
        meet(tx, visit, minutes=1)
        ending.staff_end(tx, get(tx, visit.id), actor=Actor(ActorKind.STAFF), now=app_server.now, reason="conduct")
    assert beat(phone, mine["key"])["over"]["why"] == "staff"


def test_a_family_sees_that_the_resident_waits_for_an_officer(
    app_server: AppServer, web_app: Flask, visit: Visit
) -> None:
    phone = web_app.test_client()
    mine = entered(phone, app_server.link(visit, "join"))
    assert not beat(phone, mine["key"])["asks"]
    with app_server.deps.db.begin() as tx:
        call_record.set_once(tx, visit, "pressed_at", now=app_server.now)
    app_server.set_clock(app_server.now + timedelta(seconds=MAX_AGE_UNNOTIFIED_SECONDS))
    assert beat(phone, mine["key"])["asks"]
    screen(app_server, visit)
    app_server.set_clock(app_server.now + timedelta(seconds=MAX_AGE_UNNOTIFIED_SECONDS))
    assert not beat(phone, mine["key"])["asks"]


@pytest.mark.parametrize("how", ["left", "entered"])
def test_who_left_or_entered_anew_brings_no_beat_by_what_was_told(
    app_server: AppServer, visit: Visit, how: str
) -> None:
    phone = application(app_server).test_client()
    mine = entered(phone, app_server.link(visit, "join"))
    screen(app_server, visit)
    told = signaling.read(app_server.deps, mine["key"], 0)
    assert told is not None
    if how == "left":
        signaling.leave(app_server.deps, mine["key"])
    else:
        entered(phone, app_server.link(visit, "join"))
    assert not signaling.heartbeat_cached(
        app_server.deps, told, Heartbeat(seen=True, heard=True, report={}, figures={})
    )
    with app_server.deps.db.read() as tx:
        assert tx.execute(sa.select(call_beats)).all() == []


def test_who_was_silent_and_is_back_is_rung_for(app_server: AppServer, visit: Visit) -> None:
    phone = application(app_server).test_client()
    mine = entered(phone, app_server.link(visit, "join"))
    topic = f"call:{visit.id}"
    beat(phone, mine["key"])
    before = app_server.deps.wakeups.version(topic)
    app_server.set_clock(app_server.now + timedelta(seconds=20))
    beat(phone, mine["key"])
    assert app_server.deps.wakeups.version(topic) == before
    app_server.set_clock(app_server.now + timedelta(seconds=30))
    beat(phone, mine["key"])
    assert app_server.deps.wakeups.version(topic) > before


def test_a_link_that_was_taken_back_ends_the_call_of_its_phone(
    app_server: AppServer, web_app: Flask, visit: Visit
) -> None:
    phone = web_app.test_client()
    mine = entered(phone, app_server.link(visit, "join"))
    app_server.revoke(visit)
    assert beat(phone, mine["key"])["over"]["why"] == "gone"


def test_a_visit_that_is_cancelled_during_its_call_ends_the_call(
    app_server: AppServer, web_app: Flask, visit: Visit
) -> None:
    phone = web_app.test_client()
    mine = entered(phone, app_server.link(visit, "join"))
    app_server.run(lambda tx: ending.cancel(tx, get(tx, visit.id), actor=Actor(ActorKind.FAMILY), now=app_server.now))
    assert beat(phone, mine["key"])["over"]["why"] == "end"
    with app_server.deps.db.read() as tx:
        kinds = tx.execute(sa.select(jobs.c.kind).where(jobs.c.state == "queued")).scalars().all()
    assert "end_call" in kinds, "what its devices told each other is forgotten, too"
