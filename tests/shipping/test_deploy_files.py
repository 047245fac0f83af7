"""Deployment files: each passes its linter, and every path, port, command and setting in it exists in the project.

Caddy and coturn are started. Docker, systemd and GitHub are not: no image is built.
"""

import configparser
import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

import visitline
from handlers.gateways.video import stun_probe
from handlers.gateways.video.builtin import Builtin
from handlers.settings import Settings
from tests.emulators.processes import Child, free_port, program
from tests.emulators.standalone import Standalone

REPO = Path(__file__).resolve().parents[2]
SETTINGS = {name.upper() for name in Settings.model_fields}
GITHUB = {
    "vendor.github-workflows": ["workflows/ci.yml"],
    "vendor.dependabot": ["dependabot.yml"],
    "vendor.github-issue-forms": ["ISSUE_TEMPLATE/bug.yml", "ISSUE_TEMPLATE/idea.yml"],
    "vendor.github-issue-config": ["ISSUE_TEMPLATE/config.yml"],
}
YAML_RULES = (
    "{extends: default, rules: {line-length: {max: 120}, document-start: disable, truthy: {check-keys: false}}}"
)


def read(name: str) -> str:
    return (REPO / name).read_text(encoding="utf-8")


def tool(name: str, *words: str, env: dict[str, str] | None = None) -> str:
    """Run a program of our environment, which must find no error, and return what it prints."""
    command = [str(Path(sys.executable).with_name(name)), *words]
    ran = subprocess.run(command, cwd=REPO, env=env, capture_output=True, text=True, timeout=240, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def commands() -> set[str]:
    (found,) = [each.choices for each in visitline._parser()._actions if isinstance(each.choices, dict)]
    return set(found or ())


def instructions(kind: str) -> list[str]:
    """The Dockerfile's instructions of one kind, each on one line."""
    return re.findall(rf"^{kind} (.*)$", read("Dockerfile").replace("\\\n", ""), re.MULTILINE)


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(read("compose.yaml"))
    return found


# the image


def test_hadolint_has_no_complaint() -> None:
    assert tool("hadolint", "--no-color", "--failure-threshold", "style", "Dockerfile") == ""


def test_the_image_is_built_from_files_that_exist_and_are_not_ignored() -> None:
    copied = [name for line in instructions("COPY") if "--from" not in line for name in line.split()[:-1]]
    allowed = {line[1:] for line in read(".dockerignore").splitlines() if line.startswith("!")}
    assert allowed == set(copied)
    assert [name for name in copied if not (REPO / name).exists()] == []
    packages = tomllib.loads(read("pyproject.toml"))["tool"]["setuptools"]["packages"]["find"]["include"]
    assert {each.rstrip("*") for each in packages} <= allowed


def test_the_image_has_the_python_of_the_project_and_no_root() -> None:
    assert instructions("ARG") == [f"PYTHON={read('.python-version').strip()}"]
    assert all(line.startswith("python:${PYTHON}-") for line in instructions("FROM"))
    assert instructions("USER") == ["10001:10001"]


def test_the_image_starts_a_command_and_sets_settings() -> None:
    assert instructions("ENTRYPOINT") == ['["visitline"]']
    (words,) = map(json.loads, instructions("CMD"))
    assert words[0] in commands()
    named = {word.partition("=")[0]: word.partition("=")[2] for word in shlex.split(instructions("ENV")[-1])}
    assert named.keys() - SETTINGS == {"PATH", "PYTHONUNBUFFERED"}
    assert instructions("EXPOSE") == [named["PORT"]] == [str(Settings.model_fields["port"].default)]
    assert instructions("VOLUME") == [named["DATA_DIR"]]
    assert named["PATH"].startswith("/opt/visitline/bin:")


# compose.yaml


def test_compose_is_what_its_schema_says() -> None:
    tool("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml")
    tool("yamllint", "--strict", "--config-data", YAML_RULES, "compose.yaml", ".github")


def test_compose_starts_our_commands_in_their_order() -> None:
    services = compose()["services"]
    assert set(services) == {"caddy", "coturn", "postgres", "redis", "release", "web", "worker"}
    for name in ("release", "web", "worker"):
        assert services[name]["command"] == [name]
        assert name in commands()
        assert services[name]["image"] == "visitline"
    for name in ("web", "worker"):
        assert services[name]["depends_on"]["release"]["condition"] == "service_completed_successfully"
    assert all(each in services for one in services.values() for each in one.get("depends_on", {}))
    # The image has a health check; a worker listens on no port, so it has none.
    assert "healthcheck" not in services["web"]
    assert all(services[name]["healthcheck"]["disable"] for name in ("release", "worker"))


def test_compose_sets_settings_and_says_which_names_it_needs_beside_them() -> None:
    ours = compose()["services"]["web"]["environment"]
    assert set(ours) <= SETTINGS
    said = set(re.findall(r"^#   ([A-Z_]+) ", read("compose.yaml"), re.MULTILINE))
    used = set(re.findall(r"\$\{([A-Z_]+)", read("compose.yaml")))
    assert used == said | {"PUBLIC_URL"}
    assert said - SETTINGS == {"POSTGRES_PASSWORD", "TURN_EXTERNAL_IP", "TURN_REALM"}


def test_compose_mounts_what_exists_and_its_ports_fit_together() -> None:
    services = compose()["services"]
    mounted = [each.split(":") for one in services.values() for each in one.get("volumes", ())]
    here = {source for source, *_ in mounted if source.startswith("./")}
    assert here - {"./facilities"} == {"./deploy/Caddyfile", "./deploy/turnserver.conf"}
    assert [name for name in here - {"./facilities"} if not (REPO / name).is_file()] == []
    assert {source for source, *_ in mounted} - here == set(compose()["volumes"])
    assert instructions("VOLUME")[0] in {target for _, target, *_ in mounted}
    port = services["web"]["environment"]["PORT"]
    assert services["web"]["expose"] == [port]
    assert services["caddy"]["environment"]["UPSTREAM"] == f"web:{port}"
    settings = Settings(database_url=re.sub(r"\$\{.*\}", "pw", services["web"]["environment"]["DATABASE_URL"]))
    assert settings.database == "postgresql+psycopg://visitline:pw@postgres:5432/visitline"
    assert instructions("WORKDIR")[-1] + "/facilities" in {target for _, target, *_ in mounted}


# systemd and platforms


def test_the_service_starts_a_command_of_ours_with_settings() -> None:
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[method-assign,assignment]  # systemd's names have capitals
    unit.read_string(read("deploy/visitline.service"))
    service = unit["Service"]
    path, command = service["ExecStart"].split()
    assert path == f"{service['WorkingDirectory']}/.venv/bin/visitline"
    assert command in commands()
    named = dict(each.split("=", 1) for each in service["Environment"].split())
    assert named.keys() - SETTINGS == {"ENV_FILE", "PYTHONDONTWRITEBYTECODE"}
    assert named["DATA_DIR"] == f"/var/lib/{service['StateDirectory']}"
    document = unit["Unit"]["Documentation"].removeprefix(f"file://{service['WorkingDirectory']}/")
    assert (REPO / document).is_file()
    assert f"`{service['EnvironmentFile']}`" in read("docs/going-live.md")


def test_the_procfile_starts_our_commands_without_an_installed_package() -> None:
    lines = dict(line.split(": ", 1) for line in read("Procfile").splitlines())
    assert set(lines) == {"release", "web", "worker"}
    for name, line in lines.items():
        assert line == f"python -m visitline {name}"
        words = [sys.executable, *shlex.split(line)[1:], "--help"]
        ran = subprocess.run(words, cwd=REPO, capture_output=True, text=True, check=False)
        assert ran.stdout.startswith(f"usage: visitline {name}")


# Caddy and coturn, started


def test_caddy_takes_the_caddyfile_and_passes_a_stream_on_at_once() -> None:
    env = {"PUBLIC_URL": "https://visits.example", "HOME": "/nonexistent"}
    told: Any = json.loads(tool("caddy", "adapt", "--config", "deploy/Caddyfile", env=env))
    proxy = [each for each in _handlers(told) if each["handler"] == "reverse_proxy"]
    assert [(each["upstreams"], each["flush_interval"]) for each in proxy] == [
        ([{"dial": f"127.0.0.1:{Settings.model_fields['port'].default}"}], -1)
    ]
    assert "logs" not in json.dumps(told), "the addresses of pages are secrets"


def _handlers(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "handler" in value:
            yield value
        for each in value.values():
            yield from _handlers(each)
    elif isinstance(value, list):
        for each in value:
            yield from _handlers(each)


@pytest.fixture
def proxied(tmp_path: Path) -> Iterator[str]:
    """The address of Caddy with our Caddyfile before `visitline run`."""
    box, port = Standalone(tmp_path / "data"), free_port()
    box.start()
    env = {
        "PUBLIC_URL": f"http://127.0.0.1:{port}", "UPSTREAM": f"127.0.0.1:{box.port}",
        "CADDY_ADMIN": f"127.0.0.1:{free_port()}",
        "XDG_DATA_HOME": str(tmp_path / "caddy"), "XDG_CONFIG_HOME": str(tmp_path / "caddy"),
    }  # fmt: skip
    words = [str(Path(sys.executable).with_name("caddy")), "run", "--config", str(REPO / "deploy" / "Caddyfile")]
    caddy = Child([*words, "--adapter", "caddyfile"], port=port, env=env)
    yield env["PUBLIC_URL"]
    caddy.stop()
    box.close()


def test_caddy_serves_the_line_and_keeps_figures_to_operators(proxied: str) -> None:
    with httpx.Client(base_url=proxied, follow_redirects=True) as web:
        assert web.get("/healthz").json() == {"ok": True}
        assert "Visitline" in web.get("/").text
        assert {web.get(path).status_code for path in ("/metrics", "/readyz")} == {404}


def test_coturn_takes_its_file_and_gives_a_relay_to_our_credentials(tmp_path: Path) -> None:
    port, secret = free_port(), "a-secret-that-only-tests-know"
    words = [
        program("turnserver"), "-c", str(REPO / "deploy" / "turnserver.conf"), f"--static-auth-secret={secret}",
        "--realm=calls.example", f"--listening-port={port}", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1",
        "--log-file=stdout", f"--pidfile={tmp_path / 'pid'}", f"--userdb={tmp_path / 'users'}",
    ]  # fmt: skip
    coturn = Child(words, port=port, cwd=tmp_path, datagrams=True)
    name, password = Builtin(secret=secret).credentials("test", datetime.now(UTC) + timedelta(minutes=5))
    url = f"turn:127.0.0.1:{port}?transport=udp"
    assert stun_probe.asks_relay(url, name, password) is None
    assert stun_probe.asks_relay(url, name, "wrong") is not None
    assert "Bad configuration format" not in coturn.log()
    coturn.stop()


def test_the_relay_ports_in_the_guide_are_those_of_coturn() -> None:
    found = dict(
        re.findall(r"^(min-port|max-port|listening-port)=(\d+)$", read("deploy/turnserver.conf"), re.MULTILINE)
    )
    assert f"UDP {found['min-port']} to {found['max-port']}" in read("docs/going-live.md")
    assert f"Open {found['listening-port']} (UDP and TCP)" in read("docs/going-live.md")


# GitHub


@pytest.mark.parametrize("schema", GITHUB)
def test_githubs_files_are_what_their_schemas_say(schema: str) -> None:
    tool("check-jsonschema", "--builtin-schema", schema, *(f".github/{name}" for name in GITHUB[schema]))


def test_every_file_for_github_is_checked() -> None:
    there = {str(path.relative_to(REPO / ".github")) for path in (REPO / ".github").rglob("*.yml")}
    assert there == {name for names in GITHUB.values() for name in names}


def test_ci_runs_our_script_on_the_oldest_and_the_newest_python() -> None:
    (job,) = yaml.safe_load(read(".github/workflows/ci.yml"))["jobs"].values()
    assert job["steps"][-1]["run"] == "bash .ci/run"
    assert (REPO / ".ci" / "run").is_file()
    prefix = "Programming Language :: Python :: 3."
    said = [each for each in tomllib.loads(read("pyproject.toml"))["project"]["classifiers"] if each.startswith(prefix)]
    versions = [each.removeprefix(prefix[:-2]) for each in said]
    assert job["strategy"]["matrix"]["python"] == [versions[0], versions[-1]]


def test_the_changelog_tells_of_this_version() -> None:
    assert re.search(rf"^## \[?{re.escape(visitline.__version__)}\]?( |$)", read("CHANGELOG.md"), re.MULTILINE)
