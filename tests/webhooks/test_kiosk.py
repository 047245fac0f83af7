"""The page of a kiosk: its cookie, its code, and what it shows."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from scheduling.storage.tables import calls
from scheduling.storage.tables import kiosks as kiosks_table
from tests.webhooks.app_server import SATURDAY, AppServer, application, build, minutes
from tests.webhooks.kiosk_kit import call_row, enter, everything, paired, pin_of, poll


def test_opening_the_page_sets_no_cookie_and_writes_nothing(app_server: AppServer, web: FlaskClient) -> None:
    before = app_server.counts()
    page = web.get("/kiosk")
    assert page.status_code == 200
    assert "Set-Cookie" not in page.headers
    assert 'data-poll="/kiosk/poll"' in page.text
    assert app_server.counts() == before


def test_the_first_poll_gives_a_cookie_that_scripts_cannot_read_and_a_code(
    app_server: AppServer, web: FlaskClient
) -> None:
    answer = web.post("/kiosk/poll", json={})
    cookie = answer.headers["Set-Cookie"]
    for part in ("visitline_kiosk=", "HttpOnly", "SameSite=Strict", "Path=/kiosk", "Max-Age=34560000"):
        assert part in cookie
    assert "Secure" not in cookie
    state = answer.get_json()
    assert state == {"state": "pairing", "code": state["code"], "every": 10}
    assert len(state["code"]) == 6
    again = web.post("/kiosk/poll", json={})
    assert "Set-Cookie" not in again.headers
    assert again.get_json() == state
    assert app_server.counts()["kiosks"] == 1


def test_on_https_the_cookie_is_secure(tmp_path: Any) -> None:
    app_server = build(tmp_path, url="https://visits.example")
    answer = application(app_server).test_client().post("/kiosk/poll", json={})
    assert "Secure" in answer.headers["Set-Cookie"]
    app_server.deps.db.close()


def test_a_cookie_nobody_gave_out_is_a_new_screen(app_server: AppServer, web: FlaskClient) -> None:
    web.set_cookie("visitline_kiosk", "x" * 22, path="/kiosk")
    assert "Set-Cookie" in web.post("/kiosk/poll", json={}).headers
    assert poll(web)["state"] == "pairing"


def test_a_code_that_has_run_out_is_replaced(app_server: AppServer, web: FlaskClient) -> None:
    first = poll(web)["code"]
    app_server.set_clock(app_server.now + minutes(9.9))
    assert poll(web)["code"] == first
    app_server.set_clock(app_server.now + minutes(0.2))
    assert poll(web)["code"] != first


def test_screens_that_begin_without_end_are_stopped_and_the_others_are_not(app_server: AppServer) -> None:
    app = application(app_server)
    known = paired(app_server, app.test_client())
    # Counted by minutes of the real clock, so that it takes two of them at worst.
    answers = [app.test_client().post("/kiosk/poll", json={}) for _ in range(130)]
    assert {each.status_code for each in answers} == {200, 429}
    assert all(each.is_json for each in answers)
    assert app_server.counts()["kiosks"] <= 121
    assert poll(known)["state"] == "idle"


def test_a_thousand_polls_of_one_address_are_no_trouble_but_those_of_one_screen_are(
    app_server: AppServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    app = application(app_server)
    screens = [paired(app_server, app.test_client(), name) for name in ("A-1", "B-1", "B-2")]
    for screen in screens:
        assert {screen.post("/kiosk/poll", json={}).status_code for _ in range(100)} == {200}
    assert 429 in {screens[0].post("/kiosk/poll", json={}).status_code for _ in range(250)}
    assert screens[1].post("/kiosk/poll", json={}).status_code == 200
    cookie = screens[0].get_cookie("visitline_kiosk", path="/kiosk")
    assert cookie is not None
    assert cookie.value not in caplog.text


def test_an_idle_poll_is_three_reads_by_key(app_server: AppServer, web: FlaskClient) -> None:
    paired(app_server, web)
    poll(web)
    asked: list[str] = []
    engine = app_server.deps.db._reader
    sa.event.listen(engine, "before_cursor_execute", lambda _c, _u, statement, *_: asked.append(statement))
    poll(web)
    assert asked.pop(0) == "BEGIN"
    assert len(asked) == 3
    with app_server.deps.db.read() as tx:
        for statement in tuple(asked):
            plan = str(tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", ("x",) * statement.count("?")).all())
            assert "SCAN" not in plan, plan


def test_idle_with_the_clock_of_the_place(app_server: AppServer, web: FlaskClient) -> None:
    paired(app_server, web)
    assert poll(web) == {"state": "idle", "terminal": "B-1", "clock": "10:00 AM", "next": None, "every": 10}


def test_ten_minutes_before_it_is_announced_two_before_it_rings(app_server: AppServer, web: FlaskClient) -> None:
    app_server.paid()
    paired(app_server, web)
    app_server.set_clock(SATURDAY - minutes(10.5))
    assert poll(web)["next"] is None
    app_server.set_clock(SATURDAY - minutes(9.9))
    assert poll(web) == {"state": "idle", "terminal": "B-1", "clock": "12:50 PM", "every": 10,
                         "next": {"name": "Marcus ..13", "at": "1:00 PM"}}  # fmt: skip
    assert call_row(app_server) is None
    app_server.set_clock(SATURDAY - minutes(2))
    assert poll(web) == {
        "state": "ring",
        "terminal": "B-1",
        "clock": "12:58 PM",
        "every": 10,
        "visit": {"name": "Marcus ..13", "at": "1:00 PM"},
        "needs": "officer",
        "asked": False,
        "quiet": False,
        "language": "en",
    }
    rang = call_row(app_server).rang_at
    assert rang == app_server.now
    app_server.set_clock(SATURDAY + minutes(29.9))
    assert poll(web)["state"] == "ring"
    assert call_row(app_server).rang_at == rang
    app_server.set_clock(SATURDAY + minutes(30))
    assert poll(web)["state"] == "idle"


def test_another_terminals_screen_does_not_ring(app_server: AppServer, web: FlaskClient) -> None:
    app_server.paid()
    paired(app_server, web, "B-2")
    app_server.set_clock(SATURDAY)
    assert poll(web)["state"] == "idle"
    assert enter(web, pin_of(app_server)).status_code == 410
    assert call_row(app_server) is None


def test_what_is_not_booked_does_not_ring(app_server: AppServer, web: FlaskClient) -> None:
    app_server.approved()
    paired(app_server, web)
    app_server.set_clock(SATURDAY - minutes(1))
    assert poll(web)["state"] == "idle"


def test_it_speaks_the_residents_language(app_server: AppServer, web: FlaskClient) -> None:
    app_server.paid(SATURDAY.replace(hour=10), "Ana Diaz", "51877")
    paired(app_server, web, "A-1")
    app_server.set_clock(SATURDAY.replace(hour=10))
    assert poll(web)["language"] == "es"
    assert enter(web).get_json()["text"].startswith("Ya se llamó a un oficial")


def test_at_rest_it_only_reads(app_server: AppServer, web: FlaskClient) -> None:
    app_server.paid()
    paired(app_server, web)
    app_server.set_clock(SATURDAY)
    poll(web)  # rings, and is seen
    before = everything(app_server)
    for seconds in (10, 40):
        app_server.set_clock(SATURDAY + timedelta(seconds=seconds))
        assert poll(web)["state"] == "ring"
        assert everything(app_server) == before
    app_server.set_clock(SATURDAY + timedelta(seconds=60))
    poll(web)
    with app_server.deps.db.read() as tx:
        assert tx.execute(sa.select(kiosks_table.c.seen_at)).scalar_one() == app_server.now


def test_a_row_of_an_earlier_time_counts_no_more(app_server: AppServer, web: FlaskClient) -> None:
    visit = app_server.paid()
    paired(app_server, web)
    old = {"visit_id": visit.id, "starts": SATURDAY - minutes(1440), "rang_at": SATURDAY - minutes(1440)}
    with app_server.deps.db.begin() as tx:
        tx.execute(sa.insert(calls).values(**old, admitted_at=SATURDAY - minutes(1440), admitted_how="pin"))
    app_server.set_clock(SATURDAY)
    assert poll(web)["state"] == "ring"
    row = call_row(app_server)
    assert (row.starts, row.rang_at, row.admitted_at) == (SATURDAY, app_server.now, None)
