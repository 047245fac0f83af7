"""The providers' own descriptions (OpenAPI files in `../shared/specs`) as JSON Schema."""

import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.emulators.processes import REPO


def shared() -> Path:
    """The folder beside the repository that holds the descriptions, or the test is skipped by name."""
    folder = Path(os.environ.get("VISITLINE_SHARED", REPO.parent / "shared"))
    if not folder.is_absolute():
        folder = (REPO / folder).resolve()
    if not folder.is_dir():
        pytest.skip("the shared folder is missing: set VISITLINE_SHARED")
    return folder


class AgainstDescription(AssertionError):
    """An emulator of ours was about to answer something the provider would not."""


class Description:
    """One OpenAPI file: its paths, its components, and `check` to hold a value against a schema of it."""

    def __init__(self, path: Path) -> None:
        raw: dict[str, Any] = _plain(json.loads(path.read_text()))
        self.paths: dict[str, Any] = raw["paths"]
        self.components: dict[str, Any] = raw["components"]

    def check(self, schema: dict[str, Any] | str, value: object) -> None:
        """Hold `value` against a schema, or against the component of that name."""
        wanted = {"$ref": f"#/components/schemas/{schema}"} if isinstance(schema, str) else schema
        validator = jsonschema.Draft202012Validator({"allOf": [wanted], "components": self.components})
        fault = jsonschema.exceptions.best_match(validator.iter_errors(value))
        if fault is not None:
            raise AgainstDescription(f"{fault.json_path}: {fault.message[:500]}")


def _plain(node: Any) -> Any:
    """OpenAPI 3.0 to JSON Schema: `nullable` becomes a choice with null."""
    if isinstance(node, list):
        return [_plain(each) for each in node]
    if not isinstance(node, dict):
        return node
    plain = {key: _plain(value) for key, value in node.items()}
    if "oneOf" in plain and "properties" not in plain:
        # Telegram's file closes unions with this flag; as JSON Schema it would allow no member of them anything.
        plain.pop("additionalProperties", None)
    if plain.get("nullable") is True:
        del plain["nullable"]
        return {"anyOf": [plain, {"type": "null"}]}
    return plain


@lru_cache
def describe(name: str) -> Description:
    """The description in the file `name` of the specs folder, read once."""
    return Description(shared() / "specs" / name)
