"""How fast we may send: so many segments a second per number of ours, shared by all workers through Redis."""

import time

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

WINDOW_FACTOR = 10
"""A pace is kept over so many of its windows: "1/second" is ten in ten seconds, so that a text of two segments costs two."""


def _wide(rate: RateLimitItem) -> RateLimitItem:
    return type(rate)(rate.amount * WINDOW_FACTOR, rate.multiples * WINDOW_FACTOR, rate.namespace)


class SendRate:
    """A send pace such as "1/second". Without a rate nothing is held back. When Redis dies each process paces itself."""

    def __init__(self, rate: str = "", redis_url: str = "") -> None:
        self._rate: RateLimitItem | None = _wide(parse(rate)) if rate else None
        self._own = MovingWindowRateLimiter(MemoryStorage())
        self._shared: MovingWindowRateLimiter | None = None
        if redis_url:
            storage = storage_from_string(redis_url)
            assert isinstance(storage, Storage)
            self._shared = MovingWindowRateLimiter(storage)

    def wait_for(self, sender: str, weight: int = 1) -> float:
        """Take `weight` segments of a sender's pace; 0.0 when they may go now, else the seconds to wait."""
        if self._rate is None:
            return 0.0
        cost = min(weight, self._rate.amount)
        try:
            return self._take(self._shared or self._own, sender, cost)
        except Exception:  # noqa: BLE001  # whatever Redis does, texts go on
            return self._take(self._own, sender, cost)

    def _take(self, limiter: MovingWindowRateLimiter, sender: str, cost: int) -> float:
        assert self._rate is not None
        if limiter.hit(self._rate, "send", sender, cost=cost):
            return 0.0
        reset = limiter.get_window_stats(self._rate, "send", sender).reset_time
        return max(0.05, reset - time.time())
