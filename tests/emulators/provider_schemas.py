"""Descriptions of the providers' APIs as JSON Schema.

Ours, in `schemas/`, are always used. The providers' own OpenAPI files are used in addition if they are in the folder
`VISITLINE_SHARED` (default `../shared`).
"""

import copy
import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema

from tests.emulators.processes import REPO
from tests.emulators.schemas import stripe, telegram, twilio

OURS = {"stripe": stripe.DESCRIPTION, "telegram": telegram.DESCRIPTION, "twilio": twilio.DESCRIPTION}
THEIRS = {
    "stripe": "stripe-2022-03-25.json",
    "telegram": "telegram-bot-api-7.4.json",
    "twilio": "twilio-api-v2010.json",
}


def shared(*parts: str) -> Path | None:
    """A file of that folder, or None when it does not exist."""
    folder = REPO / os.environ.get("VISITLINE_SHARED", REPO.parent / "shared")
    found = folder.joinpath(*parts).resolve()
    return found if found.exists() else None


def providers_own(provider: str) -> Path | None:
    """The provider's own OpenAPI file, or None when it is not on this machine."""
    return shared("specs", THEIRS[provider])


class AgainstDescription(AssertionError):
    """An emulator of ours was about to give an answer that the provider would not give."""


class Description:
    """One OpenAPI description: its paths and components; `check` validates a value."""

    def __init__(self, raw: dict[str, Any]) -> None:
        plain: dict[str, Any] = _plain(raw)
        self.paths: dict[str, Any] = plain["paths"]
        self.components: dict[str, Any] = plain["components"]

    def check(self, schema: dict[str, Any] | str, value: object) -> None:
        """Validate `value` against a schema, or against the component of that name."""
        wanted = {"$ref": f"#/components/schemas/{schema}"} if isinstance(schema, str) else schema
        validator = jsonschema.Draft202012Validator({"allOf": [wanted], "components": self.components})
        fault = jsonschema.exceptions.best_match(validator.iter_errors(value))
        if fault is not None:
            raise AgainstDescription(f"{fault.json_path}: {fault.message[:500]}")

    def check_answer(self, path: str, value: object) -> None:
        """Validate a successful answer of the operation at `path`."""
        operation = self.paths[path].get("post") or self.paths[path]["get"]
        self.check(operation["responses"]["200"]["content"]["application/json"]["schema"], value)

    def check_error(self, value: object) -> None:
        """Validate an error answer, whose schema is the same for all operations."""
        self.check(self.components["responses"]["error"]["content"]["application/json"]["schema"], value)


def _plain(node: Any) -> Any:
    """Convert OpenAPI 3.0 to JSON Schema: `nullable` becomes a choice with null."""
    if isinstance(node, list):
        return [_plain(each) for each in node]
    if not isinstance(node, dict):
        return node
    plain = {key: _plain(value) for key, value in node.items()}
    if "oneOf" in plain and "properties" not in plain:
        # Telegram's file closes unions with this flag; in JSON Schema it would forbid every member of a union.
        plain.pop("additionalProperties", None)
    if plain.get("nullable") is True:
        del plain["nullable"]
        return {"anyOf": [plain, {"type": "null"}]}
    return plain


@lru_cache
def raw(provider: str) -> tuple[dict[str, Any], ...]:
    """Our description and, when it is on this machine, the provider's own, both unconverted."""
    theirs = providers_own(provider)
    own = () if theirs is None else (json.loads(theirs.read_text("utf-8")),)
    return copy.deepcopy(OURS[provider]), *own


@lru_cache
def descriptions(provider: str) -> tuple[Description, ...]:
    """Every description of the provider on this machine. An emulator's answer must satisfy all of them."""
    return tuple(map(Description, raw(provider)))
