"""Stopping `run` with a request in flight: the request gets its answer, and no traceback is logged."""

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import waitress  # type: ignore[import-untyped]

from tests.emulators.served import caller
from webhooks.servers import stop_serving

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class _Slow:
    """An application that answers `size` bytes once `answer` is set."""

    def __init__(self, size: int) -> None:
        self.size, self.entered, self.answer = size, threading.Event(), threading.Event()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        self.entered.set()
        self.answer.wait()
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(self.size))])
        return [b"x" * self.size]


def _serve(app: _Slow) -> tuple[Any, threading.Thread]:
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=2)
    loop = threading.Thread(target=server.run, daemon=True)
    loop.start()
    return server, loop


@pytest.mark.parametrize("size", [2, 900_000])
def test_a_request_in_flight_gets_its_whole_answer(size: int, caplog: pytest.LogCaptureFixture) -> None:
    app = _Slow(size)
    server, loop = _serve(app)
    with caller() as client, ThreadPoolExecutor(2) as pool:
        asked = pool.submit(client.get, f"http://127.0.0.1:{server.effective_port}/")
        assert app.entered.wait(30)
        stopped = pool.submit(stop_serving, server, loop, 60.0)
        app.answer.set()
        assert len(asked.result(60).content) == size
        assert stopped.result(60)
    assert not loop.is_alive()
    assert caplog.records == []
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{server.effective_port}/", trust_env=False)


def test_a_request_that_does_not_end_holds_a_stop_up_only_for_a_while() -> None:
    app = _Slow(2)
    server, loop = _serve(app)
    with caller() as client, ThreadPoolExecutor(1) as pool:
        asked = pool.submit(client.get, f"http://127.0.0.1:{server.effective_port}/")
        assert app.entered.wait(30)
        assert not stop_serving(server, loop, 0.05)
        app.answer.set()
        assert asked.result(60).content == b"xx"
    assert stop_serving(server, loop, 60.0)
