"""Programs that tests start: a free port, a log that is shown when they die, and an orderly end by their own pid."""

import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, NoReturn

import pytest

REPO = Path(__file__).resolve().parents[2]


def free_port() -> int:
    """A port of 127.0.0.1 where nothing listens. No other test on this machine gets it while we run.

    It is outside the system's range of ports for outgoing connections: otherwise such a connection could take it before
    it is used.
    """
    low, high = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split())
    ports = range(20_000, low) if low > 25_000 else range(high + 1, 65_536)
    first = secrets.randbelow(len(ports))
    for turn in range(len(ports)):
        port = ports[(first + turn) % len(ports)]
        if _claim(port) and _unused(port):
            return port
    raise RuntimeError("no port is free")


_claims: list[IO[bytes]] = []
"""Locked files, one for each port in use. The system unlocks them when this process ends."""


def _claim(port: int) -> bool:
    folder = Path(tempfile.gettempdir()) / f"visitline-test-ports-{os.geteuid()}"
    folder.mkdir(exist_ok=True)
    lock = (folder / str(port)).open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return False
    _claims.append(lock)
    return True


def _unused(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return False
        return True


def accepts(port: int) -> bool:
    """Whether anything on 127.0.0.1 answers at this port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


PACKAGES = {
    "chromium": "chromium",
    "initdb": "postgresql",
    "node": "nodejs npm",
    "postgres": "postgresql",
    "redis-server": "redis-server",
    "turnserver": "coturn",
}
"""The Debian package of each program. `tools/system-packages` prints those that this machine lacks."""


def cannot_test(why: str, command: str) -> NoReturn:
    """Skip the test. The end of the run says why, and which command makes it possible (see tests/conftest.py)."""
    pytest.skip(f"{why}: {command}")


def receives(port: int) -> bool:
    """Whether anything receives UDP datagrams at this port."""
    rows = Path("/proc/net/udp").read_text(encoding="ascii").splitlines()[1:]
    return any(row.split()[1].endswith(f":{port:04X}") for row in rows)


def program(name: str) -> str:
    """The full path of a program. Skips the test when it is missing."""
    found = shutil.which(name)
    if found is None:
        cannot_test(f"{name} is not installed", f"apt-get install --no-install-recommends {PACKAGES[name]}")
    return found


def node_program(name: str) -> list[str]:
    """The command of a pinned npm program: from `VISITLINE_NODE_MODULES`, default `node_modules` of the repository."""
    node = program("node")
    modules = Path(os.environ.get("VISITLINE_NODE_MODULES", REPO / "node_modules"))
    script = modules / ".bin" / name
    if not script.exists():
        cannot_test(f"npm's {name} is not installed", "make node-tools")
    return [node, str(script)]


class Child:
    """One started program, whose output goes to a log.

    With a `port` it is ready when the port answers on loopback; with `datagrams`, when it also receives UDP there.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        port: int | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: str | None = None,
        within: float = 120.0,
        datagrams: bool = False,
    ) -> None:
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop()
        # A user is named only by root: PostgreSQL refuses to run as root.
        self.process = subprocess.Popen(
            command,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **(env or {})},
            cwd=cwd,
            user=user,
            group=user,
            extra_groups=[] if user else None,
            start_new_session=True,
        )
        if port is not None:
            self._await_port(port, within, datagrams=datagrams)

    def _await_port(self, port: int, within: float, *, datagrams: bool) -> None:
        end = time.monotonic() + within
        while not (accepts(port) and (receives(port) or not datagrams)):
            if self.process.poll() is not None or time.monotonic() > end:
                words = self.log()
                self.stop()
                raise RuntimeError(f"{self.process.args!r} did not start:\n{words}")
            time.sleep(0.03)

    def log(self) -> str:
        """Everything that it has printed so far."""
        self._log.flush()
        return os.pread(self._log.fileno(), 1_000_000, 0).decode(errors="replace")

    def freeze(self) -> None:
        """Freeze it and all its descendants. They keep everything that they hold. On return they have stopped."""
        os.killpg(self.process.pid, signal.SIGSTOP)
        while any(state not in "TtZX" for state in self._states()):  # a signal takes effect a moment after it was sent
            time.sleep(0.002)

    def thaw(self) -> None:
        """Unfreeze it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGCONT)

    def _states(self) -> Iterator[str]:
        """The state of each thread of each process, as one letter of proc(5)."""
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # the process has ended
                for thread in (process / "task").iterdir():
                    state, _parent, group, *_ = (thread / "stat").read_text().rpartition(")")[2].split()
                    if int(group) == self.process.pid:
                        yield state

    def kill(self) -> None:
        """Kill it, as a power cut does: it cannot clean up."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def stop(self, first: signal.Signals = signal.SIGTERM, within: float = 10.0) -> None:
        """Stop it with the signal `first`, and with SIGKILL when that does not work in time."""
        if self.process.poll() is None:
            self.process.send_signal(first)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(within)
        self.kill()
        self._log.close()
