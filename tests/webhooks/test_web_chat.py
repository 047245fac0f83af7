"""Webhooks of chat providers: 403 for a forged request, 200 for what is recorded or useless, 503 to have it sent again."""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from bot.channels.telegram_updates import TELEGRAM
from handlers.tables import inbound, receipts, requests
from tests.webhooks.app_server import SIGNED, TANYA, AppServer, PretendChannel, application

TEXT = {"Id": "SM1", "From": TANYA, "Body": "see marcus saturday at 1pm"}
PATHS = ("/webhooks/twilio/messages", "/webhooks/twilio/status", "/webhooks/telegram")


def rows(app_server: AppServer) -> list[tuple[str, str, int, str, str | None]]:
    with app_server.deps.db.read() as tx:
        found = tx.execute(sa.select(requests).order_by(requests.c.id)).all()
    return [(row.provider, row.kind, row.status, row.outcome, row.who) for row in found]


def count(app_server: AppServer, table: sa.Table) -> int:
    return app_server.counts()[table.name]


@pytest.mark.parametrize("path", PATHS)
def test_a_forged_request_is_refused_and_leaves_only_its_row(
    app_server: AppServer, web: FlaskClient, path: str
) -> None:
    before = app_server.counts()
    assert web.post(path, data=TEXT).status_code == 403
    assert [row[2:] for row in rows(app_server)] == [(403, "forged", None)]
    assert {name for name, number in app_server.counts().items() if number != before[name]} == {"requests"}


def test_a_text_is_kept_handled_and_thanked_in_the_carriers_own_way(app_server: AppServer, web: FlaskClient) -> None:
    answer = web.post(PATHS[0], data=TEXT, headers=SIGNED)
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "<Response/>", "text/xml")
    assert rows(app_server) == [("twilio", "message", 200, "handled", "+1...0002")]
    with app_server.deps.db.read() as tx:
        kept = tx.execute(sa.select(inbound)).one()
        came = tx.execute(sa.select(requests)).one()
    assert (kept.state, kept.correlation) == ("handled", came.correlation)
    assert answer.headers["X-Request-Id"] == came.correlation


def test_a_repeat_is_thanked_and_changes_nothing(app_server: AppServer, web: FlaskClient) -> None:
    web.post(PATHS[0], data=TEXT, headers=SIGNED)
    jobs = app_server.counts()["jobs"]
    assert web.post(PATHS[0], data=TEXT, headers=SIGNED).status_code == 200
    assert [row[3] for row in rows(app_server)] == ["handled", "repeated"]
    assert (count(app_server, inbound), app_server.counts()["jobs"]) == (1, jobs)


def test_what_is_of_no_use_is_never_brought_again(app_server: AppServer, web: FlaskClient) -> None:
    assert web.post(PATHS[2], data={"poll": "answer"}, headers=SIGNED).status_code == 200
    assert rows(app_server) == [("telegram", "update", 200, "ignored", None)]


def test_a_delivery_receipt_is_kept(app_server: AppServer, web: FlaskClient) -> None:
    status = {"Id": "SM9", "Status": "delivered"}
    assert web.post(PATHS[1], data=status, headers=SIGNED).status_code == 200
    assert web.post(PATHS[1], data=status, headers=SIGNED).status_code == 200
    assert count(app_server, receipts) == 1
    assert [row[3] for row in rows(app_server)][1] == "repeated"


def test_a_pressed_button_stops_spinning(app_server: AppServer, web: FlaskClient) -> None:
    web.post(PATHS[2], data=TEXT, headers=SIGNED)
    telegram = app_server.deps.channels[TELEGRAM]
    assert isinstance(telegram, PretendChannel)
    assert [request.path for request in telegram.acknowledged] == ["/webhooks/telegram"]


def test_a_channel_that_is_not_set_up_is_not_there(app_server: AppServer) -> None:
    app_server.deps = replace(app_server.deps, channels={})
    assert [application(app_server).test_client().post(path, headers=SIGNED).status_code for path in PATHS] == [404] * 3


def test_what_cannot_be_recorded_is_asked_for_again(app_server: AppServer, web: FlaskClient) -> None:
    with app_server.deps.db.begin() as tx:
        tx.execute(sa.text("ALTER TABLE inbound RENAME TO hidden"))
    assert web.post(PATHS[0], data=TEXT, headers=SIGNED).status_code == 503
    assert rows(app_server) == [("twilio", "message", 503, "failed", "+1...0002")]


def test_what_is_recorded_and_fails_afterwards_is_not_asked_for_again(app_server: AppServer, web: FlaskClient) -> None:
    with app_server.deps.db.begin() as tx:
        tx.execute(sa.text("ALTER TABLE people RENAME TO hidden"))
    assert web.post(PATHS[0], data=TEXT, headers=SIGNED).status_code == 200
    assert [row[3] for row in rows(app_server)] == ["later"]
    with app_server.deps.db.read() as tx:
        assert tx.execute(sa.select(sa.func.count()).select_from(inbound)).scalar_one() == 1


def test_a_webhook_is_never_limited(app_server: AppServer, web: FlaskClient) -> None:
    statuses = {web.post(PATHS[1], data={"x": "y"}, headers=SIGNED).status_code for _ in range(250)}
    assert statuses == {200}


def test_a_request_too_large_for_any_text_is_refused(web: FlaskClient) -> None:
    assert web.post(PATHS[2], data=b"x" * 2_000_000, headers=SIGNED).status_code == 413
