"""A message is recorded, handled once, in order, by whoever holds the chat; and never lost."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.messages import Inbound, ProviderId
from handlers.inbound import inbox
from handlers.messaging import prompts
from handlers.tables import inbound
from scheduling.storage.tables import jobs, visits
from tests.handlers.line import Line, address, open_line
from tests.scheduling.kit import ANA, CHICAGO, MONDAY, TANYA, Record, at_once

pytestmark = pytest.mark.both_databases

STRANGER = "+15550199999"


def rows(line: Line) -> list[Any]:
    return line.record.rows(inbound)


def states(line: Line) -> list[str]:
    return [row.state for row in rows(line)]


def test_a_repeat_of_the_provider_adds_nothing(any_line: Line) -> None:
    line = any_line
    assert line.receive(TANYA, "hi", "SM1")
    assert not line.receive(TANYA, "hi", "SM1")
    assert not line.receive(TANYA, "other words", "SM1")
    assert len(rows(line)) == 1
    assert line.record.queued() == {"handle_chat": 1}
    assert line.handle(TANYA)
    assert not line.receive(TANYA, "hi", "SM1")
    assert states(line) == ["handled"]


def test_the_same_message_at_once_is_one(record: Record) -> None:
    line = open_line(record)
    message = Inbound(address(TANYA), ProviderId("SM1"), "hi")
    outcomes = at_once(*[lambda: inbox.receive(line.deps, message, correlation="c")] * 3)
    assert sorted(map(bool, outcomes)) == [False, False, True]


def test_what_waits_is_handled_oldest_first_and_answered_in_order(any_line: Line) -> None:
    line = any_line
    line.receive(STRANGER, "hello")
    line.receive(STRANGER, "help")
    assert line.handle(STRANGER)
    assert states(line) == ["handled", "handled"]
    line.work()
    texts = line.sms.to(STRANGER)
    assert len(texts) == 2
    assert [row.understood["act"] for row in rows(line)][1] == "help"


def test_another_process_holds_the_chat_and_the_job_takes_the_row(postgres_record: Record) -> None:
    line = open_line(postgres_record)
    line.says(TANYA, "hi")
    line.receive(TANYA, "visits")
    with postgres_record.db.begin() as tx:
        assert prompts.lock_chat(tx, address(TANYA), now=line.now) is not None
        assert line.handle(TANYA) is False  # at once: nobody waits behind a chat
        assert states(line) == ["handled", "received"]
    line.wait(1)
    line.work()
    assert states(line) == ["handled", "handled"]


def test_the_first_text_of_a_chat_is_not_waited_for_either(postgres_record: Record) -> None:
    """A row that is being inserted elsewhere would be waited for: the chat's row is there before anybody locks it."""
    line = open_line(postgres_record)
    line.receive(TANYA, "hi")
    with postgres_record.db.begin() as tx:
        assert prompts.lock_chat(tx, address(TANYA), now=line.now) is not None
        assert line.handle(TANYA) is False
    assert line.handle(TANYA) is True


def test_somebody_else_in_this_process_holds_the_chat_and_its_loop_takes_the_row(sqlite_record: Record) -> None:
    """The holder stands still while it reads its clock; what comes meanwhile is left to it, and it takes it."""
    reached, go_on, holder = threading.Event(), threading.Event(), threading.get_ident()
    stand_still: list[int] = []

    def now() -> datetime:
        if threading.get_ident() in stand_still:
            stand_still.clear()
            reached.set()
            assert go_on.wait(60)
        return MONDAY

    line = open_line(sqlite_record, now=now)
    line.receive(TANYA, "hi")

    def hold() -> None:
        stand_still.append(threading.get_ident())
        line.handle(TANYA)

    first = threading.Thread(target=hold)
    # The clock is read inside the transaction, and SQLite has one writer: the second text is written before that.
    line.receive(TANYA, "visits")
    first.start()
    assert reached.wait(60)
    assert line.handle(TANYA) is False
    go_on.set()
    first.join(10)
    assert states(line) == ["handled", "handled"]
    assert holder != first.ident


def test_one_chat_does_not_hold_up_another(postgres_record: Record) -> None:
    line = open_line(postgres_record)
    line.says(TANYA, "hi")
    line.receive(ANA, "hola")
    with postgres_record.db.begin() as tx:
        prompts.lock_chat(tx, address(TANYA), now=line.now)
        assert line.handle(ANA) is True


def broken(line: Line, who: str) -> None:
    """A row nobody can read, as a defect of ours would leave it."""
    line.receive(who, "x")
    with line.record.db.begin() as tx:
        tx.execute(sa.update(inbound).where(inbound.c.state == "received").values(message={"text": "x"}))


def test_what_fails_five_times_is_given_up_its_sender_told_and_the_next_goes_on(any_line: Line) -> None:
    line = any_line
    broken(line, TANYA)
    line.receive(TANYA, "help")
    for failed in range(1, 5):
        assert line.handle(TANYA) is False
        assert (states(line), rows(line)[0].attempts) == (["received", "received"], failed)
    assert line.sms.to(TANYA) == []
    assert line.handle(TANYA) is False
    assert states(line) == ["dead", "received"]
    assert rows(line)[0].error
    assert line.handle(TANYA) is True
    assert states(line) == ["dead", "handled"]
    line.work()
    assert len(line.sms.to(TANYA)) == 2
    assert "555 123 4500" in line.sms.to(TANYA)[0]  # trouble: whom to call instead
    trouble = [row for row in line.record.rows(jobs) if row.key == "trouble:1"]
    assert [row.correlation for row in trouble] == ["c1"]


def test_a_failure_told_late_does_not_undo_what_somebody_else_has_handled(line: Line) -> None:
    line.receive(TANYA, "help")
    line.handle(TANYA)
    line.work()
    for _ in range(inbox.MAX_TRIES):
        line.record.run(lambda tx: inbox._failed(tx, line.deps, address(TANYA), rows(line)[0].id))
    line.work()
    assert (states(line), rows(line)[0].attempts) == (["handled"], 0)
    assert len(line.sms.to(TANYA)) == 1


def test_the_job_alone_gets_a_message_through_its_failures_to_the_next_one(line: Line) -> None:
    broken(line, TANYA)
    line.receive(TANYA, "help")
    for _ in range(12):
        line.wait(0.2)
        line.work()
    assert states(line) == ["dead", "handled"]
    assert not [row for row in line.record.rows(jobs) if row.kind == "handle_chat" and row.state != "done"]


def test_half_an_answer_is_none(line: Line) -> None:
    """State, event and replies are one transaction: an answer that cannot be queued undoes what it answers."""
    line.says(ANA, "quiero ver a luis el sabado a las 10")
    full = "CREATE TRIGGER full BEFORE INSERT ON jobs WHEN NEW.kind = 'send' BEGIN SELECT RAISE(ABORT, 'full'); END"
    line.receive(ANA, "1")
    with line.record.db.begin() as tx:
        tx.exec_driver_sql(full)
    assert line.handle(ANA) is False
    (visit,) = line.record.rows(visits)
    assert (visit.state, states(line)) == ("choosing", ["handled", "received"])
    with line.record.db.begin() as tx:
        tx.exec_driver_sql("DROP TRIGGER full")
    assert line.handle(ANA) is True
    (visit,) = line.record.rows(visits)
    assert (visit.state, states(line)) == ("requested", ["handled", "handled"])


@pytest.mark.parametrize("late", [timedelta(0), timedelta(minutes=30)])
def test_tomorrow_is_the_day_after_it_was_written(any_line: Line, late: timedelta) -> None:
    line = any_line
    line.at(datetime(2026, 11, 27, 23, 50, tzinfo=CHICAGO))
    line.receive(ANA, "mañana a las 10")
    line.at(line.now + late)
    assert line.handle(ANA)
    (window,) = rows(line)[0].understood["read"]
    assert window["start"] == "2026-11-28T10:00:00"


def test_nobody_is_answered_in_a_chat_that_is_not_theirs(line: Line) -> None:
    line.says(STRANGER, "can i see marcus johnson saturday")
    assert [each.address.theirs for each in line.sms.sent] == [STRANGER]
    assert "Marcus" not in line.sms.to(STRANGER)[0]


def test_an_answer_carries_the_correlation_of_its_question(line: Line) -> None:
    line.says(STRANGER, "help")
    sends = [row for row in line.record.rows(jobs) if row.kind == "send"]
    assert {row.correlation for row in sends} == {"c1"}
