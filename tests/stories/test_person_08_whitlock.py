"""Dana Whitlock, attorney: privileged visits have their own hours, are free, never recorded, and need no reason.

Section 8 of docs/stories.md. Assistants, interpreters and legal visits during a closure are not covered yet.
"""

import re

import pytest

from tests.cast import REED, TANYA, TANYA_ALONE, WHITLOCK
from tests.stories.conftest import Opened
from tests.stories.phones import Phone
from tests.talk import Line

RECORDED = re.compile(r"may be recorded|\$|puede grabarse", re.IGNORECASE)


@pytest.fixture
def whitlock(opened: Opened) -> Phone:
    return opened(TANYA_ALONE).phone(WHITLOCK)


def approved(line: Line, whitlock: Phone, reed: Phone) -> None:
    whitlock.says("need 30 min with johnson 48213 fri am, legal")
    whitlock.hears("Marcus, Fri Nov 27", "1) 9:00 AM")
    whitlock.says("1")
    whitlock.hears("Asked, not booked yet")
    reed.says(f"{reed.hears_card('Dana Whitlock (attorney)')} ok")
    reed.hears("approved")
    whitlock.hears("Approved and booked: Marcus", "Not recorded, not watched.")


def test_from_the_first_text_to_the_end_nothing_is_recorded_or_paid(opened: Opened) -> None:
    line = opened(TANYA_ALONE)
    whitlock, reed = line.phone(WHITLOCK), line.phone(REED)
    approved(line, whitlock, reed)
    line.until("fri 08:50")
    whitlock.ignores_all_but(0)
    assert [got.text for got in whitlock.texts if RECORDED.search(got.text)] == []
    assert line.money() == []


def test_legal_hours_are_hers_and_a_familys_are_not(whitlock: Phone) -> None:
    """Saturday afternoon is for families: she is offered her own hours instead."""
    whitlock.says("marcus johnson 48213 saturday afternoon")
    whitlock.hears("no visits with Marcus", "9 AM-11 AM")


def test_a_number_is_enough_and_nobody_else_is_named(whitlock: Phone) -> None:
    whitlock.says("51877 wed morning")
    whitlock.hears("Luis", but_not=["Marcus", "Darnell"])


def test_the_matter_is_never_asked_for(whitlock: Phone) -> None:
    whitlock.says("i need to see 48213 about the plea on friday morning")
    whitlock.hears("Marcus", but_not=["plea", "why", "about what", "matter", "case"])


def test_her_visits_do_not_use_up_a_familys_week(opened: Opened) -> None:
    line = opened(TANYA_ALONE)
    whitlock, reed = line.phone(WHITLOCK), line.phone(REED)
    approved(line, whitlock, reed)
    for day in ("wed", "fri", "sat"):
        tanya = line.phone(TANYA)
        tanya.says(f"see marcus {day}")
        text = tanya.hears("Marcus", "1) ")
        assert "Open times" in text
