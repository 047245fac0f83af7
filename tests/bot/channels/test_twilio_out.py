"""What we ask of Twilio, by its official client, and what each failure is."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels.base import Later, Permanent, Unknown
from bot.channels.twilio import SMS, TwilioSms
from bot.messages import Address, DeliveryStatus, Outgoing, ProviderId, Sent
from tests.bot.channels.conftest import ScriptedServer

SID = "AC00000000000000000000000000000001"
TO_ANA = Outgoing(Address(SMS, theirs="+15550100001", ours="+15551234567"), "¿El sábado a las 2?", valid_for=900)
NOON = datetime(2026, 11, 23, 12, 0, 0, 700_000, tzinfo=UTC)


def channel_to(url: str, timeout: float = 5.0) -> TwilioSms:
    return TwilioSms(SID, "a-token-of-the-tests", "https://visits.example", api_base_url=url, timeout=timeout)


@pytest.fixture
def channel(far: ScriptedServer) -> Iterator[TwilioSms]:
    made = channel_to(far.url)
    yield made
    made.close()


def message(
    sid: str = "SM01", body: str = "¿El sabado a las 2?", made: str = "12:00:00", **more: Any
) -> dict[str, Any]:
    return {
        "sid": sid,
        "body": body,
        "status": "queued",
        "to": "+15550100001",
        "from": "+15551234567",
        "date_created": f"Mon, 23 Nov 2026 {made} +0000",
        "date_sent": None,
        **more,
    }


def refusal(code: int, status: int = 400) -> dict[str, Any]:
    return {"code": code, "message": "no", "more_info": f"https://www.twilio.com/docs/errors/{code}", "status": status}


def test_a_text_is_handed_over_folded(channel: TwilioSms, far: ScriptedServer) -> None:
    far.says(201, message())
    assert channel.send(TO_ANA) == Sent(ProviderId("SM01"), DeliveryStatus.QUEUED)
    [asked] = far.asked
    assert (asked.method, asked.path) == ("POST", f"/2010-04-01/Accounts/{SID}/Messages.json")
    assert asked.form == {
        "To": "+15550100001",
        "From": "+15551234567",
        "Body": "¿El sabado a las 2?",
        "ValidityPeriod": "900",
    }


@pytest.mark.parametrize("valid_for,asked", [(0, "1"), (-5, "1"), (86_400, "36000"), (None, None)])
def test_validity_stays_within_what_twilio_takes(
    channel: TwilioSms, far: ScriptedServer, valid_for: int | None, asked: str | None
) -> None:
    far.says(201, message())
    channel.send(Outgoing(TO_ANA.address, "hi", valid_for=valid_for, status_url="https://visits.example/s"))
    assert far.asked[0].form.get("ValidityPeriod") == asked
    assert far.asked[0].form["StatusCallback"] == "https://visits.example/s"


def test_a_person_who_sent_stop_is_permanent_and_opted_out(channel: TwilioSms, far: ScriptedServer) -> None:
    far.says(400, refusal(21610))
    with pytest.raises(Permanent) as refused:
        channel.send(TO_ANA)
    assert (refused.value.code, refused.value.opted_out) == ("21610", True)


@pytest.mark.parametrize("code", [21211, 21408, 21614, 21617, 30034, 99999])
def test_a_message_to_blame_is_permanent(channel: TwilioSms, far: ScriptedServer, code: int) -> None:
    far.says(400, refusal(code))
    with pytest.raises(Permanent) as refused:
        channel.send(TO_ANA)
    assert (refused.value.code, refused.value.opted_out) == (str(code), False)


@pytest.mark.parametrize(
    "status,code", [(401, 20003), (403, 20005), (404, 20404), (400, 21611), (503, 20503), (429, 20429)]
)
def test_what_is_not_the_messages_fault_comes_again_later(
    channel: TwilioSms, far: ScriptedServer, status: int, code: int
) -> None:
    far.says(status, refusal(code, status))
    with pytest.raises(Later):
        channel.send(TO_ANA)


def test_twilio_says_when_to_come_again(channel: TwilioSms, far: ScriptedServer) -> None:
    far.says(429, refusal(20429, 429), Retry_After="7")
    with pytest.raises(Later) as refused:
        channel.send(TO_ANA)
    assert refused.value.retry_after == 7.0


def test_nobody_there_is_later(unused_url: str) -> None:
    channel = channel_to(unused_url)
    with pytest.raises(Later):
        channel.send(TO_ANA)
    channel.close()


def test_no_answer_in_time_is_unknown(far: ScriptedServer) -> None:
    channel = channel_to(far.url, timeout=0.2)
    with pytest.raises(Unknown):
        channel.send(TO_ANA)
    assert len(far.asked) == 1
    channel.close()


def test_an_answer_lost_on_the_way_is_unknown(channel: TwilioSms, far: ScriptedServer) -> None:
    far.hangs_up = True
    with pytest.raises(Unknown):
        channel.send(TO_ANA)


@pytest.mark.parametrize("status", [500, 502, 504])
def test_an_error_of_theirs_after_which_the_text_may_be_taken_is_unknown(
    channel: TwilioSms, far: ScriptedServer, status: int
) -> None:
    far.says(status, {"message": "something broke"})
    with pytest.raises(Unknown):
        channel.send(TO_ANA)


def listing(*messages: dict[str, Any]) -> dict[str, Any]:
    return {"messages": list(messages), "page": 0, "page_size": 50, "next_page_uri": None}


def test_after_an_unknown_twilio_is_asked_what_it_has(channel: TwilioSms, far: ScriptedServer) -> None:
    other = message("SM09", body="something else")
    far.says(
        200, listing(other, message("SM08", made="12:00:00", status="delivered"), message("SM07", made="11:00:00"))
    )
    assert channel.find(TO_ANA, NOON) == Sent(ProviderId("SM08"), DeliveryStatus.DELIVERED)
    [asked] = far.asked
    assert asked.method == "GET"
    assert (asked.form["To"], asked.form["From"]) == ("+15550100001", "+15551234567")


def test_an_older_text_with_the_same_words_is_not_this_one(channel: TwilioSms, far: ScriptedServer) -> None:
    far.says(200, listing(message("SM07", made="11:59:50")))
    assert channel.find(TO_ANA, NOON) is None


def test_when_twilio_cannot_be_asked_it_is_later(channel: TwilioSms, far: ScriptedServer) -> None:
    far.says(500, refusal(20500, 500))
    with pytest.raises(Later):
        channel.find(TO_ANA, NOON)
