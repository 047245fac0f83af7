"""`visitline run` as a separate process: the whole server on one machine, as a person starts it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from tests.emulators.deployment import COMMAND, OURS
from tests.emulators.processes import REPO, Child, free_port
from tests.emulators.served import caller


class Standalone:
    """One machine, whose data are in `folder`. It can be started, stopped, and started again."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        ours = {"PORT": str(self.port), "DATA_DIR": str(folder)}
        self._env = dict.fromkeys(OURS, "") | ours | dict(settings or {})
        self._child: Child | None = None
        self.client = caller()
        self.client.headers["X-Requested-With"] = "simulator"

    def start(self) -> None:
        """Start it (also again, after it has ended) and wait until it answers."""
        if self._child is not None:
            self._child.stop()
        self._child = Child([*COMMAND, "run"], port=self.port, env=self._env, cwd=REPO)

    def ended(self) -> subprocess.CompletedProcess[str]:
        """Start a second one where it cannot start; its exit status and output."""
        env = {**os.environ, **self._env}
        return subprocess.run(
            [*COMMAND, "run"], cwd=REPO, env=env, capture_output=True, text=True, timeout=120, check=False
        )

    def interrupt(self) -> tuple[int, str]:
        """Press Ctrl-C; its exit status and everything that it printed."""
        assert self._child is not None
        self._child.process.send_signal(signal.SIGINT)
        answer = self._child.process.wait(60)
        return answer, self._child.log()

    def kill(self) -> None:
        """Kill it, as a power cut does."""
        assert self._child is not None
        self._child.kill()

    @property
    def printed(self) -> str:
        """Everything that it has printed so far."""
        assert self._child is not None
        return self._child.log()

    @property
    def password(self) -> str:
        """The console's password, as printed."""
        found = re.search(r"password: (\S+)", self.printed)
        assert found, self.printed
        return found[1]

    def say(self, number: str, words: str) -> None:
        """Send a text from a phone of the simulator."""
        answer = self.client.post(f"{self.url}/simulator/api/phones/{number}/say", json={"text": words})
        answer.raise_for_status()

    def heard_by(self, number: str) -> list[str]:
        """The texts that a phone of the simulator got, oldest first."""
        told = self.client.get(f"{self.url}/simulator/api/messages", params={"after": 0}).raise_for_status().json()
        # The simulator orders them by their last change, and a delivery receipt is a change.
        messages = sorted(told["messages"], key=lambda each: each["id"])
        return [each["body"] for each in messages if each["to"] == number]

    def advance(self, minutes: int) -> None:
        """Jump ahead with the simulator's clock."""
        self.client.post(
            f"{self.url}/simulator/api/clock", json={"advance_minutes": minutes}, timeout=60
        ).raise_for_status()

    def clock(self) -> datetime:
        """The server's time, as the simulator shows it."""
        told = self.client.get(f"{self.url}/simulator/api/state").raise_for_status().json()
        return datetime.fromisoformat(told["clock"]["now"])

    def reach_monday_morning(self) -> None:
        """Jump to the next Monday at ten, when staff are at work and Saturday lies ahead."""
        now = self.clock()
        monday = (now + timedelta(days=7 - now.weekday())).replace(hour=10, minute=0, second=0)
        self.advance(int((monday - now).total_seconds() / 60))

    def close(self) -> None:
        """Stop it if it runs."""
        self.client.close()
        if self._child is not None:
            self._child.kill()
            sys.stdout.write(self._child.log())
            self._child.stop()
