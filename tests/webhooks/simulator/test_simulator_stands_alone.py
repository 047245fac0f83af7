"""It knows the application by URL only, and serves this machine only."""

import ast
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.webhooks.simulator.recording_app import ACCOUNT, LINE, TOKEN
from webhooks.simulator.__main__ import is_loopback, main

ROOT = Path(__file__).parents[3]
ALLOWED = {"flask", "httpx", "twilio.request_validator", "waitress", "_typeshed.wsgi"}


def imports_of(source: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
    return found


def test_it_imports_nothing_of_the_application() -> None:
    sources = sorted((ROOT / "webhooks" / "simulator").rglob("*.py"))
    assert len(sources) > 10
    for source in sources:
        for name in imports_of(source):
            own = name == "webhooks.simulator" or name.startswith("webhooks.simulator.")
            stdlib = name.split(".")[0] in sys.stdlib_module_names
            assert own or stdlib or name in ALLOWED, f"{source.name} imports {name}"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_this_machine_is_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org", ""])
def test_anything_else_is_refused_before_a_file_is_made(
    host: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    db = tmp_path / "simulator.db"
    options = ["--application", "http://127.0.0.1:8000", "--db", str(db), "--our-number", LINE, "--host", host]
    assert main(options) == 2
    assert "not a loopback address" in capsys.readouterr().err
    assert not db.exists()


def test_it_runs_as_a_process_and_a_second_on_its_port_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "webhooks.simulator", "--application", "http://127.0.0.1:1", "--our-number", LINE]
    command += ["--account-sid", ACCOUNT, "--auth-token", TOKEN]
    first = subprocess.Popen(
        [*command, "--port", "0", "--db", str(tmp_path / "one.db")],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert first.stdout is not None
    try:
        address = first.stdout.readline().split()[-1]
        assert httpx.get(f"{address}/api/state", trust_env=False).json()["our_number"] == LINE
        port = address.rsplit(":", 1)[1]
        second = subprocess.run(
            [*command, "--port", port, "--db", str(tmp_path / "two.db")],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert second.returncode == 1
        assert second.stderr == f"Port {port} cannot be used: Address already in use.\n"
    finally:
        first.send_signal(signal.SIGTERM)
        code = first.wait(timeout=20)
        first.stdout.close()
    assert code == 0
