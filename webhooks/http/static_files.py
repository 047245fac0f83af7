"""Serves static files at addresses that contain their version, and finds the modules that a page's module imports.

A module imports others by relative paths, so one version in the path holds for all of them: a browser never combines a
cached file of an older version with newer ones.
"""

import hashlib
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from flask import Flask, Response, send_from_directory

YEAR = 365 * 24 * 3600
"""Seconds for which browsers may keep a file whose address changes whenever any file does."""
IMPORT = re.compile(r"""^(?:import\s+|(?:import|export)\s[^"'()=;]*\bfrom\s+)["'](\.{1,2}/[^"']+)["']""", re.MULTILINE)
"""A static import or re-export of a relative path."""


def static_files(app: Flask, folder: Path) -> None:
    """Serve `folder` below /static/, and give templates `modules(name)`."""
    current = version_of(folder)
    imported = {path: modules(folder, path) for path in files(folder) if path.endswith(".js")}
    app.jinja_env.globals["modules"] = imported.__getitem__

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, object]) -> None:
        if endpoint == "static":
            values.setdefault("version", current)

    @app.get("/static/<version>/<path:filename>", endpoint="static")
    def static_file(version: str, filename: str) -> Response:
        """The file as this process has it.

        During an update a page may ask for a version that another process has. It still gets the file, so that it works,
        but nothing may keep that answer under the address of the other version.
        """
        response = send_from_directory(folder, filename)
        if version == current:
            response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
        return response


def version_of(folder: Path) -> str:
    """The same for the same files, on every machine."""
    digest = hashlib.sha256()
    for path in files(folder):
        content = (folder / path).read_bytes()
        digest.update(f"{path} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:12]


def files(folder: Path) -> list[str]:
    """Paths of all files, relative to `folder`, sorted."""
    return sorted(each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file())


def modules(folder: Path, name: str) -> list[str]:
    """Everything that the module imports, directly or not, without itself: what a page fetches in advance."""
    found = [name]
    for each in found:
        found += [path for path in dict.fromkeys(imports(folder, each)) if path not in found]
    return found[1:]


def imports(folder: Path, name: str) -> Iterator[str]:
    """The modules named in the module's own static imports, as paths relative to `folder`."""
    for path in IMPORT.findall((folder / name).read_text(encoding="utf-8")):
        yield posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
