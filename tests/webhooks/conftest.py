"""A house and its web, fresh for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.webhooks.house import House, application, build


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
