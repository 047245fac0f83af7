"""Officers who watch a call."""

from datetime import timedelta

import sqlalchemy as sa
from flask import Flask

from handlers.calls.state_cache import MAX_AGE_UNNOTIFIED_SECONDS
from scheduling.calls import devices
from scheduling.policy.vocabulary import Side
from scheduling.storage.tables import people
from scheduling.visits.visit import Visit
from tests.webhooks.app_server import AppServer
from tests.webhooks.call_kit import OFFER, beat, entered, screen
from tests.webhooks.kiosk_kit import rules


def test_who_is_no_officer_any_more_watches_no_longer(app_server: AppServer, web_app: Flask, visit: Visit) -> None:
    rules(app_server, watching=True)
    with app_server.deps.db.begin() as tx:
        reed = tx.execute(sa.select(people.c.id).where(people.c.name == "Officer Reed")).scalar_one()
        _, key = devices.enter(tx, visit.id, devices.Seat(Side.WATCHER, person_id=reed), now=app_server.now)
    assert beat(web_app.test_client(), key)["over"] is None
    with app_server.deps.db.begin() as tx:
        tx.execute(sa.update(people).where(people.c.id == reed).values(suspended=True))
    app_server.set_clock(app_server.now + timedelta(seconds=MAX_AGE_UNNOTIFIED_SECONDS))
    assert beat(web_app.test_client(), key)["over"]["why"] == "gone"


def test_a_suspended_officer_is_nobodys_peer_and_tells_nobody_anything(
    app_server: AppServer, web_app: Flask, visit: Visit
) -> None:
    rules(app_server, watching=True)
    phone = web_app.test_client()
    mine, _ = entered(phone, app_server.link(visit, "join")), screen(app_server, visit)
    with app_server.deps.db.begin() as tx:
        reed = tx.execute(sa.select(people.c.id).where(people.c.name == "Officer Reed")).scalar_one()
        device, key = devices.enter(tx, visit.id, devices.Seat(Side.WATCHER, person_id=reed), now=app_server.now)
    assert beat(phone, mine["key"])["watched"]
    with app_server.deps.db.begin() as tx:
        tx.execute(sa.update(people).where(people.c.id == reed).values(suspended=True))
    app_server.set_clock(app_server.now + timedelta(seconds=MAX_AGE_UNNOTIFIED_SECONDS))
    state = beat(phone, mine["key"])
    assert (state["watched"], device.id in [each["id"] for each in state["peers"]]) == (False, False)
    letter = OFFER | {"to": mine["device"], "to_epoch": 1}
    assert phone.post(f"/call/{key}/send", json={"messages": [letter]}).status_code == 404
