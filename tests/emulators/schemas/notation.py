"""A short notation for the OpenAPI 3.0 fragments in this folder."""

from typing import Any

Schema = dict[str, Any]

INTEGER: Schema = {"type": "integer"}
BOOLEAN: Schema = {"type": "boolean"}
STRING: Schema = {"type": "string"}
NAME_TO_STRING: Schema = {"type": "object", "additionalProperties": STRING}


def matching(pattern: str) -> Schema:
    """A string that matches a pattern."""
    return {"type": "string", "pattern": pattern}


def one_of(*values: str) -> Schema:
    """A string that is one of these."""
    return {"type": "string", "enum": list(values)}


def or_null(schema: Schema) -> Schema:
    """The schema, or null."""
    return {**schema, "nullable": True}


def array(items: Schema) -> Schema:
    """A list of items of one schema."""
    return {"type": "array", "items": items}


def record(required: str, fields: Schema) -> Schema:
    """An object with these fields and no others; `required` names those that it always has, or is `*` for all."""
    names = list(fields) if required == "*" else required.split()
    assert set(names) <= set(fields), required
    kind: Schema = {"type": "object", "properties": fields, "additionalProperties": False}
    return kind | ({"required": names} if names else {})


def ref(name: str) -> Schema:
    """A reference to another schema of the same description."""
    return {"$ref": f"#/components/schemas/{name}"}


def answer(schema: Schema) -> Schema:
    """The JSON answer of an operation."""
    return {"description": "The answer.", "content": {"application/json": {"schema": schema}}}
