"""References: no look-alikes, no words, no times, and none reused too soon."""

import re
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot.understanding import understand
from bot.understanding.staff import parse_staff_command
from scheduling.policy.visit_state import State
from scheduling.storage.tables import visits
from scheduling.visits.references import DIGITS, LETTERS, candidate, free, fresh
from tests.scheduling.kit import Record

pytestmark = pytest.mark.both_databases

ORDINAL = re.compile(r"\d(TH|ND|RD|ST)$")
MONDAY = datetime(2026, 11, 23, 10, 0)  # noqa: DTZ001 - wall time at the facility


def test_it_is_a_letter_and_three_with_a_digit_and_no_word_or_ordinal() -> None:
    for found in {candidate() for _ in range(2000)}:
        assert re.fullmatch(rf"[{LETTERS}][{LETTERS}{DIGITS}]{{3}}", found)
        assert any(mark in DIGITS for mark in found)
        assert not ORDINAL.search(found)
        assert not set(found) & set("AEIOU")


def test_no_character_can_be_taken_for_another() -> None:
    for group in ("0OQ", "1IL", "5S", "8B", "2Z", "UV", "VY", "MN"):
        assert len(set(group) & set(LETTERS + DIGITS)) <= 1, group


def test_a_reference_is_read_back_as_one_and_as_nothing_else() -> None:
    """A reference that we send is understood when a family sends it back."""
    for _ in range(150):
        reference = candidate()
        meant = understand(f"cancel visit {reference}", now=MONDAY)
        assert (meant.intent, meant.reference, meant.windows) == ("cancel", reference, ())
        told = parse_staff_command(f"visit {reference}", now=MONDAY, languages=("en", "es"))
        assert told is not None
        assert (told.verb, told.reference) == ("visit", reference)


def test_a_live_visit_and_one_that_ended_recently_keep_their_names(record: Record) -> None:
    visit = record.give_up(record.asked())
    assert visit.state is State.WITHDRAWN
    taken, ended = visit.reference, visit.ended_at or record.now
    others = {record.run(lambda tx: fresh(tx, record.facility, now=record.now)) for _ in range(20)}
    assert taken not in others
    live = record.asked()
    with record.db.read() as tx:
        assert not free(tx, record.facility, taken, now=ended)
        assert not free(tx, record.facility, taken, now=ended + timedelta(days=30, seconds=-1))
        assert free(tx, record.facility, taken, now=ended + timedelta(days=30))
        assert not free(tx, record.facility, live.reference, now=ended + timedelta(days=400))


def test_the_database_refuses_a_live_name_twice(record: Record) -> None:
    visit = record.asked()
    row = {**record.rows(visits)[0]._mapping}
    row.pop("id")
    with pytest.raises(IntegrityError), record.db.begin() as tx:
        tx.execute(sa.insert(visits).values(**row))
    assert [each.reference for each in record.rows(visits)] == [visit.reference]
