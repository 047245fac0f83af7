"""Texts in random order: a digit never answers a question that its sender had not been sent, and every question ends.

Families, officers, timers and a failing carrier act in random order. The effect of a digit is compared with the texts that
had reached the phone before it was sent: one of them must have listed that number with that time.
"""

import os
import re
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import wording
from bot.channels.base import Later
from bot.messages import Outgoing
from handlers import tables
from handlers.messaging import prompts
from scheduling.storage.tables import visit_events
from scheduling.visits.visit import Visit, get
from tests.cast import CENTRAL, REED, TANYA, TANYA_ALONE
from tests.stories import promises
from tests.stories.carrier import Got
from tests.stories.phones import Phone
from tests.talk import Line

EXAMPLES = int(os.environ.get("VISITLINE_EXAMPLES", "6"))
WISHES = [
    "can i see marcus saturday afternoon", "no wait sunday", "marcus", "sat", "sunday at 2pm", "and darnell wednesday 6pm",
    "did they say yes", "visits", "hi", "ok", "no", "move my visit to sunday 3pm", "what are the hours", "thx", "later",
]  # fmt: skip
DECISIONS = ["ok", "no b", "no", "sun 2pm", "sat 3pm", "why"]
Action = tuple[str, str, int]

family = st.tuples(st.just("says"), st.sampled_from(WISHES), st.integers(2, 90))
digits = st.tuples(st.just("digit"), st.sampled_from("1234567"), st.integers(1, 60))
cancels = st.tuples(st.just("cancels"), st.just(""), st.integers(2, 60))
decides = st.tuples(st.just("decides"), st.sampled_from(DECISIONS), st.integers(1, 60))
passes = st.tuples(st.just("passes"), st.just(""), st.sampled_from([1, 15, 60, 300, 1500]))
carrier = st.tuples(st.sampled_from(["fails", "works", "restarts"]), st.just(""), st.just(1))
one = st.one_of(family, digits, decides, cancels, passes, carrier).map(lambda each: [each])
# A wish and a digit that could answer it, so that digits have an effect. The pause between them is short or long.
books = st.tuples(family, st.tuples(st.just("digit"), st.sampled_from("123"), st.integers(1, 60))).map(list)
decided = st.tuples(st.tuples(st.just("passes"), st.just(""), st.just(1)), decides, digits).map(list)
actions = st.lists(st.one_of(books, one, decided), min_size=3, max_size=8).map(
    lambda runs: [a for run in runs for a in run]
)


def fails(_: Outgoing) -> None:
    raise Later("the carrier is down")


def events_of(line: Line) -> int:
    with line.deps.db.read() as tx:
        return int(tx.execute(sa.select(sa.func.count()).select_from(visit_events)).scalar_one())


def asked_since(line: Line, before: int) -> list[Visit]:
    """The visits that the family requested, moved or accepted since the event with this number."""
    made = (visit_events.c.actor == "family") & visit_events.c.move.in_(
        ("ask", "ask_at", "ask_move", "accept", "choose")
    )
    query = sa.select(visit_events.c.visit_id).where(made).where(visit_events.c.id > before)
    with line.deps.db.read() as tx:
        return [get(tx, visit) for visit in tx.execute(query).scalars()]


def said_of(visit: Visit) -> list[str]:
    """The times of day that a text must have named for this choice ("6:00 to 6:30 PM" names 6:00)."""
    moments = [visit.starts, visit.new_starts]
    return [wording.time(at.astimezone(CENTRAL)).split(maxsplit=1)[0] for at in moments if at is not None]


def offered(number: str, visit: Visit, shown: list[Got]) -> bool:
    return any(
        int(number) in promises.digits(got.text) and any(said in got.text for said in said_of(visit)) for got in shown
    )


def play(line: Line, doing: list[Action]) -> int:
    """Run all steps. Returns how many digits had an effect."""
    took: list[int] = []
    tanya, reed = line.phone(TANYA), line.phone(REED)
    does: dict[str, Callable[[str, int], None]] = {
        "says": lambda words, after: tanya.says(words, after=after),
        "digit": lambda number, after: took.append(send_digit(line, tanya, number, after)),
        "cancels": lambda _, after: tanya.says(f"cancel visit {reference(tanya)}", after=after),
        "decides": lambda words, after: reed.says(f"{code(reed)} {words}", after=after),
        "passes": lambda _, minutes: line.passes(minutes=minutes),
        "fails": lambda _, __: setattr(line.carrier, "failing", fails),
        "works": lambda _, __: setattr(line.carrier, "failing", None),
        "restarts": lambda _, __: line.restarts(),
    }
    for kind, words, amount in doing:
        does[kind](words, amount)
    return sum(took)


def send_digit(line: Line, tanya: Phone, number: str, after: int) -> int:
    """How many visits the digit requested, moved or accepted. Each must have been offered under that number."""
    line.passes(seconds=after)
    shown, before = list(tanya.texts), events_of(line)
    tanya.says(number, after=0)
    took = asked_since(line, before)
    for visit in took:
        assert offered(number, visit, shown), f"{number!r} did something it was never offered for: {visit}"
    return len(took)


def reference(phone: Phone) -> str:
    found = re.findall(r"\b[A-Z](?=[A-Z0-9]*\d)[A-Z0-9]{3}\b", " ".join(got.text for got in phone.texts))
    return found[-1] if found else "V7K2"


def code(phone: Phone) -> str:
    found = re.findall(r"\b(\d{3}) OK", " ".join(got.text for got in phone.texts))
    return found[-1] if found else "417"


def questions(line: Line) -> list[str]:
    with line.deps.db.read() as tx:
        return list(tx.execute(sa.select(tables.prompts.c.state)).scalars())


def tried(doing: list[Action]) -> int:
    """Run one server from the first text to twenty days after the last one. Returns how many digits had an effect."""
    with tempfile.TemporaryDirectory() as folder:
        line = Line(Path(folder), TANYA_ALONE)
        with line.trouble():
            took = play(line, doing)
            line.carrier.failing = None
            line.until(line.clock + timedelta(days=20))
        address = line.phone(TANYA).address
        with line.deps.db.begin() as tx:
            assert prompts.open_in(tx, address, now=line.clock) == ()
            left = sa.select(tables.inbound.c.id).where(tables.inbound.c.state != "handled")
            assert tx.execute(left).all() == []
        assert set(questions(line)) <= {"answered", "expired", "withdrawn"}
        line.close()
    return took


def test_no_digit_reaches_a_question_that_was_not_sent_and_every_question_ends() -> None:
    took: list[int] = []

    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(doing=actions)
    def anything_in_any_order(doing: list[Action]) -> None:
        took.append(tried(doing))

    anything_in_any_order()
    assert sum(took) >= EXAMPLES / 4, "hardly any digit did anything: this has proved nothing"


def test_the_check_itself_can_fail() -> None:
    """The check notices a number that no text had offered with that time."""
    got = Got(
        datetime(2026, 11, 23, tzinfo=CENTRAL),
        "sms",
        TANYA.phone,
        "Open:\n1) 1:00 PM\n2) 1:45 PM",
        (),
        False,
        None,
        "1",
    )
    visit = type("Asked", (), {"starts": datetime(2026, 11, 28, 13, 45, tzinfo=CENTRAL), "new_starts": None})()
    assert offered("2", visit, [got])
    assert not offered("3", visit, [got])
    assert not offered("2", visit, [])
