"""A private redis-server on a free port, which a test may flush, freeze, stop and start again."""

import redis

from tests.emulators.processes import Child, free_port, program


class RedisServer:
    """One redis-server without persistence. `url` stays the same after `stop` and `start`."""

    def __init__(self) -> None:
        self._program = program("redis-server")
        self._port = free_port()
        self._child: Child | None = None
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.start()

    @property
    def running(self) -> bool:
        return self._child is not None

    def start(self) -> None:
        """Start it unless it runs, or unfreeze it. It begins empty."""
        if self._child is not None:
            self._child.thaw()
        else:
            command = [
                self._program,
                "--port",
                str(self._port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
            ]
            self._child = Child(command, port=self._port)

    def stop(self) -> None:
        """Stop it. Connections break, and new ones are refused."""
        if self._child is not None:
            self._child.thaw()
            self._child.stop()
            self._child = None

    def freeze(self) -> None:
        """Freeze it until `start`. Connections stay open, without answers."""
        if self._child is not None:
            self._child.freeze()

    def flush(self) -> None:
        """Delete everything, as FLUSHALL does."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()
