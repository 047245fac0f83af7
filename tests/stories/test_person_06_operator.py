"""The operator at 02:00: the carrier answers 429. What must work while nobody looks, and what must not be sent later.

Section 6 of docs/stories.md: nothing is lost, nothing is sent too late, and nobody is woken. The console's summary does
not exist yet.
"""

from bot.channels.base import Later
from bot.messages import Outgoing
from tests.stories.phones import Phone
from tests.stories.scenes import booked
from tests.talk import Line


def too_many(_: Outgoing) -> None:
    raise Later("too many requests", retry_after=60)


def test_five_hurried_texts_get_no_five_answers_when_it_works_again(line: Line, tanya: Phone) -> None:
    line.carrier.failing = too_many
    with line.trouble():
        for words in ("can i see marcus saturday afternoon", "??", "hello??", "anybody there", "hello??"):
            tanya.says(words, after=20)
        line.passes(minutes=30)
        line.carrier.failing = None
        line.passes(minutes=10)
    texts = tanya.unread()
    assert "1) 1:00 PM" in " ".join(got.text for got in texts)
    assert len(texts) <= 2, [got.text for got in texts]
    tanya.ignores(len(texts))


def test_a_reminder_that_waited_too_long_is_not_sent(line: Line, tanya: Phone) -> None:
    """ "In 15 minutes", sent forty minutes late, would send her to a call that is over."""
    booked(line)
    line.until("fri 14:00")
    tanya.hears("Tomorrow")
    line.until("sat 13:29")
    line.carrier.failing = too_many
    with line.trouble():
        line.until("sat 14:10")
        line.carrier.failing = None
        line.passes(minutes=10)
    assert not any("in 15 minutes" in got.text for got in tanya.unread())
    tanya.ignores(len(tanya.unread()))


def test_a_link_that_joins_still_comes(line: Line, tanya: Phone, reed: Phone) -> None:
    """It was paid while the carrier was down. The link is not too late as long as the visit lies ahead."""
    card = booked(line)
    assert card.reference
    line.carrier.failing = too_many
    with line.trouble():
        tanya.says(f"cancel visit {card.reference}")
        line.passes(hours=2)
        line.carrier.failing = None
        line.passes(minutes=10)
    tanya.hears("Cancelled, as you asked")
    reed.ignores_all_but(1)
    reed.hears("cancelled by the family")


def test_what_waited_over_night_wakes_nobody(line: Line, tanya: Phone) -> None:
    booked(line)
    line.until("fri 13:00")
    line.carrier.failing = too_many
    with line.trouble():
        line.until("sat 02:20")
        line.carrier.failing = None
        line.until("sat 07:00")
    assert [got.at.hour for got in tanya.unread() if got.at.hour < 8 or got.at.hour >= 21] == []
    tanya.ignores(len(tanya.unread()))
