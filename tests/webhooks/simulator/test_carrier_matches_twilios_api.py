"""Every answer of the simulated carrier, checked against our description of Twilio's API and, where it is here, Twilio's."""

from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from tests.emulators.provider_schemas import raw
from tests.emulators.schemas.twilio import LIST_PATH, ONE_PATH
from tests.webhooks.simulator.recording_app import ACCOUNT, LINE, PUBLIC, TOKEN
from webhooks.simulator import Simulator

BASE = f"/2010-04-01/Accounts/{ACCOUNT}"
TANYA = "+15550100002"


def strict(schema: Any) -> Any:
    """OpenAPI 3.0 to JSON Schema; nothing beyond the described properties, none of them missing."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: strict(value) for key, value in schema.items() if key not in ("nullable", "example", "examples")}
    if "properties" in made:
        made |= {"required": sorted(made["properties"]), "additionalProperties": False}
    return {"anyOf": [made, {"type": "null"}]} if schema.get("nullable") else made


def check(answer: Any, path: str, method: str, status: str) -> None:
    """An answer is what each description says, with every field and no other."""
    for spec in raw("twilio"):
        schema = spec["paths"][path][method]["responses"][status]["content"]["application/json"]["schema"]
        whole = {"components": strict(spec["components"]), **strict(schema)}
        problems = Draft202012Validator(whole).iter_errors(answer)
        assert [f"{problem.json_path}: {problem.message}" for problem in problems] == []


@pytest.fixture
def rest(simulator: Simulator) -> FlaskClient:
    return simulator.app.test_client()


def send(rest: FlaskClient, **form: str) -> dict[str, Any]:
    answer = rest.post(f"{BASE}/Messages.json", data={"To": TANYA, "From": LINE, **form}, auth=(ACCOUNT, TOKEN))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def test_a_created_message_is_twilios_at_every_step(simulator: Simulator, rest: FlaskClient) -> None:
    created = send(rest, Body="Approved: Marcus", StatusCallback=f"{PUBLIC}/webhooks/twilio/status")
    check(created, LIST_PATH, "post", "201")
    seen = []
    for _ in range(3):
        assert simulator.carrier.work_once()
        fetched = rest.get(f"{BASE}/Messages/{created['sid']}.json", auth=(ACCOUNT, TOKEN)).get_json()
        check(fetched, ONE_PATH, "get", "200")
        seen.append((fetched["status"], fetched["date_sent"] is not None))
    assert seen == [("queued", False), ("sent", True), ("delivered", True)]


def test_dates_are_rfc_2822_in_gmt(rest: FlaskClient) -> None:
    created = send(rest, Body="x")
    assert created["date_created"].endswith(" +0000")
    assert parsedate_to_datetime(created["date_created"]).tzinfo is not None


def test_failed_media_and_inbound_messages_are_twilios_too(simulator: Simulator, rest: FlaskClient) -> None:
    send(rest, Body="late", ValidityPeriod="0")
    send(rest, Body="a map", MediaUrl="https://visits.example.org/map.png")
    simulator.carrier.say(TANYA, "HELP")
    simulator.drain()
    listed = rest.get(f"{BASE}/Messages.json?PageSize=2", auth=(ACCOUNT, TOKEN)).get_json()
    check(listed, LIST_PATH, "get", "200")
    following = rest.get(listed["next_page_uri"], auth=(ACCOUNT, TOKEN)).get_json()
    check(following, LIST_PATH, "get", "200")
    shown = [(message["direction"], message["status"]) for message in listed["messages"] + following["messages"]]
    assert shown == [
        ("outbound-reply", "delivered"),
        ("inbound", "received"),
        ("outbound-api", "delivered"),
        ("outbound-api", "failed"),
    ]
    assert following["previous_page_uri"].startswith(BASE)
    assert following["next_page_uri"] is None


def test_the_check_itself_can_fail(rest: FlaskClient) -> None:
    created = send(rest, Body="x")
    for broken in ({**created, "num_segments": 1}, {**created, "status": "gone"}, {**created, "extra": None}):
        with pytest.raises(AssertionError):
            check(broken, LIST_PATH, "post", "201")


def test_an_error_has_twilios_four_fields(rest: FlaskClient) -> None:
    answer = rest.post(f"{BASE}/Messages.json", data={"To": "x", "From": LINE, "Body": "x"}, auth=(ACCOUNT, TOKEN))
    body = answer.get_json()
    assert (body["code"], body["status"]) == (21211, 400)
    assert sorted(body) == ["code", "message", "more_info", "status"]
