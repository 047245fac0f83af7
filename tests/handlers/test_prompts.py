"""Pushed questions continue the numbering, so a number has one meaning. A reply that could mean two things is asked back."""

from datetime import timedelta
from typing import Any

import pytest

from bot.conversation import Conversation
from bot.questions import Option
from handlers.messaging import prompts
from handlers.tables import PromptState
from handlers.tables import prompts as table
from scheduling.policy.visit_state import State
from scheduling.storage.tables import visits
from tests.handlers.line import Line, address
from tests.scheduling.kit import SATURDAY, SUNDAY, TANYA, minutes

pytestmark = pytest.mark.both_databases

CHAT = address(TANYA)


def options(*labels: str) -> list[Option]:
    return [Option(0, label, "ask_at", {"label": label}) for label in labels]


def push(line: Line, *labels: str, **more: Any) -> list[int]:
    until = more.pop("until", line.now + timedelta(hours=1))
    with line.record.db.begin() as tx:
        shown = prompts.push(tx, CHAT, "revised", options(*labels), token="t", until=until, now=line.now, **more)
    return [option.number for option in shown]


def open_now(line: Line) -> list[list[str]]:
    with line.record.db.begin() as tx:
        return [[option.label for option in each.options] for each in prompts.open_in(tx, CHAT, now=line.now)]


def closed(line: Line) -> list[str]:
    return [row.state for row in line.record.rows(table)]


def test_numbers_continue_over_everything_that_is_open(any_line: Line) -> None:
    line = any_line
    assert push(line, "a", "b") == [1, 2]
    assert push(line, "c") == [3]
    asked = Conversation(options=(Option(4, "x", "ask_at"), Option(5, "y", "ask_at")), expires=line.now + minutes(5))
    with line.record.db.begin() as tx:
        prompts.save(tx, CHAT, asked, now=line.now)
    assert push(line, "d", "e") == [6, 7]
    line.wait(5)  # the question of the dialogue has expired, the pushed ones have not
    assert push(line, "f") == [8]


def test_numbers_begin_anew_when_nothing_is_open_and_the_old_ones_have_rested(line: Line) -> None:
    push(line, "a", "b")
    line.wait(60)
    assert push(line, "c", until=line.now + minutes(5)) == [3]  # a late "1" must not choose something new
    assert open_now(line) == [["c"]]
    line.wait(10)
    assert open_now(line) == []
    line.wait(10)
    assert push(line, "d") == [1]
    assert closed(line) == ["expired", "expired", "open"]


def test_another_chat_has_numbers_of_its_own(line: Line) -> None:
    push(line, "a")
    with line.record.db.begin() as tx:
        other = address("+15550100001")
        shown = prompts.push(tx, other, "revised", options("b"), token="t", until=line.now + minutes(5), now=line.now)
    assert [option.number for option in shown] == [1]


def test_a_question_runs_out_at_its_time(line: Line) -> None:
    push(line, "a", until=line.now + minutes(10))
    assert open_now(line) == [["a"]]
    line.wait(10)
    assert open_now(line) == []
    assert closed(line) == ["expired"]


def test_a_question_about_a_visit_that_moved_on_is_withdrawn(any_line: Line) -> None:
    line = any_line
    visit = line.record.revise(line.record.asked())
    push(line, "a", visit=visit.id, revision=visit.revision)
    assert open_now(line) == [["a"]]
    line.record.accept(visit)
    assert open_now(line) == []
    assert closed(line) == ["withdrawn"]


def test_withdrawing_leaves_the_question_of_the_visit_as_it_is(line: Line) -> None:
    visit = line.record.asked()
    push(line, "old", visit=visit.id, revision=visit.revision - 1)
    push(line, "now", visit=visit.id, revision=visit.revision)
    push(line, "list")
    with line.record.db.begin() as tx:
        prompts.withdraw(tx, visit.id, visit.revision, now=line.now)
    assert closed(line) == ["withdrawn", "open", "open"]


def test_closing_counts_once(line: Line) -> None:
    push(line, "a")
    with line.record.db.begin() as tx:
        prompts.close(tx, 1, PromptState.ANSWERED, now=line.now)
        prompts.close(tx, 1, PromptState.EXPIRED, now=line.now)
    assert closed(line) == ["answered"]


def test_ok_that_could_mean_two_things_is_asked_back_and_then_means_one(line: Line) -> None:
    """Staff offer another time while the family has a place of their own to confirm."""
    asked = line.asked()
    (read_back,) = line.says(TANYA, "can keisha see marcus friday 6pm")
    assert "1" in read_back
    offered = line.record.revise(asked, SUNDAY)
    line.work()
    assert offered.state is State.COUNTERED
    before = line.record.rows(visits)
    (back,) = line.says(TANYA, "ok")
    assert [row.revision for row in line.record.rows(visits)] == [row.revision for row in before]
    assert sum(f"{number})" in back for number in range(1, 9)) >= 2


def test_the_digit_of_an_offer_takes_it_and_closes_its_question(line: Line) -> None:
    offered = line.record.revise(line.asked(), SUNDAY)
    line.work()
    assert closed(line) == ["open"]
    line.says(TANYA, "1")
    assert line.record.fresh(offered).state is State.APPROVED
    assert closed(line)[0] in ("answered", "withdrawn")


def test_a_number_that_is_on_no_list_changes_nothing_and_shows_the_list(line: Line) -> None:
    offered = line.record.revise(line.asked(), SUNDAY)
    line.work()
    (told,) = line.says(TANYA, "7")
    assert "1)" in told
    assert line.record.fresh(offered) == offered


def test_a_digit_after_its_question_ran_out_takes_nothing(line: Line) -> None:
    offered = line.record.revise(line.asked(), SUNDAY)
    line.work()
    assert offered.deadline is not None
    line.at(offered.deadline + timedelta(seconds=1))
    line.says(TANYA, "1")
    assert line.record.fresh(offered).state in (State.LAPSED, State.COUNTERED)
    assert (line.record.fresh(offered).starts, SATURDAY) == (SUNDAY, SATURDAY)
