"""The documents are true: the settings, files, functions, links, make targets and commands that they name exist."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

import visitline
from bot.texts import LANGUAGES
from handlers.gateways.payments import stripe
from handlers.settings import Settings, SettingsError, load
from tests.test_architecture import PACKAGES, REPO, dotted, files_of, relative

DOCUMENTS = [REPO / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")] + sorted(
    (REPO / "docs").glob("*.md")
)
PLACE = re.compile(r"`((?:[\w.-]+/)*[\w.-]+\.(?:py|po|toml|md))(?::(\w+)(?:\.(\w+))?)?`")
"""A file in backticks, optionally followed by a function, or by a class and its method."""


def read(name: str) -> str:
    return (REPO / name).read_text(encoding="utf-8")


def test_the_settings_table_is_the_settings() -> None:
    told = re.findall(r"^\| `([A-Z_]+)` \|", read("docs/settings.md"), re.MULTILINE)
    assert sorted(told) == sorted(name.upper() for name in Settings.model_fields)


def test_the_example_of_an_env_file_lists_every_setting_in_the_order_of_the_table_and_sets_none() -> None:
    lines = [line for line in read(".env.example").splitlines() if line and not line.startswith("# ")]
    told = re.findall(r"^\| `([A-Z_]+)` \|", read("docs/settings.md"), re.MULTILINE)
    assert [re.sub(r"^#([A-Z_]+)=.*$", r"\1", line) for line in lines] == told


def test_the_example_of_an_env_file_can_be_read_when_every_line_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    (tmp_path / "all").write_text(re.sub(r"^#(?! )", "", read(".env.example"), flags=re.MULTILINE))
    monkeypatch.setenv("ENV_FILE", str(tmp_path / "all"))
    with pytest.raises(SettingsError, match="TURN_SECRET"):  # secrets are left for you to fill in
        load()


def test_the_defaults_in_the_table_are_the_defaults() -> None:
    told = dict(re.findall(r"^\| `([A-Z_]+)` \| `([^`]+)` \|", read("docs/settings.md"), re.MULTILINE))
    told.pop("PUBLIC_URL")  # depends on PORT
    fields = Settings.model_fields
    assert told == {name: str(fields[name.lower()].default) for name in told}
    assert {"PORT", "SEND_PACE", "VIDEO", "CALL_STREAMS", "DATA_DIR"} == told.keys()


def test_the_commands_in_the_table_are_the_commands() -> None:
    told = re.findall(r"^\| `visitline (\w+)", read("README.md"), re.MULTILINE)
    (commands,) = [each for each in visitline._parser()._actions if isinstance(each.choices, dict)]
    assert commands.choices is not None
    assert sorted(told) == sorted(commands.choices)


def test_every_event_we_read_of_stripe_is_asked_for() -> None:
    assert [kind for kind in stripe.EVENT_READERS if f"`{kind}`" not in read("docs/going-live.md")] == []


def test_the_readme_is_short() -> None:
    assert len(read("README.md").splitlines()) < 150


@pytest.mark.parametrize("path", files_of(*PACKAGES), ids=relative)
def test_every_module_says_in_one_line_what_it_is_for(path: Path) -> None:
    """`make files` prints these lines."""
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    first = said.partition("\n")[0]
    assert len(first) > 20
    assert first.endswith((".", ":")), first


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_what_is_named_exists(path: Path) -> None:
    wrong = [found.group() for found in PLACE.finditer(path.read_text(encoding="utf-8")) if not _exists(path, found)]
    assert wrong == []


def _exists(document: Path, found: re.Match[str]) -> bool:
    name, first, second = found.groups()
    if "XX" in name or "NAME" in name or "mine" in name:
        return True  # examples of recipes
    file = next((each for each in (REPO / name, document.parent / name) if each.exists()), None)
    if file is None and "/" not in name:
        file = next((each for package in (*PACKAGES, "tests", "tools") for each in (REPO / package).rglob(name)), None)
    if file is None or first is None:
        return file is not None
    return {first, second or first} <= _names(file)


def _names(file: Path) -> set[str]:
    """The names that a module defines: functions, classes, methods and constants."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    named = {node.name for node in ast.walk(tree) if isinstance(node, kinds)}
    assigned = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    return named | {node.id for node in assigned}


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_links_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_make_targets_exist(path: Path) -> None:
    told = set(re.findall(r"(?:`|^ {4})make ([a-z-]+)", path.read_text(encoding="utf-8"), re.MULTILINE))
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    assert told <= targets


def test_make_help_lists_what_the_readme_uses() -> None:
    shown = subprocess.run(
        ["make", "--no-print-directory"], cwd=REPO, check=True, capture_output=True, text=True
    ).stdout
    assert {"setup", "run", "test", "chat", "node-tools"} <= {
        line.split()[0] for line in shown.splitlines() if line.startswith("  ")
    }


def test_no_language_is_left_out_of_what_is_pasted_at_the_carrier() -> None:
    from handlers.operations.carrier_registration import KEYWORDS

    assert all(set(words) == set(LANGUAGES) for words in KEYWORDS.values())


def glossary() -> list[list[str]]:
    """The rows of the glossary, each as its cells: the word, its names in the code, what it is, and words not to use."""
    rows = [line for line in read("docs/glossary.md").splitlines() if line.startswith("| **")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def test_every_name_in_the_glossary_exists_in_the_code() -> None:
    files = files_of(*PACKAGES, "tests/emulators")
    known = {
        name
        for path in files
        for name in (path.parent.name, path.stem, dotted(path.parent), *_names(path), *_members(path))
    }
    named = [name for _, cell, *_ in glossary() for name in re.findall(r"`([^`]+)`", cell)]
    assert len(named) > 100
    assert [name for name in named if name not in known] == []


def _members(file: Path) -> set[str]:
    """`Class.member` for everything that the classes of a module define."""
    classes = [node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.ClassDef)]
    assigned = [(one, node) for one in classes for node in ast.walk(one) if isinstance(node, ast.Name)]
    return {f"{one.name}.{node.id}" for one, node in assigned if isinstance(node.ctx, ast.Store)}


def test_every_table_of_the_glossary_is_in_alphabetical_order() -> None:
    for section in re.split(r"^## ", read("docs/glossary.md"), flags=re.MULTILINE)[1:]:
        words = [word.casefold() for word in re.findall(r"^\| \*\*([^*]+)\*\*", section, re.MULTILINE)]
        assert words == sorted(words), section.partition("\n")[0]


def recipes() -> dict[str, str]:
    """The recipes of CONTRIBUTING.md by their headings."""
    parts = re.split(r"^### ", read("CONTRIBUTING.md").partition("## Recipes")[2], flags=re.MULTILINE)[1:]
    return {part.partition("\n")[0]: part for part in parts}


@pytest.mark.parametrize("recipe", recipes())
def test_every_recipe_names_its_files_and_a_test(recipe: str) -> None:
    """That each named file and symbol exists is `test_what_is_named_exists`."""
    steps = re.findall(r"^\d\. ", recipes()[recipe], re.MULTILINE)
    assert len(steps) >= 2
    assert "tests/" in recipes()[recipe], "it names no test that fails until it is complete"
