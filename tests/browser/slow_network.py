"""A UDP proxy whose bandwidth can be limited or cut, like a phone's network in a basement."""

import select
import socket
import threading
import time


class SlowNetwork:
    """Forwards between `port` on loopback and the port `to`.

    `rate` is in bytes per second, both directions together; 0 forwards nothing, None everything.
    """

    def __init__(self, to: int) -> None:
        self.rate: float | None = None
        self._target, self._open = to, True
        self._front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._front.bind(("127.0.0.1", 0))
        self.port: int = self._front.getsockname()[1]
        self._by_sender: dict[tuple[str, int], socket.socket] = {}
        self._senders: dict[socket.socket, tuple[str, int]] = {}
        self._budget, self._since = 0.0, time.monotonic()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._open = False
        self._thread.join()
        for each in (self._front, *self._senders):
            each.close()

    def _run(self) -> None:
        while self._open:
            for ready in select.select([self._front, *self._senders], [], [], 0.2)[0]:
                self._forward(ready)

    def _forward(self, ready: socket.socket) -> None:
        try:
            packet, sender = ready.recvfrom(65535)
        except OSError:  # nothing listens at the target at the moment
            return
        if not self._passes(len(packet)):
            return
        if ready is self._front:
            self._socket_for(sender).send(packet)
        else:
            self._front.sendto(packet, self._senders[ready])

    def _socket_for(self, sender: tuple[str, int]) -> socket.socket:
        if sender not in self._by_sender:
            made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            made.connect(("127.0.0.1", self._target))
            self._by_sender[sender], self._senders[made] = made, sender
        return self._by_sender[sender]

    def _passes(self, size: int) -> bool:
        if self.rate is None:
            return True
        now = time.monotonic()
        self._budget = min(self.rate * 0.3, self._budget + (now - self._since) * self.rate)
        self._since = now
        if self._budget < size:
            return False
        self._budget -= size
        return True
