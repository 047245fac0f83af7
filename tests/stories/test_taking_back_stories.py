"""What an officer said is taken back, overtaken, or cannot be had any more: whoever counts on it hears so."""

import pytest

from tests.stories.phones import Phone
from tests.stories.scenes import asked
from tests.talk import Line


@pytest.mark.parametrize("other", ["{} ok", "{} why", "today", "list", "flags"])
def test_a_reason_asked_for_is_asked_no_more_once_something_else_came(
    line: Line, tanya: Phone, reed: Phone, molina: Phone, other: str
) -> None:
    card = asked(line)
    reed.says(f"{card} no")
    reed.hears("A")
    reed.says(other.format(card), after=5)
    reed.ignores(1)
    reed.says("a", after=1)
    reed.hears(but_not=["denied"])
    line.passes(minutes=2)
    assert not any("could not approve" in got.text for got in tanya.unread())
    tanya.ignores(len(tanya.unread()))
    molina.ignores(len(molina.unread()))


def test_send_sends_only_the_words_that_were_shown_just_before(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    reed.says(f"{card} no say: bring your ID card")
    reed.hears("bring your ID card")
    reed.says("today", after=5)
    reed.ignores(1)
    reed.says(f"{card} send", after=5)
    reed.hears(but_not=["denied"])
    line.passes(minutes=2)
    tanya.hears_nothing()
