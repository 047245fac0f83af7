"""coturn accepts our credentials from its own client, from our probe, and from Chromium."""

import subprocess
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.adapters import Installation
from handlers.gateways.video import stun_probe
from handlers.gateways.video.base import IceConfiguration, VideoSeat, room_of
from handlers.gateways.video.builtin import Builtin
from scheduling.policy.vocabulary import Side
from tests.emulators.coturn import Coturn
from tests.emulators.processes import program

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HOUR = timedelta(hours=1)
GATHER = """
async (ice) => {
  const link = new RTCPeerConnection(ice), found = [];
  link.onicecandidate = (event) => { if (event.candidate && event.candidate.candidate) found.push(event.candidate.type); };
  link.createDataChannel("x");
  const done = new Promise((resolve) => {
    link.onicegatheringstatechange = () => link.iceGatheringState === "complete" && resolve();
  });
  await link.setLocalDescription();
  await Promise.race([done, new Promise((resolve) => setTimeout(resolve, 8000))]);
  link.close();
  return found;
}
"""


def made(coturn: Coturn, *, secret: str = Coturn.secret, only: bool = False) -> Builtin:
    return Builtin([coturn.stun], [coturn.url], secret, relay_only=only)


def ice(gateway: Builtin, until: datetime) -> IceConfiguration:
    seat = VideoSeat(room_of("app_server", 1), 17, Side.FAMILY, "Tanya", until)
    return gateway.join(seat, now=datetime.now(UTC)).ice


def uclient(coturn: Coturn, username: str, password: str) -> subprocess.CompletedProcess[str]:
    """Run coturn's own client: two allocations, with packets from one to the other."""
    command = [
        program("turnutils_uclient"),
        "-u",
        username,
        "-w",
        password,
        "-p",
        str(coturn.port),
        "-y",
        "-c",
        "-n",
        "3",
    ]
    return subprocess.run([*command, "127.0.0.1"], capture_output=True, text=True, timeout=60, check=False)


def test_coturns_own_client_gets_a_relay_with_our_credentials(coturn: Coturn) -> None:
    ran = uclient(coturn, *made(coturn).credentials("17", datetime.now(UTC) + HOUR))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Total lost packets 0" in ran.stdout + ran.stderr


def test_a_wrong_secret_and_a_time_that_is_over_get_none(coturn: Coturn) -> None:
    now = datetime.now(UTC)
    forged = Builtin([], [], "another secret").credentials("17", now + HOUR)
    over = made(coturn).credentials("17", now - timedelta(seconds=2))
    stretched = (f"{int((now + HOUR).timestamp())}:17", over[1])
    for username, password in (forged, over, stretched):
        assert uclient(coturn, username, password).returncode != 0
        assert (stun_probe.asks_relay(coturn.url, username, password) or "").startswith("it refuses our credentials")


def test_the_doctors_question_by_datagram_and_by_stream(coturn: Coturn) -> None:
    now = datetime.now(UTC)
    both = [coturn.url, coturn.url.replace("udp", "tcp")]
    here = Installation("http://127.0.0.1:8000", loopback=True, now=now)
    assert Builtin([coturn.stun], both, coturn.secret).check(here) == []
    told = Builtin([coturn.stun], both, "another secret").check(here)
    assert [each.text.partition(": it refuses")[0] for each in told] == [f"Calls: {url}" for url in both]


def test_chromium_finds_relays_and_nothing_else_when_told_so(coturn: Coturn, chromium: "Browser") -> None:
    page = chromium.new_page()
    until = datetime.now(UTC) + HOUR
    assert set(page.evaluate(GATHER, ice(made(coturn, only=True), until))) == {"relay"}
    assert "relay" not in page.evaluate(GATHER, ice(made(coturn, secret="another secret", only=True), until))
    over = ice(made(coturn, only=True), until - 2 * HOUR)
    assert page.evaluate(GATHER, over) == []
    page.close()


def test_it_freezes_thaws_stops_and_starts(coturn: Coturn) -> None:
    coturn.freeze()
    assert (stun_probe.asks_address(coturn.stun) or "").startswith("no answer")
    coturn.thaw()
    assert stun_probe.asks_address(coturn.stun) is None
    coturn.stop()
    assert not coturn.running
    assert (stun_probe.asks_address(coturn.stun) or "").startswith("no answer")
    coturn.start()
    assert stun_probe.asks_address(coturn.stun) is None
