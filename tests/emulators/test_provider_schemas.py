"""Our descriptions of the providers' APIs accept no answer that the providers would not give.

They are compared with the official Python clients and, when they are on this machine, the providers' OpenAPI files.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import stripe
import telegram
from twilio.rest.api.v2010.account.message import MessageInstance

from tests.emulators.provider_schemas import OURS, AgainstDescription, Description, descriptions, raw
from tests.emulators.schemas.twilio import DIRECTIONS, MESSAGE, STATUSES

Node = dict[str, Any]


def _resolved(node: Node, whole: Node) -> Node:
    while "$ref" in node:
        found: Any = whole
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def beyond(ours: Node, theirs: Node, whole: tuple[Node, Node], at: str = "$") -> Iterator[str]:
    """The places where our schema accepts what the provider's refuses."""
    ours, theirs = _resolved(ours, whole[0]), _resolved(theirs, whole[1])
    if ours.get("nullable") and not theirs.get("nullable"):
        yield f"{at}: null"
    choices = theirs.get("anyOf") or theirs.get("oneOf")
    if choices:
        plain = {**ours, "nullable": False}
        found = [list(beyond(plain, each, whole, at)) for each in choices]
        yield from min(found, key=len)
        return
    if ours.get("type") != theirs.get("type"):
        yield f"{at}: {ours.get('type')} for {theirs.get('type')}"
        return
    if "enum" in theirs and not set(ours.get("enum", ["anything"])) <= set(theirs["enum"]):
        yield f"{at}: {ours.get('enum')}"
    if theirs.get("pattern") != ours.get("pattern"):
        yield f"{at}: pattern {ours.get('pattern')}"
    if "items" in ours:
        yield from beyond(ours["items"], theirs["items"], whole, f"{at}[]")
    fields = theirs.get("properties", {})
    for name in set(theirs.get("required", ())) - set(ours.get("required", ())):
        yield f"{at}.{name}: may be missing"
    for name, schema in ours.get("properties", {}).items():
        if name in fields:
            yield from beyond(schema, fields[name], whole, f"{at}.{name}")
        elif theirs.get("additionalProperties") is False:
            yield f"{at}.{name}: unknown"


def _answers(description: Node) -> Iterator[tuple[str, Node]]:
    """Each answer of each operation, by path, method and status."""
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            for status, told in operation["responses"].items():
                found = _resolved(told, description)
                yield f"{path} {method} {status}", found["content"]["application/json"]["schema"]


def _problems(ours: Node, theirs: Node) -> list[str]:
    whole = ours, theirs
    found = [
        problem
        for name, schema in ours["components"]["schemas"].items()
        for problem in beyond(schema, theirs["components"]["schemas"][name], whole, name)
    ]
    for where, schema in _answers(ours):
        path, method, status = where.split()
        operation = theirs["paths"][path].get(method) or theirs["paths"][path]["get"]
        told = _resolved(operation["responses"][status], theirs)["content"]["application/json"]["schema"]
        found += beyond(schema, told, whole, where)
    return found


@pytest.mark.parametrize("provider", OURS)
def test_ours_says_nothing_that_the_providers_own_does_not(provider: str) -> None:
    ours, *own = raw(provider)
    assert [_problems(ours, theirs) for theirs in own] == [[]] * len(own)


def test_each_difference_is_found() -> None:
    text, number = {"type": "string"}, {"type": "integer"}
    theirs = {
        "type": "object",
        "properties": {"a": text, "b": {"type": "string", "enum": ["x"]}, "c": {"$ref": "#/c"}, "d": text},
        "required": ["d"],
        "additionalProperties": False,
    }
    ours = {
        "type": "object",
        "properties": {
            "a": number,
            "b": {"type": "string", "enum": ["x", "y"]},
            "c": {"type": "array", "items": {"type": "string", "nullable": True}},
            "e": text,
        },
    }
    whole: tuple[Node, Node] = {}, {"c": {"anyOf": [{"type": "array", "items": text}, text]}}
    assert sorted(beyond(ours, theirs, whole)) == [
        "$.a: integer for string",
        "$.b: ['x', 'y']",
        "$.c[]: null",
        "$.d: may be missing",
        "$.e: unknown",
    ]


def test_stripes_client_knows_our_fields() -> None:
    kinds: dict[str, type] = {
        "checkout.session": stripe.checkout.Session,
        "payment_intent": stripe.PaymentIntent,
        "charge": stripe.Charge,
        "refund": stripe.Refund,
        "event": stripe.Event,
    }
    schemas = OURS["stripe"]["components"]["schemas"]
    assert set(kinds) == set(schemas)
    for name, kind in kinds.items():
        known = {field for each in kind.__mro__ for field in getattr(each, "__annotations__", {})}
        assert set(schemas[name]["properties"]) <= known, name


def test_telegrams_client_knows_our_fields() -> None:
    schemas = OURS["telegram"]["components"]["schemas"]
    for name, schema in schemas.items():
        kind: type = getattr(telegram, name)
        known = {field for each in kind.__mro__ for field in getattr(each, "__slots__", ())}
        fields = {{"from": "from_user"}.get(field, field) for field in schema["properties"]}
        assert fields <= known, name


def test_twilios_client_knows_our_fields() -> None:
    everything = OURS["twilio"]["components"]["schemas"][MESSAGE]["properties"]
    message = MessageInstance(None, dict.fromkeys(everything), account_sid="AC" + "0" * 32)
    assert {{"from": "from_"}.get(field, field) for field in everything} == {
        name for name in vars(message) if not name.startswith("_")
    }
    assert _constants(MessageInstance.Status) == set(STATUSES)
    assert _constants(MessageInstance.Direction) == set(DIRECTIONS)


def _constants(kind: type) -> set[str]:
    return {value for name, value in vars(kind).items() if name.isupper()}


@pytest.mark.parametrize("provider", OURS)
def test_a_value_of_another_kind_is_refused(provider: str) -> None:
    for description in descriptions(provider):
        name = next(iter(OURS[provider]["components"]["schemas"]))
        with pytest.raises(AgainstDescription):
            description.check(name, 7)


def test_an_answer_is_checked_by_its_operation() -> None:
    description = Description(OURS["telegram"])
    description.check_answer("/setWebhook", {"ok": True, "result": True})
    with pytest.raises(AgainstDescription, match="result"):
        description.check_answer("/setWebhook", {"ok": True, "result": "yes"})
    with pytest.raises(AgainstDescription):
        description.check_error({"ok": False})
