"""The application as a whole: probes, metrics, error pages, the demonstration's clock and reset, client addresses."""

import io
import json
import logging
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from handlers import logs
from handlers.demo.demo_clock import DemoClock
from tests.webhooks.app_server import AppServer, application

DEV_TOKEN = "only-the-simulator-knows"


def test_the_process_says_that_it_is_up_and_whether_it_can_work(app_server: AppServer, web: FlaskClient) -> None:
    assert web.get("/healthz").json == {"ok": True}
    ready = web.get("/readyz")
    assert (ready.status_code, ready.json) == (200, {"database": "ok"})
    with app_server.deps.db.begin() as tx:
        tx.execute(sa.text("ALTER TABLE jobs RENAME TO hidden"))
    broken = web.get("/readyz")
    assert (broken.status_code, broken.json) == (503, {"database": "down"})
    assert web.get("/healthz").status_code == 200


def test_without_redis_it_is_slow_and_stays_in_service(app_server: AppServer) -> None:
    settings = app_server.deps.settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})
    app_server.deps = replace(app_server.deps, settings=settings)
    web = application(app_server).test_client()
    ready = web.get("/readyz")
    assert (ready.status_code, ready.json) == (200, {"database": "ok", "redis": "down"})
    assert web.get(app_server.link(app_server.approved(), "pay")).status_code == 200
    assert "Texts are slow" in web.get("/").text


def test_metrics_count_requests_by_route_and_what_waits(app_server: AppServer, web: FlaskClient) -> None:
    web.get("/healthz")
    web.get("/p/Zm9vYmFyYmF6cXV4cXV1eA")
    app_server.asked()
    text = web.get("/metrics").text
    assert 'visitline_requests_total{route="/healthz",status="200"} 1.0' in text
    assert 'visitline_requests_total{route="/p/<token>",status="404"} 1.0' in text
    assert "Zm9vYmFyYmF6cXV4cXV1eA" not in text
    waiting = next(line for line in text.splitlines() if line.startswith("visitline_outbox_jobs "))
    assert float(waiting.split()[1]) >= 1


def test_each_answer_has_an_id_of_its_own(web: FlaskClient) -> None:
    first, second = (web.get("/healthz").headers["X-Request-Id"] for _ in range(2))
    assert first != second
    assert len(first) == 16


def test_what_breaks_is_a_plain_page_and_an_entry_in_the_log(app_server: AppServer, web: FlaskClient) -> None:
    link = app_server.link(app_server.approved(), "pay")
    with app_server.deps.db.begin() as tx:
        tx.execute(sa.text("ALTER TABLE grants RENAME TO hidden"))
    page = web.get(link)
    assert page.status_code == 500
    assert "Something went wrong on our side" in page.text
    assert "sqlite" not in page.text


def test_no_link_reaches_the_log_of_the_server(app_server: AppServer, web: FlaskClient) -> None:
    stream, root = io.StringIO(), logging.getLogger()
    before = root.handlers[:], root.level
    link = app_server.link(app_server.approved(), "pay")
    with app_server.deps.db.begin() as tx:
        tx.execute(sa.text("ALTER TABLE grants RENAME TO hidden"))
    try:
        logs.set_up(stream=stream)
        web.get(link)
        logging.getLogger("werkzeug").info("GET %s", link)
    finally:
        root.handlers[:], root.level = before
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["event"] for line in lines] == ["request failed", "GET /p/***"]
    assert link.rpartition("/")[2] not in stream.getvalue()
    assert lines[0]["correlation"]


@pytest.fixture
def demonstration(app_server: AppServer) -> FlaskClient:
    app_server.deps = replace(app_server.deps, now=DemoClock(app_server.deps.db))
    return application(app_server, demo=True, dev_token=DEV_TOKEN).test_client()


def test_the_demonstrations_clock_jumps_for_the_simulator(demonstration: FlaskClient) -> None:
    shown = {"X-Dev-Token": DEV_TOKEN}
    first = demonstration.get("/dev/clock", headers=shown).json
    jumped = demonstration.post("/dev/clock", headers=shown, json={"advance_minutes": 90}).json
    assert first is not None
    assert jumped is not None
    passed = datetime.fromisoformat(jumped["now"]) - datetime.fromisoformat(first["now"])
    assert timedelta(minutes=90) <= passed < timedelta(minutes=91)
    assert first["zone"] == "America/Chicago"
    assert demonstration.post("/dev/clock", headers=shown, json={"to": "next"}).status_code == 200
    assert demonstration.post("/dev/clock", headers=shown, json={"advance_minutes": -5}).status_code == 400
    assert demonstration.post("/dev/clock", headers=shown, data="x").status_code == 400


def test_a_reset_empties_the_server_and_loads_it_again(app_server: AppServer, demonstration: FlaskClient) -> None:
    app_server.asked()
    assert demonstration.post("/dev/reset", headers={"X-Dev-Token": DEV_TOKEN}, json={}).status_code == 200
    counts = app_server.counts()
    assert (counts["visits"], counts["jobs"], counts["facilities"]) == (0, 0, 1)


@pytest.mark.parametrize("path,method", [("/dev/clock", "GET"), ("/dev/clock", "POST"), ("/dev/reset", "POST")])
def test_only_the_simulator_moves_the_demonstration(
    app_server: AppServer, web: FlaskClient, demonstration: FlaskClient, path: str, method: str
) -> None:
    before = app_server.counts()
    assert demonstration.open(path, method=method).status_code == 403
    assert demonstration.open(path, method=method, headers={"X-Dev-Token": "guess"}).status_code == 403
    assert web.open(path, method=method, headers={"X-Dev-Token": DEV_TOKEN}).status_code == 404
    without = application(app_server, demo=True).test_client()
    assert without.open(path, method=method, headers={"X-Dev-Token": ""}).status_code == 403
    assert app_server.counts() == before


def test_the_front_route_leads_to_the_simulator_in_a_demonstration_only(
    web: FlaskClient, demonstration: FlaskClient
) -> None:
    assert demonstration.get("/").location == "/simulator/"
    page = web.get("/", headers={"Accept-Language": "es"})
    assert page.status_code == 200
    assert '<html lang="es">' in page.text


def test_a_proxy_beside_us_does_not_make_all_readers_one(app_server: AppServer, web: FlaskClient) -> None:
    for number in range(25):
        web.get(f"/p/{number:022d}", headers={"X-Forwarded-For": "203.0.113.7"})
    link = f"/p/{1:022d}"
    assert web.get(link, headers={"X-Forwarded-For": "203.0.113.7"}).status_code == 429
    assert web.get(link, headers={"X-Forwarded-For": "203.0.113.8"}).status_code == 404
    far = {"REMOTE_ADDR": "8.8.8.8"}
    spoofed = [
        web.get(link, headers={"X-Forwarded-For": f"203.0.113.{number}"}, environ_overrides=far).status_code
        for number in range(25)
    ]
    assert spoofed[-1] == 429
