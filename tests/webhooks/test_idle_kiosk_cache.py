"""Screens at rest are answered without a look at each, and hear what they would hear by one."""

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
from tests.webhooks.house import SATURDAY, House
from tests.webhooks.kiosk_kit import paired, poll

SECOND = timedelta(seconds=1)


@pytest.fixture
def visit(house: House) -> Visit:
    return house.paid()


def secret_of(web: FlaskClient) -> str:
    cookie = web.get_cookie("visitline_kiosk", path="/kiosk")
    assert cookie is not None
    return cookie.value


def seen_at(house: House) -> list[timedelta]:
    """How long ago each screen was seen, as it is written down."""
    with house.deps.db.read() as tx:
        return [house.now - at for at in tx.execute(sa.select(kiosks_table.c.seen_at)).scalars()]


def test_at_rest_it_says_what_a_look_says(house: House, web_app: Flask) -> None:
    secret = secret_of(paired(house, web_app.test_client()))
    resting = IdleKioskCache(house.deps)
    for _ in range(3):
        assert resting.state(secret) == kiosk_screen.poll(house.deps, secret)
        house.set_clock(house.now + timedelta(minutes=1))


def test_nobody_s_screen_and_one_without_a_terminal_are_looked_at(house: House, web_app: Flask) -> None:
    web = web_app.test_client()
    poll(web)
    resting = IdleKioskCache(house.deps)
    assert resting.state(secret_of(web)) is None
    assert resting.state("x" * 22) is None
    assert resting.state("") is None


def test_one_with_a_visit_before_it_is_looked_at_in_time(house: House, web_app: Flask, visit: Visit) -> None:
    house.set_clock(SATURDAY - ANNOUNCED_BEFORE - 3 * MAX_AGE)
    web = paired(house, web_app.test_client())
    secret = secret_of(web)
    resting = IdleKioskCache(house.deps)
    assert resting.state(secret) is not None
    house.set_clock(SATURDAY - ANNOUNCED_BEFORE + SECOND)
    assert resting.state(secret) is None
    assert poll(web)["next"]["at"] == "1:00 PM"
    house.set_clock(visit.ends + timedelta(hours=1))  # what is kept free after a visit counts as taken
    assert resting.state(secret) is not None


def test_that_it_was_seen_is_written_down_for_all_at_once(house: House, web_app: Flask) -> None:
    known = [secret_of(paired(house, web_app.test_client(), terminal)) for terminal in ("B-1", "B-2")]
    resting = IdleKioskCache(house.deps)
    asked = house.now
    while house.now < asked + timedelta(minutes=10):
        for secret in known:
            assert resting.state(secret) is not None
        house.set_clock(house.now + 10 * SECOND)
    assert len(seen_at(house)) == 2
    assert all(ago < screens.ONLINE_FOR - 10 * SECOND for ago in seen_at(house))


def test_one_that_asked_long_ago_was_not_seen_just_now(house: House, web_app: Flask) -> None:
    known = [secret_of(paired(house, web_app.test_client(), terminal)) for terminal in ("B-1", "B-2")]
    resting = IdleKioskCache(house.deps)
    for secret in known:
        assert resting.state(secret) is not None
    house.set_clock(house.now + timedelta(minutes=5))
    assert resting.state(known[0]) is not None
    house.set_clock(house.now + 10 * SECOND)
    assert resting.state(known[0]) is not None
    assert sorted(seen_at(house)) == [timedelta(), timedelta(minutes=5, seconds=10)]


def test_it_learns_soon_that_it_is_no_terminal_s_any_more(house: House, web_app: Flask) -> None:
    web = paired(house, web_app.test_client())
    resting = IdleKioskCache(house.deps)
    assert resting.state(secret_of(web)) is not None
    with house.deps.db.begin() as tx:
        here = tx.execute(sa.select(terminals.c.id).where(terminals.c.name == "B-1")).scalar_one()
        assert screens.unpair(tx, here)
    house.set_clock(house.now + MAX_AGE)
    assert resting.state(secret_of(web)) is None


def test_while_one_looks_the_others_hear_the_last_and_not_for_long(
    house: House, web_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = secret_of(paired(house, web_app.test_client()))
    resting = IdleKioskCache(house.deps)
    assert resting.state(secret) is not None
    during: list[bool] = []
    made = resting._read

    def slowly(now: datetime) -> object:
        for _ in range(2):
            during.append(resting.state(secret) is not None)
            house.set_clock(house.now + MAX_AGE)
        return made(now)

    monkeypatch.setattr(resting, "_read", slowly)
    house.set_clock(house.now + MAX_AGE)
    assert resting.state(secret) is not None
    assert during == [True, False]
