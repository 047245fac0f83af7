"""Rate limits. Providers' webhooks are never limited: a limited webhook is a lost text."""

import hashlib
import ipaddress

from flask import Flask, Response, request
from flask_limiter import Limiter
from limits import parse_many
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

from handlers.settings import Settings

PAGE_LIMIT = "120 per minute"
GUESS_LIMIT = "20 per minute;200 per hour"
LOGIN_LIMIT = "5 per minute;30 per hour"


def limiter(app: Flask, settings: Settings) -> Limiter:
    """Count in Redis, where it is set, for all processes together; without it, and while it is down, in this process."""
    timeouts: dict[str, str | int] = {}
    if settings.redis_url:
        timeouts = {"socket_timeout": 1, "socket_connect_timeout": 1}
    return Limiter(
        client_address,
        app=app,
        storage_uri=settings.redis_url or "memory://",
        storage_options=timeouts,
        in_memory_fallback_enabled=bool(settings.redis_url),
        swallow_errors=True,
        key_prefix="visitline",
    )


class LocalLimit:
    """A limit counted in this process alone, for requests so frequent that asking Redis would cost more than the answer.

    With N processes a client may make N times as many requests.
    """

    def __init__(self, limit: str) -> None:
        self._limits = parse_many(limit)
        self._counts = FixedWindowRateLimiter(MemoryStorage())

    def hit(self, key: str) -> None:
        """Count one request; TooManyRequests when it is one too many."""
        within = [self._counts.hit(each, key) for each in self._limits]  # a list, so that each limit counts it
        if not all(within):
            raise TooManyRequests

    def check(self, key: str) -> None:
        """Count nothing; TooManyRequests when one more would be too many."""
        if not all(self._counts.test(each, key) for each in self._limits):
            raise TooManyRequests


def client_address() -> str:
    """The client's IP address. Behind a proxy in a private network it is the last entry of X-Forwarded-For: only that one
    was not written by the client."""
    here = request.remote_addr or ""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return forwarded if forwarded and _is_private(here) else here


def by_secret(secret: str) -> str:
    """A key for a client known by a link or a cookie. It is hashed, because an exceeded limit is logged with its key."""
    return hashlib.sha256(secret.encode()).hexdigest()[:16] if secret else client_address()


def _is_private(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_private
    except ValueError:
        return False


def is_not_found(response: Response) -> bool:
    """Whether the request guessed: it was for a link that does not exist."""
    return response.status_code == 404


def is_forbidden(response: Response) -> bool:
    """Whether the password was wrong."""
    return response.status_code in (401, 403)
