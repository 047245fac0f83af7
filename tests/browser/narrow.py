"""A way of UDP to a relay that can be made narrow or dead, as a phone's network is in a basement."""

import select
import socket
import threading
import time


class Way:
    """`port` on loopback leads to `to`. `rate` is in bytes a second, both ways together; None lets everything through."""

    def __init__(self, to: int) -> None:
        self.rate: float | None = None
        self._to, self._open = to, True
        self._front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._front.bind(("127.0.0.1", 0))
        self.port: int = self._front.getsockname()[1]
        self._behind: dict[tuple[str, int], socket.socket] = {}
        self._whose: dict[socket.socket, tuple[str, int]] = {}
        self._room, self._since = 0.0, time.monotonic()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._open = False
        self._thread.join()
        for each in (self._front, *self._whose):
            each.close()

    def _run(self) -> None:
        while self._open:
            for ready in select.select([self._front, *self._whose], [], [], 0.2)[0]:
                self._carry(ready)

    def _carry(self, ready: socket.socket) -> None:
        try:
            packet, sender = ready.recvfrom(65535)
        except OSError:  # nobody listens behind it just now
            return
        if not self._passes(len(packet)):
            return
        if ready is self._front:
            self._beyond(sender).send(packet)
        else:
            self._front.sendto(packet, self._whose[ready])

    def _beyond(self, sender: tuple[str, int]) -> socket.socket:
        if sender not in self._behind:
            made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            made.connect(("127.0.0.1", self._to))
            self._behind[sender], self._whose[made] = made, sender
        return self._behind[sender]

    def _passes(self, size: int) -> bool:
        if self.rate is None:
            return True
        now = time.monotonic()
        self._room = min(self.rate * 0.3, self._room + (now - self._since) * self.rate)
        self._since = now
        if self._room < size:
            return False
        self._room -= size
        return True
