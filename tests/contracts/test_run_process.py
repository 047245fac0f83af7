"""`visitline run` as a process: starting, stopping and killing it."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cast import MOLINA, REED, TANYA, WITHOUT_UNDO, facility_file
from tests.contracts.visiting import CODE, LINK, newest
from tests.emulators.standalone import Standalone
from tests.waiting import eventually


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Standalone]:
    file = tmp_path / "willow.toml"
    file.write_text(facility_file(WITHOUT_UNDO), encoding="utf-8")
    made = Standalone(tmp_path / "data", {"FACILITIES": str(file)})
    yield made
    made.close()


def next_text(box: Standalone, number: str, before: int) -> str:
    return eventually(lambda: box.heard_by(number)[before:])[0]


def says(box: Standalone, number: str, words: str) -> str:
    """Send a text, and wait for the next one that this phone gets."""
    before = len(box.heard_by(number))
    box.say(number, words)
    return next_text(box, number, before)


def test_a_taken_port_is_one_plain_line(box: Standalone) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", box.port))
        other.listen()
        ended = box.ended()
    assert ended.returncode == 1
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert str(box.port) in line
    assert "PORT=" in line


@pytest.mark.slow
def test_stopped_by_ctrl_c_and_by_a_power_cut_it_finds_everything_as_it_was(box: Standalone) -> None:
    box.start()
    eventually(lambda: "Stop with Ctrl-C" in box.printed)
    began = [line for line in box.printed.splitlines() if line.strip()]
    assert any(f"{box.url}/" in line for line in began)
    assert not any(line.startswith("{") for line in began), "logs before the address"
    password = box.password
    box.reach_monday_morning()
    assert "2) 1:45 PM" in says(box, TANYA.phone, "its tanya, can i see marcus saturday afternoon")
    clock = box.clock()

    status, printed = box.interrupt()
    assert status == 0
    assert "Traceback" not in printed
    assert printed.splitlines()[-1] == "Stopping: what is being done is finished first."

    box.start()
    eventually(lambda: "Stop with Ctrl-C" in box.printed)
    assert box.password == password
    assert timedelta(0) <= box.clock() - clock < timedelta(minutes=2)
    assert "Asked, not booked yet" in says(box, TANYA.phone, "2")
    card = eventually(lambda: [text for text in box.heard_by(REED.phone) if CODE.search(text)])[-1]
    box.say(REED.phone, f"{newest(CODE, [card])} ok")
    box.kill()

    box.start()
    page = box.url + newest(LINK, [eventually(lambda: approved(box))])
    card_page = box.client.post(page).headers["location"]
    box.client.post(f"{card_page}/pay")
    eventually(lambda: [text for text in box.heard_by(TANYA.phone) if text.startswith("Paid and booked: Marcus")])
    for member in (TANYA, REED, MOLINA):
        heard = box.heard_by(member.phone)
        assert len(heard) == len(set(heard)), heard


def approved(box: Standalone) -> str | None:
    return next((text for text in box.heard_by(TANYA.phone) if text.startswith("Approved: Marcus")), None)
