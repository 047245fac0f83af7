"""Serves a WSGI application on a free loopback port, in a thread of this process."""

import functools
import socket
import ssl
from collections.abc import Iterable, Iterator
from threading import Thread
from typing import TYPE_CHECKING, Any

import httpx
from flask import request
from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class _Body:
    """The answer of an application, which is closed exactly once."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = parts

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._parts)

    def close(self) -> None:
        parts, self._parts = self._parts, ()
        close = getattr(parts, "close", None)
        if close is not None:
            close()


class _Handler(WSGIRequestHandler):
    """A request handler that logs nothing, and closes the answer even when the browser broke the connection. werkzeug reads
    further input first; when that fails, it leaves the answer (such as a file) open."""

    def run_wsgi(self) -> None:
        try:
            super().run_wsgi()
        finally:
            body = self.environ.get(_Body.__qualname__)
            if body is not None:
                body.close()

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's own name
        pass


def _remembered(app: "WSGIApplication") -> "WSGIApplication":
    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> _Body:
        environ[_Body.__qualname__] = body = _Body(app(environ, start_response))
        return body

    return answer


class Served:
    """Serves `app` at `url` until `close`."""

    def __init__(self, app: "WSGIApplication", port: int = 0) -> None:
        self._server = make_server("127.0.0.1", port, _remembered(app), threaded=True, request_handler=_Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving and free the port."""
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()


def hang_up() -> None:
    """Close the connection of the current request without an answer, like a network failure."""
    connection: socket.socket = request.environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)


@functools.cache
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


def caller() -> httpx.Client:
    """A client for posting webhooks. It uses no proxy, because all emulators are on loopback. It is shared, because each
    client reads all certificate authorities."""
    return httpx.Client(timeout=120, trust_env=False, verify=_trusted())
