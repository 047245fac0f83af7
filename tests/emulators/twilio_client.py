"""The official Twilio client, redirected to another host by a custom HTTP client, as Twilio documents."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client


class _Elsewhere(TwilioHttpClient):  # type: ignore[misc] # the client ships no types
    def __init__(self, base: str) -> None:
        super().__init__(timeout=20)
        self._base = urlsplit(base)

    def request(self, method: str, url: str, *args: Any, **more: Any) -> Response:
        moved = urlunsplit((self._base.scheme, self._base.netloc, *urlsplit(url)[2:]))
        return super().request(method, moved, *args, **more)


def twilio_client(base: str, account_sid: str, auth_token: str) -> Client:
    """Twilio's client, with all requests sent to `base`."""
    return Client(account_sid, auth_token, http_client=_Elsewhere(base))
