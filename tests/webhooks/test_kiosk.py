"""The screen in a unit: what it is told, who is let in, and what it never learns."""

import json
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.messages import Address, ChannelName
from handlers.tables import requests
from scheduling.calls import devices, kiosks
from scheduling.facilities import store
from scheduling.people import people
from scheduling.policy.facility import Facility
from scheduling.policy.vocabulary import ActorKind, VisitKind
from scheduling.storage.database import metadata
from scheduling.storage.tables import call_devices, calls, jobs, residents, terminals
from scheduling.storage.tables import facilities as facilities_table
from scheduling.storage.tables import kiosks as kiosks_table
from scheduling.storage.tables import people as people_table
from scheduling.visits import asking, deciding
from scheduling.visits.search import Wish
from scheduling.visits.transition import Actor
from scheduling.visits.visit import Visit
from tests.webhooks.house import SATURDAY, STAFF, House, application, build, minutes

KEY = "a-key-for-tests-only"


def entries(house: House) -> list[tuple[int, int]]:
    """(visit, how often its page was loaded) of the screens that entered."""
    with house.deps.db.read() as tx:
        screens = sa.select(call_devices.c.visit_id, call_devices.c.epoch).where(call_devices.c.side == "kiosk")
        return [(row.visit_id, row.epoch) for row in tx.execute(screens)]


def poll(web: FlaskClient) -> dict[str, Any]:
    answer = web.post("/kiosk/poll", json={})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def enter(web: FlaskClient, pin: str | None = None) -> TestResponse:
    return web.post("/kiosk/enter", json={} if pin is None else {"pin": pin})


def paired(house: House, web: FlaskClient, terminal: str = "B-1") -> FlaskClient:
    code = poll(web)["code"]
    with house.deps.db.begin() as tx:
        where = tx.execute(sa.select(terminals).where(terminals.c.name == terminal)).one()
        by = tx.execute(sa.select(people_table.c.id).where(people_table.c.name == "Officer Reed")).scalar_one()
        assert kiosks.pair(tx, where.facility_id, code, where.id, by, now=house.now)
    return web


def pin_of(house: House, number: str = "48213") -> str:
    with house.deps.db.begin() as tx:
        who = tx.execute(sa.select(residents.c.id).where(residents.c.number == number)).scalar_one()
        return kiosks.set_pin(tx, who, KEY)


def rules(house: House, **changes: Any) -> None:
    """The facility decides otherwise."""
    from dataclasses import replace

    with house.deps.db.begin() as tx:
        (facility_id,) = store.everyone(tx)
        changed: Facility = replace(store.rules(tx, facility_id), **changes)
        values = {"rules": changed.to_json(), "version": facilities_table.c.version + 1}
        tx.execute(sa.update(facilities_table).values(**values))


def call_row(house: House) -> Any:
    with house.deps.db.read() as tx:
        return tx.execute(sa.select(calls)).one_or_none()


def told(house: House) -> list[str]:
    with house.deps.db.read() as tx:
        payloads = tx.execute(sa.select(jobs.c.payload).where(jobs.c.kind == "send").order_by(jobs.c.id)).scalars()
        return [each["body"] for each in payloads if each["about"] == "staff_let_in"]


# The cookie and the code


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


# What it shows


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


def everything(house: House) -> dict[str, list[Any]]:
    with house.deps.db.read() as tx:
        return {table.name: list(tx.execute(sa.select(table)).all()) for table in metadata.sorted_tables}


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


# Who is let in


def ringing(house: House, web: FlaskClient) -> Visit:
    visit = house.paid()
    paired(house, web)
    house.set_clock(SATURDAY)
    poll(web)
    return visit


def test_the_right_pin_lets_him_in(house: House, web: FlaskClient) -> None:
    visit, pin = ringing(house, web), pin_of(house)
    assert poll(web)["needs"] == "pin"
    answer = enter(web, pin)
    assert (answer.status_code, answer.get_json()["side"]) == (200, "kiosk")
    assert "Max-Age=34560000" in answer.headers["Set-Cookie"]
    row = call_row(house)
    assert (row.admitted_how, row.admitted_at, row.pressed_at) == ("pin", house.now, None)
    assert poll(web) == {"state": "call", "language": "en", "every": 10}
    assert enter(web).status_code == 200
    assert entries(house) == [(visit.id, 2)]
    assert told(house) == []


def test_a_wrong_pin_does_not_and_five_call_an_officer_once(house: House, web: FlaskClient) -> None:
    ringing(house, web)
    pin = pin_of(house)
    wrong = f"{(int(pin) + 1) % 10_000:04}"
    for _ in range(4):
        answer = enter(web, wrong)
        assert (answer.status_code, answer.get_json()["error"]) == (403, "pin")
    assert told(house) == []
    for tried in (wrong, wrong, pin):
        answer = enter(web, tried)
        assert (answer.status_code, answer.get_json()["error"]) == (403, "locked")
    assert call_row(house).admitted_at is None
    assert len(told(house)) == 2
    assert all("B-1: Marcus Johnson 48213 needs you: the PIN is locked. Is it him?" in each for each in told(house))
    state = poll(web)
    assert (state["needs"], state["asked"], state["every"]) == ("officer", True, 3)


def test_without_a_pin_staff_on_duty_are_told_once_each_with_a_link_of_his_own(house: House, web: FlaskClient) -> None:
    ringing(house, web)
    for _ in range(3):
        answer = enter(web)
        assert (answer.status_code, answer.get_json()["error"]) == (403, "officer")
    texts = told(house)
    assert len(texts) == 2  # Reed and Molina
    assert all("B-1: Marcus Johnson 48213 has no PIN. Is it him?" in each for each in texts)
    links = {each.split("/calls/")[1] for each in texts}
    assert len(links) == 2
    assert call_row(house).pressed_at == house.now
    for link in links:
        assert "Marcus Johnson" in web.get(f"/calls/{link}").text


def test_who_has_a_pin_may_still_ask_for_an_officer(house: House, web: FlaskClient) -> None:
    ringing(house, web)
    pin = pin_of(house)
    assert enter(web).get_json()["error"] == "officer"
    assert "asks for an officer" in told(house)[0]
    assert poll(web)["needs"] == "pin"
    assert enter(web, pin).status_code == 200


def later(house: House, count: float = 1) -> None:
    house.set_clock(house.now + minutes(count))


def test_who_left_shows_anew_that_it_is_he_and_the_screen_does_not_ring_for_it(house: House, web: FlaskClient) -> None:
    visit, pin = ringing(house, web), pin_of(house)
    key = enter(web, pin).get_json()["key"]
    later(house)
    assert web.post(f"/call/{key}/leave").status_code == 200
    state = poll(web)
    assert (state["state"], state["needs"], state["quiet"], state["asked"]) == ("ring", "pin", True, False)
    assert enter(web, f"{(int(pin) + 1) % 10_000:04}").status_code == 403
    assert entries(house) == [(visit.id, 1)]
    later(house)
    assert enter(web, pin).status_code == 200
    assert poll(web)["state"] == "call"
    assert entries(house) == [(visit.id, 2)]


def test_who_left_and_has_no_pin_calls_an_officer_once_more(house: House, web: FlaskClient) -> None:
    visit = ringing(house, web)
    enter(web)
    link = told(house)[0].split("/calls/")[1]
    later(house)
    assert web.post(f"/calls/{link}/{visit.reference}/admit").status_code == 303
    assert poll(web)["state"] == "call"
    key = enter(web).get_json()["key"]
    later(house)
    web.post(f"/call/{key}/leave")
    later(house)
    assert poll(web)["asked"] is False
    assert "/admit" in web.get(f"/calls/{link}").text
    before = len(told(house))
    assert [enter(web).get_json()["error"] for _ in range(2)] == ["officer"] * 2
    assert len(told(house)) == 2 * before
    assert "Waits at B-1 for an officer" in web.get(f"/calls/{link}").text
    later(house)
    assert "done=admitted" in web.post(f"/calls/{link}/{visit.reference}/admit").location
    assert enter(web).status_code == 200


def test_a_screen_that_lost_its_power_enters_by_itself(house: House, web: FlaskClient) -> None:
    ringing(house, web)
    enter(web, pin_of(house))
    later(house, 3)
    assert poll(web)["state"] == "call"
    assert enter(web).status_code == 200


def test_it_never_rings_before_anybody_may_enter(house: House, web: FlaskClient) -> None:
    rules(house, join_early=timedelta(0), resident_proof=False)
    house.paid()
    paired(house, web)
    house.set_clock(SATURDAY - minutes(1))
    assert poll(web)["state"] == "idle"
    assert enter(web).status_code == 410
    house.set_clock(SATURDAY)
    assert poll(web)["state"] == "ring"
    assert enter(web).status_code == 200


def test_where_the_button_is_enough_it_is(house: House, web: FlaskClient) -> None:
    rules(house, resident_proof=False)
    ringing(house, web)
    assert poll(web)["needs"] == "button"
    assert enter(web).status_code == 200
    assert call_row(house).admitted_how == "open"


def test_a_pin_of_another_resident_does_not_open(house: House, web: FlaskClient) -> None:
    ringing(house, web)
    own, other = pin_of(house), pin_of(house, "50333")
    if own != other:
        assert enter(web, other).get_json()["error"] == "pin"


@pytest.mark.parametrize("body", ["", "[]", "null", '{"pin": null}', '{"pin": {"a": 1}}', '{"pin": 12}', "{"])
def test_whatever_else_is_sent_lets_nobody_in(house: House, web: FlaskClient, body: str) -> None:
    ringing(house, web)
    pin_of(house)
    answer = web.post("/kiosk/enter", data=body, content_type="application/json")
    assert answer.status_code == 403
    assert call_row(house).admitted_at is None


def test_nothing_can_be_entered_before_it_rings_after_its_end_or_by_an_unpaired_screen(
    house: House, web: FlaskClient, web_app: Any
) -> None:
    house.paid()
    pin = pin_of(house)
    stranger = web_app.test_client()
    assert enter(stranger, pin).status_code == 410
    poll(stranger)
    assert enter(stranger, pin).status_code == 410
    paired(house, web)
    for moment in (SATURDAY - minutes(2.1), SATURDAY + minutes(30)):
        house.set_clock(moment)
        answer = enter(web, pin)
        assert (answer.status_code, answer.get_json()["error"]) == (410, "over")
    with house.deps.db.read() as tx:
        assert set(tx.execute(sa.select(requests.c.kind, requests.c.outcome)).all()) == {("kiosk", "over")}


def test_of_an_attorneys_visit_it_learns_no_more_than_of_any(house: House, web: FlaskClient) -> None:
    start = SATURDAY.replace(day=27, hour=9)

    def asked(tx: Any) -> Visit:
        named = sa.select(people_table.c.id).where(people_table.c.name == "Dana Whitlock")
        who = people.get(tx, tx.execute(named).scalar_one())
        whom = next(each for each in people.may_see(tx, who) if each.number == "48213")
        wish, by = Wish(who, whom, VisitKind.LEGAL, 30), Actor(ActorKind.FAMILY, who.id, "sms")
        chat = Address(ChannelName.SMS, "+15550100009", "+15551234567")
        kept = asking.hold(tx, wish, start, chat=chat, actor=by, now=house.now)
        visit = asking.ask(tx, kept, wish, actor=by, now=house.now)
        return deciding.approve(tx, visit, revision=visit.revision, actor=STAFF, now=house.now)

    visit = house.run(asked)
    assert visit.state == "confirmed"
    paired(house, web)
    said = []
    for moment in (start - minutes(5), start):
        house.set_clock(moment)
        said.append(json.dumps(poll(web)))
    pin = pin_of(house)
    said += [enter(web, wrong).text for wrong in (f"{(int(pin) + 1) % 10_000:04}", None)]
    assert '"ring"' in said[1]
    for each in said:
        assert not any(word in each.casefold() for word in ("legal", "attorney", "whitlock", "dana"))
    (first, *_) = told(house)
    assert "Whitlock" not in first


def test_of_a_familys_visit_it_never_learns_who_comes(house: House, web: FlaskClient) -> None:
    ringing(house, web)
    said = json.dumps(poll(web)) + enter(web).text + enter(web, pin_of(house)).text
    assert "Tanya" not in said
    assert "Johnson" not in said


def test_another_screen_is_no_way_past_the_pin(house: House, web: FlaskClient) -> None:
    """Paired while the call runs: whoever stands before the new screen shows anew that it is he."""
    ringing(house, web)
    assert enter(web, pin_of(house)).status_code == 200
    other = application(house).test_client()
    code = poll(other)["code"]
    with house.deps.db.begin() as tx:
        where = tx.execute(sa.select(terminals).where(terminals.c.name == "B-1")).one()
        reed = tx.execute(sa.select(people_table.c.id).where(people_table.c.name == "Officer Reed")).scalar_one()
        before = kiosks.of_terminal(tx, where.id)
        assert before is not None
        assert kiosks.pair(tx, where.facility_id, code, where.id, reed, now=house.now)
        devices.leave_all_of_kiosk(tx, before.id, now=house.now)
    assert poll(other)["state"] == "ring"
    assert enter(other).status_code == 403
