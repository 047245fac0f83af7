"""For all routes: webhooks are verified, the console needs a login, and no GET writes to the database."""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from pydantic import SecretStr

from bot.channels.base import Later, Unknown
from bot.channels.telegram_updates import TELEGRAM
from bot.channels.twilio import SMS
from bot.messages import Address, Outgoing
from handlers import logs
from handlers.deps import Deps
from handlers.gateways.payments.base import GatewayDown, Order
from handlers.gateways.video.livekit import CLIENT
from handlers.operations import build_deps
from handlers.settings import Settings
from handlers.tables import requests
from scheduling.calls import devices
from scheduling.people import staff_links
from scheduling.policy.vocabulary import Side
from scheduling.storage.database import metadata
from scheduling.storage.tables import people
from scheduling.visits import checkouts
from tests.webhooks.app_server import AppServer, application, build, log_in

AWAY = "http://127.0.0.1:1"
SECRETS = {
    "twilio_auth_token": "auth-token-of-the-carrier", "telegram_bot_token": "1234567:AAGq4EXAMPLEtokenEXAMPLEtokenEXAMPLE",
    "telegram_webhook_secret": "secret-of-the-webhook", "stripe_api_key": "sk_test_EXAMPLEkeyEXAMPLEkey",
    "stripe_webhook_secret": "whsec_EXAMPLEsecretEXAMPLE", "secret_key": "key-of-this-app_server-0123456789",
    "console_password": "password-of-the-console", "livekit_api_secret": "secret-of-livekit-0123456789012345",
}  # fmt: skip


def real_settings(folder: Path) -> Settings:
    """Settings that use all providers, at addresses where nothing listens."""
    values: dict[str, Any] = {"public_url": "https://visits.example", "data_dir": folder, "twilio_account_sid": "AC1"}
    values |= {f"{name}_api_base_url": AWAY for name in ("twilio", "telegram", "stripe")}
    values |= {"video": "livekit", "livekit_url": "wss://live.example", "livekit_api_key": "APIkey"}
    values |= {name: SecretStr(value) for name, value in SECRETS.items()}
    return Settings(**values)


@pytest.fixture
def app_server(tmp_path: Path) -> Iterator[AppServer]:
    """An application with the official clients of the providers."""
    made = build(tmp_path)
    settings = real_settings(tmp_path)
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / CLIENT).write_text("livekit", encoding="utf-8")
    deps = Deps(
        made.deps.db, settings, made.deps.now, build_deps.channels(settings), build_deps.gateway(settings),
        video=build_deps.video(settings),
    )  # fmt: skip
    made.deps = deps
    yield made
    for channel in deps.channels.values():
        channel.close()
    deps.db.close()


def rules(app: Flask, start: str, method: str) -> list[str]:
    return [
        rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith(start) and method in (rule.methods or ())
    ]


def test_every_webhook_refuses_what_nobody_signed_and_writes_it_down(app_server: AppServer) -> None:
    app = application(app_server)
    paths = rules(app, "/webhooks", "POST")
    assert len(paths) == 5
    for path in paths:
        for forged in (
            {},
            {
                "X-Twilio-Signature": "x",
                "X-Telegram-Bot-Api-Secret-Token": "x",
                "Stripe-Signature": "t=1,v1=x",
                "Authorization": "Bearer x.y.z",
            },
        ):
            before = app_server.counts()
            answer = app.test_client().post(path, data={"MessageSid": "SM1", "From": "+15550100002"}, headers=forged)
            assert answer.status_code == 403, path
            assert {
                name: count - before[name] for name, count in app_server.counts().items() if count != before[name]
            } == {"requests": 1}, path
    with app_server.deps.db.read() as tx:
        assert set(tx.execute(sa.select(requests.c.outcome, requests.c.status)).all()) == {("forged", 403)}


def test_no_webhook_answers_a_get(app_server: AppServer) -> None:
    app = application(app_server)
    assert rules(app, "/webhooks", "GET") == []


def test_every_page_of_the_console_needs_a_login(app_server: AppServer) -> None:
    app = application(app_server)
    there = [*rules(app, "/console", "GET"), *rules(app, "/console", "POST")]
    assert len(there) >= 5
    for rule in rules(app, "/console", "GET"):
        path = rule.replace("<any('in', 'out'):side>", "in").replace("<int:entry_id>", "1")
        assert "<" not in path
        answer = app.test_client().get(path)
        if rule == "/console/login":
            assert answer.status_code == 200
        else:
            assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (303, "/console/login"), rule
    for rule in rules(app, "/console", "POST"):
        assert app.test_client().post(rule, data={"password": SECRETS["console_password"]}).status_code == 403, rule


def test_nothing_happens_on_get(tmp_path: Path) -> None:
    """No row is added, deleted or changed, whether the links are valid and whether somebody is logged in or not."""
    app_server = build(tmp_path, gateway="sandbox")
    app = application(app_server, demo=True, dev_token="token")
    visit = app_server.approved()
    with app_server.deps.db.begin() as tx:
        checkout = checkouts.open_checkout(tx, visit, "sandbox", now=app_server.now)
        checkouts.opened(tx, checkout, "sb_1", "/sandbox/sb_1")
        key = devices.enter(tx, visit.id, devices.Seat(Side.FAMILY, person_id=visit.visitor_id), now=app_server.now)[1]
        reed = tx.execute(sa.select(people.c.id).where(people.c.name == "Officer Reed")).scalar_one()
        calls = f"/calls/{staff_links.mint(tx, reed, now=app_server.now)}"
    known = {
        "/p/<token>": [app_server.link(visit, "pay")], "/j/<token>": [app_server.link(visit, "join")],
        "/calls/<token>": [calls, f"{calls}?part=1"], "/calls/<token>/watch/<ref>": [f"{calls}/watch/{visit.reference}"],
        "/sandbox/<checkout>": ["/sandbox/sb_1"], "/static/<version>/<path:filename>": ["/static/1/visitline.css"],
        "/console/log/<any('in', 'out'):side>/<int:entry_id>": ["/console/log/in/1", "/console/log/out/1"],
        "/call/<key>/stream": [f"/call/{key}/stream", "/call/nobody/stream"], "/call/<key>/mail": [f"/call/{key}/mail"],
    }  # fmt: skip
    stranger, operator = app.test_client(), app.test_client()
    assert log_in(operator) == 303
    before = everything(app_server)
    for rule in rules(app, "/", "GET"):
        for path in known.get(rule, [rule]):
            assert "<" not in path, f"{rule} needs an address here"
            for client in (stranger, operator):
                with client.get(path, headers={"X-Dev-Token": "token"}) as answer:
                    assert answer.status_code < 500, path
        assert everything(app_server) == before, rule
    app_server.deps.db.close()


def everything(app_server: AppServer) -> dict[str, list[Any]]:
    with app_server.deps.db.read() as tx:
        return {
            table.name: list(tx.execute(sa.select(table).order_by(*table.primary_key.columns)).all())
            for table in metadata.sorted_tables
        }


def test_no_token_key_or_link_reaches_the_logs(app_server: AppServer) -> None:
    """The official clients log at level DEBUG, and the providers do not answer."""
    stream, link = io.StringIO(), "https://visits.example/p/AbCdEfGhIjKlMnOpQrStUv"
    root, before = logging.getLogger(), (logging.getLogger().handlers[:], logging.getLogger().level)
    logs.set_up(level=logging.DEBUG, stream=stream)
    chatty = [logging.getLogger(name) for name in logs.QUIET_LOGGERS]
    for each in chatty:
        each.setLevel(logging.DEBUG)
    try:
        for name, theirs, ours in ((SMS, "+15550100002", "+15551234567"), (TELEGRAM, "77", "1234567")):
            with pytest.raises((Later, Unknown)):
                app_server.deps.channels[name].send(Outgoing(Address(name, theirs, ours), f"Pay here: {link}"))
        assert app_server.deps.payments is not None
        with pytest.raises(GatewayDown):
            app_server.deps.payments.open(Order("visit-1-checkout-1", "Visit", 270, "usd", "en", link, "K3T7"))
        client = application(app_server).test_client()
        client.get(link.removeprefix("https://visits.example"))
        client.post("/webhooks/telegram", headers={"X-Telegram-Bot-Api-Secret-Token": SECRETS["stripe_api_key"]})
        logging.getLogger("handlers").warning("link %s of %s", link, SECRETS["telegram_bot_token"])
    finally:
        root.handlers[:], root.level = before
        for each in chatty:
            each.setLevel(logging.WARNING)
    written = stream.getvalue()
    assert len([json.loads(line) for line in written.splitlines()]) > 3
    for secret in (*SECRETS.values(), "AbCdEfGhIjKlMnOpQrStUv", "Pay here", "+15550100002"):
        assert secret not in written, secret
