"""Cards, and the codes that answer them."""

import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from handlers.staff import answer_codes, cards
from handlers.tables import cards as table
from handlers.work import Work
from scheduling import queries
from scheduling.people import people, person_addresses
from scheduling.policy.visit_state import State
from scheduling.policy.vocabulary import AddressSource
from scheduling.storage.database import insert
from scheduling.storage.tables import people as people_table
from scheduling.visits.visit import Visit, get
from tests.handlers.line import Line
from tests.scheduling.kit import (
    DARNELL,
    LUIS,
    MOLINA,
    OURS,
    REED,
    SATURDAY,
    SUNDAY,
    TANYA,
    Record,
    at_once,
)  # fmt: skip

pytestmark = pytest.mark.both_databases

FRIDAY = SATURDAY - timedelta(hours=20)


def card_rows(line: Line, officer: str = "Officer Reed") -> list[Any]:
    mine = line.record.person(officer)
    return [row for row in line.record.rows(table) if row.person_id == mine]


def put_up(line: Line, visit: Visit, officer: str = "Officer Reed") -> Any:
    def act(work: Work) -> answer_codes.Card | None:
        whole = queries.details(work.tx, get(work.tx, visit.id))
        return cards.send_card(work, whole, people.get(work.tx, line.record.person(officer)))

    return line.run(act)


def state(line: Line, visit: Visit) -> State:
    return line.record.fresh(visit).state


def test_a_card_has_a_code_of_its_own_for_each_officer(line: Line) -> None:
    line.asked()
    assert len(line.sms.to(REED)) == len(line.sms.to(MOLINA)) == 1
    reed, molina = card_rows(line)[0], card_rows(line, "Sgt. Molina")[0]
    assert str(reed.code) in line.sms.to(REED)[0]
    assert str(molina.code) in line.sms.to(MOLINA)[0]
    assert {reed.state, molina.state} == {"open"}


def test_a_code_decides_once_for_everybody(any_line: Line) -> None:
    line = any_line
    visit = line.asked()
    molinas = line.code(MOLINA)
    line.says(REED, f"{line.code()} ok")
    assert state(line, visit) is State.APPROVED
    (told,) = line.says(MOLINA, f"{molinas} no b")
    assert "Reed" in told
    assert state(line, visit) is State.APPROVED
    assert {row.state for row in line.record.rows(table)} == {"decided"}


def test_a_code_works_only_for_its_officer(line: Line) -> None:
    visit = line.asked()
    with line.record.db.begin() as tx:
        tx.execute(sa.update(table).where(table.c.id == card_rows(line, "Sgt. Molina")[0].id).values(code=999))
        tx.execute(sa.update(table).where(table.c.id == card_rows(line)[0].id).values(code=100))
    line.says(MOLINA, "100 ok")
    assert state(line, visit) is State.REQUESTED


def fill_up(record: Record, visit: Visit, officer: int, codes: range, *, state: str, at: Any) -> None:
    """Insert cards of the past days, one for each of these codes."""
    with record.db.begin() as tx:
        for code in codes:
            insert(
                tx, table, person_id=officer, visit_id=visit.id, revision=1000 + code, code=code, channel="sms",
                theirs=REED, ours=OURS, state=state, at=at,
            )  # fmt: skip


def test_codes_are_three_digits_never_an_emergency_number_and_unique(line: Line) -> None:
    """When all other codes of an officer are in use, the free ones are given out, but never 911 and 988."""
    visit = line.record.asked()
    reed = line.record.person("Officer Reed")
    with line.record.db.begin() as tx:
        drawn = {answer_codes.fresh_code(tx, reed, line.now) for _ in range(3000)}
    assert drawn <= set(range(100, 1000)) - {911, 988}
    assert len(drawn) > 800
    fill_up(line.record, visit, reed, range(100, 911), state="decided", at=line.now)
    fill_up(line.record, visit, reed, range(913, 1000), state="open", at=line.now - timedelta(days=30))
    with line.record.db.begin() as tx:
        assert {answer_codes.fresh_code(tx, reed, line.now) for _ in range(50)} == {912}


def test_a_code_is_not_reused_for_seven_days_after_it_expired(line: Line) -> None:
    """A card expires a day after it was made."""
    visit = line.record.asked()
    reed = line.record.person("Officer Reed")
    fill_up(line.record, visit, reed, range(101, 1000), state="decided", at=line.now)
    with line.record.db.begin() as tx:
        before, after = line.now + timedelta(days=8, seconds=-1), line.now + timedelta(days=8)
        assert {answer_codes.fresh_code(tx, reed, before) for _ in range(50)} == {100}
        assert len({answer_codes.fresh_code(tx, reed, after) for _ in range(50)}) > 1


def test_one_code_for_a_revision_however_often_the_card_is_sent(any_line: Line) -> None:
    line = any_line
    visit = line.asked()
    (card,) = card_rows(line)
    outcomes = at_once(*[lambda: put_up(line, visit)] * 3)
    assert [each.code for each in outcomes if isinstance(each, answer_codes.Card)] == [card.code] * 3
    assert len(card_rows(line)) == 1


def test_a_request_that_changed_has_a_new_code_and_the_old_one_shows_it(line: Line) -> None:
    visit = line.asked()
    old = line.code()
    line.record.ask_move_to(visit, SUNDAY)
    line.work()
    line.wait(0.1)  # requests that follow each other closely are gathered first
    line.work()
    new = line.code()
    assert new != old
    told = "\n".join(line.says(REED, f"{old} ok"))
    assert str(new) in told  # the current card
    assert str(old) in told
    assert state(line, visit) is State.REQUESTED
    line.says(REED, f"{new} ok")
    assert state(line, visit) is State.APPROVED


def test_a_code_expires_after_a_day_and_another_is_sent(line: Line) -> None:
    visit = line.asked()
    old = line.code()
    with line.record.db.begin() as tx:
        tx.execute(sa.update(table).values(at=line.now - timedelta(hours=24)))
    told = "\n".join(line.says(REED, f"{old} ok"))
    assert state(line, visit) is State.REQUESTED
    found = re.search(r"\b(\d{3}) OK", told)
    assert found
    assert int(found[1]) != old
    line.says(REED, f"{found[1]} ok")
    assert state(line, visit) is State.APPROVED


def test_a_code_one_second_short_of_a_day_decides(line: Line) -> None:
    visit = line.asked()
    code = line.code()
    with line.record.db.begin() as tx:
        tx.execute(sa.update(table).values(at=line.now - timedelta(hours=24, seconds=-1)))
    line.says(REED, f"{code} ok")
    assert state(line, visit) is State.APPROVED


def test_five_wrong_codes_in_an_hour_void_that_officers_codes_and_tell_the_supervisor(any_line: Line) -> None:
    line = any_line
    visit = line.asked()
    reeds, molinas = line.code(REED), line.code(MOLINA)
    wrong = [code for code in range(100, 110) if code not in (reeds, molinas)][:5]
    before = len(line.sms.to(MOLINA))
    for code in wrong[:4]:
        line.says(REED, f"{code} ok")
    assert card_rows(line)[0].state == "open"
    line.says(REED, f"{wrong[4]} ok")
    assert card_rows(line)[0].state == "void"
    assert len(line.sms.to(MOLINA)) == before + 1
    assert "Reed" in line.sms.to(MOLINA)[-1]
    line.says(REED, f"{reeds} ok")
    assert state(line, visit) is State.REQUESTED
    line.says(MOLINA, f"{molinas} ok")
    assert state(line, visit) is State.APPROVED


def test_four_wrong_codes_and_one_an_hour_later_void_nothing(line: Line) -> None:
    line.asked()
    wrong = [code for code in range(100, 110) if code != line.code()][:5]
    for code in wrong[:4]:
        line.says(REED, f"{code} ok")
    line.wait(61)
    line.says(REED, f"{wrong[4]} ok")
    assert card_rows(line)[0].state == "open"


def test_who_gets_a_card(line: Line) -> None:
    """Approvers get the cards of their units while on duty; else supervisors. Nobody gets their own family's request."""
    luis = line.record.ask_at(SATURDAY - timedelta(hours=3), line.record.wish("Ana Diaz", LUIS))
    with line.record.db.begin() as tx:
        assert [who.name for who in cards.who_decides(Work(tx, line.deps, line.now), queries.details(tx, luis))] == [
            "Sgt. Molina"
        ]
        tx.execute(sa.update(people_table).where(people_table.c.name == "Sgt. Molina").values(on_duty=False))
        assert [who.name for who in cards.who_decides(Work(tx, line.deps, line.now), queries.details(tx, luis))] == [
            "Sgt. Molina"
        ]
    line.record.add_family("Mara Reed", line.record.resident(DARNELL), REED)
    own = line.record.ask_at(FRIDAY, line.record.wish("Mara Reed", DARNELL))
    with line.record.db.begin() as tx:
        assert [who.name for who in cards.who_decides(Work(tx, line.deps, line.now), queries.details(tx, own))] == [
            "Sgt. Molina"
        ]


def test_holders_of_the_card_are_told_once_that_the_family_gave_up(line: Line) -> None:
    visit = line.asked()
    line.record.give_up(visit)
    line.work()
    assert [len(line.sms.to(who)) for who in (REED, MOLINA)] == [2, 2]
    assert all(visit.reference in line.sms.to(who)[-1] for who in (REED, MOLINA))


def test_a_card_outside_staff_hours_waits_for_them(line: Line) -> None:
    line.at(line.now + timedelta(hours=12))  # ten in the evening
    line.asked(start=SUNDAY)
    assert line.sms.to(REED) == []
    line.at(line.now + timedelta(hours=9))
    line.work()
    assert len(line.sms.to(REED)) == 1


def test_asked_again_it_is_the_same_card_with_the_same_code(line: Line) -> None:
    visit = line.asked()
    code = line.code()
    assert visit.deadline is not None
    line.at(visit.deadline)
    line.work()
    assert len(line.sms.to(REED)) == 2
    assert line.code() == code
    assert len(line.sms.to(TANYA)) == 1  # the family is told that staff were asked again


def test_a_decided_card_is_edited_where_the_channel_can(line: Line) -> None:
    with line.record.db.begin() as tx:
        person_addresses.link(tx, line.record.person("Officer Reed"), "telegram", "77", AddressSource.INVITE)
    line.asked()
    (card,) = line.telegram.sent
    assert [button.data.split(":")[0] for button in card.buttons] == ["card", "card"]
    line.says(MOLINA, f"{line.code(MOLINA)} no a")
    edit = line.telegram.sent[-1]
    assert edit.edits == "telegram-1"
    assert "Molina" in edit.text


def test_one_code_answers_the_items_of_a_list(line: Line) -> None:
    first = line.asked()
    second = line.asked(start=FRIDAY, wish=line.record.wish("Tanya Johnson", DARNELL))
    (listed,) = line.says(MOLINA, "list")
    (code,) = [row.code for row in card_rows(line, "Sgt. Molina") if row.items]
    assert f"Reply {code} OK ALL" in listed
    line.says(MOLINA, f"{code} 2 ok")
    assert (state(line, first), state(line, second)) == (State.REQUESTED, State.APPROVED)
