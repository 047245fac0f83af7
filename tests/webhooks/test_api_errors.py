"""Every error of the call API, of kiosks and of /dev is JSON in one shape: a code, and a sentence for the person."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.webhooks.app_server import AppServer, application, build

DEV_TOKEN = "only-the-simulator-knows"
API = re.compile(r"/call/|/kiosk/|/dev/|.*/enter$")
ERROR_CODE = re.compile(r"[a-z_]{3,}")


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application of a demonstration, so that /dev exists."""
    made = build(tmp_path_factory.mktemp("api"))
    yield application(made, demo=True, dev_token=DEV_TOKEN)
    made.deps.db.close()


def requests_of(app: Flask) -> list[tuple[str, str]]:
    """(method, path) of every route of the APIs, with links and keys that nobody has."""
    return [
        (method, path_of(rule)) for rule in app.url_map.iter_rules() if API.match(rule.rule) for method in methods(rule)
    ]


def methods(rule: Rule) -> set[str]:
    return (rule.methods or set()) - {"HEAD", "OPTIONS"}


def path_of(rule: Rule) -> str:
    return re.sub(r"<\w+>", "x" * 22, rule.rule)


def assert_api_error(answer: TestResponse, status: int) -> None:
    assert answer.status_code == status, answer.text
    body = answer.get_json()
    assert ERROR_CODE.fullmatch(body["error"])
    assert len(body["text"]) > 20


def test_these_are_all_routes_of_the_apis(api: Flask) -> None:
    assert sorted({path_of(rule) for rule in api.url_map.iter_rules() if API.match(rule.rule)}) == [
        "/call/xxxxxxxxxxxxxxxxxxxxxx/beat",
        "/call/xxxxxxxxxxxxxxxxxxxxxx/leave",
        "/call/xxxxxxxxxxxxxxxxxxxxxx/mail",
        "/call/xxxxxxxxxxxxxxxxxxxxxx/not-them",
        "/call/xxxxxxxxxxxxxxxxxxxxxx/send",
        "/call/xxxxxxxxxxxxxxxxxxxxxx/stream",
        "/calls/xxxxxxxxxxxxxxxxxxxxxx/watch/xxxxxxxxxxxxxxxxxxxxxx/enter",
        "/dev/clock",
        "/dev/reset",
        "/j/xxxxxxxxxxxxxxxxxxxxxx/enter",
        "/kiosk/enter",
        "/kiosk/poll",
    ]


def test_an_unknown_key_link_or_token_is_an_error_in_json(api: Flask) -> None:
    for method, path in requests_of(api):
        if path.endswith("/leave") or path == "/kiosk/poll":
            continue  # leaving is never refused, and an unknown kiosk starts pairing
        answer = api.test_client().open(path, method=method, json={"messages": []})
        assert_api_error(answer, {"/dev": 403, "/kio": 410}.get(path[:4], 404))


def test_a_method_that_is_not_allowed_is_an_error_in_json(api: Flask) -> None:
    for _, path in requests_of(api):
        assert_api_error(api.test_client().put(path, headers={"X-Dev-Token": DEV_TOKEN}), 405)


@pytest.mark.parametrize("path", ["/call/x/no-such-route", "/kiosk/no-such-route", "/dev/no-such-route"])
def test_an_address_that_does_not_exist_is_an_error_in_json(api: Flask, path: str) -> None:
    assert_api_error(api.test_client().get(path), 404)


def test_a_body_that_is_no_object_is_an_error_in_json(api: Flask) -> None:
    for path in ("/call/k/send", "/call/k/beat"):
        for body in ("", "[]", "{", '{"seen": NaN}'):
            assert_api_error(api.test_client().post(path, data=body), 400)
    clock = api.test_client().post("/dev/clock", data="[]", headers={"X-Dev-Token": DEV_TOKEN})
    assert_api_error(clock, 400)


def test_a_body_that_is_too_large_is_an_error_in_json(api: Flask) -> None:
    for path in ("/call/k/send", "/call/k/beat", "/kiosk/enter", "/j/x/enter", "/dev/clock"):
        answer = api.test_client().post(path, data=b"x" * 1_100_000, headers={"X-Dev-Token": DEV_TOKEN})
        assert_api_error(answer, 413)


def test_too_many_requests_are_an_error_in_json(api: Flask) -> None:
    address = {"X-Forwarded-For": "203.0.113.9"}
    answers = [api.test_client().get("/call/k/mail", headers=address) for _ in range(25)]
    assert_api_error(answers[-1], 429)


def test_a_failure_of_ours_is_an_error_in_json(tmp_path: Path) -> None:
    broken = build(tmp_path)
    app = application(broken, demo=True, dev_token=DEV_TOKEN)
    with broken.deps.db.begin() as tx:
        for table in ("call_devices", "kiosks", "grants", "staff_links", "jobs", "facilities"):
            tx.execute(sa.text(f"ALTER TABLE {table} RENAME TO hidden_{table}"))
    client = app.test_client()
    client.set_cookie("visitline_kiosk", "x" * 22, path="/kiosk")
    for method, path in requests_of(app):
        answer = client.open(path, method=method, json={"messages": []}, headers={"X-Dev-Token": DEV_TOKEN})
        if path != "/dev/clock" or method == "GET":  # an empty move of the clock is refused before the database is read
            assert_api_error(answer, 500)
    broken.deps.db.close()


def test_a_request_that_waited_too_long_for_its_turn_is_an_error_in_json(
    app_server: AppServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(_gate: object) -> None:
        raise ServiceUnavailable

    monkeypatch.setattr("webhooks.http.priority.PriorityGate.__enter__", never)
    assert_api_error(application(app_server).test_client().get("/call/k/mail"), 503)


def test_the_sentence_is_in_the_readers_language(api: Flask) -> None:
    answer = api.test_client().put("/call/k/beat", headers={"Accept-Language": "es"})
    assert answer.get_json() == {
        "error": "method_not_allowed",
        "text": api.test_client().get("/call/k/nothing", headers={"Accept-Language": "es"}).get_json()["text"],
    }
    assert answer.get_json()["text"] != api.test_client().put("/call/k/beat").get_json()["text"]
