"""The JSON object in the body of a request."""

import json
from typing import Any

from flask import request
from werkzeug.exceptions import BadRequest


def json_object() -> dict[str, Any]:
    """The object that was sent; BadRequest for anything else.

    NaN and Infinity are not JSON: passed on to a browser, they would make it fail to parse the whole answer.
    """
    try:
        body = json.loads(request.get_data(), parse_constant=_refuse)
    except ValueError as error:
        raise BadRequest from error
    if not isinstance(body, dict):
        raise BadRequest
    return body


def json_object_or_empty() -> dict[str, Any]:
    """The object that was sent; empty for anything else, where every member is optional."""
    try:
        return json_object()
    except BadRequest:
        return {}


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")
