"""Priority of inbound texts over call and kiosk requests, by limiting how many of those run a transaction at once.

Python threads share one lock and release it at each answer of the database. A text asks the database thirty times: with two
hundred other threads at work it would wait for all of them each time.
"""

import contextlib
import threading
from collections.abc import Iterator

from werkzeug.exceptions import ServiceUnavailable

MAX_CONCURRENT_CALL_TX = 2
"""Transactions of calls and kiosks that run at once in a process."""
MAX_WAIT_SECONDS = 10.0
"""A request waits this long to begin: when the database hangs, waiting requests must not occupy the threads of texts."""
MAX_YIELD_SECONDS = 0.05
"""A transaction waits this long for texts: many texts slow calls down but do not stop them."""


class PriorityGate(contextlib.AbstractContextManager[None]):
    """As a context manager it admits one transaction of a call or a kiosk; ServiceUnavailable when it waited too long."""

    def __init__(self) -> None:
        self._slots = threading.BoundedSemaphore(MAX_CONCURRENT_CALL_TX)
        self._no_texts = threading.Condition()
        self._texts = 0

    @contextlib.contextmanager
    def sms(self) -> Iterator[None]:
        """Handle a text of a chat: while the block lasts, the other transactions wait before they begin."""
        with self._no_texts:
            self._texts += 1
        try:
            yield
        finally:
            with self._no_texts:
                self._texts -= 1
                self._no_texts.notify_all()

    def __enter__(self) -> None:
        if not self._slots.acquire(timeout=MAX_WAIT_SECONDS):
            raise ServiceUnavailable
        if self._texts:
            with self._no_texts:
                self._no_texts.wait_for(lambda: not self._texts, MAX_YIELD_SECONDS)

    def __exit__(self, *_: object) -> None:
        self._slots.release()
