"""Limits how fast we send: a number of segments a second for each of our numbers, shared by all workers through Redis."""

import time

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

WINDOW_FACTOR = 10
"""A rate is applied over this many of its windows: "1/second" means ten in ten seconds, so a text may cost two at once."""


def _wide(rate: RateLimitItem) -> RateLimitItem:
    return type(rate)(rate.amount * WINDOW_FACTOR, rate.multiples * WINDOW_FACTOR, rate.namespace)


class SendRate:
    """A send rate such as "1/second". Without one nothing is delayed. While Redis is down each process counts by itself."""

    def __init__(self, rate: str = "", redis_url: str = "") -> None:
        self._rate: RateLimitItem | None = _wide(parse(rate)) if rate else None
        self._own = MovingWindowRateLimiter(MemoryStorage())
        self._shared: MovingWindowRateLimiter | None = None
        if redis_url:
            storage = storage_from_string(redis_url)
            assert isinstance(storage, Storage)
            self._shared = MovingWindowRateLimiter(storage)

    def wait_for(self, sender: str, weight: int = 1) -> float:
        """Count `weight` segments of a sender. Returns 0.0 when they may be sent now, else the seconds to wait."""
        if self._rate is None:
            return 0.0
        cost = min(weight, self._rate.amount)
        try:
            return self._take(self._shared or self._own, sender, cost)
        except Exception:  # noqa: BLE001  # texts are sent whatever is wrong with Redis
            return self._take(self._own, sender, cost)

    def _take(self, limiter: MovingWindowRateLimiter, sender: str, cost: int) -> float:
        assert self._rate is not None
        if limiter.hit(self._rate, "send", sender, cost=cost):
            return 0.0
        reset = limiter.get_window_stats(self._rate, "send", sender).reset_time
        return max(0.05, reset - time.time())
