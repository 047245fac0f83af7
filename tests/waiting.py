"""Waiting for a state. The time limit is for failing tests only: nothing is concluded from how long it took."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
TIMEOUT_SECONDS = 60.0


def eventually(look: Callable[[], T | None], within: float = TIMEOUT_SECONDS) -> T:
    """Call `look` until its result is true, and return the result. AssertionError after `within` seconds."""
    end = time.monotonic() + within
    while not (found := look()):
        assert time.monotonic() < end, f"not within {within:.0f} s: {look}"
        time.sleep(0.02)
    return found
