"""Stoplight's Prism between the official client and a carrier: both ways are held against Twilio's own description."""

from pathlib import Path

from tests.emulators.processes import Child, free_port, node_program


class Prism:
    """A proxy in front of `upstream`: what is against the description, asked or answered, becomes an error answer."""

    def __init__(self, description: Path, upstream: str) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [*node_program("prism"), "proxy", "--errors", "-h", "127.0.0.1", "-p", str(port)]
        self._child = Child([*command, str(description), upstream], port=port)

    def log(self) -> str:
        """What it printed: each violation is named here."""
        return self._child.log()

    def close(self) -> None:
        """Stop the program."""
        self._child.stop()
