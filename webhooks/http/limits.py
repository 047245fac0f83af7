"""How often one reader may ask. Providers' webhooks are never limited: a limited webhook is a lost text."""

import hashlib
import ipaddress

from flask import Flask, Response, request
from flask_limiter import Limiter
from limits import parse_many
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

from handlers.settings import Settings

PAGES = "120 per minute"
GUESSES = "20 per minute;200 per hour"
LOGINS = "5 per minute;30 per hour"


def limiter(app: Flask, settings: Settings) -> Limiter:
    """Counts in Redis where there is one, for all processes together; without it, and while it is down, here."""
    patience: dict[str, str | int] = {}
    if settings.redis_url:
        patience = {"socket_timeout": 1, "socket_connect_timeout": 1}
    return Limiter(
        reader,
        app=app,
        storage_uri=settings.redis_url or "memory://",
        storage_options=patience,
        in_memory_fallback_enabled=bool(settings.redis_url),
        swallow_errors=True,
        key_prefix="visitline",
    )


class Here:
    """A limit that this process counts by itself: for what is asked so often that asking Redis first would cost more than
    the answer. With more processes a reader has as many times as much."""

    def __init__(self, limit: str) -> None:
        self._limits = parse_many(limit)
        self._counts = FixedWindowRateLimiter(MemoryStorage())

    def hit(self, key: str) -> None:
        """Count one; TooManyRequests when it is one too many."""
        within = [self._counts.hit(each, key) for each in self._limits]  # each of them counts it
        if not all(within):
            raise TooManyRequests

    def check(self, key: str) -> None:
        """Count nothing; TooManyRequests when one more would be too many."""
        if not all(self._counts.test(each, key) for each in self._limits):
            raise TooManyRequests


def reader() -> str:
    """Who asks. Behind a proxy on our own network its last word counts: only that was not written by the reader."""
    here = request.remote_addr or ""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return forwarded if forwarded and _near(here) else here


def by_secret(secret: str) -> str:
    """Who asks, known by a link or a cookie instead of an address; a limit that is broken is logged with its key."""
    return hashlib.sha256(secret.encode()).hexdigest()[:16] if secret else reader()


def _near(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_private
    except ValueError:
        return False


def missed(response: Response) -> bool:
    """Counts guesses: requests for a link that does not exist."""
    return response.status_code == 404


def refused(response: Response) -> bool:
    """Counts wrong passwords."""
    return response.status_code in (401, 403)
