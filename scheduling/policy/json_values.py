"""Converts frozen dataclasses to JSON values and back, by their annotations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from types import UnionType
from typing import TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")
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


def from_plain(kind: type[T], plain: object) -> T:
    """The value of class `kind` from which `to_plain` made `plain`. TypeError when `plain` cannot be one."""
    value = _value(kind, plain)
    if not isinstance(value, kind):
        raise TypeError(f"not a {kind.__name__}: {plain!r}")
    return value


def _value(kind: object, plain: object) -> object:
    """The value of an annotated type: a class, an optional one, a tuple or a mapping."""
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        kinds = [each for each in get_args(kind) if each is not type(None)]
        return None if plain is None else _value(kinds[0], plain)
    if origin is tuple:
        return _tuple_of(get_args(kind), plain)
    if origin is Mapping:
        each_kind = get_args(kind)[1]
        return {key: _value(each_kind, each) for key, each in _mapping(plain).items()}
    if isinstance(kind, type) and is_dataclass(kind):
        hints, make = _hints(kind), cast("Callable[..., object]", kind)
        return make(**{key: _value(hints[key], each) for key, each in _mapping(plain).items()})
    return _scalar(kind, plain)


@lru_cache(maxsize=64)
def _hints(kind: type) -> dict[str, object]:
    return get_type_hints(kind)


def _mapping(plain: object) -> Mapping[str, object]:
    if not isinstance(plain, Mapping):
        raise TypeError(f"not an object: {plain!r}")
    return plain


def _tuple_of(kinds: tuple[object, ...], plain: object) -> tuple[object, ...]:
    if not isinstance(plain, list | tuple):
        raise TypeError(f"not a list: {plain!r}")
    if kinds[-1] is Ellipsis:
        return tuple(_value(kinds[0], each) for each in plain)
    return tuple(_value(kind, each) for kind, each in zip(kinds, plain, strict=True))


def _scalar(kind: object, plain: object) -> object:
    if kind is timedelta and isinstance(plain, int | float):
        return timedelta(seconds=plain)
    if isinstance(plain, str):
        if kind is Decimal:
            return Decimal(plain)
        if kind is time or kind is datetime:
            return kind.fromisoformat(plain)
        if isinstance(kind, type) and issubclass(kind, StrEnum):
            return kind(plain)
    return plain
