"""The application as the carrier sees it: a URL that takes signed webhooks and, in a demonstration, a clock."""

import functools
import logging
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urldefrag
from xml.etree import ElementTree as ET

import httpx
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped,unused-ignore]

from webhooks.simulator.config import SimulatorConfig

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """The answer to a webhook: ``status`` is None without an answer, ``reached`` False when nothing listened."""

    status: int | None
    text: str = ""
    reached: bool = True

    @property
    def ok(self) -> bool:
        """Whether the application accepted it."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def worth_repeating(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status is None or self.status == 429 or self.status >= 500

    @property
    def reason(self) -> str:
        """What went wrong, for a person."""
        return f"it answered {self.status}" if self.status else "it did not answer"


@dataclass(frozen=True)
class Due:
    """The next job that is due in the application."""

    at: datetime
    text: str


@dataclass(frozen=True)
class ApplicationTime:
    """The application's clock, in the facility's zone."""

    now: datetime
    zone: str
    next: Due | None


class ApplicationUnavailable(Exception):
    """The application did not answer, or not as expected. The message is for a person."""


@functools.cache
def _trusted() -> ssl.SSLContext:
    """The trusted certificates, read once per process: this is most of the cost of a client."""
    return httpx.create_ssl_context(trust_env=False)


class ApplicationClient:
    """Posts webhooks, and knows the application's time. Threads may share it."""

    def __init__(self, config: SimulatorConfig) -> None:
        self._config = config
        self._validator = RequestValidator(config.auth_token)
        self._moving = False
        # trust_env: a proxy of the environment must not take loopback requests
        self._http = httpx.Client(timeout=config.timeout_seconds, trust_env=False, verify=_trusted())
        self._ahead = timedelta(0)
        self._zone: str | None = None
        self._next: Due | None = None
        self.reachable = True

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def post_signed(self, url: str, form: Mapping[str, str]) -> Answer:
        """POST a form as Twilio does: signed over the public address, sent to where the application really listens."""
        address = urldefrag(url).url
        signature = self._validator.compute_signature(address, dict(form))
        headers = {"X-Twilio-Signature": signature, "User-Agent": "TwilioProxy/1.1"}
        headers["I-Twilio-Idempotency-Token"] = form["MessageSid"]
        try:
            answer = self._http.post(self._real(address), data=dict(form), headers=headers)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            self.reachable = False
            return Answer(None, reached=False)
        except httpx.HTTPError:
            return Answer(None)
        self.reachable = True
        return Answer(answer.status_code, answer.text)

    def now(self) -> datetime:
        """The application's time in UTC, by the last read of its clock; while the clock is being moved, read it now."""
        if self._moving:
            self.read_clock()
        return datetime.now(UTC) + self._ahead

    def clock(self) -> ApplicationTime:
        """The clock by its last read, moved on since; read now if it was never read."""
        if self._zone is None:
            self.read_clock()
        return ApplicationTime(self.now(), self._zone or "UTC", self._next)

    @property
    def has_clock(self) -> bool:
        """Whether we may read and move the application's clock."""
        return bool(self._config.dev_token)

    def read_clock(self) -> None:
        """Read the application's clock; keep the last reading when it does not answer."""
        if not self.has_clock:
            return
        try:
            self._take_time(self._dev("GET", "/dev/clock"))
        except ApplicationUnavailable as problem:
            log.debug("no clock: %s", problem)

    def move_clock(self, move: Mapping[str, Any]) -> None:
        """``{"to": "next"}`` or ``{"advance_minutes": n}``. Raises ApplicationUnavailable."""
        self._moving = True  # texts sent on the way show the time at which they were sent
        try:
            found = self._dev("POST", "/dev/clock", move)
        finally:
            self._moving = False
        self._take_time(found)

    def reset(self) -> None:
        """Reset the application to its first day. Raises ApplicationUnavailable."""
        if self.has_clock:
            self._dev("POST", "/dev/reset", {})
            self.read_clock()

    def _dev(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        headers = {"X-Dev-Token": self._config.dev_token}
        wait = 3.0 if method == "GET" else self._config.timeout_seconds
        try:
            answer = self._http.request(method, self._base + path, json=body, headers=headers, timeout=wait)
            self.reachable = True
            if answer.status_code != 200:
                raise ApplicationUnavailable(f"The line answered {answer.status_code} to {method} {path}.")
            found = answer.json()
        except httpx.TransportError as problem:
            self.reachable = False
            raise ApplicationUnavailable("The line does not answer.") from problem
        except ValueError as problem:
            raise ApplicationUnavailable(f"The line's answer to {method} {path} cannot be read.") from problem
        return dict(found)

    def _take_time(self, found: Mapping[str, Any]) -> None:
        try:
            now = datetime.fromisoformat(found["now"])
            coming = found.get("next")
            self._next = Due(datetime.fromisoformat(coming["at"]), str(coming["what"])) if coming else None
            self._zone = str(found["zone"])
            self._ahead = now - datetime.now(UTC)
        except (KeyError, TypeError, ValueError) as problem:
            raise ApplicationUnavailable("The line's clock cannot be read.") from problem

    @property
    def _base(self) -> str:
        return self._config.application_url.rstrip("/")

    def _real(self, address: str) -> str:
        signed = self._config.signed_base
        return self._base + address[len(signed) :] if address.startswith(signed + "/") else address


def retries_of(url: str) -> int:
    """How often Twilio retries a webhook: the ``rc`` of the URL's fragment, at most 5; without one, never."""
    wanted = parse_qs(urldefrag(url).fragment).get("rc", ["0"])[0]
    return min(5, int(wanted)) if re.fullmatch(r"\d+", wanted) else 0


def messages_in_twiml(text: str) -> list[str]:
    """The texts of every <Message> in an answer; none if it is not TwiML."""
    try:
        root = ET.fromstring(text.strip())  # noqa: S314 - the application's own answer, on this machine
    except ET.ParseError:
        return []
    if root.tag != "Response":
        return []
    bodies = [(message.findtext("Body") or message.text or "").strip() for message in root.iter("Message")]
    return [body for body in bodies if body]
