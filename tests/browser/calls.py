"""The line behind a real port inside this process, with a clock that runs and can be set, and the people of a call."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from werkzeug.serving import make_server

from handlers.gateways.sandbox import SandboxGateway
from tests.webhooks.house import House, application, build


@dataclass
class Served:
    """A house and where it is reached."""

    house: House
    url: str


@contextmanager
def serve(folder: Path) -> Iterator[Served]:
    """A fresh house whose clock runs on from wherever it is set."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    house = build(folder, url=url)
    clock = _Running(house)
    house.deps = replace(house.deps, payments=SandboxGateway(url), now=clock)
    server = make_server("127.0.0.1", port, application(house), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Served(house, url)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        house.deps.db.close()


class _Running:
    """What the house's clock was set to, and the time since."""

    def __init__(self, house: House) -> None:
        self._house, self._set, self._since = house, house.now, time.monotonic()

    def __call__(self) -> datetime:
        if self._house.now != self._set:
            self._set, self._since = self._house.now, time.monotonic()
        return self._set + timedelta(seconds=time.monotonic() - self._since)
