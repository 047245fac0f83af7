"""Stoplight's Prism between the official client and a carrier. It checks both directions against Twilio's description."""

from pathlib import Path

from tests.emulators.processes import Child, free_port, node_program


class Prism:
    """A proxy in front of `upstream`. A request or answer that violates the description becomes an error answer."""

    def __init__(self, description: Path, upstream: str) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [*node_program("prism"), "proxy", "--errors", "-h", "127.0.0.1", "-p", str(port)]
        self._child = Child([*command, str(description), upstream], port=port)

    def log(self) -> str:
        """The output of Prism, which names each violation."""
        return self._child.log()

    def close(self) -> None:
        """Stop the program."""
        self._child.stop()
