"""The traits of each state agree with the table of transitions."""

import pytest

from scheduling.policy.lifecycle import TABLE, Effect, Move, PlaceChange
from scheduling.policy.visit_state import Page, State, WaitsFor

STATES = [state for state in State if state is not State.NONE]
DEADLINE = {
    WaitsFor.CHOICE: Effect.LAPSE_CHOICE,
    WaitsFor.STAFF: Effect.EXPIRE_REQUEST,
    WaitsFor.ANSWER: Effect.EXPIRE_OFFER,
    WaitsFor.PAYMENT: Effect.EXPIRE_PAYMENT,
}


def moves_from(state: State) -> set[Move]:
    return {move for before, move in TABLE if before is state}


def effects_into(state: State) -> set[Effect]:
    return {effect for step in TABLE.values() if step.to is state for effect in step.effects}


@pytest.mark.parametrize(("before", "move"), TABLE)
def test_a_transition_keeps_places_exactly_when_the_new_state_holds_one(before: State, move: Move) -> None:
    step = TABLE[before, move]
    assert (step.places is not PlaceChange.FREE) == step.to.traits.holds_place


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("waits_for", WaitsFor)
def test_a_state_waits_for_what_the_clock_ends(state: State, waits_for: WaitsFor) -> None:
    assert (state.traits.waits_for is waits_for) == (DEADLINE[waits_for] in effects_into(state))


@pytest.mark.parametrize("state", STATES)
def test_whoever_is_waited_for_can_answer(state: State) -> None:
    moves = moves_from(state)
    assert (state.traits.waits_for is WaitsFor.CHOICE) == (Move.ASK in moves)
    assert (state.traits.waits_for is WaitsFor.STAFF) == ({Move.APPROVE, Move.DENY, Move.REVISE} <= moves)
    assert (state.traits.waits_for is WaitsFor.ANSWER) == (Move.ACCEPT in moves)
    if state.traits.waits_for is WaitsFor.PAYMENT:
        assert Move.PAY in moves


@pytest.mark.parametrize("state", STATES)
def test_a_standing_visit_is_one_that_can_be_joined(state: State) -> None:
    assert state.traits.standing == (Move.JOIN in moves_from(state)) == (state.traits.page is Page.BOOKED)


@pytest.mark.parametrize("state", STATES)
def test_a_state_has_an_outcome_exactly_when_nothing_can_change_it_any_more(state: State) -> None:
    assert (state.traits.outcome is not None) == (not moves_from(state))


@pytest.mark.parametrize("state", STATES)
def test_money_can_be_held_for_a_new_time_where_a_job_gives_it_back(state: State) -> None:
    assert state.traits.holds_money == (Effect.GIVE_BACK_CARRIED in effects_into(state))


@pytest.mark.parametrize("state", STATES)
def test_a_live_visit_counts_and_is_on_the_board_once_it_was_asked_for(state: State) -> None:
    if state.traits.holds_place:
        assert state.traits.counts == state.traits.on_board == (state.traits.waits_for is not WaitsFor.CHOICE)


@pytest.mark.parametrize("state", STATES)
def test_only_what_can_follow_a_call_is_over(state: State) -> None:
    ends_a_call = {TABLE[State.CONFIRMED, move].to for move in (Move.COMPLETE, Move.NO_SHOW, Move.DECLINE, Move.END)}
    ends_a_call |= {TABLE[State.CONFIRMED, move].to for move in (Move.FAIL, Move.DOUBT)}
    assert (state.traits.page is Page.OVER) == (state in ends_a_call)
