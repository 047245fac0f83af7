"""A scripted HTTP server that records what it was asked; and the payload samples."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from bot.messages import WebRequest
from tests.emulators.processes import free_port

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


@dataclass(frozen=True)
class Asked:
    """One request as the server got it."""

    method: str
    path: str
    form: dict[str, str]
    headers: dict[str, str]


@dataclass
class ScriptedServer:
    """A scripted HTTP server on loopback. It gives its `answers` in order and repeats the last one."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    answers: list[tuple[int, Any, dict[str, str]]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    hangs_up: bool = False

    def says(self, status: int, body: Any, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append((status, body, named))

    def next_answer(self) -> tuple[int, Any, dict[str, str]]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def _handler(far: ScriptedServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            form = dict(parse_qsl(body, keep_blank_values=True)) | dict(parse_qsl(url.query))
            far.asked.append(Asked(self.command, url.path, form, dict(self.headers)))
            if far.hangs_up:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            if not far.answers:
                far.over.wait(60)
                return
            status, said, headers = far.next_answer()
            raw = json.dumps(said).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", "Content-Length": str(len(raw)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = _answer  # noqa: N815  # the server's own names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    return Handler


@pytest.fixture
def far() -> Iterator[ScriptedServer]:
    """A scripted server for this test. Without answers it never responds."""
    end = ScriptedServer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(end))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    end.url = f"http://127.0.0.1:{server.server_port}"
    yield end
    end.over.set()
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture
def unused_url() -> str:
    """An address where no server listens."""
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture
def twilio_sample() -> Callable[[str], WebRequest]:
    """A request of Twilio's by the name of its file under tests/samples/twilio, not signed."""

    def read(name: str) -> WebRequest:
        sample = json.loads((SAMPLES / "twilio" / f"{name}.json").read_text(encoding="utf-8"))
        return WebRequest(sample["path"], {}, urlencode(sample["form"]).encode(), sample["form"])

    return read


@pytest.fixture
def telegram_sample() -> Callable[[str], WebRequest]:
    """An update of Telegram's by the name of its file under tests/samples/telegram."""

    def read(name: str) -> WebRequest:
        return WebRequest("/webhooks/telegram", {}, (SAMPLES / "telegram" / f"{name}.json").read_bytes())

    return read
