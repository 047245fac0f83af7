"""Converts frozen dataclasses to JSON values and back, by their annotations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

JSON = str | int | float | bool | list["JSON"] | dict[str, "JSON"] | None


def to_plain(value: object) -> JSON:
    """Dataclasses become objects, durations become seconds, decimals and times become strings. Others raise TypeError."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, datetime | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value // timedelta(seconds=1)
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): to_plain(each) for key, each in value.items()}
    if isinstance(value, tuple):
        return [to_plain(each) for each in value]
    if is_dataclass(value):
        return {each.name: to_plain(getattr(value, each.name)) for each in fields(value)}
    raise TypeError(f"no plain form for {type(value).__name__}")


def from_plain(kind: Any, plain: Any) -> Any:
    """The value of the annotated type `kind` from which `to_plain` made `plain`."""
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        kinds = [each for each in get_args(kind) if each is not type(None)]
        return None if plain is None else from_plain(kinds[0], plain)
    if origin is tuple:
        return _tuple_of(get_args(kind), plain)
    if origin is Mapping:
        each_kind = get_args(kind)[1]
        return {key: from_plain(each_kind, each) for key, each in plain.items()}
    if isinstance(kind, type) and is_dataclass(kind):
        hints = _hints(kind)
        return kind(**{key: from_plain(hints[key], each) for key, each in plain.items()})
    return _scalar(kind, plain)


@lru_cache(maxsize=64)
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _tuple_of(kinds: tuple[Any, ...], plain: Any) -> Any:
    if kinds[-1] is Ellipsis:
        return tuple(from_plain(kinds[0], each) for each in plain)
    return tuple(from_plain(kind, each) for kind, each in zip(kinds, plain, strict=True))


def _scalar(kind: Any, plain: Any) -> Any:
    if kind is timedelta:
        return timedelta(seconds=plain)
    if kind is Decimal:
        return Decimal(plain)
    if kind in (time, datetime):
        return kind.fromisoformat(plain)
    return plain
