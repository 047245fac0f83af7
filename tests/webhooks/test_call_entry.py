"""Who may enter a call, and phones that take over."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from handlers.tables import flags
from scheduling.calls import devices
from scheduling.policy.vocabulary import Side
from scheduling.storage.secret_tokens import LENGTH
from scheduling.storage.tables import call_devices
from scheduling.visits.visit import Visit, get
from tests.webhooks.app_server import SATURDAY, AppServer, minutes
from tests.webhooks.call_kit import beat, enter, entered, log


def test_join_enters_and_marks_the_family_as_there(app_server: AppServer, web_app: Flask, visit: Visit) -> None:
    entry = entered(web_app.test_client(), app_server.link(visit, "join"))
    assert (entry["side"], entry["epoch"], entry["kbps"], entry["provider"]) == (Side.FAMILY, 1, 300, "builtin")
    assert (entry["state"]["phase"], entry["state"]["peers"], entry["state"]["screen"]) == ("waiting", [], False)
    assert 1769 < entry["state"]["ends_in"] <= 1770
    with app_server.deps.db.read() as tx:
        assert get(tx, visit.id).joined_at is not None
    assert log(app_server) == [("enter", 200, "entered")]


def test_a_link_that_never_was_gets_a_sentence_and_changes_nothing(
    app_server: AppServer, web_app: Flask, visit: Visit
) -> None:
    for forged in ("x" * LENGTH, app_server.link(visit, "pay").rpartition("/")[2], "short"):
        answer = enter(web_app.test_client(), f"/j/{forged}")
        assert (answer.status_code, answer.get_json()["error"]) == (404, "unknown")
        assert len(answer.get_json()["text"]) > 20
    assert log(app_server) == [("enter", 404, "unknown")] * 3
    with app_server.deps.db.read() as tx:
        assert tx.execute(sa.select(call_devices)).all() == []


@pytest.mark.parametrize(
    ("after", "status", "why"),
    [(-minutes(11), 403, "early"), (minutes(30), 410, "over"), (minutes(60 * 24), 410, "over")],
)
def test_too_early_and_yesterdays_are_told_so(
    app_server: AppServer, web_app: Flask, after: timedelta, status: int, why: str
) -> None:
    visit = app_server.paid()
    app_server.set_clock(SATURDAY + after)
    answer = enter(web_app.test_client(), app_server.link(visit, "join"))
    assert (answer.status_code, answer.get_json()["error"]) == (status, why)
    assert log(app_server) == [("enter", status, why)]
    with app_server.deps.db.read() as tx:
        assert get(tx, visit.id).joined_at is None


def test_a_link_taken_back_opens_nothing(app_server: AppServer, web_app: Flask, visit: Visit) -> None:
    link = app_server.link(visit, "join")
    app_server.revoke(visit)
    assert enter(web_app.test_client(), link).status_code == 404


def test_an_unbooked_visit_has_no_call(app_server: AppServer, web_app: Flask) -> None:
    visit = app_server.approved()
    app_server.set_clock(SATURDAY)
    answer = enter(web_app.test_client(), app_server.link(visit, "join"))
    assert (answer.status_code, answer.get_json()["error"]) == (403, "unbooked")


def test_a_preview_of_the_link_is_nobody(app_server: AppServer, web_app: Flask, visit: Visit) -> None:
    """Messengers and virus scanners open every link in a text."""
    link, bot = app_server.link(visit, "join"), web_app.test_client()
    for agent in ("facebookexternalhit/1.1", "WhatsApp/2.2", "Mozilla/5.0 (preview)"):
        assert bot.get(link, headers={"User-Agent": agent}).status_code == 200
        assert bot.head(link).status_code == 200
        assert bot.get(f"{link}/enter").status_code in (404, 405)
    with app_server.deps.db.read() as tx:
        assert get(tx, visit.id).joined_at is None
        assert tx.execute(sa.select(call_devices)).all() == []


def test_the_same_phone_after_a_reload_is_the_same_device(app_server: AppServer, web_app: Flask, visit: Visit) -> None:
    phone, link = web_app.test_client(), app_server.link(visit, "join")
    first, again = entered(phone, link), entered(phone, app_server.link(visit, "join"))
    assert (again["device"], again["epoch"]) == (first["device"], 2)
    assert phone.post(f"/call/{first['key']}/beat", json={}).status_code == 404, "its old key is of nobody"


def test_another_phone_is_asked_takes_over_and_the_first_is_told(
    app_server: AppServer, web_app: Flask, visit: Visit
) -> None:
    first, second, link = web_app.test_client(), web_app.test_client(), app_server.link(visit, "join")
    old = entered(first, link)
    asked = enter(second, link)
    assert (asked.status_code, asked.get_json()["error"], asked.get_json()["room"]) == (409, "elsewhere", True)
    assert beat(first, old["key"])["over"] is None, "asking takes nothing away"
    new = entered(second, link, "move")
    assert new["device"] != old["device"]
    assert beat(first, old["key"])["over"]["why"] == "replaced"
    assert beat(second, new["key"])["over"] is None


def test_a_second_phone_may_join_as_well_while_there_is_room(
    app_server: AppServer, web_app: Flask, visit: Visit
) -> None:
    phones, link = [web_app.test_client() for _ in range(4)], app_server.link(visit, "join")
    entered(phones[0], link)
    for phone in phones[1:3]:
        entered(phone, link, "too")
    full = enter(phones[3], link, "too")
    assert (full.status_code, full.get_json()["room"]) == (409, False)
    with app_server.deps.db.read() as tx:
        assert len(devices.present(tx, visit.id)) == 3


def test_a_phone_that_fell_silent_is_in_nobodys_way(app_server: AppServer, web_app: Flask, visit: Visit) -> None:
    first, second, link = web_app.test_client(), web_app.test_client(), app_server.link(visit, "join")
    old = entered(first, link)
    app_server.set_clock(app_server.now + devices.SILENT_AFTER)
    assert enter(second, link).status_code == 200
    assert beat(first, old["key"])["over"]["why"] == "gone"
    assert enter(first, link).status_code == 409, "it asks to move the visit back"


def test_two_takeovers_in_a_minute_are_a_flag_for_staff(app_server: AppServer, web_app: Flask, visit: Visit) -> None:
    link = app_server.link(visit, "join")
    entered(web_app.test_client(), link)
    entered(web_app.test_client(), link, "move")
    with app_server.deps.db.read() as tx:
        assert tx.execute(sa.select(flags.c.kind)).scalars().all() == []
    app_server.set_clock(app_server.now + timedelta(seconds=59))
    with app_server.deps.db.begin() as tx:
        tx.execute(sa.update(call_devices).values(seen_at=app_server.now))
    entered(web_app.test_client(), link, "move")
    with app_server.deps.db.read() as tx:
        assert tx.execute(sa.select(flags.c.kind)).scalars().all() == ["takeovers"]


def test_phones_that_fight_over_a_visit_are_a_flag_and_officers_who_watch_are_none(
    app_server: AppServer, web_app: Flask, visit: Visit
) -> None:
    first, second, link = web_app.test_client(), web_app.test_client(), app_server.link(visit, "join")
    entered(first, link)
    for number in range(3):
        app_server.set_clock(app_server.now + timedelta(seconds=5))
        entered((second, first)[number % 2], link, "move")
    with app_server.deps.db.read() as tx:
        assert tx.execute(sa.select(flags.c.kind)).scalars().all() == ["takeovers"]


def test_a_try_that_waited_does_not_take_the_key_from_a_later_one(
    app_server: AppServer, web_app: Flask, visit: Visit
) -> None:
    phone, link = web_app.test_client(), app_server.link(visit, "join")
    phone.get(link)  # the phone is known from its first look on
    later = phone.post(f"{link}/enter", json={"as": "", "at": 2_000}).get_json()
    assert phone.post(f"{link}/enter", json={"as": "", "at": 1_000}).get_json()["error"] == "overtaken"
    assert beat(phone, later["key"])["over"] is None
