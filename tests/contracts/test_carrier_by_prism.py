"""The simulator's carrier behaves like Twilio: Prism checks it against Twilio's description while our client uses it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from twilio.base.exceptions import TwilioRestException

from bot.channels.base import Later, Permanent, Unknown
from bot.channels.twilio import SMS, TwilioSms
from bot.messages import Address, Outgoing
from handlers.deps import wall_clock
from tests.cast import OURS, TANYA
from tests.emulators.served import Served
from tests.emulators.twilio_client import twilio_client
from tests.emulators.webhook_catcher import Hook
from webhooks.simulator import Simulator, SimulatorConfig, create_simulator

SID, TOKEN = "AC" + "5" * 32, "carrier-auth-token"
TO_TANYA = Address(SMS, TANYA.phone, OURS)


@pytest.fixture
def hook() -> Iterator[Hook]:
    far = Hook()
    yield far
    far.close()


@pytest.fixture
def simulator(tmp_path: Path, hook: Hook) -> Iterator[Simulator]:
    config = SimulatorConfig(
        application_url=hook.url, db_path=str(tmp_path / "carrier.db"), account_sid=SID, auth_token=TOKEN,
        our_number=OURS, step_seconds=0,
    )  # fmt: skip
    made = create_simulator(config)
    yield made
    made.close()


@pytest.fixture
def described(simulator: Simulator, prism: Callable[[str], str]) -> Iterator[str]:
    """The address of the carrier behind Prism. A request or answer that violates Twilio's description becomes an error."""
    served = Served(simulator)
    yield prism(served.url)
    served.close()


def test_the_carrier_keeps_to_twilios_description(simulator: Simulator, hook: Hook, described: str) -> None:
    client = twilio_client(described, SID, TOKEN)
    made = [
        client.messages.create(
            to=TANYA.phone, from_=OURS, body=f"text {number}", status_callback=f"{hook.url}/status", validity_period=600
        )
        for number in range(3)
    ]
    assert [text.status for text in made] == ["queued"] * 3
    simulator.drain()
    assert client.messages(made[0].sid).fetch().status == "delivered"
    # One page only: Twilio gives the next page as a path, though its description says otherwise.
    page = client.messages.page(to=TANYA.phone, from_=OURS, page_size=50)
    assert [text.body for text in page] == ["text 2", "text 1", "text 0"]
    today = wall_clock()
    assert len(client.messages.list(date_sent_after=today - timedelta(days=1), limit=3)) == 3
    posted = [(caught.form["MessageSid"], caught.form["MessageStatus"]) for caught in hook.caught]
    assert posted == [(text.sid, status) for text in made for status in ("queued", "sent", "delivered")]

    with pytest.raises(TwilioRestException) as wrong:
        client.messages.create(to="+1", from_=OURS, body="hello")
    assert (wrong.value.status, wrong.value.code) == (400, 21211)
    with pytest.raises(TwilioRestException) as missing:
        client.messages("SM" + "0" * 32).fetch()
    assert (missing.value.status, missing.value.code) == (404, 20404)
    with pytest.raises(TwilioRestException) as stranger:
        twilio_client(described, SID, "wrong").messages(made[0].sid).fetch()
    assert (stranger.value.status, stranger.value.code) == (401, 20003)


def test_our_client_reads_the_carriers_answers(simulator: Simulator, described: str) -> None:
    channel = TwilioSms(SID, TOKEN, "http://127.0.0.1:9", described)
    text = Outgoing(TO_TANYA, "Sábado a la 1", valid_for=600, status_url="http://127.0.0.1:9/webhooks/twilio/status")
    began = wall_clock()
    sent = channel.send(text)
    assert channel.find(text, began) is not None
    assert channel.find(Outgoing(TO_TANYA, "another"), began) is None

    simulator.store.set_counter("lose", 1)
    lost = Outgoing(TO_TANYA, "taken, and the answer lost")
    with pytest.raises(Unknown):
        channel.send(lost)
    found = channel.find(lost, began)
    assert found is not None
    assert found.provider_id != sent.provider_id

    simulator.store.set_counter("busy", 1)
    with pytest.raises(Later):
        channel.send(text)
    simulator.carrier.set_down(down=True)
    with pytest.raises(Later):
        channel.send(text)
    simulator.carrier.set_down(down=False)
    simulator.store.set_opted_out(OURS, TANYA.phone, out=True)
    with pytest.raises(Permanent) as stopped:
        channel.send(text)
    assert (stopped.value.code, stopped.value.opted_out) == ("21610", True)
    channel.close()
