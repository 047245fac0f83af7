"""An application with its database and its web client, new for each test."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from scheduling.visits.visit import Visit
from tests.webhooks.app_server import SATURDAY, AppServer, application, build


@pytest.fixture
def app_server(tmp_path: Path) -> Iterator[AppServer]:
    made = build(tmp_path)
    yield made
    made.deps.db.close()


@pytest.fixture
def web_app(app_server: AppServer) -> Flask:
    return application(app_server)


@pytest.fixture
def web(web_app: Flask) -> FlaskClient:
    return web_app.test_client()


@pytest.fixture
def visit(app_server: AppServer) -> Visit:
    """A booked visit, thirty seconds after its start."""
    booked = app_server.paid()
    app_server.set_clock(SATURDAY + timedelta(seconds=30))
    return booked
