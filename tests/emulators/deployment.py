"""The server as in production: `release`, `load`, and any number of `web` and `worker` processes."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.emulators.processes import REPO, Child, free_port
from tests.emulators.served import caller

COMMAND = [sys.executable, "-c", "import sys, visitline; sys.exit(visitline.main())"]
# The settings of the developer must not reach the processes that tests start.
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
    """Processes that share `settings` (names as in docs/settings.md). `url` is the address of the first `web`."""

    def __init__(self, settings: Mapping[str, str], *, port: int | None = None) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._env = dict.fromkeys(OURS, "") | {"PUBLIC_URL": self.url} | dict(settings)
        self.children: list[Child] = []

    def command(self, *words: str, within: float = 180.0) -> subprocess.CompletedProcess[str]:
        """Run `visitline WORDS` to its end; its exit status, standard output and standard error."""
        env = {**os.environ, **self._env, "PORT": str(self.port)}
        return subprocess.run(
            [*COMMAND, *words], cwd=REPO, env=env, capture_output=True, text=True, timeout=within, check=False
        )

    def web(self, port: int | None = None) -> Child:
        """Start another `web`. The first one uses the port of `url`, later ones any free port."""
        wanted = port or (free_port() if self.children else self.port)
        return self._start("web", wanted)

    def web_at(self) -> str:
        """Start another `web` on a free port and return its address."""
        port = free_port()
        self.web(port)
        return f"http://127.0.0.1:{port}"

    def worker(self) -> Child:
        """Start another `worker`."""
        return self._start("worker", None)

    def _start(self, what: str, port: int | None) -> Child:
        env = {**self._env, "PORT": str(port or self.port)}
        child = Child([*COMMAND, what], port=port, env=env, cwd=REPO)
        self.children.append(child)
        return child

    def close(self) -> None:
        """Kill all of them: a web process takes two seconds for an orderly stop.

        Their output is shown when a test has failed.
        """
        for child in self.children:
            child.kill()
            sys.stdout.write(child.log())
            child.stop()
        self.children.clear()


class CarrierProcess:
    """The simulator's carrier as a separate process: `url` is for the official client; tests act as its phones."""

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
        """A phone texts our number. The carrier's thread posts the webhook afterwards."""
        answer = self._client.post(f"{self.url}/api/phones/{number}/say", json={"text": words})
        answer.raise_for_status()

    def heard_by(self, number: str) -> list[str]:
        """The texts a phone got, oldest first."""
        told = self._client.get(f"{self.url}/api/messages", params={"after": 0}).raise_for_status().json()
        # The simulator orders them by their last change, and a delivery receipt is a change.
        messages = sorted(told["messages"], key=lambda each: each["id"])
        return [each["body"] for each in messages if each["to"] == number]

    def phone(self, number: str) -> str:
        """Add a phone and return its number."""
        self._client.post(f"{self.url}/api/phones", json={"number": number}).raise_for_status()
        return number

    def loses(self, answers: int) -> None:
        """Accept the next sends but lose their answers (the client gets 500)."""
        self._client.post(f"{self.url}/api/carrier", json={"lose": answers}).raise_for_status()

    def close(self) -> None:
        """Stop it."""
        self._client.close()
        self._child.stop()
