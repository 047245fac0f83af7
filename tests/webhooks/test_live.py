"""The page of calls: whose link opens it, what it shows, and that nothing happens unless a button is pressed."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from bot.texts import say
from handlers.calls import supervision
from scheduling.calls import kiosks
from scheduling.people import people, staff_links
from scheduling.policy.vocabulary import ActorKind, AddressSource
from scheduling.storage.tables import call_beats, call_devices, calls, terminals
from scheduling.storage.tables import people as people_table
from scheduling.storage.tables import visits as visits_table
from scheduling.visits import ending
from scheduling.visits.transition import Actor
from scheduling.visits.visit import Visit, get
from tests.webhooks.house import SATURDAY, House, minutes
from tests.webhooks.test_kiosk import everything, rules

GONE = say("live.gone.title", "en")


def link(house: House, name: str = "Officer Reed") -> str:
    with house.deps.db.begin() as tx:
        who = tx.execute(sa.select(people_table.c.id).where(people_table.c.name == name)).scalar_one()
        return f"/calls/{staff_links.mint(tx, who, now=house.now)}"


def running(house: House) -> Visit:
    visit = house.paid()
    house.set_clock(SATURDAY + minutes(3))
    return visit


def luis(house: House) -> Visit:
    """One of unit A, at another time of the day."""
    return house.paid(SATURDAY.replace(hour=10), "Ana Diaz", "51877")


def device(house: House, visit: Visit, side: str, ago: float = 0, **report: str) -> int:
    seen = house.now - timedelta(seconds=ago)
    row = {"visit_id": visit.id, "side": side, "key": f"{side}{house.now}{ago}", "epoch": 1, "joined_at": seen}
    with house.deps.db.begin() as tx:
        made = tx.execute(sa.insert(call_devices).values(**row, seen_at=seen, report=report)).inserted_primary_key
    assert made
    return int(made[0])


def beat(house: House, visit: Visit, device_id: int, side: str, ago: float = 0) -> None:
    slot = int((house.now - timedelta(seconds=ago)).timestamp()) // 10
    row = {"device_id": device_id, "slot": slot, "visit_id": visit.id, "side": side, "seen": True, "heard": False}
    with house.deps.db.begin() as tx:
        tx.execute(sa.insert(call_beats).values(**row))


def call_row(house: House) -> Any:
    with house.deps.db.read() as tx:
        return tx.execute(sa.select(calls)).one_or_none()


# Whose link


def test_a_link_that_is_none_has_run_out_or_is_a_suspended_officers_opens_nothing(
    house: House, web: FlaskClient
) -> None:
    visit = running(house)
    mine = link(house)
    assert web.get(mine).status_code == 200
    dead = ["/calls/" + "x" * 22, "/calls/x", house.link(visit, "join").replace("/j/", "/calls/")]
    for each in dead:
        assert_dead(house, web, each, visit)
    with house.deps.db.begin() as tx:
        reed = tx.execute(sa.select(people_table.c.id).where(people_table.c.name == "Officer Reed")).scalar_one()
        people.suspend(tx, reed, suspended=True)
    assert_dead(house, web, mine, visit)
    with house.deps.db.begin() as tx:
        people.suspend(tx, reed, suspended=False)
    assert web.get(mine).status_code == 200
    house.set_clock(house.now + timedelta(hours=12))
    assert_dead(house, web, mine, visit)


def assert_dead(house: House, web: FlaskClient, address: str, visit: Visit) -> None:
    before = everything(house)
    page = web.get(address)
    assert page.status_code == 404
    assert GONE in page.text
    for action in ("admit", "notice", "end", "decide"):
        form = {"words": "hi", "reason": "conduct", "sure": "yes", "verdict": "took_place"}
        assert web.post(f"{address}/{visit.reference}/{action}", data=form).status_code == 404
    entering = web.post(f"{address}/watch/{visit.reference}/enter")
    assert (entering.status_code, entering.get_json()["error"]) == (404, "unknown")
    assert everything(house) == before


def test_an_answer_of_this_page_sends_its_address_nowhere(house: House, web: FlaskClient) -> None:
    answer = web.get(link(house))
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_a_form_of_another_site_has_no_token_and_does_nothing(house: House, web: FlaskClient) -> None:
    visit = running(house)
    link(house)
    before = everything(house)
    for path in (f"/calls/{visit.reference}/admit", "/calls", f"/calls//{visit.reference}/admit"):
        assert web.post(path, headers={"Origin": "https://evil.example"}).status_code in (404, 405, 308)
    assert everything(house) == before


# What it shows


def test_only_what_may_be_joined_now_of_his_own_units(house: House, web: FlaskClient) -> None:
    house.paid()
    luis(house)
    reed, molina = link(house), link(house, "Sgt. Molina")
    assert say("live.none", "en") in web.get(reed).text
    house.set_clock(SATURDAY.replace(hour=9, minute=50))
    reed, molina = link(house), link(house, "Sgt. Molina")
    assert "Luis Ortega" not in web.get(reed).text
    assert "Ana Diaz with Luis Ortega 51877" in web.get(molina).text
    house.set_clock(SATURDAY - minutes(10))
    for each in (link(house), link(house, "Sgt. Molina")):
        page = web.get(each).text
        assert "Tanya Johnson with Marcus Johnson 48213" in page
        assert "Begins at 1:00 PM, in 10 min" in page
        assert "Luis Ortega" not in page
    house.set_clock(SATURDAY + minutes(30))
    assert "Marcus" not in web.get(link(house)).text


def test_it_says_how_a_call_stands(house: House, web: FlaskClient) -> None:
    visit = running(house)
    page = web.get(link(house)).text
    for said in (
        f"{visit.reference}, terminal B-1, unit B",
        "Until 1:30 PM, 27 min left",
        "Not connected",
        "Screen not on",
        "No family phone in",
        "Resident not let in yet",
        "Phone: has not opened the page. Screen: none is paired.",
    ):
        assert said in page, said
    phone = device(house, visit, "family", camera="ok", link="connected")
    screen = device(house, visit, "kiosk", camera="refused", link="connected")
    beat(house, visit, phone, "family")
    page = web.get(link(house)).text
    assert "Not connected" in page
    beat(house, visit, screen, "kiosk")
    page = web.get(link(house)).text
    for said in ("Family phones in: 1, Resident at the screen", ">Connected<"):
        assert said in page, said
    house.set_clock(house.now + timedelta(seconds=40))
    page = web.get(link(house)).text
    for said in ("Not connected", "No family phone in", "Phone: was in, gone."):
        assert said in page, said


def test_a_screen_that_waits_for_an_officer_stands_out(house: House, web: FlaskClient) -> None:
    visit = running(house)
    with house.deps.db.begin() as tx:
        secret = kiosks.create(tx, now=house.now)
        kiosk = kiosks.by_secret(tx, secret)
        assert kiosk is not None
        where = tx.execute(sa.select(terminals).where(terminals.c.name == "B-1")).one()
        by = tx.execute(sa.select(people_table.c.id).where(people_table.c.name == "Officer Reed")).scalar_one()
        kiosks.pair(tx, where.facility_id, kiosk.code or "", where.id, by, now=house.now)
        tx.execute(
            sa.insert(calls).values(visit_id=visit.id, starts=visit.starts, rang_at=house.now, pressed_at=house.now)
        )
    page = web.get(link(house)).text
    for said in ("Waits at B-1 for an officer", "Screen on", "Screen: rings, waits for an officer."):
        assert said in page, said


def test_in_the_officers_language_and_the_one_he_chooses(house: House, web: FlaskClient) -> None:
    running(house)
    mine = link(house)
    page = web.get(f"{mine}?lang=es").text
    assert '<html lang="es">' in page
    assert "Hasta las 1:30 PM, quedan 27 min" in page
    assert f'action="{mine}/' in page
    assert "lang=es" in page.split('action="')[1].split('"')[0]
    with house.deps.db.begin() as tx:
        tx.execute(sa.update(people_table).where(people_table.c.name == "Officer Reed").values(language="es"))
    assert '<html lang="es">' in web.get(mine).text


def test_the_part_that_is_fetched_again_is_the_list_alone(house: House, web: FlaskClient) -> None:
    visit = running(house)
    part = web.get(f"{link(house)}?part=1").text
    assert f'data-ref="{visit.reference}"' in part
    assert "<html" not in part
    page = web.get(link(house)).text
    assert '<noscript><meta http-equiv="refresh" content="15"></noscript>' in page
    assert "live.js" in page


def test_every_field_has_its_label_and_names_are_no_markup(house: House, web: FlaskClient) -> None:
    visit = running(house)
    mine = link(house)
    web.post(f"{mine}/{visit.reference}/notice", data={"words": '"><script>alert(1)</script>'})
    page = web.get(mine).text
    assert "<script>alert" not in page
    for field in ("words", "reason"):
        assert f'<label for="{field}-{visit.reference}">' in page
        assert f'id="{field}-{visit.reference}"' in page


def test_nothing_happens_on_get(house: House, web: FlaskClient) -> None:
    visit = running(house)
    rules(house, watching=True)
    mine = link(house)
    before = everything(house)
    for path in ("", "?part=1", "?done=admitted&ref=ABCD", f"/watch/{visit.reference}"):
        assert web.get(mine + path).status_code == 200
    for action in ("admit", "notice", "end", "decide"):
        assert web.get(f"{mine}/{visit.reference}/{action}").status_code == 405
    assert everything(house) == before


# What its buttons do


def test_a_tap_lets_the_resident_in(house: House, web: FlaskClient) -> None:
    visit, mine = running(house), link(house)
    answer = web.post(f"{mine}/{visit.reference}/admit")
    assert answer.status_code == 303
    page = web.get(answer.location).text
    assert f"{visit.reference}: let in." in page
    assert "Let in by an officer" in page
    assert "/admit" not in page
    row = call_row(house)
    assert (row.admitted_how, row.admitted_at) == ("officer", house.now)
    with house.deps.db.read() as tx:
        assert people.get(tx, row.admitted_by).name == "Officer Reed"
    again = web.get(web.post(f"{mine}/{visit.reference}/admit").location)
    assert "was let in before" in again.text


def test_words_for_both_screens(house: House, web: FlaskClient) -> None:
    visit, mine = running(house), link(house)
    page = web.post(f"{mine}/{visit.reference}/notice", data={"words": "  Five   more minutes "}, follow_redirects=True)
    assert "your words are on both screens" in page.text
    assert "On both screens: Five more minutes" in page.text
    assert call_row(house).notice == "Five more minutes"
    page = web.post(f"{mine}/{visit.reference}/notice", data={"words": "x" * 161}, follow_redirects=True)
    assert "longer than 160 letters" in page.text
    assert call_row(house).notice == "Five more minutes"
    page = web.post(f"{mine}/{visit.reference}/notice", data={"words": ""}, follow_redirects=True)
    assert call_row(house).notice is None


@pytest.mark.parametrize("action", ["admit", "notice", "end", "decide"])
def test_what_is_not_among_his_calls_cannot_be_touched(house: House, web: FlaskClient, action: str) -> None:
    other, later = luis(house), house.paid()
    form = {"words": "hello", "reason": "conduct", "sure": "yes", "verdict": "nonsense"}
    house.set_clock(SATURDAY.replace(hour=10))
    reed = link(house)
    for ref in (other.reference, later.reference, "ZZZZ", "<b>x"):
        answer = web.post(f"{reed}/{ref}/{action}", data=form)
        assert answer.status_code == 303
        assert "done=gone" in answer.location
    assert call_row(house) is None


def test_his_own_familys_call_is_a_colleagues(house: House, web: FlaskClient) -> None:
    visit = running(house)
    with house.deps.db.begin() as tx:
        tanya = tx.execute(sa.select(people_table.c.id).where(people_table.c.name == "Tanya Johnson")).scalar_one()
        people.link(tx, tanya, "sms", "+15550109001", AddressSource.FILE)
    rules(house, watching=True)
    mine = link(house)
    page = web.get(mine).text
    assert say("live.own", "en") in page
    assert "<form" not in page
    assert "done=own" in web.post(f"{mine}/{visit.reference}/admit").location
    assert web.get(f"{mine}/watch/{visit.reference}").status_code == 404
    assert call_row(house) is None
    assert "<form" in web.get(link(house, "Sgt. Molina")).text


def test_before_a_call_is_stopped_he_is_asked(house: House, web: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    visit, mine, ended = running(house), link(house), []

    def end(_deps: object, officer: Any, ref: str, reason: str, _correlation: str) -> str:
        ended.append((officer.name, ref, reason))
        return "ended"

    monkeypatch.setattr(supervision, "end", end)
    address = f"{mine}/{visit.reference}/end"
    before = everything(house)
    asked = web.post(address, data={"reason": "conduct"})
    assert asked.status_code == 200
    assert f"Stop call {visit.reference}, Marcus Johnson, because of conduct?" in asked.text
    assert everything(house) == before
    for reason in ("<b>", ""):
        page = web.post(address, data={"reason": reason, "sure": "yes"}, follow_redirects=True)
        assert f"{visit.reference}: choose a reason first." in page.text
    assert ended == []
    page = web.post(address, data={"reason": "conduct", "sure": "yes"}, follow_redirects=True)
    assert f"{visit.reference}: stopped." in page.text
    assert ended == [("Officer Reed", visit.reference, "conduct")]


def test_a_call_that_is_stopped_is_over_for_everybody(house: House, web: FlaskClient) -> None:
    visit, mine = running(house), link(house)
    house.joined(visit)
    page = web.post(f"{mine}/{visit.reference}/end", data={"reason": "emergency", "sure": "yes"}, follow_redirects=True)
    assert f"{visit.reference}: stopped." in page.text
    assert "Marcus Johnson" not in page.text
    assert state_of(house, visit) == "ended_by_staff"
    again = web.post(f"{mine}/{visit.reference}/end", data={"reason": "emergency", "sure": "yes"})
    assert "done=gone" in again.location


def state_of(house: House, visit: Visit) -> str:
    with house.deps.db.read() as tx:
        return str(tx.execute(sa.select(visits_table.c.state).where(visits_table.c.id == visit.id)).scalar_one())


def doubted(house: House) -> Visit:
    """The family said that it was somebody else, after a minute and a half of talking."""
    visit = running(house)
    house.joined(visit)
    phone, screen = (device(house, visit, side, link="connected") for side in ("family", "kiosk"))
    for ago in range(0, 90, 10):
        beat(house, visit, phone, "family", ago)
        beat(house, visit, screen, "kiosk", ago)
    house.run(
        lambda tx: ending.end_as_wrong_person(
            tx, get(tx, visit.id, lock=True), actor=Actor(ActorKind.FAMILY), now=house.now
        )
    )
    return visit


@pytest.mark.parametrize(("verdict", "state"), [("took_place", "completed"), ("give_back", "technical")])
def test_a_visit_in_doubt_is_decided_on_what_is_known(house: House, web: FlaskClient, verdict: str, state: str) -> None:
    visit = doubted(house)
    house.set_clock(SATURDAY + timedelta(hours=20))
    mine = link(house)
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
    assert state_of(house, visit) == "in_doubt"
    asked = web.post(f"{mine}/{visit.reference}/decide", data={"verdict": verdict}).text
    assert visit.reference in asked
    with house.deps.db.read() as tx:
        assert get(tx, visit.id).state == "in_doubt", "he is asked whether he is sure"
    sure = {"verdict": verdict, "sure": "yes"}
    page = web.post(f"{mine}/{visit.reference}/decide", data=sure, follow_redirects=True).text
    assert f"{visit.reference}: decided. The family is told." in page
    assert state_of(house, visit) == state
    assert "done=gone" in web.post(f"{mine}/{visit.reference}/decide", data=sure).location


def test_a_visit_in_doubt_is_no_business_of_another_unit(house: House, web: FlaskClient) -> None:
    visit = doubted(house)
    with house.deps.db.begin() as tx:
        tx.execute(sa.update(people_table).where(people_table.c.name == "Officer Reed").values(units=["A"]))
    mine = link(house)
    assert "Marcus" not in web.get(mine).text
    answer = web.post(f"{mine}/{visit.reference}/decide", data={"verdict": "took_place"})
    assert "done=gone" in answer.location
    assert state_of(house, visit) == "in_doubt"


# Watching


def test_watching_is_only_where_the_facility_does_it(house: House, web: FlaskClient) -> None:
    visit, mine = running(house), link(house)
    watch = f"{mine}/watch/{visit.reference}"
    assert web.get(watch).status_code == 404
    assert web.post(f"{watch}/enter").status_code == 410
    assert "/watch/" not in web.get(mine).text
    rules(house, watching=True)
    assert watch in web.get(mine).text
    page = web.get(watch)
    assert page.status_code == 200
    assert f'data-enter="{watch}/enter"' in page.text
    entry = web.post(f"{watch}/enter").get_json()
    assert entry["side"] == "watcher"
    assert entry["state"]["watched"] is True
    assert say("live.watched", "en") in web.get(mine).text


def test_an_attorneys_visit_is_never_watched(house: House, web: FlaskClient) -> None:
    visit = running(house)
    with house.deps.db.begin() as tx:
        tx.execute(sa.update(visits_table).where(visits_table.c.id == visit.id).values(kind="legal"))
    rules(house, watching=True)
    for mine in (link(house), link(house, "Sgt. Molina")):
        page = web.get(mine).text
        assert say("live.legal", "en") in page
        assert "/watch/" not in page
        assert web.get(f"{mine}/watch/{visit.reference}").status_code == 404
        assert web.post(f"{mine}/watch/{visit.reference}/enter").status_code == 410


def test_another_officers_unit_is_never_watched(house: House, web: FlaskClient) -> None:
    visit = luis(house)
    rules(house, watching=True)
    house.set_clock(SATURDAY.replace(hour=10))
    assert web.get(f"{link(house)}/watch/{visit.reference}").status_code == 404
    assert web.get(f"{link(house, 'Sgt. Molina')}/watch/{visit.reference}").status_code == 200
