"""The official Twilio client, pointed at a simulator without a socket."""

from typing import Any
from urllib.parse import urlsplit

from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from werkzeug.test import Client as WsgiClient

from tests.webhooks.simulator.recording_app import ACCOUNT, TOKEN


class InProcess(TwilioHttpClient):  # type: ignore[misc]
    """Sends the request the client built to a WSGI application, below ``prefix``."""

    def __init__(self, app: Any, prefix: str) -> None:
        super().__init__()
        self._app = WsgiClient(app)
        self._prefix = prefix

    def request(self, method: str, url: str, params: Any = None, data: Any = None, **options: Any) -> Response:
        parts = urlsplit(url)
        answer = self._app.open(
            self._prefix + parts.path,
            method=method,
            query_string=params or parts.query,
            data=data,
            headers=options["headers"],
            auth=options["auth"],
        )
        return Response(answer.status_code, answer.get_data(as_text=True))


def twilio_client(app: Any, token: str = TOKEN, prefix: str = "") -> Client:
    return Client(ACCOUNT, token, http_client=InProcess(app, prefix))
