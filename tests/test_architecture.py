"""The architecture rules, checked against the source files. `docs/architecture.md` explains them."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]
PACKAGES = ("bot", "handlers", "scheduling", "webhooks")
# Modules below handlers that the web may import.
WEB_MAY_IMPORT = (
    "handlers",
    "scheduling.queries",
    "scheduling.policy",
    "bot.texts",
    "bot.messages",
    "bot.channels.base",
    "webhooks",
)
# All Python files outside the packages and the tests.
OUTSIDE_THE_PACKAGES = {
    "visitline.py",
    "tools/diagram.py",
    "tools/files.py",
    "tools/lock.py",
    "tools/measure.py",
    "tools/retired_words.py",
    "tools/rivals.py",
}
CLOCK_READS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "localtime"),
    ("time", "gmtime"),
}
NOT_OURS = {".git", ".venv", "node_modules", "build", "dist", "var"}


def files_of(*packages: str) -> list[Path]:
    return sorted(path for package in packages for path in (REPO / package).rglob("*.py"))


def tracked() -> Iterator[Path]:
    """Every file that git tracks or would add."""
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(asked, cwd=REPO, check=True, capture_output=True, text=True).stdout
    return (REPO / line for line in listed.splitlines() if (REPO / line).is_file())


def dotted(path: Path) -> str:
    parts = path.relative_to(REPO).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> set[str]:
    """The dotted names that a file imports, anywhere in it; `from a import b` counts as a.b when that is a module."""
    found: set[str] = set()
    package = dotted(path) if path.name == "__init__.py" else dotted(path).rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            found |= {full if is_module(full) else base for each in node.names for full in [f"{base}.{each.name}"]}
    return found


def is_module(name: str) -> bool:
    place = REPO / Path(*name.split("."))
    return place.with_suffix(".py").exists() or place.is_dir()


def within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def relative(path: Path) -> str:
    return str(path.relative_to(REPO))


@pytest.mark.parametrize("path", files_of("bot", "scheduling"), ids=relative)
def test_nobody_reads_the_clock_below_handlers(path: Path) -> None:
    reads = [
        f"line {node.lineno}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and (ast.unparse(node.value).split(".")[-1], node.attr) in CLOCK_READS
    ]
    assert not reads, "now is passed, never read here"
    named = {
        f"{node.module}.{each.name}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == "time"
        for each in node.names
    }
    assert not named & {"time.time", "time.time_ns", "time.localtime", "time.gmtime"}


@pytest.mark.parametrize("path", files_of("scheduling"), ids=relative)
def test_truth_knows_no_web_no_chat_and_no_network(path: Path) -> None:
    strangers = (
        "flask",
        "telegram",
        "twilio",
        "stripe",
        "httpx",
        "requests",
        "redis",
        "socket",
        "urllib.request",
        "babel",
    )
    assert not [name for name in imports(path) if within(name, *strangers)]


@pytest.mark.parametrize("path", files_of("bot"), ids=relative)
def test_talk_knows_no_sql_and_only_channels_know_the_network(path: Path) -> None:
    strangers = ["sqlalchemy", "alembic", "psycopg", "sqlite3", "flask", "stripe", "redis"]
    if "channels" not in path.parts:
        strangers += ["twilio", "telegram", "httpx", "requests", "socket", "urllib.request"]
    assert not [name for name in imports(path) if within(name, *strangers)]


@pytest.mark.parametrize("path", files_of("webhooks"), ids=relative)
def test_the_web_touches_only_what_it_may(path: Path) -> None:
    app_server = [name for name in imports(path) if within(name, *PACKAGES)]
    assert not [name for name in app_server if not within(name, *WEB_MAY_IMPORT)]


@pytest.mark.parametrize("path", files_of("webhooks/simulator"), ids=relative)
def test_the_simulator_knows_the_application_only_by_its_address(path: Path) -> None:
    app_server = [name for name in imports(path) if within(name, *PACKAGES, "visitline")]
    assert not [name for name in app_server if not within(name, "webhooks.simulator")]


@pytest.mark.parametrize("path", files_of(*PACKAGES), ids=relative)
def test_no_package_imports_the_command_line_or_the_tests(path: Path) -> None:
    assert not [name for name in imports(path) if within(name, "visitline", "tests", "tools")]


def test_no_stray_file_outside_the_packages() -> None:
    python = {relative(path) for path in tracked() if path.suffix == ".py"}
    outside = {name for name in python if name.split("/")[0] not in {*PACKAGES, "tests"}}
    assert outside <= OUTSIDE_THE_PACKAGES


def test_the_command_line_imports_lazily() -> None:
    """Importing everything takes over a second: a command must not wait for parts that it does not need."""
    tree = ast.parse((REPO / "visitline.py").read_text())
    eager = {
        name
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names])
    }
    assert {name.split(".")[0] for name in eager} <= sys.stdlib_module_names


def test_the_import_contracts_hold() -> None:
    """The contracts are exhaustive: this fails, too, for a new file without a place in pyproject.toml."""
    lint = Path(sys.executable).with_name("lint-imports")
    ran = subprocess.run([str(lint), "--no-cache"], cwd=REPO, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_no_file_names_a_place_that_is_one_machines_own() -> None:
    places = re.compile(r"(?<![\w.:/])/(?:work|home|root|Users)/\w")
    # Spelled so that this file does not find itself.
    hosts = re.compile(r"pypi\.org|files\.pythonhosted\.|registry\.npmjs\.|deb\.debian\.")
    for path in tracked():
        words = path.read_bytes().decode("utf-8", errors="ignore")
        found = [*places.finditer(words), *hosts.finditer(words)]
        assert not found, f"{relative(path)}: {[each.group() for each in found]}"
