"""The line itself as it runs in production: `release`, `load`, any number of `web` and `worker` processes."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.emulators.processes import REPO, Child, free_port
from tests.emulators.served import caller

COMMAND = [sys.executable, "-c", "import sys, visitline; sys.exit(visitline.main())"]
# Settings of whoever runs the tests must not reach what they start.
OURS: tuple[str, ...] = (
    "PORT",
    "PUBLIC_URL",
    "SECRET_KEY",
    "DATABASE_URL",
    "REDIS_URL",
    "FACILITIES",
    "CONSOLE_PASSWORD",
    "SEND_PACE",
)
OURS += ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_BASE_URL")
OURS += ("TELEGRAM_BOT_TOKEN", "TELEGRAM_API_BASE_URL", "TELEGRAM_WEBHOOK_SECRET")
OURS += ("STRIPE_API_KEY", "STRIPE_API_BASE_URL", "STRIPE_WEBHOOK_SECRET")
OURS += ("VIDEO", "STUN_URLS", "TURN_URLS", "TURN_SECRET", "RELAY_ONLY", "CALL_STREAMS")
OURS += ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET", "JITSI_URL", "JITSI_APP_ID", "JITSI_APP_SECRET")


class AppServer:
    """Processes that share `settings` (names as in the README). `url` is where the first `web` answers."""

    def __init__(self, settings: Mapping[str, str], *, port: int | None = None) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._env = dict.fromkeys(OURS, "") | {"PUBLIC_URL": self.url} | dict(settings)
        self.children: list[Child] = []

    def command(self, *words: str, within: float = 180.0) -> subprocess.CompletedProcess[str]:
        """Run `visitline WORDS` to its end: its answer, its output and what it said beside it."""
        env = {**os.environ, **self._env, "PORT": str(self.port)}
        return subprocess.run(
            [*COMMAND, *words], cwd=REPO, env=env, capture_output=True, text=True, timeout=within, check=False
        )

    def web(self, port: int | None = None) -> Child:
        """Start one more `web`; the first takes the server's own port, the next ones any."""
        wanted = port or (free_port() if self.children else self.port)
        return self._start("web", wanted)

    def web_at(self) -> str:
        """Start one more `web` on a port of its own; its address."""
        port = free_port()
        self.web(port)
        return f"http://127.0.0.1:{port}"

    def worker(self) -> Child:
        """Start one more `worker`."""
        return self._start("worker", None)

    def _start(self, what: str, port: int | None) -> Child:
        env = {**self._env, "PORT": str(port or self.port)}
        child = Child([*COMMAND, what], port=port, env=env, cwd=REPO)
        self.children.append(child)
        return child

    def close(self) -> None:
        """End all of them at once: a web process that stops as it should takes two seconds for it.

        What they printed is shown where a test failed.
        """
        for child in self.children:
            child.kill()
            sys.stdout.write(child.log())
            child.stop()
        self.children.clear()


class CarrierProcess:
    """The simulator's carrier as a process of its own: `url` for the official client, phones that text and hear."""

    account_sid = "AC" + "5" * 32
    auth_token = "carrier-auth-token"

    def __init__(self, application_url: str, folder: Path, ours: str, *, port: int | None = None) -> None:
        port = port or free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "webhooks.simulator", "--port", str(port), "--application", application_url]
        command += ["--db", str(folder / "carrier.db"), "--account-sid", self.account_sid]
        command += ["--auth-token", self.auth_token, "--our-number", ours, "--step-seconds", "0.05"]
        self._child = Child(command, port=port, cwd=REPO)
        self._client = caller()
        self._client.headers["X-Requested-With"] = "simulator"

    def say(self, number: str, words: str) -> None:
        """A phone texts our number; the webhook follows from the carrier's own thread."""
        answer = self._client.post(f"{self.url}/api/phones/{number}/say", json={"text": words})
        answer.raise_for_status()

    def heard_by(self, number: str) -> list[str]:
        """The texts a phone got, oldest first."""
        told = self._client.get(f"{self.url}/api/messages", params={"after": 0}).raise_for_status().json()
        # They come in the order of their last change, and the word that one was delivered is a change.
        messages = sorted(told["messages"], key=lambda each: each["id"])
        return [each["body"] for each in messages if each["to"] == number]

    def phone(self, number: str) -> str:
        """Another phone; its number."""
        self._client.post(f"{self.url}/api/phones", json={"number": number}).raise_for_status()
        return number

    def loses(self, answers: int) -> None:
        """The next sends are taken, and their answers lost (the client is told 500)."""
        self._client.post(f"{self.url}/api/carrier", json={"lose": answers}).raise_for_status()

    def close(self) -> None:
        """Stop it."""
        self._client.close()
        self._child.stop()
