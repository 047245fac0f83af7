"""A far application, and a simulator on a fresh file that has not been started: tests drain it by hand."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.webhooks.simulator.recording_app import ACCOUNT, DEV_TOKEN, LINE, PUBLIC, TOKEN, RecordingApp
from webhooks.simulator import Simulator, SimulatorConfig, create_simulator


@pytest.fixture
def application() -> Iterator[RecordingApp]:
    far = RecordingApp()
    yield far
    far.close()


@pytest.fixture
def config(application: RecordingApp, tmp_path: Path) -> SimulatorConfig:
    return SimulatorConfig(
        application_url=application.url,
        public_url=PUBLIC,
        db_path=str(tmp_path / "simulator.db"),
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        our_number=LINE,
        dev_token=DEV_TOKEN,
        step_seconds=0.0,
        retry_seconds=0.0,
    )


@pytest.fixture
def build() -> Iterator[Callable[[SimulatorConfig], Simulator]]:
    """Simulators that are closed when the test ends, however it ends."""
    built: list[Simulator] = []

    def make(config: SimulatorConfig) -> Simulator:
        built.append(create_simulator(config))
        return built[-1]

    yield make
    for simulator in built:
        simulator.close()


@pytest.fixture
def simulator(config: SimulatorConfig, build: Callable[[SimulatorConfig], Simulator]) -> Simulator:
    return build(config)


@pytest.fixture
def browser(simulator: Simulator) -> FlaskClient:
    """What the page does, without one: sends the header that other sites cannot."""
    client = simulator.app.test_client()
    client.environ_base["HTTP_X_REQUESTED_WITH"] = "simulator"
    return client
