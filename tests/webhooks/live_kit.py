"""The page of calls in a test: links of officers, and calls in various states."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bot.texts import say
from scheduling.people import staff_links
from scheduling.policy.vocabulary import ActorKind
from scheduling.storage.tables import call_beats, call_devices, calls
from scheduling.storage.tables import people as people_table
from scheduling.storage.tables import visits as visits_table
from scheduling.visits import ending
from scheduling.visits.transition import Actor
from scheduling.visits.visit import Visit, get
from tests.webhooks.app_server import SATURDAY, AppServer, minutes

GONE = say("live.gone.title", "en")


def link(app_server: AppServer, name: str = "Officer Reed") -> str:
    with app_server.deps.db.begin() as tx:
        who = tx.execute(sa.select(people_table.c.id).where(people_table.c.name == name)).scalar_one()
        return f"/calls/{staff_links.mint(tx, who, now=app_server.now)}"


def running(app_server: AppServer) -> Visit:
    visit = app_server.paid()
    app_server.set_clock(SATURDAY + minutes(3))
    return visit


def luis(app_server: AppServer) -> Visit:
    """A visit in unit A, at another time of the day."""
    return app_server.paid(SATURDAY.replace(hour=10), "Ana Diaz", "51877")


def device(app_server: AppServer, visit: Visit, side: str, ago: float = 0, **report: str) -> int:
    seen = app_server.now - timedelta(seconds=ago)
    row = {"visit_id": visit.id, "side": side, "key": f"{side}{app_server.now}{ago}", "epoch": 1, "joined_at": seen}
    with app_server.deps.db.begin() as tx:
        made = tx.execute(sa.insert(call_devices).values(**row, seen_at=seen, report=report)).inserted_primary_key
    assert made
    return int(made[0])


def beat(app_server: AppServer, visit: Visit, device_id: int, side: str, ago: float = 0) -> None:
    slot = int((app_server.now - timedelta(seconds=ago)).timestamp()) // 10
    row = {"device_id": device_id, "slot": slot, "visit_id": visit.id, "side": side, "seen": True, "heard": False}
    with app_server.deps.db.begin() as tx:
        tx.execute(sa.insert(call_beats).values(**row))


def call_row(app_server: AppServer) -> Any:
    with app_server.deps.db.read() as tx:
        return tx.execute(sa.select(calls)).one_or_none()


def state_of(app_server: AppServer, visit: Visit) -> str:
    with app_server.deps.db.read() as tx:
        return str(tx.execute(sa.select(visits_table.c.state).where(visits_table.c.id == visit.id)).scalar_one())


def doubted(app_server: AppServer) -> Visit:
    """A visit in doubt: after a minute and a half of connection, the family said that it was somebody else."""
    visit = running(app_server)
    app_server.joined(visit)
    phone, screen = (device(app_server, visit, side, link="connected") for side in ("family", "kiosk"))
    for ago in range(0, 90, 10):
        beat(app_server, visit, phone, "family", ago)
        beat(app_server, visit, screen, "kiosk", ago)
    app_server.run(
        lambda tx: ending.end_as_wrong_person(
            tx, get(tx, visit.id, lock=True), actor=Actor(ActorKind.FAMILY), now=app_server.now
        )
    )
    return visit
