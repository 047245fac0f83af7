"""Debian's coturn on loopback, with its own folder: a relay whose credentials are made with a shared secret.

The package's system service is not used and need not run.
"""

import shutil
import tempfile
from pathlib import Path
from random import randrange

from tests.emulators.processes import Child, free_port, program

RELAYS = 200
"""Relay ports. A call uses a few."""


class Coturn:
    """One turnserver without TLS, for UDP and TCP. `url` is for TURN_URLS, `stun` for STUN_URLS."""

    secret = "a-secret-that-only-tests-know"
    realm = "calls.example"

    def __init__(self) -> None:
        self._program = program("turnserver")
        self.port = free_port()
        self.url, self.stun = f"turn:127.0.0.1:{self.port}?transport=udp", f"stun:127.0.0.1:{self.port}"
        self._folder = Path(tempfile.mkdtemp(prefix="visitline-turn-"))
        first = randrange(52_000, 60_000)
        lines = [
            f"listening-port={self.port}", "listening-ip=127.0.0.1", "relay-ip=127.0.0.1", f"min-port={first}",
            f"max-port={first + RELAYS}", "fingerprint", "use-auth-secret", f"static-auth-secret={self.secret}",
            f"realm={self.realm}", "no-tls", "no-dtls", "no-cli", "verbose", "log-file=stdout", "simple-log",
            "allow-loopback-peers",  # all phones of the tests are on this machine
            f"pidfile={self._folder / 'pid'}", f"userdb={self._folder / 'users'}",
        ]  # fmt: skip
        self._config = self._folder / "turnserver.conf"
        self._config.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        self._child: Child | None = None
        self.start()

    @property
    def running(self) -> bool:
        return self._child is not None

    @property
    def log(self) -> str:
        """Everything that it has printed since it started."""
        return "" if self._child is None else self._child.log()

    def start(self) -> None:
        """Start it unless it runs. The address stays the same."""
        if self._child is None:
            self._child = Child(
                [self._program, "-c", str(self._config)], port=self.port, cwd=self._folder, datagrams=True
            )

    def stop(self) -> None:
        """Stop it. All its relays end."""
        if self._child is not None:
            self._child.thaw()
            self._child.stop()
            self._child = None

    def freeze(self) -> None:
        """Freeze it, like a network that hangs. Its relays are kept."""
        if self._child is not None:
            self._child.freeze()

    def thaw(self) -> None:
        """Unfreeze it."""
        if self._child is not None:
            self._child.thaw()

    def close(self) -> None:
        """Stop it and remove its folder."""
        self.stop()
        shutil.rmtree(self._folder)
