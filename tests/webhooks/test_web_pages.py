"""The pay and join pages in each state of a visit, in the reader's language; opening them changes nothing."""

import re
from datetime import UTC

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from bot.texts import say
from handlers.tables import requests
from scheduling.policy.lifecycle import Move
from scheduling.visits import checkouts, ledger
from scheduling.visits.visit import get
from tests.webhooks.app_server import SATURDAY, AppServer, application, build, minutes

UNKNOWN = "Zm9vYmFyYmF6cXV4cXV1eA"
BUTTON = '<button class="big">'


def test_a_page_to_pay_says_who_when_how_much_and_by_when(app_server: AppServer, web: FlaskClient) -> None:
    page = web.get(app_server.link(app_server.approved(), "pay"))
    assert page.status_code == 200
    for said in (
        "Marcus",
        "Saturday Nov 28",
        "1:00 to 1:30 PM",
        "Central",
        "$2.70",
        "Tue 10 AM",
        "Willow Creek Jail",
    ):
        assert said in page.text
    assert '<html lang="en">' in page.text
    assert page.text.count(BUTTON) == 1


def test_the_page_speaks_the_persons_language_and_offers_the_other(app_server: AppServer, web: FlaskClient) -> None:
    visit = app_server.approved(SATURDAY.replace(hour=10), "Ana Diaz", "51877")
    link = app_server.link(visit, "pay")
    page = web.get(link)
    assert '<html lang="es">' in page.text
    assert "sábado 28 nov" in page.text
    assert 'href="?lang=en"' in page.text
    assert '<html lang="en">' in web.get(f"{link}?lang=en").text


def test_pressing_pay_leads_to_the_card_page_and_the_same_one_again(app_server: AppServer, web: FlaskClient) -> None:
    link = app_server.link(app_server.approved(), "pay")
    first, second = web.post(link), web.post(link)
    assert first.status_code == 303
    assert first.location.startswith("https://cards.example/")
    assert second.location == first.location
    assert app_server.counts()["checkouts"] == 1


def test_after_the_card_page_it_waits_for_the_word_and_looks_again_by_itself(
    app_server: AppServer, web: FlaskClient
) -> None:
    link = app_server.link(app_server.approved(), "pay")
    page = web.get(f"{link}?back=paid")
    assert say("page.pay.checking.title", "en") in page.text
    assert 'http-equiv="refresh" content="5; url=' in page.text
    assert BUTTON not in page.text
    last = web.get(f"{link}?back=paid&looks=24")
    assert 'http-equiv="refresh"' not in last.text


@pytest.mark.parametrize("back,key", [("declined", "page.pay.declined"), ("left", "page.pay.back")])
def test_a_card_that_failed_or_was_not_used_can_be_tried_again(
    app_server: AppServer, web: FlaskClient, back: str, key: str
) -> None:
    page = web.get(f"{app_server.link(app_server.approved(), 'pay')}?back={back}")
    assert say(key, "en") in page.text
    assert BUTTON in page.text


def test_a_paid_visit_says_so_whatever_the_address_claims(app_server: AppServer, web: FlaskClient) -> None:
    link = app_server.link(app_server.paid(), "pay")
    for address in (link, f"{link}?back=paid", f"{link}?back=declined"):
        page = web.get(address)
        assert say("page.pay.paid.title", "en") in page.text
        assert "Sat" in page.text
        assert BUTTON not in page.text


def test_after_pay_by_there_is_nothing_to_press(app_server: AppServer, web: FlaskClient) -> None:
    visit = app_server.approved()
    link = app_server.link(visit, "pay")
    assert visit.deadline is not None
    app_server.set_clock(visit.deadline)
    assert say("page.pay.expired.title", "en") in web.get(link).text
    app_server.moved(visit, Move.EXPIRE)
    page = web.get(link)
    assert say("page.pay.expired.title", "en") in page.text
    assert BUTTON not in page.text
    assert web.post(link).status_code == 303
    assert app_server.counts()["checkouts"] == 0


def test_a_cancelled_visit_cannot_be_paid(app_server: AppServer, web: FlaskClient) -> None:
    visit = app_server.approved()
    link = app_server.link(visit, "pay")
    app_server.moved(visit, Move.CANCEL)
    page = web.get(link)
    assert say("page.pay.cancelled.text", "en") in page.text
    assert BUTTON not in page.text


@pytest.mark.parametrize("purpose", ["pay", "join"])
def test_two_weeks_after_the_end_a_link_shows_nothing_of_the_visit(
    app_server: AppServer, web: FlaskClient, purpose: str
) -> None:
    visit = app_server.paid()
    link = app_server.link(visit, purpose)
    app_server.moved(visit, Move.CANCEL)
    app_server.set_clock(app_server.now + minutes(14 * 24 * 60 - 1))
    assert "Marcus" in web.get(link).text
    app_server.set_clock(app_server.now + minutes(1))
    for answer in (web.get(link), web.post(link)):
        assert answer.status_code == 404
        assert say("page.unknown.title", "en") in answer.text
        assert "Marcus" not in answer.text
        assert "Nov 28" not in answer.text


@pytest.mark.parametrize("path", [f"/p/{UNKNOWN}", f"/j/{UNKNOWN}", "/p/short"])
def test_an_unknown_link_is_a_plain_sentence(web: FlaskClient, path: str) -> None:
    page = web.get(path)
    assert page.status_code == 404
    assert say("page.unknown.text", "en") in page.text
    spanish = web.get(path, headers={"Accept-Language": "es-MX,es;q=0.9"})
    assert say("page.unknown.text", "es") in spanish.text


def test_a_revoked_link_and_one_of_the_other_purpose_show_nothing(app_server: AppServer, web: FlaskClient) -> None:
    visit = app_server.paid()
    link = app_server.link(visit, "join")
    assert web.get(link.replace("/j/", "/p/")).status_code == 404
    app_server.revoke(visit)
    page = web.get(link)
    assert (page.status_code, "Marcus" in page.text) == (404, False)


def test_too_early_says_when_it_opens_and_reloads_by_itself_near_the_time(
    app_server: AppServer, web: FlaskClient
) -> None:
    link = app_server.link(app_server.paid(), "join")
    page = web.get(link)
    assert "Sat 12:50 PM" in page.text
    assert "data-opens=" in page.text
    assert 'datetime="2026-11-28T13:00:00-06:00"' in page.text
    assert BUTTON not in page.text
    assert 'http-equiv="refresh"' not in page.text
    by_itself = say("page.join.by_itself", "en")
    assert f"<p hidden data-scripts>{by_itself}</p>" in page.text
    app_server.set_clock(SATURDAY - minutes(15))
    near = web.get(link)
    assert '<noscript><meta http-equiv="refresh" content="301"></noscript>' in near.text
    assert f"<p>{by_itself}</p>" in near.text


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_call_is_on_the_page_while_it_can_be_had(app_server: AppServer, web: FlaskClient, lang: str) -> None:
    visit = app_server.paid()
    link = app_server.link(visit, "join") + f"?lang={lang}"
    early = web.get(link).text
    assert "data-call=" in early
    assert say("page.join.prepare", lang) in early
    assert 'data-do="check"' in early
    assert BUTTON not in early
    app_server.set_clock(SATURDAY)
    assert web.get(link).text.index("data-call=") < web.get(link).text.index(BUTTON)
    app_server.joined(visit)
    joined = web.get(link).text
    assert f"<p hidden data-scripts>{say('page.join.joined', lang)}</p>" in joined
    assert f"data-join hidden>{BUTTON}" in joined
    assert f'<noscript><p class="note">{say("page.join.noscript_here", lang)}</p></noscript>' in joined
    app_server.set_clock(SATURDAY + minutes(30))
    assert "data-call=" not in web.get(link).text


def test_a_phone_is_known_from_its_first_look_on(app_server: AppServer, web: FlaskClient) -> None:
    link = app_server.link(app_server.paid(), "join")
    web.get(link)
    before = web.get_cookie("visitline_phone", path="/j/")
    web.get(link)
    assert before is not None
    assert before.value == web.get_cookie("visitline_phone", path="/j/").value  # type: ignore[union-attr]


def test_the_notice_for_browsers_without_scripts_stands_first(app_server: AppServer, web: FlaskClient) -> None:
    page = web.get(app_server.link(app_server.paid(), "join")).text
    main = page.partition("<main>")[2]
    assert main.strip().startswith(f'<noscript><p class="note">{say("page.join.noscript", "en")}')


def test_money_on_its_way_back_is_said_on_the_pay_page(app_server: AppServer, web: FlaskClient) -> None:
    visit = app_server.paid()
    link = app_server.link(visit, "pay")
    told = say("page.pay.back_to_card", "en", price="$2.70")
    assert told not in web.get(link).text
    app_server.moved(visit, Move.CANCEL)

    def give_back(tx: sa.Connection) -> None:
        ledger.refund(tx, visit.id, 270, "cancelled", now=app_server.now)

    app_server.deps.db.run(give_back)
    page = web.get(link).text
    assert told in page
    assert say("page.pay.cancelled.title", "en") in page
    assert "$2.70 van de regreso a la tarjeta" in web.get(f"{link}?lang=es").text
    with app_server.deps.db.begin() as tx:
        tx.execute(sa.text("UPDATE ledger SET state = 'failed' WHERE kind = 'refund'"))
    assert told not in web.get(link).text


def test_pressing_join_too_early_marks_nobody(app_server: AppServer, web: FlaskClient) -> None:
    visit = app_server.paid()
    assert web.post(app_server.link(visit, "join")).status_code == 303
    with app_server.deps.db.read() as tx:
        assert get(tx, visit.id).joined_at is None


def test_opening_the_page_marks_nobody_and_pressing_join_does(app_server: AppServer, web: FlaskClient) -> None:
    visit = app_server.paid()
    link = app_server.link(visit, "join")
    app_server.set_clock(SATURDAY - minutes(5))
    page = web.get(link)
    assert "1:30 PM" in page.text
    assert BUTTON in page.text
    with app_server.deps.db.read() as tx:
        assert get(tx, visit.id).joined_at is None
    pressed = web.post(link)
    assert (pressed.status_code, pressed.location) == (303, link)
    with app_server.deps.db.read() as tx:
        assert get(tx, visit.id).joined_at == app_server.now.astimezone(UTC)
    after = web.get(link)
    assert say("page.join.joined", "en") in after.text
    assert BUTTON in after.text  # who was cut off comes in again


def test_a_link_opens_as_often_as_somebody_needs(app_server: AppServer, web: FlaskClient) -> None:
    visit = app_server.paid()
    first, second = app_server.link(visit, "join"), app_server.link(visit, "join")
    app_server.set_clock(SATURDAY)
    assert {web.get(link).status_code for link in (first, second, first, second)} == {200}
    assert {web.post(link).status_code for link in (first, second, first)} == {303}
    with app_server.deps.db.read() as tx:
        joins = sa.text("SELECT count(*) FROM visit_events WHERE move = 'join'")
        assert tx.execute(joins).scalar_one() == 1


def test_when_it_is_over_it_says_so(app_server: AppServer, web: FlaskClient) -> None:
    visit = app_server.paid()
    link = app_server.link(visit, "join")
    app_server.set_clock(SATURDAY + minutes(30))
    assert say("page.join.over.title", "en") in web.get(link).text
    app_server.moved(visit, Move.NO_SHOW)
    assert say("page.join.over.title", "en") in web.get(link).text


def test_a_cancelled_visit_and_one_not_booked_cannot_be_joined(app_server: AppServer, web: FlaskClient) -> None:
    visit = app_server.approved()
    link = app_server.link(visit, "join")
    assert say("page.join.unpaid", "en") in web.get(link).text
    app_server.moved(visit, Move.CANCEL)
    page = web.get(link)
    assert say("page.join.cancelled.text", "en") in page.text
    assert BUTTON not in page.text


def test_every_press_leaves_a_row_and_no_page_needs_a_cookie(app_server: AppServer, web: FlaskClient) -> None:
    pay, join = app_server.link(app_server.approved(), "pay"), f"/j/{UNKNOWN}"
    for path in (pay, join):
        assert "Set-Cookie" not in web.get(path).headers
        web.post(path)
    with app_server.deps.db.read() as tx:
        rows = tx.execute(sa.select(requests).order_by(requests.c.id)).all()
    assert [(row.provider, row.kind, row.status) for row in rows] == [("page", "pay", 303), ("page", "join", 404)]
    assert all(row.who is None for row in rows)


def test_guessing_links_is_stopped_and_using_them_is_not(app_server: AppServer, web: FlaskClient) -> None:
    link = app_server.link(app_server.approved(), "pay")
    assert {web.get(link).status_code for _ in range(60)} == {200}
    statuses = [web.get(f"/p/{number:022d}").status_code for number in range(25)]
    assert (statuses[0], statuses[-1]) == (404, 429)


def test_a_page_is_light_and_keeps_its_rules(app_server: AppServer, web: FlaskClient) -> None:
    page = web.get(app_server.link(app_server.paid(), "join"))
    weight = len(page.data)
    for address in re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text):
        with web.get(address) as part:
            assert part.status_code == 200
            weight += len(part.data)
    assert weight < 100_000
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "style=" not in page.text
    assert "onclick" not in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Frame-Options"] == "DENY"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Cache-Control"] == "no-store"


def test_the_pretend_card_page_pays_and_declines(tmp_path_factory: pytest.TempPathFactory) -> None:
    app_server = build(tmp_path_factory.mktemp("sandbox"), gateway="sandbox")
    visit = app_server.approved()

    def work(tx: sa.Connection) -> None:
        checkout = checkouts.open_checkout(tx, visit, "sandbox", now=app_server.now)
        checkouts.opened(tx, checkout, "sb_one", "/sandbox/sb_one")

    app_server.deps.db.run(work)
    web = application(app_server).test_client()
    page = web.get("/sandbox/sb_one")
    assert page.status_code == 200
    assert "$2.70" in page.text
    assert web.get("/sandbox/sb_two").status_code == 404
    assert web.post("/sandbox/sb_two/pay").status_code == 404
    assert web.post("/sandbox/sb_one/decline").status_code == 303
    with app_server.deps.db.read() as tx:
        assert get(tx, visit.id).state == "approved"
    assert web.post("/sandbox/sb_one/pay").status_code == 303
    with app_server.deps.db.read() as tx:
        assert get(tx, visit.id).state == "confirmed"
    again = web.get("/sandbox/sb_one").text
    assert "Paid: $2.70. There is nothing more to pay here." in again
    assert "Choose what the card does" not in again
    assert "/sandbox/sb_one/pay" not in again
    assert "/p/" in web.post("/sandbox/sb_one/back").location
    app_server.deps.db.close()


def test_where_cards_are_real_there_is_no_pretend_page(web: FlaskClient) -> None:
    assert web.get("/sandbox/sb_one").status_code == 404


def test_an_address_that_is_no_page_is_not_called_an_old_link(web: FlaskClient) -> None:
    page = web.get("/nothing")
    assert page.status_code == 404
    assert say("page.nothing.title", "en") in page.text
    assert say("page.unknown.title", "en") not in page.text
