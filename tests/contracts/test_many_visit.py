"""The first visit with separate web and worker processes, from the first text until it is paid and confirmed."""

import sys
import time
from collections.abc import Callable

import pytest

from tests.cast import TANYA
from tests.contracts.many import Many
from tests.emulators.served import caller
from tests.waiting import eventually


def test_the_first_visit_over_one_web_and_one_worker(many: Callable[..., Many]) -> None:
    line = many()
    released = line.app_server.command("release")
    assert (released.returncode, released.stderr) == (0, "")
    assert released.stdout.startswith("Willow Creek Jail: 0 added, 0 changed\n")
    line.starts()
    began = time.monotonic()
    page = line.approved()
    line.pays(page)
    booked = line.hears(TANYA, "Paid and booked: Marcus")
    sys.stdout.write(f"text to confirmed over five texts there and back: {time.monotonic() - began:.2f} s\n")
    assert "1:45 PM Central" in booked
    assert [row["state"] for row in line.rows("SELECT state FROM visits")] == ["confirmed"]
    assert [(row["kind"], row["amount"]) for row in line.rows("SELECT kind, amount FROM ledger")] == [("charge", 270)]
    assert [session["payment_status"] for session in line.stripe.sessions()] == ["paid"]


@pytest.mark.slow
def test_two_of_each_share_pace_and_page_limits(many: Callable[..., Many]) -> None:
    line = many(SEND_PACE="1/second")
    line.starts(workers=2)
    other = line.app_server.web_at()
    for number in range(12):
        line.carrier.say(line.carrier.phone(f"+1555016{number:04d}"), "hello")
    # Two segments each: five texts use the limit of ten seconds. Two workers without a shared rate would send ten.
    held = "SELECT id FROM jobs WHERE kind = 'send' AND state = 'queued' AND error = 'pace'"
    eventually(lambda: len(line.rows(held)) == 7)
    assert sum(row["segments"] for row in eventually(lambda: line.sent(5))) == 10

    with caller() as browser:
        guesses = [browser.get(f"{(line.app_server.url, other)[number % 2]}/p/{number:022d}") for number in range(24)]
    assert [answer.status_code for answer in guesses] == [404] * 20 + [429] * 4
