"""Codes that died are explained as often as they are sent; who stopped our texts is not waited for; limits that changed."""

import re
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bot import sms
from handlers.staff import answer_codes, cards
from handlers.tables import cards as table
from handlers.work import Work
from scheduling import queries
from scheduling.people import people
from scheduling.policy.visit_state import State
from scheduling.policy.vocabulary import AddressSource
from scheduling.storage.tables import people as people_table
from scheduling.visits.visit import Visit
from tests.handlers.line import BOT, Line, telegram
from tests.scheduling.kit import MOLINA, OURS, REED, TANYA


def rows_of(line: Line, officer: str = "Officer Reed") -> list[Any]:
    mine = line.record.person(officer)
    return [row for row in line.record.rows(table) if row.person_id == mine]


def a_day_later(line: Line) -> None:
    """Every card is a day old now."""
    with line.record.db.begin() as tx:
        tx.execute(sa.update(table).values(at=line.now - timedelta(hours=24)))


def test_an_old_code_is_explained_however_often_it_is_sent(any_line: Line) -> None:
    line = any_line
    visit = line.asked()
    old = line.code()
    a_day_later(line)
    new = set()
    for _ in range(6):  # five wrong codes would void them all
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


def test_an_expired_code_rests(line: Line) -> None:
    line.asked()
    old = line.code()
    a_day_later(line)
    line.says(REED, f"{old} ok")
    reed = line.record.person("Officer Reed")
    with line.record.db.begin() as tx:
        drawn = {answer_codes.fresh_code(tx, reed, line.now) for _ in range(4000)}
    assert old not in drawn


def test_the_list_never_shows_a_code_that_is_dead(line: Line) -> None:
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
    """On Telegram the card of an expired code is edited, too, once the request is decided."""
    reed = line.record.person("Officer Reed")
    with line.record.db.begin() as tx:
        people.link(tx, reed, "telegram", "77", AddressSource.INVITE)
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


def who(line: Line, visit: Visit) -> list[str]:
    with line.record.db.begin() as tx:
        return [each.name for each in cards.who_decides(Work(tx, line.deps, line.now), queries.details(tx, visit))]


def stop(line: Line, channel: str, theirs: str, ours: str) -> None:
    with line.record.db.begin() as tx:
        people.opt_out(tx, channel, theirs, ours, now=line.now, how="text")


def test_who_stopped_our_texts_gets_no_card_and_others_do(line: Line) -> None:
    visit = line.record.asked()
    assert who(line, visit) == ["Officer Reed", "Sgt. Molina"]
    stop(line, "sms", REED, OURS)
    assert who(line, visit) == ["Sgt. Molina"]
    line.work()
    assert line.sms.to(REED) == []
    assert len(line.sms.to(MOLINA)) == 1


def test_nobody_on_duty_can_be_reached_so_the_supervisor_gets_it(line: Line) -> None:
    with line.record.db.begin() as tx:
        tx.execute(sa.update(people_table).where(people_table.c.name == "Sgt. Molina").values(on_duty=False))
    stop(line, "sms", REED, OURS)
    assert who(line, line.record.asked()) == ["Sgt. Molina"]


def test_it_is_the_chat_they_are_written_to_in_that_counts(line: Line) -> None:
    with line.record.db.begin() as tx:
        people.link(tx, line.record.person("Officer Reed"), "telegram", "77", AddressSource.INVITE)
    visit = line.record.asked()
    stop(line, "sms", REED, OURS)
    assert who(line, visit) == ["Officer Reed", "Sgt. Molina"]
    stop(line, "telegram", "77", BOT)
    assert who(line, visit) == ["Sgt. Molina"]


def test_limits_that_were_tightened_are_on_the_card(line: Line) -> None:
    line.record.approved(line.record.asked().starts + timedelta(days=1))
    line.work()
    plain = line.sms.to(REED)[-1]
    assert "limits changed" not in plain
    line.record.settings(per_visitor_per_week=1)
    (told,) = line.says(REED, f"{rows_of(line)[0].code}")
    assert "first visit of these two, limits changed since it was asked" in told
    assert sms.segments(sms.fold(told)) <= 2


def test_a_request_at_its_own_limit_has_no_flag(line: Line) -> None:
    line.record.settings(per_visitor_per_week=1, per_resident_per_day=1, open_requests_per_visitor=1)
    line.asked()
    assert "limits changed" not in line.sms.to(REED)[-1]
    assert line.sms.to(TANYA) == []
