"""A WSGI application on a free loopback port, in a thread of this process."""

import functools
import socket
import ssl
from threading import Thread
from typing import TYPE_CHECKING, Any

import httpx
from flask import request
from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's own name
        pass


class Served:
    """Serves `app` at `url` until `close`."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving and free the port."""
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()


def hang_up() -> None:
    """End the connection of the current request without an answer, as a cut line does."""
    connection: socket.socket = request.environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)


@functools.cache
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


def caller() -> httpx.Client:
    """A client for posting webhooks; it knows no proxy, for all far ends are on loopback. Each client of its own would
    read all authorities again."""
    return httpx.Client(timeout=30, trust_env=False, verify=_trusted())
