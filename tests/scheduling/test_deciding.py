"""Decisions of staff, answers of families, and what happens at the deadlines when nobody answers."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from scheduling.facilities import store
from scheduling.policy.deadlines import next_decide_by
from scheduling.policy.denials import DenialReason
from scheduling.policy.errors import Conflict, Refused
from scheduling.policy.refusals import Refusal
from scheduling.policy.visit_state import OFFERED, PAYABLE, UNDECIDED, State
from scheduling.policy.vocabulary import ActorKind
from scheduling.storage.database import Tx
from scheduling.visits import asking, deciding, ending, transition
from scheduling.visits.transition import Actor
from scheduling.visits.visit import Visit, get
from tests.scheduling.kit import DARNELL, FAMILY, MONDAY, SATURDAY, STAFF, SUNDAY, Record, at_once, minutes

LAST_CALL = SATURDAY - minutes(30)


def by_both(record: Record, visit: Visit, one: str, other: str) -> list[Visit | Exception]:
    """Let two officers answer the same card at the same time."""

    def decides(verb: str, officer: Actor) -> Visit:
        def work(tx: Tx) -> Visit:
            seen = get(tx, visit.id)
            if verb == "deny":
                return deciding.deny(
                    tx,
                    seen,
                    revision=visit.revision,
                    letter=DenialReason.SCHEDULE,
                    note="",
                    actor=officer,
                    now=record.now,
                )
            if verb == "revise":
                wish = record.wish_in(tx, seen.visitor_id, seen.resident_id, seen.minutes, seen.id)
                return deciding.revise(tx, seen, wish, SUNDAY, revision=visit.revision, actor=officer, now=record.now)
            return deciding.approve(tx, seen, revision=visit.revision, actor=officer, now=record.now)

        return record.run(work)

    reed, molina = (
        Actor(ActorKind.STAFF, record.person("Officer Reed")),
        Actor(ActorKind.STAFF, record.person("Sgt. Molina")),
    )
    return at_once(lambda: decides(one, reed), lambda: decides(other, molina))


@pytest.mark.parametrize(
    ("state", "one", "other"),
    [
        (State.REQUESTED, "approve", "deny"),
        (State.REQUESTED, "approve", "approve"),
        (State.REQUESTED, "revise", "revise"),
        (State.MOVING, "approve", "deny"),
        (State.MOVING_UNPAID, "revise", "deny"),
    ],
)
def test_the_first_of_two_officers_counts(record: Record, state: State, one: str, other: str) -> None:
    visit = record.in_state(state)
    told = len(record.events(visit))
    outcomes = by_both(record, visit, one, other)
    won = [each for each in outcomes if isinstance(each, Visit)]
    assert [type(each) for each in outcomes if isinstance(each, Exception)] == [Conflict]
    assert record.fresh(visit) == won[0]
    (event,) = record.events(visit)[told:]
    assert event.person_id == record.person("Officer Reed" if outcomes[0] is won[0] else "Sgt. Molina")


def test_a_card_seen_before_it_changed_decides_nothing(record: Record) -> None:
    visit = record.asked()
    moved = record.ask_move_to(visit, SUNDAY)
    before = record.everything()
    with pytest.raises(Conflict):
        record.approve(visit)
    with pytest.raises(Conflict):
        record.deny(visit)
    with pytest.raises(Conflict):
        record.revise(visit, SUNDAY + minutes(45))
    assert record.everything() == before
    assert record.approve(moved).state is State.APPROVED


def test_after_the_last_call_nothing_is_decided(record: Record) -> None:
    visit = record.asked()
    record.set_clock(LAST_CALL)
    for decide in (record.approve, record.deny, record.revise):
        with pytest.raises(Refused) as refused:
            decide(visit)
        assert refused.value.codes == (Refusal.UNDECIDABLE,)


def test_free_visits_are_booked_when_approved(record: Record) -> None:
    legal = record.ask_at(MONDAY + timedelta(days=2), record.wish("Dana Whitlock", DARNELL))
    assert record.approve(legal).state is State.CONFIRMED


def test_another_time_is_kept_and_the_one_asked_for_is_free(record: Record) -> None:
    asked = record.asked()
    before = record.held(asked)
    offered = record.revise(asked, SUNDAY)
    assert (offered.state, offered.starts, offered.new_starts) == (State.COUNTERED, SUNDAY, None)
    assert offered.deadline is not None
    assert offered.deadline > record.now
    assert not record.held(offered) & before
    other = record.asked(SATURDAY, record.wish("Keisha Johnson"))
    shared = {row for row in before if row[0] != "visitor"}
    assert shared < record.held(other)


def test_another_time_for_a_move_keeps_the_old_place_and_frees_the_asked_one(record: Record) -> None:
    booked = record.confirmed()
    old = record.held(booked)
    moving = record.ask_move_to(booked, SUNDAY)
    asked = record.held(moving) - old
    offered = record.revise(moving, SUNDAY + minutes(60))
    assert offered.state is State.MOVING_COUNTERED
    assert old < record.held(offered)
    assert not asked & record.held(offered)
    moved = record.accept(offered)
    assert (moved.state, moved.starts) == (State.CONFIRMED, SUNDAY + minutes(60))
    assert not old & record.held(moved)


def test_staff_may_offer_what_a_family_could_not_ask_for_and_not_what_is_taken(record: Record) -> None:
    other = record.asked(SUNDAY, record.wish("Keisha Johnson"))
    asked = record.asked()
    before = record.everything()
    with pytest.raises(Refused) as refused:
        record.revise(asked, SUNDAY)
    assert set(refused.value.codes) == {Refusal.RESIDENT_BUSY, Refusal.RESIDENT_DAY_LIMIT}
    with pytest.raises(Refused) as refused:
        record.revise(asked, SUNDAY - timedelta(hours=2))
    assert Refusal.OUTSIDE_SESSIONS in refused.value.codes
    assert record.everything() == before
    soon = MONDAY + timedelta(hours=7)  # 5 PM, in seven hours: later than `earliest`
    record.set_clock(soon - minutes(180))
    assert record.revise(record.fresh(asked), soon).state is State.COUNTERED
    assert record.fresh(other).state is State.REQUESTED


def test_an_offer_is_taken_while_it_is_kept_and_not_after(record: Record) -> None:
    offered = record.revise(record.asked())
    assert offered.deadline is not None
    record.set_clock(offered.deadline)
    with pytest.raises(Conflict):
        record.accept(offered)
    record.set_clock(offered.deadline - minutes(1))
    assert record.accept(offered).state is State.APPROVED


def test_an_offer_let_go_ends_the_request_or_leaves_the_visit_where_it_was(record: Record) -> None:
    offered = record.revise(record.asked())
    gone = record.run(lambda tx: ending.decline_offer(tx, offered, actor=FAMILY, now=record.now))
    assert (gone.state, record.held(gone)) == (State.WITHDRAWN, set())
    offered = record.revise(record.ask_move_to(record.confirmed()), SUNDAY + minutes(60))
    back = record.run(lambda tx: ending.decline_offer(tx, offered, actor=FAMILY, now=record.now))
    assert (back.state, back.starts, back.new_starts) == (State.CONFIRMED, SATURDAY, None)


# What timers do: nothing early, and everything once.

Timer = Callable[[Record, Visit], Visit | None]


def again(record: Record, visit: Visit) -> Visit | None:
    return record.run(lambda tx: deciding.ask_again(tx, get(tx, visit.id), now=record.now))


def lapse(record: Record, visit: Visit) -> Visit | None:
    return record.run(lambda tx: asking.expire_choice(tx, get(tx, visit.id), now=record.now))


@pytest.mark.parametrize("state", sorted(UNDECIDED))
def test_staff_are_asked_again_when_their_time_is_over_and_not_before(record: Record, state: State) -> None:
    visit = record.in_state(state)
    assert visit.deadline is not None
    record.set_clock(visit.deadline - timedelta(seconds=1))
    before = record.everything()
    assert again(record, visit) is None
    assert record.everything() == before
    record.set_clock(visit.deadline)
    asked = again(record, visit)
    assert asked is not None
    assert (asked.state, asked.revision, asked.asked_count) == (state, visit.revision, 2)
    with record.db.read() as tx:
        facility = store.rules(tx, visit.facility_id)
    assert asked.deadline == next_decide_by(state, record.now, visit.first_start, facility)
    before = record.everything()
    assert again(record, visit) is None
    assert record.everything() == before


@pytest.mark.parametrize("state", sorted(UNDECIDED | OFFERED | PAYABLE))
def test_time_runs_out_once_and_not_before(record: Record, state: State) -> None:
    visit = record.in_state(state)
    over = LAST_CALL if state in UNDECIDED else visit.deadline
    assert over is not None
    record.set_clock(over - timedelta(seconds=1))
    before = record.everything()
    assert record.expire(visit) is None
    assert record.everything() == before
    record.set_clock(over)
    assert record.expire(visit) is not None
    before = record.everything()
    if record.fresh(visit).state is not State.APPROVED:  # after its move expired, the visit is to be paid again
        assert record.expire(visit) is None
    assert record.everything() == before


def test_what_ran_out_is_what_the_family_is_told(record: Record) -> None:
    assert _run_out(record, record.asked()) is State.UNANSWERED
    record.set_clock(MONDAY)
    assert _run_out(record, record.revise(record.asked(SATURDAY))) is State.LAPSED
    record.set_clock(MONDAY)
    assert _run_out(record, record.approved(SATURDAY)) is State.UNPAID
    record.set_clock(MONDAY)
    booked = record.confirmed(SATURDAY)
    assert _run_out(record, record.ask_move_to(booked)) is State.CONFIRMED
    record.set_clock(MONDAY)
    assert _run_out(record, record.revise(record.ask_move_to(booked))) is State.CONFIRMED
    assert record.fresh(booked).starts == SATURDAY


def _run_out(record: Record, visit: Visit) -> State:
    record.set_clock(visit.first_start - minutes(30) if visit.state in UNDECIDED else visit.deadline or MONDAY)
    gone = record.expire(visit)
    assert gone is not None
    return gone.state


def test_a_kept_place_lapses_at_its_end_and_not_before(record: Record) -> None:
    kept = record.keep()
    assert kept.choose_until == MONDAY + minutes(10)
    record.set_clock(kept.choose_until - timedelta(seconds=1))
    assert lapse(record, kept) is None
    record.set_clock(kept.choose_until)
    assert lapse(record, kept) is not None
    assert record.fresh(kept).state is State.LAPSED
    before = record.everything()
    assert lapse(record, kept) is None
    assert record.everything() == before


def test_a_place_that_was_asked_for_does_not_lapse(record: Record) -> None:
    asked = record.asked()
    record.set_clock(MONDAY + minutes(60))
    assert lapse(record, asked) is None


def test_the_kept_new_time_of_a_booked_visit_lapses_alone(record: Record) -> None:
    booked = record.confirmed()
    record.keep_new(booked)
    record.set_clock(MONDAY + minutes(10))
    back = lapse(record, booked)
    assert back is not None
    assert (back.state, back.new_starts, back.choose_until, back.revision) == (
        State.CONFIRMED, None, None, booked.revision,
    )  # fmt: skip


def test_a_visit_ends_at_its_end_completed_or_missed(record: Record) -> None:
    visit = record.confirmed()
    record.set_clock(visit.ends - timedelta(seconds=1))
    assert record.finish(visit) is None
    record.set_clock(visit.ends)
    assert record.tried(lambda tx: ending.finish(tx, get(tx, visit.id), now=record.now)) is not None
    record.joined(visit)
    first = record.fresh(visit).joined_at
    record.set_clock(visit.ends + minutes(1))
    assert record.joined(visit).joined_at == first
    record.met(visit)
    done = record.finish(visit)
    assert done is not None
    assert done.state is State.COMPLETED
    assert record.finish(visit) is None


def test_who_did_it_stands_in_the_history(record: Record) -> None:
    visit = record.asked()
    officer = Actor(ActorKind.STAFF, record.person("Sgt. Molina"), "sms", "c-7")
    record.run(
        lambda tx: deciding.deny(
            tx,
            visit,
            revision=visit.revision,
            letter=DenialReason.RESIDENT,
            note="at court",
            actor=officer,
            now=record.now,
        )
    )
    event = record.events(visit)[-1]
    assert (event.actor, event.person_id, event.channel, event.correlation) == ("staff", officer.person, "sms", "c-7")
    assert (event.reason, event.note) == ("c", "at court")
    assert (transition.TIMER.person, STAFF.kind) == (None, "staff")
