"""A call in a test: phones and the kiosk enter it and send heartbeats."""

from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient

from handlers.tables import requests
from scheduling.calls import call_record, devices
from scheduling.policy.vocabulary import AdmittedBy, Side
from scheduling.visits.visit import Visit
from tests.webhooks.app_server import AppServer

OFFER = {"number": 1, "kind": "offer", "body": {"sdp": "v=0"}}


def enter(phone: FlaskClient, link: str, how: str = "") -> Any:
    return phone.post(f"{link}/enter", json={"as": how})


def entered(phone: FlaskClient, link: str, how: str = "") -> dict[str, Any]:
    answer = enter(phone, link, how)
    assert answer.status_code == 200, answer.text
    entry: dict[str, Any] = answer.get_json()
    return entry


def screen(app_server: AppServer, visit: Visit) -> dict[str, Any]:
    """Admit the resident and enter the kiosk: its key, device and epoch."""
    with app_server.deps.db.begin() as tx:
        call_record.admit(tx, visit, AdmittedBy.PIN, now=app_server.now)
        device, key = devices.enter(tx, visit.id, devices.Seat(Side.KIOSK), now=app_server.now)
    return {"key": key, "device": device.id, "epoch": device.epoch}


def log(app_server: AppServer) -> list[tuple[str, int, str]]:
    with app_server.deps.db.read() as tx:
        return [(row.kind, row.status, row.outcome) for row in tx.execute(sa.select(requests).order_by(requests.c.id))]


def beat(phone: FlaskClient, key: str, *, seen: bool = True, **report: Any) -> dict[str, Any]:
    answer = phone.post(f"/call/{key}/beat", json={"seen": seen, "heard": seen, "report": report})
    assert answer.status_code == 200, answer.text
    state: dict[str, Any] = answer.get_json()
    return state
