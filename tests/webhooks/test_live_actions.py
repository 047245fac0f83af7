"""The buttons of the page of calls: admit, notice, end, decide, watch."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from bot.texts import say
from handlers.calls import supervision
from scheduling.people import people, person_addresses
from scheduling.policy.vocabulary import AddressSource
from scheduling.storage.tables import people as people_table
from scheduling.storage.tables import visits as visits_table
from scheduling.visits.visit import get
from tests.webhooks.app_server import SATURDAY, AppServer
from tests.webhooks.kiosk_kit import everything, rules
from tests.webhooks.live_kit import call_row, doubted, link, luis, running, state_of


def test_a_tap_lets_the_resident_in(app_server: AppServer, web: FlaskClient) -> None:
    visit, mine = running(app_server), link(app_server)
    answer = web.post(f"{mine}/{visit.reference}/admit")
    assert answer.status_code == 303
    page = web.get(answer.location).text
    assert f"{visit.reference}: let in." in page
    assert "Let in by an officer" in page
    assert "/admit" not in page
    row = call_row(app_server)
    assert (row.admitted_how, row.admitted_at) == ("officer", app_server.now)
    with app_server.deps.db.read() as tx:
        assert people.get(tx, row.admitted_by).name == "Officer Reed"
    again = web.get(web.post(f"{mine}/{visit.reference}/admit").location)
    assert "was let in before" in again.text


def test_words_for_both_screens(app_server: AppServer, web: FlaskClient) -> None:
    visit, mine = running(app_server), link(app_server)
    page = web.post(f"{mine}/{visit.reference}/notice", data={"words": "  Five   more minutes "}, follow_redirects=True)
    assert "your words are on both screens" in page.text
    assert "On both screens: Five more minutes" in page.text
    assert call_row(app_server).notice == "Five more minutes"
    page = web.post(f"{mine}/{visit.reference}/notice", data={"words": "x" * 161}, follow_redirects=True)
    assert "longer than 160 letters" in page.text
    assert call_row(app_server).notice == "Five more minutes"
    page = web.post(f"{mine}/{visit.reference}/notice", data={"words": ""}, follow_redirects=True)
    assert call_row(app_server).notice is None


@pytest.mark.parametrize("action", ["admit", "notice", "end", "decide"])
def test_what_is_not_among_his_calls_cannot_be_touched(app_server: AppServer, web: FlaskClient, action: str) -> None:
    other, later = luis(app_server), app_server.paid()
    form = {"words": "hello", "reason": "conduct", "sure": "yes", "verdict": "nonsense"}
    app_server.set_clock(SATURDAY.replace(hour=10))
    reed = link(app_server)
    for ref in (other.reference, later.reference, "ZZZZ", "<b>x"):
        answer = web.post(f"{reed}/{ref}/{action}", data=form)
        assert answer.status_code == 303
        assert "done=gone" in answer.location
    assert call_row(app_server) is None


def test_his_own_familys_call_is_a_colleagues(app_server: AppServer, web: FlaskClient) -> None:
    visit = running(app_server)
    with app_server.deps.db.begin() as tx:
        tanya = tx.execute(sa.select(people_table.c.id).where(people_table.c.name == "Tanya Johnson")).scalar_one()
        person_addresses.link(tx, tanya, "sms", "+15550109001", AddressSource.FILE)
    rules(app_server, watching=True)
    mine = link(app_server)
    page = web.get(mine).text
    assert say("live.own", "en") in page
    assert "<form" not in page
    assert "done=own" in web.post(f"{mine}/{visit.reference}/admit").location
    assert web.get(f"{mine}/watch/{visit.reference}").status_code == 404
    assert call_row(app_server) is None
    assert "<form" in web.get(link(app_server, "Sgt. Molina")).text


def test_before_a_call_is_stopped_he_is_asked(
    app_server: AppServer, web: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit, mine, ended = running(app_server), link(app_server), []

    def end(_deps: object, officer: Any, ref: str, reason: str, _correlation: str) -> str:
        ended.append((officer.name, ref, reason))
        return "ended"

    monkeypatch.setattr(supervision, "end", end)
    address = f"{mine}/{visit.reference}/end"
    before = everything(app_server)
    asked = web.post(address, data={"reason": "conduct"})
    assert asked.status_code == 200
    assert f"Stop call {visit.reference}, Marcus Johnson, because of conduct?" in asked.text
    assert everything(app_server) == before
    for reason in ("<b>", ""):
        page = web.post(address, data={"reason": reason, "sure": "yes"}, follow_redirects=True)
        assert f"{visit.reference}: choose a reason first." in page.text
    assert ended == []
    page = web.post(address, data={"reason": "conduct", "sure": "yes"}, follow_redirects=True)
    assert f"{visit.reference}: stopped." in page.text
    assert ended == [("Officer Reed", visit.reference, "conduct")]


def test_a_call_that_is_stopped_is_over_for_everybody(app_server: AppServer, web: FlaskClient) -> None:
    visit, mine = running(app_server), link(app_server)
    app_server.joined(visit)
    page = web.post(f"{mine}/{visit.reference}/end", data={"reason": "emergency", "sure": "yes"}, follow_redirects=True)
    assert f"{visit.reference}: stopped." in page.text
    assert "Marcus Johnson" not in page.text
    assert state_of(app_server, visit) == "ended_by_staff"
    again = web.post(f"{mine}/{visit.reference}/end", data={"reason": "emergency", "sure": "yes"})
    assert "done=gone" in again.location


@pytest.mark.parametrize(("verdict", "state"), [("took_place", "completed"), ("give_back", "technical")])
def test_a_visit_in_doubt_is_decided_on_what_is_known(
    app_server: AppServer, web: FlaskClient, verdict: str, state: str
) -> None:
    visit = doubted(app_server)
    app_server.set_clock(SATURDAY + timedelta(hours=20))
    mine = link(app_server)
    page = web.get(mine).text
    for said in (
        "In doubt: did it take place?",
        "The family said: this is not him",
        "Both sides connected: 1 min",
        "Saturday Nov 28, 1:00 PM to 1:30 PM",
        "It took place",
        "Give the money back",
    ):
        assert said in page, said
    assert "/admit" not in page
    assert "/end" not in page
    for action in ("admit", "notice", "end"):
        assert "done=gone" in web.post(f"{mine}/{visit.reference}/{action}", data={"reason": "other"}).location
    assert "done=gone" in web.post(f"{mine}/{visit.reference}/decide", data={"verdict": "x"}).location
    assert state_of(app_server, visit) == "in_doubt"
    asked = web.post(f"{mine}/{visit.reference}/decide", data={"verdict": verdict}).text
    assert visit.reference in asked
    with app_server.deps.db.read() as tx:
        assert get(tx, visit.id).state == "in_doubt", "he is asked whether he is sure"
    sure = {"verdict": verdict, "sure": "yes"}
    page = web.post(f"{mine}/{visit.reference}/decide", data=sure, follow_redirects=True).text
    assert f"{visit.reference}: decided. The family is told." in page
    assert state_of(app_server, visit) == state
    assert "done=gone" in web.post(f"{mine}/{visit.reference}/decide", data=sure).location


def test_a_visit_in_doubt_is_no_business_of_another_unit(app_server: AppServer, web: FlaskClient) -> None:
    visit = doubted(app_server)
    with app_server.deps.db.begin() as tx:
        tx.execute(sa.update(people_table).where(people_table.c.name == "Officer Reed").values(units=["A"]))
    mine = link(app_server)
    assert "Marcus" not in web.get(mine).text
    answer = web.post(f"{mine}/{visit.reference}/decide", data={"verdict": "took_place"})
    assert "done=gone" in answer.location
    assert state_of(app_server, visit) == "in_doubt"


def test_watching_is_only_where_the_facility_does_it(app_server: AppServer, web: FlaskClient) -> None:
    visit, mine = running(app_server), link(app_server)
    watch = f"{mine}/watch/{visit.reference}"
    assert web.get(watch).status_code == 404
    assert web.post(f"{watch}/enter").status_code == 410
    assert "/watch/" not in web.get(mine).text
    rules(app_server, watching=True)
    assert watch in web.get(mine).text
    page = web.get(watch)
    assert page.status_code == 200
    assert f'data-enter="{watch}/enter"' in page.text
    entry = web.post(f"{watch}/enter").get_json()
    assert entry["side"] == "watcher"
    assert entry["state"]["watched"] is True
    assert say("live.watched", "en") in web.get(mine).text


def test_an_attorneys_visit_is_never_watched(app_server: AppServer, web: FlaskClient) -> None:
    visit = running(app_server)
    with app_server.deps.db.begin() as tx:
        tx.execute(sa.update(visits_table).where(visits_table.c.id == visit.id).values(kind="legal"))
    rules(app_server, watching=True)
    for mine in (link(app_server), link(app_server, "Sgt. Molina")):
        page = web.get(mine).text
        assert say("live.legal", "en") in page
        assert "/watch/" not in page
        assert web.get(f"{mine}/watch/{visit.reference}").status_code == 404
        assert web.post(f"{mine}/watch/{visit.reference}/enter").status_code == 410


def test_another_officers_unit_is_never_watched(app_server: AppServer, web: FlaskClient) -> None:
    visit = luis(app_server)
    rules(app_server, watching=True)
    app_server.set_clock(SATURDAY.replace(hour=10))
    assert web.get(f"{link(app_server)}/watch/{visit.reference}").status_code == 404
    assert web.get(f"{link(app_server, 'Sgt. Molina')}/watch/{visit.reference}").status_code == 200
