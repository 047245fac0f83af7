"""Idle kiosks are answered from a cache, with what a read of each would answer."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from handlers.calls import kiosk_screen
from handlers.calls.idle_kiosk_cache import MAX_AGE, IdleKioskCache
from handlers.calls.kiosk_screen import ANNOUNCED_BEFORE
from scheduling.calls import kiosks as screens
from scheduling.storage.tables import kiosks as kiosks_table
from scheduling.storage.tables import terminals
from scheduling.visits.visit import Visit
from tests.webhooks.app_server import SATURDAY, AppServer
from tests.webhooks.kiosk_kit import paired, poll

SECOND = timedelta(seconds=1)


@pytest.fixture
def visit(app_server: AppServer) -> Visit:
    return app_server.paid()


def secret_of(web: FlaskClient) -> str:
    cookie = web.get_cookie("visitline_kiosk", path="/kiosk")
    assert cookie is not None
    return cookie.value


def seen_at(app_server: AppServer) -> list[timedelta]:
    """How long ago each kiosk was seen, by its row."""
    with app_server.deps.db.read() as tx:
        return [app_server.now - at for at in tx.execute(sa.select(kiosks_table.c.seen_at)).scalars()]


def test_an_idle_kiosk_gets_what_a_poll_answers(app_server: AppServer, web_app: Flask) -> None:
    secret = secret_of(paired(app_server, web_app.test_client()))
    resting = IdleKioskCache(app_server.deps)
    for _ in range(3):
        assert resting.state(secret) == kiosk_screen.poll(app_server.deps, secret)
        app_server.set_clock(app_server.now + timedelta(minutes=1))


def test_an_unknown_and_an_unpaired_kiosk_are_not_in_the_cache(app_server: AppServer, web_app: Flask) -> None:
    web = web_app.test_client()
    poll(web)
    resting = IdleKioskCache(app_server.deps)
    assert resting.state(secret_of(web)) is None
    assert resting.state("x" * 22) is None
    assert resting.state("") is None


def test_a_kiosk_leaves_the_cache_before_its_visit_is_announced(
    app_server: AppServer, web_app: Flask, visit: Visit
) -> None:
    app_server.set_clock(SATURDAY - ANNOUNCED_BEFORE - 3 * MAX_AGE)
    web = paired(app_server, web_app.test_client())
    secret = secret_of(web)
    resting = IdleKioskCache(app_server.deps)
    assert resting.state(secret) is not None
    app_server.set_clock(SATURDAY - ANNOUNCED_BEFORE + SECOND)
    assert resting.state(secret) is None
    assert poll(web)["next"]["at"] == "1:00 PM"
    app_server.set_clock(visit.ends + timedelta(hours=1))  # the terminal is held for some time after a visit
    assert resting.state(secret) is not None


def test_polls_from_the_cache_keep_kiosks_on(app_server: AppServer, web_app: Flask) -> None:
    known = [secret_of(paired(app_server, web_app.test_client(), terminal)) for terminal in ("B-1", "B-2")]
    resting = IdleKioskCache(app_server.deps)
    asked = app_server.now
    while app_server.now < asked + timedelta(minutes=10):
        for secret in known:
            assert resting.state(secret) is not None
        app_server.set_clock(app_server.now + 10 * SECOND)
    assert len(seen_at(app_server)) == 2
    assert all(ago < screens.ONLINE_FOR - 10 * SECOND for ago in seen_at(app_server))


def test_a_kiosk_that_polled_long_ago_is_not_recorded_as_seen(app_server: AppServer, web_app: Flask) -> None:
    known = [secret_of(paired(app_server, web_app.test_client(), terminal)) for terminal in ("B-1", "B-2")]
    resting = IdleKioskCache(app_server.deps)
    for secret in known:
        assert resting.state(secret) is not None
    app_server.set_clock(app_server.now + timedelta(minutes=5))
    assert resting.state(known[0]) is not None
    app_server.set_clock(app_server.now + 10 * SECOND)
    assert resting.state(known[0]) is not None
    assert sorted(seen_at(app_server)) == [timedelta(), timedelta(minutes=5, seconds=10)]


def test_an_unpaired_kiosk_leaves_the_cache_soon(app_server: AppServer, web_app: Flask) -> None:
    web = paired(app_server, web_app.test_client())
    resting = IdleKioskCache(app_server.deps)
    assert resting.state(secret_of(web)) is not None
    with app_server.deps.db.begin() as tx:
        here = tx.execute(sa.select(terminals.c.id).where(terminals.c.name == "B-1")).scalar_one()
        assert screens.unpair(tx, here)
    app_server.set_clock(app_server.now + MAX_AGE)
    assert resting.state(secret_of(web)) is None


def test_others_use_the_last_snapshot_while_one_thread_reads_but_not_for_long(
    app_server: AppServer, web_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = secret_of(paired(app_server, web_app.test_client()))
    resting = IdleKioskCache(app_server.deps)
    assert resting.state(secret) is not None
    during: list[bool] = []
    made = resting._read

    def slowly(now: datetime) -> object:
        for _ in range(2):
            during.append(resting.state(secret) is not None)
            app_server.set_clock(app_server.now + MAX_AGE)
        return made(now)

    monkeypatch.setattr(resting, "_read", slowly)
    app_server.set_clock(app_server.now + MAX_AGE)
    assert resting.state(secret) is not None
    assert during == [True, False]
