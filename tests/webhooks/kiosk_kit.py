"""A kiosk in a test: it is paired, polls, and lets its resident enter."""

from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from scheduling.calls import kiosks
from scheduling.facilities import store
from scheduling.policy.facility import Facility
from scheduling.storage.database import metadata
from scheduling.storage.tables import call_devices, calls, jobs, residents, terminals
from scheduling.storage.tables import facilities as facilities_table
from scheduling.storage.tables import people as people_table
from scheduling.visits.visit import Visit
from tests.webhooks.app_server import SATURDAY, AppServer, minutes

KEY = "a-key-for-tests-only"


def entries(app_server: AppServer) -> list[tuple[int, int]]:
    """(visit, epoch) of the kiosks that entered a call."""
    with app_server.deps.db.read() as tx:
        screens = sa.select(call_devices.c.visit_id, call_devices.c.epoch).where(call_devices.c.side == "kiosk")
        return [(row.visit_id, row.epoch) for row in tx.execute(screens)]


def poll(web: FlaskClient) -> dict[str, Any]:
    answer = web.post("/kiosk/poll", json={})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def enter(web: FlaskClient, pin: str | None = None) -> TestResponse:
    return web.post("/kiosk/enter", json={} if pin is None else {"pin": pin})


def paired(app_server: AppServer, web: FlaskClient, terminal: str = "B-1") -> FlaskClient:
    code = poll(web)["code"]
    with app_server.deps.db.begin() as tx:
        where = tx.execute(sa.select(terminals).where(terminals.c.name == terminal)).one()
        by = tx.execute(sa.select(people_table.c.id).where(people_table.c.name == "Officer Reed")).scalar_one()
        assert kiosks.pair(tx, where.facility_id, code, where.id, by, now=app_server.now)
    return web


def pin_of(app_server: AppServer, number: str = "48213") -> str:
    with app_server.deps.db.begin() as tx:
        who = tx.execute(sa.select(residents.c.id).where(residents.c.number == number)).scalar_one()
        return kiosks.set_pin(tx, who, KEY)


def rules(app_server: AppServer, **changes: Any) -> None:
    """Change settings of the facility."""
    from dataclasses import replace

    with app_server.deps.db.begin() as tx:
        (facility_id,) = store.everyone(tx)
        changed: Facility = replace(store.rules(tx, facility_id), **changes)
        values = {"rules": changed.to_json(), "version": facilities_table.c.version + 1}
        tx.execute(sa.update(facilities_table).values(**values))


def call_row(app_server: AppServer) -> Any:
    with app_server.deps.db.read() as tx:
        return tx.execute(sa.select(calls)).one_or_none()


def told(app_server: AppServer) -> list[str]:
    with app_server.deps.db.read() as tx:
        payloads = tx.execute(sa.select(jobs.c.payload).where(jobs.c.kind == "send").order_by(jobs.c.id)).scalars()
        return [each["body"] for each in payloads if each["about"] == "staff_let_in"]


def everything(app_server: AppServer) -> dict[str, list[Any]]:
    with app_server.deps.db.read() as tx:
        return {table.name: list(tx.execute(sa.select(table)).all()) for table in metadata.sorted_tables}


def ringing(app_server: AppServer, web: FlaskClient) -> Visit:
    visit = app_server.paid()
    paired(app_server, web)
    app_server.set_clock(SATURDAY)
    poll(web)
    return visit


def later(app_server: AppServer, count: float = 1) -> None:
    app_server.set_clock(app_server.now + minutes(count))
