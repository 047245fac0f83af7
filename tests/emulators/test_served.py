"""The server with which tests serve pages, at a browser's broken connection."""

import socket
import struct
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tests.emulators.served import Served
from tests.waiting import eventually

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

RESET = struct.pack("ii", 1, 0)
"""A linger time of zero: closing such a socket resets the connection."""
BROKEN = 20


class _File:
    def __init__(self, closed: list[int]) -> None:
        self._closed = closed

    def __iter__(self) -> Iterator[bytes]:
        return iter([b"line"])

    def close(self) -> None:
        self._closed.append(id(self))


def test_an_answer_is_closed_once_though_the_browser_broke_the_connection() -> None:
    opened, closed = [], list[int]()

    def app(_: "WSGIEnvironment", start_response: "StartResponse") -> _File:
        start_response("200 OK", [("Content-Length", "4")])
        opened.append(_File(closed))
        return opened[-1]

    server = Served(app)
    for n in range(BROKEN):
        with socket.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1]))) as browser:
            browser.sendall(b"GET / HTTP/1.1\r\nHost: line\r\n\r\n")
            time.sleep(0.003 * (n % 6))  # werkzeug waits 10 ms for more input: some connections break within them
            browser.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    server.close()
    eventually(lambda: len(closed) >= len(opened))  # requests that were accepted before are served
    assert sorted(closed) == sorted(map(id, opened))
    assert closed
