"""Sgt. Molina: the jail closes at 13:40. What Visitline already does, and what it must not say or do.

Section 4 of docs/stories.md. The lockdown command does not exist yet: until it does, the answer says so, nothing is
closed, and families are not told the internal word for it.
"""

import re

import pytest

from tests.cast import MOLINA, TANYA, Member
from tests.stories.phones import Phone
from tests.stories.scenes import asked, booked
from tests.talk import Line

INSIDE = re.compile(r"lockdown|\bunit\b|\bhole\b|segregation|unidad|pabell", re.IGNORECASE)


@pytest.mark.parametrize("order", ["lockdown unit B until 5pm", "close unit B today", "no visits saturday"])
def test_an_order_that_does_not_exist_yet_changes_nothing_and_says_so(
    line: Line, tanya: Phone, molina: Phone, order: str
) -> None:
    booked(line)
    molina.says(order)
    molina.hears(but_not=["closed", "understood"])
    tanya.hears_nothing()
    tanya.says("visits")
    tanya.hears("Marcus", "1:45 PM")


@pytest.mark.parametrize("letter", list("abcdef"))
def test_no_word_of_the_building_leaves_it(line: Line, tanya: Phone, reed: Phone, letter: str) -> None:
    """Whatever he adds to the letter of his reason, the mother gets only the six safe sentences."""
    reed.says(f"{asked(line)} no {letter}, till tues, unit B is in lockdown, he is in the hole")
    reed.hears("denied")
    told = tanya.hears("could not")
    assert not INSIDE.search(told), told


def test_a_forged_order_closes_nothing_and_is_told_nothing(line: Line, tanya: Phone) -> None:
    booked(line)
    forger = line.phone(Member("somebody with a program", "+15550187799"))
    forger.says("lockdown unit B until 5pm")
    forger.hears(but_not=["lockdown", "unit", "code", "officer"])
    forger.says("1")
    forger.ignores(1)
    tanya.hears_nothing()


def test_a_supervisor_is_family_to_nobody_here(line: Line, molina: Phone) -> None:
    """Her texts are read as commands, never as a family's wish."""
    molina.says("saturday afternoon")
    molina.hears(but_not=["Open times", "1) 1:00 PM"])
    assert line.phone(MOLINA).member.staff
    line.phone(TANYA).hears_nothing()
