"""Whose turn it is in a web process: texts first, then what screens and calls ask, a few at a time.

Threads that work take turns at Python's one lock, and give it up at every answer of the database. Two hundred of them at
once would make a text, which asks the database thirty times, wait for all of them as often.
"""

import contextlib
import threading
from collections.abc import Iterator

from werkzeug.exceptions import ServiceUnavailable

AT_ONCE = 2
"""Transactions of screens and calls at a time."""
PATIENCE = 10.0
"""Seconds that one waits for its turn: when the database hangs, whoever waits must not take the threads of texts."""
MOMENT = 0.05
"""Seconds that one of these waits for a text at most: many texts slow calls down and do not stop them."""


class PriorityGate(contextlib.AbstractContextManager[None]):
    """As a context it is one turn of a screen or a call, ServiceUnavailable when it does not come; `first` is a text being
    handled."""

    def __init__(self) -> None:
        self._free = threading.BoundedSemaphore(AT_ONCE)
        self._calm = threading.Condition()
        self._texts = 0

    @contextlib.contextmanager
    def first(self) -> Iterator[None]:
        """While the block lasts the others wait, for a moment each."""
        with self._calm:
            self._texts += 1
        try:
            yield
        finally:
            with self._calm:
                self._texts -= 1
                self._calm.notify_all()

    def __enter__(self) -> None:
        if not self._free.acquire(timeout=PATIENCE):
            raise ServiceUnavailable
        if self._texts:
            with self._calm:
                self._calm.wait_for(lambda: not self._texts, MOMENT)

    def __exit__(self, *_: object) -> None:
        self._free.release()
