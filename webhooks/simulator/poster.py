"""The thread that posts what the carrier owes the house, and keeps an eye on the house's clock."""

import logging
import threading

from webhooks.simulator.carrier import Carrier
from webhooks.simulator.house import House

log = logging.getLogger(__name__)
IDLE = 1.0
NUDGE = 0.02


class Poster:
    """One thread between ``start`` and ``stop``; ``drain`` does the same work without one, for tests."""

    def __init__(self, carrier: Carrier, house: House) -> None:
        self._carrier = carrier
        self._house = house
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to post. Starting twice does nothing."""
        if self._thread is None:
            self._stop.clear()
            self._thread = threading.Thread(target=self._run, name="simulator-poster", daemon=True)
            self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Finish the post in hand and end; what is left waits in the file."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout)
            self._thread = None

    def wake(self) -> None:
        """There may be something new."""
        self._wake.set()

    def drain(self) -> int:
        """Post everything that is due now; how many. Not while the thread runs."""
        posted = 0
        while self._carrier.work_once():
            posted += 1
        return posted

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._house.look_at_clock()
                while not self._stop.is_set() and self._carrier.work_once():
                    pass
                wait = self._carrier.wait()
            except Exception:
                log.exception("the simulator could not post")
                wait = None
            self._wake.wait(IDLE if wait is None else max(NUDGE, min(IDLE, wait)))
            self._wake.clear()
