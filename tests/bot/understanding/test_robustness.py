"""Any text: no exception, bounded work, no window that is over, and spans inside the text."""

import random
import sys
from datetime import UTC, datetime
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.understanding import KnownPerson, Offer, TextContext, understand
from bot.understanding.lexicon import load
from bot.understanding.staff import parse_staff_command

NOW = datetime.fromisoformat("2026-11-23T10:00")
PEOPLE = (KnownPerson("Marcus Johnson", "48213", "mother"), KnownPerson("Luis Ortega", "51877", "sister"))
OFFERED = (
    Offer(datetime.fromisoformat("2026-11-28T13:00"), None),
    Offer(datetime.fromisoformat("2026-11-28T13:45"), None),
)
WORDS = sorted({*load("en").chars, *load("es").chars})
SPOKEN = st.lists(st.one_of(st.sampled_from(WORDS), st.integers(0, 3000).map(str)), max_size=30).map(" ".join)


@given(
    st.one_of(st.text(max_size=300), SPOKEN),
    st.datetimes(datetime.fromisoformat("2000-01-01T00:00"), datetime.fromisoformat("2090-01-01T00:00")),
)
@settings(max_examples=300, deadline=None)
def test_any_text_at_any_moment_gives_a_meaning(text: str, now: datetime) -> None:
    meaning = understand(text, now=now, context=TextContext(None, OFFERED, (), PEOPLE))
    assert all(0 <= w.text[0] <= w.text[1] <= len(text) for w in meaning.windows)
    assert all(w.start is not None or w.end is not None for w in meaning.windows)
    for window in meaning.windows:
        if window.end is not None:
            assert window.end > now
            assert window.start is None or window.start < window.end


@given(st.one_of(st.text(max_size=200), SPOKEN))
@settings(max_examples=200, deadline=None)
def test_any_text_of_an_officer_is_read_without_failing(text: str) -> None:
    command = parse_staff_command(text, now=NOW)
    assert command is None or command.code not in (911, 988)


@pytest.mark.parametrize(
    "now",
    [
        datetime.fromisoformat(at)
        for at in ("0001-01-01T00:00", "9999-12-31T23:59:59", "9999-12-31T23:59", "2028-02-29")
    ],
)
def test_the_ends_of_the_calendar_do_not_break_it(now: datetime) -> None:
    for text in ("next month at 3", "in 90 weeks", "a week from sunday", "pasado mañana", "the day before christmas"):
        assert understand(text, now=now) is not None


def test_an_aware_now_is_its_own_wall_time() -> None:
    naive = understand("tomorrow at 2", now=NOW)
    aware = understand("tomorrow at 2", now=NOW.replace(tzinfo=UTC))
    assert aware == naive
    assert naive.windows[0].start == datetime.fromisoformat("2026-11-24T14:00")


MAX_CALLS = 60_000
"""The worst of these texts makes 35,000 calls; quadratic work would make some 300,000."""


def _hard_texts() -> list[str]:
    rng = random.Random(7)
    repeated = (
        "a ",
        "1 ",
        "sat 2 ",
        "tomorrow at 3 or ",
        "the ",
        "i cant do this 5 at ",
        "v 7 k ",
        '"',
        ".,:;",
        "no me ",
        "x",
    )
    mixed = [" ".join(rng.choice(WORDS) for _ in range(400)) for _ in range(20)]
    numbers = [" ".join(str(rng.randrange(3000)) for _ in range(400)) for _ in range(10)]
    return [(t * 1600)[:1600] for t in (*repeated, *mixed, *numbers)]


@pytest.mark.parametrize("text", _hard_texts())
def test_the_work_for_the_longest_text_is_bounded(text: str) -> None:
    """Counts function calls, which no other load on the machine changes; `make accuracy` prints milliseconds."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    understand(text, now=NOW, context=TextContext(people=PEOPLE))  # loads word files and fills caches
    sys.setprofile(count)
    try:
        understand(text, now=NOW, context=TextContext(people=PEOPLE))
    finally:
        sys.setprofile(None)
    assert 0 < calls < MAX_CALLS
