"""Pending decisions: until one takes effect the visit is unchanged, and the decision can be undone."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from scheduling import queries
from scheduling.policy.denials import DenialReason
from scheduling.policy.errors import Conflict, Refused
from scheduling.policy.refusals import CommandRefusal
from scheduling.policy.visit_state import State
from scheduling.policy.vocabulary import ActorKind, Verdict
from scheduling.storage.database import Tx
from scheduling.storage.tables import decisions as table
from scheduling.storage.tables import jobs
from scheduling.visits import deciding, decisions, pending_decision
from scheduling.visits.pending_decision import AlreadyDecided, ProposedDecision, ScheduledDecision
from scheduling.visits.transition import Actor
from scheduling.visits.visit import Visit, get
from tests.scheduling.kit import DARNELL, SATURDAY, SUNDAY, Record, at_once, minutes

PAUSE = timedelta(seconds=30)
OK, NO = ProposedDecision(Verdict.OK), ProposedDecision(Verdict.NO, letter=DenialReason.SCHEDULE, note="court")
ANOTHER = ProposedDecision(Verdict.TIME, start=SUNDAY)
WILLS = [pytest.param(OK, State.APPROVED, id="ok"), pytest.param(NO, State.DENIED, id="no"),
         pytest.param(ANOTHER, State.COUNTERED, id="time")]  # fmt: skip


def officer(record: Record, name: str = "Officer Reed") -> Actor:
    return Actor(ActorKind.STAFF, record.person(name), "sms", "c1")


def intend(record: Record, visit: Visit, will: ProposedDecision = OK, name: str = "Officer Reed") -> ScheduledDecision:
    who = officer(record, name)

    def work(tx: Tx) -> ScheduledDecision:
        seen = get(tx, visit.id)
        return pending_decision.schedule_decision(tx, seen, will, revision=visit.revision, actor=who, now=record.now)

    return record.run(work)


def carry_out(record: Record, done: ScheduledDecision) -> Visit | None:
    assert done.decision is not None
    found = done.decision
    return record.run(lambda tx: pending_decision.carry_out(tx, found, now=record.now))


def undo(record: Record, done: ScheduledDecision) -> bool:
    assert done.decision is not None
    found = done.decision
    return record.run(lambda tx: pending_decision.undo(tx, found, now=record.now))


def state_of(record: Record, done: ScheduledDecision) -> str:
    assert done.decision is not None
    found = done.decision.id
    return next(str(row.state) for row in record.rows(table) if row.id == found)


@pytest.mark.parametrize("will,state", WILLS)
def test_the_check_writes_nothing_and_says_what_the_decision_will_do(
    sqlite_record: Record, will: ProposedDecision, state: State
) -> None:
    record = sqlite_record
    visit, who = record.asked(), officer(record)

    def work(tx: Tx) -> tuple[State, datetime | None]:
        wish = pending_decision.wish_for(tx, visit) if will.start is not None else None
        return pending_decision.check(tx, visit, will, wish, revision=visit.revision, actor=who, now=record.now)

    before = (record.rows(jobs), record.events(visit))
    checked = record.run(work)
    assert (record.fresh(visit), record.rows(jobs), record.events(visit)) == (visit, *before)
    done = intend(record, visit, will)
    after = carry_out(record, done)
    assert after is not None
    assert checked == (done.state, done.deadline) == (after.state, after.deadline)
    assert after.state is state


def test_a_decision_that_is_refused_leaves_the_one_before_it(sqlite_record: Record) -> None:
    record = sqlite_record
    visit = record.asked()
    first = intend(record, visit, ANOTHER)
    with pytest.raises(Refused):
        intend(record, visit, ProposedDecision(Verdict.TIME, start=SUNDAY + timedelta(hours=10)))
    assert state_of(record, first) == "pending"
    assert carry_out(record, first) is not None


@pytest.mark.parametrize("will,state", WILLS)
def test_until_it_takes_effect_the_visit_is_what_it_was(record: Record, will: ProposedDecision, state: State) -> None:
    visit = record.asked()
    done = intend(record, visit, will)
    assert (done.state, record.fresh(visit)) == (state, visit)
    assert record.queued()["carry_out"] == 1
    assert next(row.due for row in record.rows(jobs) if row.kind == "carry_out") == record.now + PAUSE
    record.set_clock(record.now + PAUSE)
    after = carry_out(record, done)
    assert after is not None
    assert (after.state, state_of(record, done)) == (state, "done")
    event = record.events(visit)[-1]
    assert (event.actor, event.person_id, event.correlation) == ("staff", record.person("Officer Reed"), "c1")
    assert (event.reason, event.note) == (("b", "court") if will is NO else (None, None))


def test_what_is_decided_does_not_wait_for_staff(sqlite_record: Record) -> None:
    visit = sqlite_record.asked()
    done = intend(sqlite_record, visit)
    with sqlite_record.db.read() as tx:
        assert queries.undecided(tx, sqlite_record.facility) == []
    undo(sqlite_record, done)
    with sqlite_record.db.read() as tx:
        assert queries.undecided(tx, sqlite_record.facility) == [visit]


@pytest.mark.parametrize("will", [OK, NO, ANOTHER], ids=["ok", "no", "time"])
def test_taken_back_nothing_is_left_of_it(record: Record, will: ProposedDecision) -> None:
    visit = record.asked()
    held = record.held(visit)
    done = intend(record, visit, will)
    assert undo(record, done)
    assert (record.fresh(visit), record.held(visit), state_of(record, done)) == (visit, held, "undone")
    assert not undo(record, done)
    record.set_clock(record.now + PAUSE)
    assert carry_out(record, done) is None
    assert record.fresh(visit) == visit


def test_too_late_to_take_back(record: Record) -> None:
    visit = record.asked()
    done = intend(record, visit)
    carry_out(record, done)
    assert not undo(record, done)
    assert record.fresh(visit).state is State.APPROVED


def test_another_time_is_kept_at_once(record: Record) -> None:
    visit = record.asked()
    before = record.held(visit)
    intend(record, visit, ANOTHER)
    assert record.held(visit) > before
    luck = record.wish("Keisha Johnson")
    with pytest.raises(Refused):
        record.ask_at(SUNDAY, luck)


def test_the_first_officer_counts(record: Record) -> None:
    visit = record.asked()
    first = intend(record, visit)
    with pytest.raises(AlreadyDecided) as found:
        intend(record, visit, NO, "Sgt. Molina")
    assert found.value.decision == first.decision
    assert isinstance(found.value, Conflict)


def test_one_officer_may_change_his_mind_before_anybody_heard(record: Record) -> None:
    visit = record.asked()
    first = intend(record, visit, ANOTHER)
    second = intend(record, visit, NO)
    assert (state_of(record, first), state_of(record, second)) == ("undone", "pending")
    assert carry_out(record, first) is None
    after = carry_out(record, second)
    assert after is not None
    assert after.state is State.DENIED


def test_two_officers_at_once_and_one_decision(record: Record) -> None:
    visit = record.asked()
    names = ("Officer Reed", "Sgt. Molina")
    outcomes = at_once(*[lambda name=name: intend(record, visit, OK, name) for name in names])
    assert sorted(isinstance(each, ScheduledDecision) for each in outcomes) == [False, True]
    assert any(isinstance(each, AlreadyDecided) for each in outcomes)
    assert [row.state for row in record.rows(table)] == ["pending"]


def test_undo_and_effect_at_once_agree(record: Record) -> None:
    visit = record.asked()
    done = intend(record, visit)
    works: list[Callable[[], object]] = [lambda: undo(record, done), lambda: carry_out(record, done)]
    undone, after = at_once(*works)
    assert (undone is True) == (after is None)
    assert record.fresh(visit).state is (State.REQUESTED if undone else State.APPROVED)


def test_the_family_gave_up_meanwhile(record: Record) -> None:
    visit = record.asked()
    done = intend(record, visit, ANOTHER)
    record.give_up(visit)
    assert record.held(visit) == set()
    assert carry_out(record, done) is None
    assert (record.fresh(visit).state, state_of(record, done)) == (State.WITHDRAWN, "void")


def test_the_family_asked_for_another_time_meanwhile(record: Record) -> None:
    """A decision about the old time does not apply to the new one, and does not prevent a decision about it."""
    visit = record.asked()
    old = intend(record, visit, NO)
    record.ask_move_to(visit, SUNDAY)
    moved = record.fresh(visit)
    fresh = intend(record, moved, OK, "Sgt. Molina")
    assert (state_of(record, old), carry_out(record, old)) == ("void", None)
    after = carry_out(record, fresh)
    assert after is not None
    assert (after.state, after.starts) == (State.APPROVED, SUNDAY)


def test_a_pending_decision_is_an_answer_to_the_clock(record: Record) -> None:
    visit = record.asked()
    assert visit.deadline is not None
    record.set_clock(visit.deadline - timedelta(seconds=10))
    done = intend(record, visit)
    record.set_clock(visit.deadline)
    assert record.run(lambda tx: deciding.ask_again(tx, get(tx, visit.id), now=record.now)) is None
    assert undo(record, done)
    assert record.fresh(visit).asked_count == 2, "taken back after the deadline staff are asked again"


def test_a_worker_that_died_makes_no_decision_too_late(record: Record) -> None:
    """A decision that was made in time counts when it takes effect after the cutoff. Undone then, the request has expired."""
    visit = record.asked()
    last_call = SATURDAY - minutes(30)
    record.set_clock(last_call - timedelta(seconds=40))
    done = intend(record, visit, NO)
    record.set_clock(last_call + timedelta(minutes=20))
    assert record.expire(visit) is None
    after = carry_out(record, done)
    assert after is not None
    assert after.state is State.DENIED


def test_taken_back_after_the_last_call_it_has_run_out(sqlite_record: Record) -> None:
    visit = sqlite_record.asked()
    sqlite_record.set_clock(SATURDAY - minutes(30) - timedelta(seconds=40))
    slip = intend(sqlite_record, visit)
    sqlite_record.set_clock(SATURDAY - minutes(30))
    assert undo(sqlite_record, slip)
    assert sqlite_record.fresh(visit).state is State.UNANSWERED


def test_no_pause_is_left_so_it_takes_effect_at_once(sqlite_record: Record) -> None:
    visit = sqlite_record.asked()
    sqlite_record.set_clock(SATURDAY - minutes(30) - timedelta(seconds=20))
    done = intend(sqlite_record, visit)
    assert (done.decision, sqlite_record.fresh(visit).state) == (None, State.APPROVED)


def test_a_facility_without_a_pause(sqlite_record: Record) -> None:
    sqlite_record.settings(undo_within=timedelta(0))
    visit = sqlite_record.asked()
    assert intend(sqlite_record, visit).decision is None
    assert sqlite_record.fresh(visit).state is State.APPROVED


@pytest.mark.parametrize("start", [SATURDAY, SATURDAY + timedelta(hours=12)], ids=["its own time", "at night"])
def test_what_the_rules_refuse_is_refused_at_once(sqlite_record: Record, start: datetime) -> None:
    visit = sqlite_record.asked()
    before = sqlite_record.everything()
    with pytest.raises(Refused):
        intend(sqlite_record, visit, ProposedDecision(Verdict.TIME, start=start + timedelta(minutes=1)))
    assert sqlite_record.everything() == before


def test_a_visitor_is_offered_one_other_time(sqlite_record: Record) -> None:
    record = sqlite_record
    first, second = record.asked(), record.asked(SUNDAY, record.wish(number=DARNELL))
    intend(record, first, ProposedDecision(Verdict.TIME, start=SATURDAY + minutes(45)))
    with pytest.raises(Refused) as found:
        intend(record, second, ProposedDecision(Verdict.TIME, start=SUNDAY + minutes(45)))
    assert found.value.codes == (CommandRefusal.OFFER_OPEN,)
    with record.db.read() as tx:
        assert decisions.pending(tx, second) is None
    assert second == record.fresh(second)
