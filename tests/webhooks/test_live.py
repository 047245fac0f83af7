"""The page of calls: whose link opens it, and what it shows."""

from datetime import timedelta

import sqlalchemy as sa
from flask.testing import FlaskClient

from bot.texts import say
from scheduling.calls import kiosks
from scheduling.people import people
from scheduling.storage.tables import calls, terminals
from scheduling.storage.tables import people as people_table
from scheduling.visits.visit import Visit
from tests.webhooks.app_server import SATURDAY, AppServer, minutes
from tests.webhooks.kiosk_kit import everything, rules
from tests.webhooks.live_kit import GONE, beat, device, link, luis, running


def test_a_link_that_is_none_has_run_out_or_is_a_suspended_officers_opens_nothing(
    app_server: AppServer, web: FlaskClient
) -> None:
    visit = running(app_server)
    mine = link(app_server)
    assert web.get(mine).status_code == 200
    dead = ["/calls/" + "x" * 22, "/calls/x", app_server.link(visit, "join").replace("/j/", "/calls/")]
    for each in dead:
        assert_dead(app_server, web, each, visit)
    with app_server.deps.db.begin() as tx:
        reed = tx.execute(sa.select(people_table.c.id).where(people_table.c.name == "Officer Reed")).scalar_one()
        people.suspend(tx, reed, suspended=True)
    assert_dead(app_server, web, mine, visit)
    with app_server.deps.db.begin() as tx:
        people.suspend(tx, reed, suspended=False)
    assert web.get(mine).status_code == 200
    app_server.set_clock(app_server.now + timedelta(hours=12))
    assert_dead(app_server, web, mine, visit)


def assert_dead(app_server: AppServer, web: FlaskClient, address: str, visit: Visit) -> None:
    before = everything(app_server)
    page = web.get(address)
    assert page.status_code == 404
    assert GONE in page.text
    for action in ("admit", "notice", "end", "decide"):
        form = {"words": "hi", "reason": "conduct", "sure": "yes", "verdict": "took_place"}
        assert web.post(f"{address}/{visit.reference}/{action}", data=form).status_code == 404
    entering = web.post(f"{address}/watch/{visit.reference}/enter")
    assert (entering.status_code, entering.get_json()["error"]) == (404, "unknown")
    assert everything(app_server) == before


def test_an_answer_of_this_page_sends_its_address_nowhere(app_server: AppServer, web: FlaskClient) -> None:
    answer = web.get(link(app_server))
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_a_form_of_another_site_has_no_token_and_does_nothing(app_server: AppServer, web: FlaskClient) -> None:
    visit = running(app_server)
    link(app_server)
    before = everything(app_server)
    for path in (f"/calls/{visit.reference}/admit", "/calls", f"/calls//{visit.reference}/admit"):
        assert web.post(path, headers={"Origin": "https://evil.example"}).status_code in (404, 405, 308)
    assert everything(app_server) == before


def test_only_what_may_be_joined_now_of_his_own_units(app_server: AppServer, web: FlaskClient) -> None:
    app_server.paid()
    luis(app_server)
    reed, molina = link(app_server), link(app_server, "Sgt. Molina")
    assert say("live.none", "en") in web.get(reed).text
    app_server.set_clock(SATURDAY.replace(hour=9, minute=50))
    reed, molina = link(app_server), link(app_server, "Sgt. Molina")
    assert "Luis Ortega" not in web.get(reed).text
    assert "Ana Diaz with Luis Ortega 51877" in web.get(molina).text
    app_server.set_clock(SATURDAY - minutes(10))
    for each in (link(app_server), link(app_server, "Sgt. Molina")):
        page = web.get(each).text
        assert "Tanya Johnson with Marcus Johnson 48213" in page
        assert "Begins at 1:00 PM, in 10 min" in page
        assert "Luis Ortega" not in page
    app_server.set_clock(SATURDAY + minutes(30))
    assert "Marcus" not in web.get(link(app_server)).text


def test_it_says_how_a_call_stands(app_server: AppServer, web: FlaskClient) -> None:
    visit = running(app_server)
    page = web.get(link(app_server)).text
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
    phone = device(app_server, visit, "family", camera="ok", link="connected")
    screen = device(app_server, visit, "kiosk", camera="refused", link="connected")
    beat(app_server, visit, phone, "family")
    page = web.get(link(app_server)).text
    assert "Not connected" in page
    beat(app_server, visit, screen, "kiosk")
    page = web.get(link(app_server)).text
    for said in ("Family phones in: 1, Resident at the screen", ">Connected<"):
        assert said in page, said
    app_server.set_clock(app_server.now + timedelta(seconds=40))
    page = web.get(link(app_server)).text
    for said in ("Not connected", "No family phone in", "Phone: was in, gone."):
        assert said in page, said


def test_a_screen_that_waits_for_an_officer_stands_out(app_server: AppServer, web: FlaskClient) -> None:
    visit = running(app_server)
    with app_server.deps.db.begin() as tx:
        secret = kiosks.create(tx, now=app_server.now)
        kiosk = kiosks.by_secret(tx, secret)
        assert kiosk is not None
        where = tx.execute(sa.select(terminals).where(terminals.c.name == "B-1")).one()
        by = tx.execute(sa.select(people_table.c.id).where(people_table.c.name == "Officer Reed")).scalar_one()
        kiosks.pair(tx, where.facility_id, kiosk.code or "", where.id, by, now=app_server.now)
        tx.execute(
            sa.insert(calls).values(
                visit_id=visit.id, starts=visit.starts, rang_at=app_server.now, pressed_at=app_server.now
            )
        )
    page = web.get(link(app_server)).text
    for said in ("Waits at B-1 for an officer", "Screen on", "Screen: rings, waits for an officer."):
        assert said in page, said


def test_in_the_officers_language_and_the_one_he_chooses(app_server: AppServer, web: FlaskClient) -> None:
    running(app_server)
    mine = link(app_server)
    page = web.get(f"{mine}?lang=es").text
    assert '<html lang="es">' in page
    assert "Hasta las 1:30 PM, quedan 27 min" in page
    assert f'action="{mine}/' in page
    assert "lang=es" in page.split('action="')[1].split('"')[0]
    with app_server.deps.db.begin() as tx:
        tx.execute(sa.update(people_table).where(people_table.c.name == "Officer Reed").values(language="es"))
    assert '<html lang="es">' in web.get(mine).text


def test_the_part_that_is_fetched_again_is_the_list_alone(app_server: AppServer, web: FlaskClient) -> None:
    visit = running(app_server)
    part = web.get(f"{link(app_server)}?part=1").text
    assert f'data-ref="{visit.reference}"' in part
    assert "<html" not in part
    page = web.get(link(app_server)).text
    assert '<noscript><meta http-equiv="refresh" content="15"></noscript>' in page
    assert "live.js" in page


def test_every_field_has_its_label_and_names_are_no_markup(app_server: AppServer, web: FlaskClient) -> None:
    visit = running(app_server)
    mine = link(app_server)
    web.post(f"{mine}/{visit.reference}/notice", data={"words": '"><script>alert(1)</script>'})
    page = web.get(mine).text
    assert "<script>alert" not in page
    for field in ("words", "reason"):
        assert f'<label for="{field}-{visit.reference}">' in page
        assert f'id="{field}-{visit.reference}"' in page


def test_nothing_happens_on_get(app_server: AppServer, web: FlaskClient) -> None:
    visit = running(app_server)
    rules(app_server, watching=True)
    mine = link(app_server)
    before = everything(app_server)
    for path in ("", "?part=1", "?done=admitted&ref=ABCD", f"/watch/{visit.reference}"):
        assert web.get(mine + path).status_code == 200
    for action in ("admit", "notice", "end", "decide"):
        assert web.get(f"{mine}/{visit.reference}/{action}").status_code == 405
    assert everything(app_server) == before
