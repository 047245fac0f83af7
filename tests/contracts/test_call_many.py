"""A call between real browsers over two web processes: a change at one of them reaches the clients of the other."""

import signal

import pytest

from bot.texts import say
from tests.browser.calls import CLOSED, figures
from tests.browser.test_call import waits_for_pictures
from tests.contracts.calling import Calls, comes_in
from tests.emulators.served import caller
from tests.webhooks.live_kit import link as staff_link

pytestmark = pytest.mark.slow
TWO_PICTURES = "() => document.querySelectorAll('.tile:not(.dark)').length === 2"


def end(calls: Calls) -> None:
    """An officer ends the call at the first process."""
    page = f"{calls.served.url}{staff_link(calls.served.app_server)}/{calls.visit.reference}"
    with caller() as officer:
        answer = officer.post(f"{page}/end", data={"reason": "operations", "sure": "yes"})
    assert "done=ended" in answer.headers["location"]


def test_a_call_over_two_processes(calls: Calls) -> None:
    family, kiosk = calls.together()
    comes_in(family, kiosk)

    officer = calls.watcher()
    officer.click("[data-do=begin]")
    officer.wait_for_function(TWO_PICTURES)
    assert figures(officer)["sent"] == 0
    for page in (family, kiosk):
        page.locator("[data-at=watched]:visible").wait_for()

    family.reload()
    waits_for_pictures(family, kiosk)
    comes_in(family)

    second = calls.family(calls.screens)
    second.click("[data-do=here]")
    family.wait_for_selector("[data-part=over]:visible")
    assert family.inner_text("[data-part=over] h2") == say("call.over.replaced.title", "en")
    assert family.evaluate(CLOSED)
    waits_for_pictures(second, kiosk)
    comes_in(second)

    end(calls)
    second.wait_for_selector("[data-part=over]:visible")
    kiosk.wait_for_selector("[data-part=after]:visible")
    officer.locator("[data-part=said]:visible").wait_for()
    for page in (second, kiosk):
        assert page.evaluate(CLOSED)
    assert officer.evaluate("links.every((each) => each.connectionState === 'closed')")


def test_a_process_that_is_stopped_lets_its_streams_go(calls: Calls) -> None:
    first = calls.webs[0]
    with caller() as phone:
        entry = phone.post(f"{calls.link}/enter", json={"as": ""}).raise_for_status().json()
        with phone.stream("GET", f"{calls.served.url}/call/{entry['key']}/stream?after=0") as stream:
            told = stream.iter_lines()
            while not next(told).startswith("event: state"):
                pass
            first.process.send_signal(signal.SIGTERM)
            list(told)  # read to the end; a stream that was cut off would raise
        assert first.process.wait(10) == 0
        found = phone.get(f"{calls.screens}/call/{entry['key']}/mail?after=0").json()
    assert found["state"]["family"]
