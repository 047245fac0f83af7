"""Ports for tests: no two processes get the same one, and no outgoing connection can take one."""

import socket
import subprocess
import sys
from pathlib import Path

from tests.emulators.processes import REPO, accepts, free_port

_GIVE = "from tests.emulators.processes import free_port; print(*(free_port() for _ in range(50)))"


def test_a_port_is_given_once_in_all_processes() -> None:
    ours = [free_port() for _ in range(50)]
    told = subprocess.run([sys.executable, "-c", _GIVE], cwd=REPO, capture_output=True, text=True, check=True).stdout
    everything = [*ours, *map(int, told.split())]
    assert len(set(everything)) == 100


def test_a_port_can_be_listened_at_and_is_not_one_of_outgoing_connections() -> None:
    port = free_port()
    assert not accepts(port)
    with socket.socket() as server:
        server.bind(("127.0.0.1", port))
        server.listen()
        assert accepts(port)
    low, high = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split())
    assert not low <= port <= high
