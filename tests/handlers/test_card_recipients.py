"""Who gets a card when a chat has opted out of texts, and the limits that a card shows."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bot import sms
from handlers.staff import cards
from handlers.tables import cards as table
from handlers.work import Work
from scheduling import queries
from scheduling.people import chat_opt_outs, person_addresses
from scheduling.policy.vocabulary import AddressSource
from scheduling.storage.tables import people as people_table
from scheduling.visits.visit import Visit
from tests.handlers.line import BOT, Line
from tests.scheduling.kit import MOLINA, OURS, REED, TANYA


def rows_of(line: Line, officer: str = "Officer Reed") -> list[Any]:
    mine = line.record.person(officer)
    return [row for row in line.record.rows(table) if row.person_id == mine]


def who(line: Line, visit: Visit) -> list[str]:
    with line.record.db.begin() as tx:
        return [each.name for each in cards.who_decides(Work(tx, line.deps, line.now), queries.details(tx, visit))]


def stop(line: Line, channel: str, theirs: str, ours: str) -> None:
    with line.record.db.begin() as tx:
        chat_opt_outs.opt_out(tx, channel, theirs, ours, now=line.now, how="text")


def test_an_officer_who_opted_out_gets_no_card_and_others_do(line: Line) -> None:
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


def test_only_an_opt_out_of_the_chat_in_use_counts(line: Line) -> None:
    with line.record.db.begin() as tx:
        person_addresses.link(tx, line.record.person("Officer Reed"), "telegram", "77", AddressSource.INVITE)
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
    assert "LOOK: limits changed since it was asked. Note: first visit of this visitor" in told
    assert sms.segments(sms.fold(told)) <= 2


def test_a_request_at_its_own_limit_has_no_flag(line: Line) -> None:
    line.record.settings(per_visitor_per_week=1, per_resident_per_day=1, open_requests_per_visitor=1)
    line.asked()
    assert "limits changed" not in line.sms.to(REED)[-1]
    assert line.sms.to(TANYA) == []
