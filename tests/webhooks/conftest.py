"""An application with its database and its web client, new for each test."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from scheduling.visits.visit import Visit
from tests.webhooks.house import SATURDAY, House, application, build


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = build(tmp_path)
    yield made
    made.deps.db.close()


@pytest.fixture
def web_app(house: House) -> Flask:
    return application(house)


@pytest.fixture
def web(web_app: Flask) -> FlaskClient:
    return web_app.test_client()


@pytest.fixture
def visit(house: House) -> Visit:
    """A booked visit, thirty seconds after its start."""
    booked = house.paid()
    house.set_clock(SATURDAY + timedelta(seconds=30))
    return booked
