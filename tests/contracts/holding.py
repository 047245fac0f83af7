"""A proxy between the server and its carrier that can hold a text before the carrier gets it, or the answer afterwards."""

from threading import Event
from typing import Literal

from flask import Flask, Response, request

from tests.emulators.served import Served, caller

Where = Literal["before", "after"]


class Holding:
    """Forwards everything to `upstream`. `hold` stops the next text; `held` is set while it is stopped."""

    def __init__(self, upstream: str) -> None:
        self._upstream, self._client = upstream, caller()
        self._where: Where | None = None
        self.held, self._go = Event(), Event()
        app = Flask("holding")
        app.add_url_rule("/<path:path>", view_func=self._pass, methods=["GET", "POST"])
        self._served = Served(app)
        self.url = self._served.url

    def hold(self, where: Where) -> None:
        """Hold the next text before the carrier gets it, or (`after`) hold the carrier's answer."""
        self._where = where
        self.held.clear()
        self._go.clear()

    def let_go(self) -> None:
        """Release the held text or answer, if its client is still connected."""
        self._go.set()

    def _pass(self, path: str) -> Response:
        where, self._where = (self._where, None) if request.method == "POST" else (None, self._where)
        if where == "before":
            self._stand()
            return Response("held until nobody was there", 503)
        headers = {"Authorization": request.headers["Authorization"]}
        answer = self._client.request(
            request.method, f"{self._upstream}/{path}", params=request.args.to_dict(),
            data=request.form.to_dict(), headers=headers,
        )  # fmt: skip
        if where == "after":
            self._stand()
        return Response(answer.content, answer.status_code, content_type=answer.headers["content-type"])

    def _stand(self) -> None:
        self.held.set()
        self._go.wait(120)

    def close(self) -> None:
        """Stop the proxy."""
        self._go.set()
        self._served.close()
        self._client.close()
