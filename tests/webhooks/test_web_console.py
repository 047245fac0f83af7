"""The console: its login, the log of all requests and messages, and what one of them led to."""

import re
from dataclasses import replace
from datetime import UTC, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr

from handlers.operations import logbook
from handlers.operations.logbook import Cursor, LogFilter
from handlers.tables import inbound, messages, receipts, requests
from scheduling.storage.database import insert
from scheduling.storage.outbox import Priority
from scheduling.storage.tables import jobs
from tests.webhooks.app_server import ANA, OURS, PASSWORD, SIGNED, TANYA, AppServer, application, log_in, token_in

OPEN_TO_ALL = {"console.login"}


@pytest.fixture
def inside(web: FlaskClient) -> FlaskClient:
    assert log_in(web) == 303
    return web


def text_in(web: FlaskClient, words: str = "see marcus saturday at 1pm", sender: str = TANYA) -> None:
    form = {"Id": "SM1", "From": sender, "Body": words}
    assert web.post("/webhooks/twilio/messages", data=form, headers=SIGNED).status_code == 200


def message(app_server: AppServer, **values: object) -> int:
    row = {
        "job_id": 1, "channel": "sms", "theirs": TANYA, "ours": OURS, "about": "confirmed", "body": "Booked: /j/...",
        "segments": 1, "status": "sent", "attempts": 1, "at": app_server.now, "provider_id": "SM100", "correlation": "c1",
    } | values  # fmt: skip
    with app_server.deps.db.begin() as tx:
        return insert(tx, messages, **row)


def test_no_route_of_the_console_is_open_but_the_login(web_app: Flask) -> None:
    """Compare all routes with those that refuse a request without a session."""
    there = {rule.endpoint: rule for rule in web_app.url_map.iter_rules() if rule.rule.startswith("/console")}
    closed = set()
    with web_app.test_request_context():
        for endpoint, rule in there.items():
            path = rule.rule.replace("<any('in', 'out'):side>", "in").replace("<int:entry_id>", "1")
            stranger = web_app.test_client()
            if "GET" in (rule.methods or ()):
                answer = stranger.get(path)
                if answer.status_code == 303 and answer.location.startswith("/console/login"):
                    closed.add(endpoint)
            elif stranger.post(path).status_code == 403:
                closed.add(endpoint)
    assert set(there) - OPEN_TO_ALL == closed
    assert len(closed) >= 3


def test_the_right_password_opens_and_a_wrong_one_does_not(app_server: AppServer, web: FlaskClient) -> None:
    assert log_in(web, "guess") == 403
    assert web.get("/console/log").status_code == 303
    assert log_in(web) == 303
    assert web.get("/console/log").status_code == 200
    with app_server.deps.db.read() as tx:
        rows = [(row.kind, row.outcome) for row in tx.execute(sa.select(requests).order_by(requests.c.id))]
    assert rows == [("login", "refused"), ("login", "welcome")]


def test_guessing_the_password_is_slowed_down(web: FlaskClient) -> None:
    assert [log_in(web, f"guess {number}") for number in range(7)] == [403] * 5 + [429] * 2


def test_without_a_password_in_the_settings_nobody_gets_in(app_server: AppServer) -> None:
    settings = app_server.deps.settings.model_copy(update={"console_password": SecretStr("")})
    app_server.deps = replace(app_server.deps, settings=settings)
    web = application(app_server).test_client()
    assert "CONSOLE_PASSWORD is not set" in web.get("/console/login").text
    assert log_in(web, "") == 403
    assert web.get("/console/log").status_code == 303


def test_a_new_password_ends_every_session(app_server: AppServer, inside: FlaskClient) -> None:
    cookie = inside.get_cookie("visitline", path="/console")
    assert cookie is not None
    assert (cookie.http_only, cookie.same_site) == (True, "Lax")
    settings = app_server.deps.settings.model_copy(update={"console_password": SecretStr("another one")})
    app_server.deps = replace(app_server.deps, settings=settings)
    other = application(app_server).test_client()
    other.set_cookie("visitline", cookie.value, path="/console")
    assert other.get("/console/log").status_code == 303


def test_over_https_the_cookie_stays_there(app_server: AppServer) -> None:
    settings = app_server.deps.settings.model_copy(update={"public_url": "https://line.example"})
    app_server.deps = replace(app_server.deps, settings=settings)
    page = application(app_server).test_client().get("/console/login")
    assert "Secure" in page.headers["Set-Cookie"]
    assert page.headers["Strict-Transport-Security"]


def test_a_form_from_elsewhere_does_nothing(inside: FlaskClient) -> None:
    assert inside.post("/console/logout").status_code == 403
    assert inside.get("/console/log").status_code == 200
    csrf = token_in(inside.get("/console/log").text)
    assert inside.post("/console/logout", data={"csrf": csrf}).status_code == 303
    assert inside.get("/console/log").status_code == 303


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example/console/", "/p/x"])
def test_the_login_leads_nowhere_else(web: FlaskClient, address: str) -> None:
    csrf = token_in(web.get("/console/login").text)
    answer = web.post(f"/console/login?next={address}", data={"csrf": csrf, "password": PASSWORD})
    assert answer.location == "/console/log"


def test_the_log_shows_what_came_in_and_went_out_newest_first(app_server: AppServer, inside: FlaskClient) -> None:
    text_in(inside)
    app_server.set_clock(app_server.now + timedelta(seconds=5))
    message(app_server)
    inside.post("/webhooks/twilio/messages", data={"Id": "SM2"})
    page = inside.get("/console/log").text
    assert TANYA not in page
    assert "+1...0002" in page
    sides = re.findall(r"/console/log/(in|out)/\d+", page)
    assert sorted(sides[:2]) == ["in", "out"]  # of the same second
    assert sides[2:] == ["in", "in"]
    assert "forged" in page
    assert "10:00:05 AM" in page
    assert "America/Chicago" in page


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/console/log?before=99999999999999999999999-1", 400),
        ("/console/log?before=1-99999999999999999999999", 400),
        ("/console/log?before=yesterday", 400),
        ("/console/log/in/99999999999999999999", 404),
        ("/console/log/out/9223372036854775808", 404),
        ("/console/log/in/9223372036854775807", 404),
    ],
)
def test_numbers_no_row_has_are_refused_and_fail_nothing(inside: FlaskClient, address: str, status: int) -> None:
    assert inside.get(address).status_code == status


def test_one_click_away_is_the_whole_story(app_server: AppServer, inside: FlaskClient) -> None:
    text_in(inside, "quiero ver a Luis el sábado a las 10", ANA)
    with app_server.deps.db.read() as tx:
        came = tx.execute(sa.select(requests).where(requests.c.kind == "message")).one()
    out = message(app_server, correlation=came.correlation, body="Marcus, Sat Nov 28: https://x/p/...", attempts=2)
    with app_server.deps.db.begin() as tx:
        for status, error in (("sent", None), ("undelivered", "30003")):
            at = app_server.now.astimezone(UTC)
            insert(tx, receipts, channel="sms", provider_id="SM100", status=status, error=error, at=at)
        tx.execute(sa.update(jobs).where(jobs.c.kind == "send").values(error="later: 20429 to +15550100002"))
    story = inside.get(f"/console/log/in/{came.id}").text
    assert "quiero ver a Luis" in story
    assert "book" in story  # the intent
    assert "choosing" in story  # the state that changed
    assert "Marcus, Sat Nov 28" in story
    assert "30003" in story
    assert "Still to be done" in story
    assert ANA not in story
    same = inside.get(f"/console/log/out/{out}").text
    assert "quiero ver a Luis" in same
    assert "undelivered" in same


def test_a_link_in_a_text_of_theirs_is_masked_too(app_server: AppServer, inside: FlaskClient) -> None:
    text_in(inside, "does https://line.example/p/Zm9vYmFyYmF6cXV4cXV1eA work? call +15550104444")
    with app_server.deps.db.read() as tx:
        came = tx.execute(sa.select(requests).where(requests.c.kind == "message")).one()
    story = inside.get(f"/console/log/in/{came.id}").text
    assert "/p/***" in story
    assert "Zm9vYmFyYmF6cXV4cXV1eA" not in story
    assert "+15550104444" not in story


def test_what_people_wrote_is_shown_as_words_not_as_a_page(app_server: AppServer, inside: FlaskClient) -> None:
    text_in(inside, "<script>alert(1)</script>")
    with app_server.deps.db.read() as tx:
        came = tx.execute(sa.select(requests).where(requests.c.kind == "message")).one()
    story = inside.get(f"/console/log/in/{came.id}").text
    assert "&lt;script&gt;alert(1)" in story
    assert "<script>alert" not in story


def test_an_entry_that_is_not_there(inside: FlaskClient) -> None:
    assert inside.get("/console/log/in/999").status_code == 404
    assert inside.get("/console/log/sideways/1").status_code == 404


def test_pages_follow_one_another_without_gap_or_repeat_while_more_comes_in(app_server: AppServer) -> None:
    everything = []
    for number in range(130):
        app_server.set_clock(app_server.now + timedelta(seconds=1))
        if number % 3:
            everything.append(("out", message(app_server, provider_id=f"SM{number}")))
        else:
            with app_server.deps.db.begin() as tx:
                row = {"provider": "twilio", "kind": "message", "status": 200, "outcome": "handled"}
                everything.append(("in", insert(tx, requests, at=app_server.now, correlation=f"c{number}", **row)))
    seen: list[tuple[str, int]] = []
    cursor: Cursor | None = None
    while True:
        page, cursor = logbook.entries(app_server.deps, LogFilter(), cursor)
        seen += [(entry.side, entry.id) for entry in page]
        if cursor is None:
            break
        message(app_server, provider_id=f"late{len(seen)}")
        cursor = Cursor.read(str(cursor))
    assert seen == everything[::-1]


@pytest.mark.parametrize(
    "wanted,kinds",
    [
        (LogFilter(provider="telegram"), ["confirmed"]),
        (LogFilter(outcome="undelivered"), ["reminder"]),
        (LogFilter(outcome="trouble"), ["message", "reminder", "denied"]),
        (LogFilter(outcome="forged"), ["message"]),
        (LogFilter(search="7777"), ["denied"]),
        (LogFilter(search="nothing"), []),
    ],
)
def test_the_log_can_be_narrowed_down(app_server: AppServer, wanted: LogFilter, kinds: list[str]) -> None:
    message(app_server, channel="telegram", theirs="12345678", provider_id="message:1:1")
    message(app_server, about="denied", status="failed", error="21614", provider_id=None, theirs="+15550107777")
    message(app_server, about="reminder", provider_id="SM200")
    with app_server.deps.db.begin() as tx:
        insert(tx, receipts, channel="sms", provider_id="SM200", status="undelivered", error="30003", at=app_server.now)
        row = {"provider": "twilio", "kind": "message", "status": 403, "outcome": "forged", "correlation": "c9"}
        insert(tx, requests, at=app_server.now + timedelta(seconds=1), **row)
    entries, further = logbook.entries(app_server.deps, wanted)
    assert [entry.kind for entry in entries] == kinds
    assert further is None


def test_a_reference_finds_its_messages_and_the_requests_that_moved_it(
    app_server: AppServer, inside: FlaskClient
) -> None:
    visit = app_server.approved()
    message(app_server, visit_id=visit.id)
    text_in(inside, "something else")
    found, _ = logbook.entries(app_server.deps, LogFilter(search=visit.reference.lower()))
    assert [(entry.side, entry.reference) for entry in found] == [("out", visit.reference)]


def test_trouble_is_on_top_and_quiet_when_there_is_none(app_server: AppServer, inside: FlaskClient) -> None:
    assert "No text was lost in the last 24 hours, and none waits." in inside.get("/console/log").text
    message(app_server, status="failed", error="21614")
    lost = {
        "kind": "send_cards",
        "payload": {},
        "class": Priority.REST,
        "created_at": app_server.now,
        "held": False,
        "unsure": False,
    }
    stuck = {**lost, "kind": "send", "lane": "sms:a:b", "state": "queued", "due": app_server.now}
    stuck |= {"payload": sent_to(TANYA), "created_at": app_server.now - timedelta(minutes=5)}
    with app_server.deps.db.begin() as tx:
        insert(tx, jobs, **lost, state="dead", attempts=12, due=app_server.now, settled_at=app_server.now)
        insert(tx, jobs, **stuck, attempts=2)
        chat = {"channel": "sms", "theirs": TANYA, "ours": OURS, "provider_id": "SM5", "message": {}}
        insert(tx, inbound, **chat, state="dead", attempts=5, received_at=app_server.now, correlation="c5")
    page = inside.get("/console/log").text
    for said in (
        "1 text of the last 24 hours reached nobody and will not be sent again (1 could not be sent)",
        "1 more is waiting and goes out alone",
        "waited 5 min",
        "1 job was",
        "1 text of",
    ):
        assert said in page.replace("</a>", "")


def sent_to(number: str, about: str = "confirmed", visit: int | None = None) -> dict[str, object]:
    return {"address": ["sms", number, OURS], "about": about, "body": "Booked: /j/...", "visit": visit}


def waiting_text(app_server: AppServer, **values: object) -> None:
    row = {
        "kind": "send", "payload": sent_to(TANYA), "class": Priority.REST, "state": "queued", "held": True, "attempts": 3,
        "unsure": False, "lane": "sms:a:b", "due": app_server.now + timedelta(minutes=5), "error": "later: 20429",
        "created_at": app_server.now - timedelta(minutes=40), "until": app_server.now + timedelta(hours=6),
    } | values  # fmt: skip
    with app_server.deps.db.begin() as tx:
        insert(tx, jobs, **row)


def test_texts_that_wait_are_seen_first_with_all_that_is_known_of_them(
    app_server: AppServer, inside: FlaskClient
) -> None:
    visit = app_server.approved()
    waiting_text(app_server, payload=sent_to(TANYA, "approved_pay", visit.id))
    waiting_text(
        app_server, payload=sent_to(ANA, "reminder"), created_at=app_server.now - timedelta(hours=3), attempts=7
    )
    waiting_text(
        app_server, payload=sent_to(ANA, "behind"), attempts=0, held=False, due=app_server.now - timedelta(minutes=2)
    )
    waiting_text(
        app_server, payload=sent_to(ANA, "tomorrow"), attempts=0, held=False, due=app_server.now + timedelta(days=1)
    )
    message(app_server)
    page = inside.get("/console/log").text
    assert "Nothing is lost: 3 texts are waiting and go out alone as soon as the provider takes texts." in page
    assert "waited 3 h" in page  # the oldest text's age, however recently it was tried
    assert (
        page.index("reminder") < page.index("approved, to pay") < page.index("behind") < page.index("/console/log/out/")
    )
    assert "tomorrow" not in page
    first = page[page.index("approved, to pay") - 240 : page.index("behind")]
    for said in ("+1...0002", visit.reference, "3 tries", "10:05:00 AM", "Mon 4:00 PM", "later: 20429"):
        assert said in first
    assert (TANYA in page, ANA in page) == (False, False)


def test_waiting_texts_can_be_asked_for_alone(app_server: AppServer, inside: FlaskClient) -> None:
    assert "Nothing like that right now." in inside.get("/console/log?outcome=waiting").text
    waiting_text(app_server)
    waiting_text(app_server, payload=sent_to(ANA, "reminder"))
    message(app_server, about="denied")
    alone = inside.get("/console/log?outcome=waiting").text
    assert alone.count("row waits") == alone.count('class="row') == 2
    assert inside.get("/console/log?outcome=waiting&search=0001").text.count("row waits") == 1
    assert inside.get("/console/log?outcome=waiting&provider=telegram").text.count("row waits") == 0
    assert inside.get("/console/log?outcome=delivered").text.count("row waits") == 0


def test_a_waiting_text_leads_to_the_request_behind_it(app_server: AppServer, inside: FlaskClient) -> None:
    text_in(inside)
    with app_server.deps.db.begin() as tx:
        came = tx.execute(sa.select(requests).where(requests.c.kind == "message")).one()
        tx.execute(sa.update(jobs).where(jobs.c.kind == "send").values(attempts=1, error="later: 20429"))
    page = inside.get("/console/log").text
    assert f'<a class="row waits" href="/console/log/in/{came.id}">' in page


def test_nothing_is_lost_is_only_said_when_it_is_true(app_server: AppServer, inside: FlaskClient) -> None:
    waiting_text(app_server)
    message(app_server, status="dropped", error="too late", provider_id=None)
    message(app_server, status="dropped", error="no longer true", provider_id=None)  # as it should be
    message(app_server, status="dropped", error="too late", provider_id=None, at=app_server.now - timedelta(hours=25))
    message(app_server, provider_id="SM300")
    with app_server.deps.db.begin() as tx:
        for status in ("sent", "undelivered"):
            insert(tx, receipts, channel="sms", provider_id="SM300", status=status, error=None, at=app_server.now)
    page = inside.get("/console/log").text
    assert "Nothing is lost" not in page
    told = "2 texts of the last 24 hours reached nobody and will not be sent again"
    assert f"{told} (1 dropped: too late, 1 went out and did not arrive)" in page
    assert "1 more is waiting and goes out alone" in page


def test_what_the_provider_says_of_a_text_is_in_the_texts_own_row(app_server: AppServer, inside: FlaskClient) -> None:
    out = message(app_server, provider_id="SM400")
    for status in ("queued", "sent", "delivered"):
        form = {"Id": "SM400", "Status": status}
        assert inside.post("/webhooks/twilio/status", data=form, headers=SIGNED).status_code == 200
    inside.post("/webhooks/twilio/status", data={"Id": "SM401", "Status": "undelivered"}, headers=SIGNED)
    shown, _ = logbook.entries(app_server.deps, LogFilter(provider="twilio"))
    assert sorted((entry.kind, entry.outcome) for entry in shown) == [
        ("confirmed", "delivered"),
        ("status", "undelivered"),
    ]
    story = inside.get(f"/console/log/out/{out}").text
    assert all(f">{status}</span>" in story for status in ("queued", "sent", "delivered"))


def test_the_login_of_a_demonstration_says_where_its_password_stands(app_server: AppServer, web: FlaskClient) -> None:
    assert "make run" not in web.get("/console/login").text
    there = application(app_server, demo=True, dev_token="x").test_client().get("/console/login").text
    assert "the password stands in the terminal that ran <code>make run</code>" in there


def test_the_log_stays_quick_with_much_in_it(app_server: AppServer, inside: FlaskClient) -> None:
    rows = [
        {
            "at": app_server.now, "provider": "twilio", "kind": "message", "status": 200, "outcome": "handled",
            "correlation": f"c{number}",
        }
        for number in range(20_000)
    ]  # fmt: skip
    with app_server.deps.db.begin() as tx:
        tx.execute(sa.insert(requests), rows)
    with app_server.deps.db.read() as tx:
        plan = tx.execute(sa.text("EXPLAIN QUERY PLAN SELECT * FROM requests WHERE id < 9 ORDER BY id DESC LIMIT 51"))
        assert "SCAN" not in " ".join(str(row) for row in plan)
    assert inside.get("/console/log").text.count('class="row"') == logbook.PAGE_SIZE
