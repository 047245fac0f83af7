"""The scripts of the pages are ES modules whose imports resolve, form no cycle, and share no globals."""

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import webhooks

ROOT = Path(webhooks.__file__).parent
TREES = ("", "simulator/")
CLASSIC = "fallback.js"
"""The only script that is not a module: it runs in browsers without modules."""
STATEMENT = re.compile(r"""^(?:import|export)\s+(?:([^"'()=;]*?)\s*\bfrom\s+)?["']([^"']+)["'];$""", re.MULTILINE)
LATER = re.compile(r"""\(await import\(\s*["'`]([^"'`?]+)[^"'`]*["'`]\)\)\.(\w+)""")
EXPORT = re.compile(r"^export (?:async )?(?:class|const|function|let) (\w+)", re.MULTILINE)
REFERENCE = re.compile(r"""(?:filename=|entry = )["']([^"']+)["']""")
COMMENT = re.compile(r"(?:^|\s)//.*$", re.MULTILINE)
GLOBAL = re.compile(r"\b(?:window|globalThis|self|top|parent)\.(\w+)")
OF_THE_BROWSER = {
    "addEventListener", "removeEventListener", "AudioContext", "webkitAudioContext", "EventSource", "isSecureContext",
    "RTCPeerConnection",
}  # fmt: skip
OF_OTHERS = {"call/livekit.js": {"LivekitClient"}, "call/jitsi.js": {"JitsiMeetExternalAPI"}}
"""Globals that scripts of other servers define."""


class Import(NamedTuple):
    """The imports of a module: for each path in the tree, the names that are used of it."""

    path: str
    names: set[str]


def read(tree: str, name: str) -> str:
    return (ROOT / tree / "static" / name).read_text(encoding="utf-8")


def files(tree: str) -> list[str]:
    folder = ROOT / tree / "static"
    return sorted(each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file())


def modules(tree: str) -> list[str]:
    return [name for name in files(tree) if name.endswith(".js") and name != CLASSIC]


def imports(tree: str, name: str) -> Iterator[Import]:
    text = COMMENT.sub("", read(tree, name))

    def resolved(path: str) -> str:
        assert path.startswith(("./", "../")), f"{name} imports {path}: browsers need a relative path"
        return posixpath.normpath(posixpath.join(posixpath.dirname(name), path))

    for names, path in STATEMENT.findall(text):
        if whole := re.match(r"\* as (\w+)", names):
            yield Import(resolved(path), set(re.findall(rf"(?<![/\w]){whole[1]}\.(\w+)", text)))
        else:
            yield Import(resolved(path), set(re.findall(r"(\w+)(?: as \w+)?\s*[,}]", names)))
    for path, used in LATER.findall(text):
        yield Import(resolved(path), {used})


@pytest.mark.parametrize("tree", TREES)
def test_every_import_names_a_file_and_what_that_file_exports(tree: str) -> None:
    known = {name: set(EXPORT.findall(read(tree, name))) for name in modules(tree)}
    found = [(name, each) for name in known for each in imports(tree, name)]
    assert len(found) >= len(known) / 2
    assert [(name, each.path) for name, each in found if each.path not in known] == []
    assert [(name, each) for name, each in found if not each.names <= known[each.path]] == []


@pytest.mark.parametrize("tree", TREES)
def test_every_import_is_recognized(tree: str) -> None:
    """Nothing would check an import statement that the patterns of this test do not match."""
    for name in modules(tree):
        text = COMMENT.sub("", read(tree, name))
        written = len(re.findall(r"\bimport\b|\bfrom\s*[\"']", text))
        seen = list(imports(tree, name))
        with_from = sum(1 for each in STATEMENT.findall(text) if each[0])
        assert written == len(seen) + with_from, name


@pytest.mark.parametrize("tree", TREES)
def test_no_module_imports_itself_by_way_of_others(tree: str) -> None:
    below = {name: {each.path for each in imports(tree, name)} for name in modules(tree)}
    while leaves := {name for name, used in below.items() if not used & below.keys()}:
        below = {name: used for name, used in below.items() if name not in leaves}
    assert below == {}


@pytest.mark.parametrize("tree", TREES)
def test_every_file_and_every_export_is_used(tree: str) -> None:
    templates = [*(ROOT / tree / "templates").rglob("*.html")]
    used = {path for each in templates for path in REFERENCE.findall(each.read_text(encoding="utf-8"))}
    names: dict[str, set[str]] = {}
    for each in (found for module in modules(tree) for found in imports(tree, module)):
        used.add(each.path)
        names.setdefault(each.path, set()).update(each.names)
    assert used - set(files(tree)) == set()
    assert set(files(tree)) - used == set()
    unused = {name: set(EXPORT.findall(read(tree, name))) - names.get(name, set()) for name in modules(tree)}
    assert {name: each for name, each in unused.items() if each} == {}


@pytest.mark.parametrize("tree", TREES)
def test_no_module_uses_a_global_of_another(tree: str) -> None:
    for name in modules(tree):
        text = COMMENT.sub("", read(tree, name))
        allowed = OF_THE_BROWSER | OF_OTHERS.get(name, set())
        assert set(GLOBAL.findall(text)) - allowed == set(), name
        assert re.findall(r"\b(?:window|globalThis|self)\s*(?:\[|,|\))", text) == [], name
        assert re.findall(r"\b(?:window|globalThis)\.\w+\s*=[^=]", text) == [], name


def test_files_are_short() -> None:
    lengths = {name: len(read(tree, name).splitlines()) for tree in TREES for name in files(tree)}
    assert {name: lines for name, lines in lengths.items() if lines > 300} == {}
