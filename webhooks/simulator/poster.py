"""The thread that posts the carrier's webhooks to the application and reads the application's clock."""

import logging
import threading

from webhooks.simulator.application_client import ApplicationClient
from webhooks.simulator.carrier import Carrier

log = logging.getLogger(__name__)
MAX_WAIT_SECONDS = 1.0
MIN_WAIT_SECONDS = 0.02


class Poster:
    """One thread between ``start`` and ``stop``; ``drain`` does the same work without one, for tests."""

    def __init__(self, carrier: Carrier, application: ApplicationClient) -> None:
        self._carrier = carrier
        self._application = application
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to post; does nothing when it has begun."""
        if self._thread is None:
            self._stop.clear()
            self._thread = threading.Thread(target=self._run, name="simulator-poster", daemon=True)
            self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Finish the current post and end; what is left stays in the file."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout)
            self._thread = None

    def wake(self) -> None:
        """Tell the thread that there may be something to post."""
        self._wake.set()

    def drain(self) -> int:
        """Post everything that is due now, and return how many. Not while the thread runs."""
        posted = 0
        while self._carrier.work_once():
            posted += 1
        return posted

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._application.read_clock()
                while not self._stop.is_set() and self._carrier.work_once():
                    pass
                wait = self._carrier.wait()
            except Exception:
                log.exception("the simulator could not post")
                wait = None
            self._wake.wait(MAX_WAIT_SECONDS if wait is None else max(MIN_WAIT_SECONDS, min(MAX_WAIT_SECONDS, wait)))
            self._wake.clear()
