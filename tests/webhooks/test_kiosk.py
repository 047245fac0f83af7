"""The page of a kiosk: its cookie, its code, and what it shows."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from scheduling.storage.tables import calls
from scheduling.storage.tables import kiosks as kiosks_table
from tests.webhooks.house import SATURDAY, House, application, build, minutes
from tests.webhooks.kiosk_kit import call_row, enter, everything, paired, pin_of, poll


def test_opening_the_page_sets_no_cookie_and_writes_nothing(house: House, web: FlaskClient) -> None:
    before = house.counts()
    page = web.get("/kiosk")
    assert page.status_code == 200
    assert "Set-Cookie" not in page.headers
    assert 'data-poll="/kiosk/poll"' in page.text
    assert house.counts() == before


def test_the_first_poll_gives_a_cookie_that_scripts_cannot_read_and_a_code(house: House, web: FlaskClient) -> None:
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
    assert house.counts()["kiosks"] == 1


def test_on_https_the_cookie_is_secure(tmp_path: Any) -> None:
    house = build(tmp_path, url="https://visits.example")
    answer = application(house).test_client().post("/kiosk/poll", json={})
    assert "Secure" in answer.headers["Set-Cookie"]
    house.deps.db.close()


def test_a_cookie_nobody_gave_out_is_a_new_screen(house: House, web: FlaskClient) -> None:
    web.set_cookie("visitline_kiosk", "x" * 22, path="/kiosk")
    assert "Set-Cookie" in web.post("/kiosk/poll", json={}).headers
    assert poll(web)["state"] == "pairing"


def test_a_code_that_has_run_out_is_replaced(house: House, web: FlaskClient) -> None:
    first = poll(web)["code"]
    house.set_clock(house.now + minutes(9.9))
    assert poll(web)["code"] == first
    house.set_clock(house.now + minutes(0.2))
    assert poll(web)["code"] != first


def test_screens_that_begin_without_end_are_stopped_and_the_others_are_not(house: House) -> None:
    app = application(house)
    known = paired(house, app.test_client())
    # Counted by minutes of the real clock, so that it takes two of them at worst.
    answers = [app.test_client().post("/kiosk/poll", json={}) for _ in range(130)]
    assert {each.status_code for each in answers} == {200, 429}
    assert all(each.is_json for each in answers)
    assert house.counts()["kiosks"] <= 121
    assert poll(known)["state"] == "idle"


def test_a_thousand_polls_of_one_address_are_no_trouble_but_those_of_one_screen_are(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    app = application(house)
    screens = [paired(house, app.test_client(), name) for name in ("A-1", "B-1", "B-2")]
    for screen in screens:
        assert {screen.post("/kiosk/poll", json={}).status_code for _ in range(100)} == {200}
    assert 429 in {screens[0].post("/kiosk/poll", json={}).status_code for _ in range(250)}
    assert screens[1].post("/kiosk/poll", json={}).status_code == 200
    cookie = screens[0].get_cookie("visitline_kiosk", path="/kiosk")
    assert cookie is not None
    assert cookie.value not in caplog.text


def test_an_idle_poll_is_three_reads_by_key(house: House, web: FlaskClient) -> None:
    paired(house, web)
    poll(web)
    asked: list[str] = []
    engine = house.deps.db._reader
    sa.event.listen(engine, "before_cursor_execute", lambda _c, _u, statement, *_: asked.append(statement))
    poll(web)
    assert asked.pop(0) == "BEGIN"
    assert len(asked) == 3
    with house.deps.db.read() as tx:
        for statement in tuple(asked):
            plan = str(tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", ("x",) * statement.count("?")).all())
            assert "SCAN" not in plan, plan


def test_idle_with_the_clock_of_the_place(house: House, web: FlaskClient) -> None:
    paired(house, web)
    assert poll(web) == {"state": "idle", "terminal": "B-1", "clock": "10:00 AM", "next": None, "every": 10}


def test_ten_minutes_before_it_is_announced_two_before_it_rings(house: House, web: FlaskClient) -> None:
    house.paid()
    paired(house, web)
    house.set_clock(SATURDAY - minutes(10.5))
    assert poll(web)["next"] is None
    house.set_clock(SATURDAY - minutes(9.9))
    assert poll(web) == {"state": "idle", "terminal": "B-1", "clock": "12:50 PM", "every": 10,
                         "next": {"name": "Marcus ..13", "at": "1:00 PM"}}  # fmt: skip
    assert call_row(house) is None
    house.set_clock(SATURDAY - minutes(2))
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
    rang = call_row(house).rang_at
    assert rang == house.now
    house.set_clock(SATURDAY + minutes(29.9))
    assert poll(web)["state"] == "ring"
    assert call_row(house).rang_at == rang
    house.set_clock(SATURDAY + minutes(30))
    assert poll(web)["state"] == "idle"


def test_another_terminals_screen_does_not_ring(house: House, web: FlaskClient) -> None:
    house.paid()
    paired(house, web, "B-2")
    house.set_clock(SATURDAY)
    assert poll(web)["state"] == "idle"
    assert enter(web, pin_of(house)).status_code == 410
    assert call_row(house) is None


def test_what_is_not_booked_does_not_ring(house: House, web: FlaskClient) -> None:
    house.approved()
    paired(house, web)
    house.set_clock(SATURDAY - minutes(1))
    assert poll(web)["state"] == "idle"


def test_it_speaks_the_residents_language(house: House, web: FlaskClient) -> None:
    house.paid(SATURDAY.replace(hour=10), "Ana Diaz", "51877")
    paired(house, web, "A-1")
    house.set_clock(SATURDAY.replace(hour=10))
    assert poll(web)["language"] == "es"
    assert enter(web).get_json()["text"].startswith("Ya se llamó a un oficial")


def test_at_rest_it_only_reads(house: House, web: FlaskClient) -> None:
    house.paid()
    paired(house, web)
    house.set_clock(SATURDAY)
    poll(web)  # rings, and is seen
    before = everything(house)
    for seconds in (10, 40):
        house.set_clock(SATURDAY + timedelta(seconds=seconds))
        assert poll(web)["state"] == "ring"
        assert everything(house) == before
    house.set_clock(SATURDAY + timedelta(seconds=60))
    poll(web)
    with house.deps.db.read() as tx:
        assert tx.execute(sa.select(kiosks_table.c.seen_at)).scalar_one() == house.now


def test_a_row_of_an_earlier_time_counts_no_more(house: House, web: FlaskClient) -> None:
    visit = house.paid()
    paired(house, web)
    old = {"visit_id": visit.id, "starts": SATURDAY - minutes(1440), "rang_at": SATURDAY - minutes(1440)}
    with house.deps.db.begin() as tx:
        tx.execute(sa.insert(calls).values(**old, admitted_at=SATURDAY - minutes(1440), admitted_how="pin"))
    house.set_clock(SATURDAY)
    assert poll(web)["state"] == "ring"
    row = call_row(house)
    assert (row.starts, row.rang_at, row.admitted_at) == (SATURDAY, house.now, None)
