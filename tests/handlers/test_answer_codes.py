"""Answer codes: how long one decides, when it is reused, how it is explained, and what a decided card says."""

import re
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from handlers.staff import answer_codes, cards
from handlers.tables import cards as table
from handlers.work import Work
from scheduling import queries
from scheduling.people import people, person_addresses
from scheduling.policy.visit_state import State
from scheduling.policy.vocabulary import AddressSource
from tests.handlers.line import Line, telegram
from tests.scheduling.kit import REED


def rows_of(line: Line, officer: str = "Officer Reed") -> list[Any]:
    mine = line.record.person(officer)
    return [row for row in line.record.rows(table) if row.person_id == mine]


def a_day_later(line: Line) -> None:
    """Make every card a day old."""
    with line.record.db.begin() as tx:
        tx.execute(sa.update(table).values(at=line.now - timedelta(hours=24)))


def test_an_old_code_is_explained_however_often_it_is_sent(any_line: Line) -> None:
    line = any_line
    visit = line.asked()
    old = line.code()
    a_day_later(line)
    new = set()
    for _ in range(6):  # five wrong codes would make them all void
        told = "\n".join(line.says(REED, f"{old} ok"))
        assert str(old) in told
        found = re.search(r"\b(\d{3}) OK", told)
        assert found
        new.add(int(found[1]))
    assert len(new) == 1
    assert new != {old}
    assert [(row.code, row.state, row.outcome) for row in rows_of(line)] == [
        (old, "expired", "expired"), (new.pop(), "open", None),
    ]  # fmt: skip
    line.says(REED, f"{line.code()} ok")
    assert line.record.fresh(visit).state is State.APPROVED
    (told,) = line.says(REED, f"{old} ok")
    assert "approved" in told.lower()


def test_an_expired_code_is_not_reused_soon(line: Line) -> None:
    line.asked()
    old = line.code()
    a_day_later(line)
    line.says(REED, f"{old} ok")
    reed = line.record.person("Officer Reed")
    with line.record.db.begin() as tx:
        drawn = {answer_codes.fresh_code(tx, reed, line.now) for _ in range(4000)}
    assert old not in drawn


def test_the_list_never_shows_an_expired_code(line: Line) -> None:
    visit = line.asked()
    old = line.code()
    a_day_later(line)
    (told,) = line.says(REED, "list")
    assert str(old) not in told
    found = re.search(r"\b(\d{3}) OK", told)
    assert found
    line.says(REED, f"{found[1]} ok")
    assert line.record.fresh(visit).state is State.APPROVED


def test_every_message_with_buttons_says_what_became_of_it(line: Line) -> None:
    """On Telegram the card of an expired code is edited, too, when the request is decided."""
    reed = line.record.person("Officer Reed")
    with line.record.db.begin() as tx:
        person_addresses.link(tx, reed, "telegram", "77", AddressSource.INVITE)
    visit = line.asked()
    a_day_later(line)

    def again(work: Work) -> None:
        cards.send_card(work, queries.details(work.tx, line.record.fresh(visit)), people.get(work.tx, reed))

    line.run(again)
    line.work()
    shown = [each for each in line.telegram.sent if each.address == telegram("77")]
    assert len(shown) == 2
    line.record.approve(visit)
    line.work()
    edits = [each.edits for each in line.telegram.sent if each.edits]
    assert sorted(map(str, edits)) == ["telegram-1", "telegram-2"]
