"""The webhook of the payment provider: verified, applied once, and sent again only when it must be."""

import json

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from handlers.tables import payment_events, requests
from scheduling.visits import checkouts
from scheduling.visits.visit import Visit, get
from tests.webhooks.app_server import SIGNED, AppServer, application, build


def told(web: FlaskClient, *events: dict[str, object], headers: dict[str, str] = SIGNED) -> int:
    return web.post("/webhooks/stripe", data=json.dumps(events), headers=headers).status_code


def outcomes(app_server: AppServer) -> list[tuple[str, str, int]]:
    with app_server.deps.db.read() as tx:
        rows = tx.execute(sa.select(requests).order_by(requests.c.id)).all()
    return [(row.provider, row.kind, row.status) for row in rows]


@pytest.fixture
def opened(app_server: AppServer) -> Visit:
    visit = app_server.approved()

    def work(tx: sa.Connection) -> Visit:
        checkout = checkouts.open_checkout(tx, visit, "stripe", now=app_server.now)
        checkouts.opened(tx, checkout, "cs_1", "https://cards.example")
        return visit

    return app_server.run(work)


PAID = {"provider": "stripe", "event_id": "evt_1", "kind": "paid", "checkout": "cs_1", "payment": "pi_1", "amount": 270}


def test_a_forged_event_moves_no_money(app_server: AppServer, web: FlaskClient, opened: Visit) -> None:
    assert told(web, PAID, headers={}) == 403
    assert outcomes(app_server) == [("stripe", "event", 403)]
    assert app_server.counts()["ledger"] == 0


def test_a_payment_books_the_visit_once(app_server: AppServer, web: FlaskClient, opened: Visit) -> None:
    assert [told(web, PAID), told(web, PAID)] == [200, 200]
    with app_server.deps.db.read() as tx:
        assert get(tx, opened.id).state == "confirmed"
        assert tx.execute(sa.select(sa.func.count()).select_from(payment_events)).scalar_one() == 1
    assert app_server.counts()["ledger"] == 1


def test_an_event_that_cannot_be_applied_comes_again(app_server: AppServer, web: FlaskClient, opened: Visit) -> None:
    with app_server.deps.db.begin() as tx:
        tx.execute(sa.text("ALTER TABLE ledger RENAME TO hidden"))
    assert told(web, PAID) == 503
    assert outcomes(app_server) == [("stripe", "event", 503)]


def test_another_provider_has_no_webhook(tmp_path_factory: pytest.TempPathFactory) -> None:
    sandbox = build(tmp_path_factory.mktemp("sandbox"), gateway="sandbox")
    assert told(application(sandbox).test_client(), PAID) == 404
    sandbox.deps.db.close()
