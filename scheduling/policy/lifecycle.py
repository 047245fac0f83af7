"""The lifecycle of a visit: the table of transitions, which says where each move leads and what effects it has.

`TABLE` is the only definition. `diagram()` draws it, and a test compares the documentation with the drawing.
"""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

from scheduling.policy.visit_state import ENDED, STANDING, State


class Move(StrEnum):
    """What can happen to a visit."""

    HOLD = "keep"
    ASK = "ask"
    LAPSE = "lapse"
    WITHDRAW = "withdraw"
    HOLD_NEW = "keep_new"
    RELEASE_NEW = "drop_new"
    ASK_MOVE = "ask_move"
    APPROVE = "approve"
    APPROVE_PAID = "approve_paid"
    DENY = "deny"
    REVISE = "revise"
    ASK_AGAIN = "ask_again"
    EXPIRE = "expire"
    ACCEPT = "accept"
    ACCEPT_PAID = "accept_paid"
    PAY = "pay"
    CANCEL = "cancel"
    FACILITY_CANCEL = "facility_cancel"
    JOIN = "join"
    COMPLETE = "complete"
    NO_SHOW = "no_show"
    DECLINE = "decline"
    END = "end"
    FAIL = "fail"
    DOUBT = "doubt"


class Effect(StrEnum):
    """An effect of a transition. Each is the kind of one outbox job."""

    LAPSE_CHOICE = "lapse_choice"
    LAPSE_NEW = "lapse_new"
    SEND_CARDS = "send_cards"
    RETIRE_CARDS = "retire_cards"
    ASK_STAFF_AGAIN = "ask_staff_again"
    EXPIRE_REQUEST = "expire_request"
    EXPIRE_OFFER = "expire_offer"
    EXPIRE_PAYMENT = "expire_payment"
    EXPIRE_CHECKOUT = "expire_checkout"
    REMIND_TO_PAY = "remind_to_pay"
    REMIND_DAY_BEFORE = "remind_day_before"
    REMIND_SOON = "remind_soon"
    FINISH = "finish"
    SETTLE_MONEY = "settle_money"
    TELL_STILL_WAITING = "tell_still_waiting"
    TELL_APPROVED = "tell_approved"
    TELL_CONFIRMED = "tell_confirmed"
    TELL_DENIED = "tell_denied"
    TELL_REVISED = "tell_revised"
    TELL_OFFER_LAPSED = "tell_offer_lapsed"
    TELL_UNANSWERED = "tell_unanswered"
    TELL_UNPAID = "tell_unpaid"
    TELL_MOVED = "tell_moved"
    TELL_MOVE_DENIED = "tell_move_denied"
    TELL_MOVE_UNANSWERED = "tell_move_unanswered"
    TELL_TOP_UP = "tell_top_up"
    TELL_TOP_UP_UNPAID = "tell_top_up_unpaid"
    TELL_STAFF_WITHDRAWN = "tell_staff_withdrawn"
    TELL_FACILITY_CANCELLED = "tell_facility_cancelled"
    TELL_NO_SHOW = "tell_no_show"
    TELL_COMPLETED = "tell_completed"
    TELL_DECLINED = "tell_declined"
    TELL_ENDED = "tell_ended"
    TELL_TECHNICAL = "tell_technical"
    TELL_IN_DOUBT = "tell_in_doubt"
    TELL_TOOK_PLACE = "tell_took_place"
    ASK_WHAT_HAPPENED = "ask_what_happened"
    EXPIRE_DOUBT = "expire_doubt"
    END_CALL = "end_call"
    GIVE_BACK_CARRIED = "give_back_carried"


Places = Literal["same", "shift", "drop", "free"]


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the table.

    `places`: "same" keeps what the visit holds, "shift" replaces its place by the new one, "drop" releases the new place,
    "free" releases everything. `counts` is false for moves that do not change the revision: cards and questions that were
    already sent stay valid.
    """

    to: State
    effects: tuple[Effect, ...] = ()
    places: Places = "same"
    counts: bool = True


S, M, E = State, Move, Effect

_DECIDE = (E.SEND_CARDS, E.ASK_STAFF_AGAIN, E.EXPIRE_REQUEST)
_PAY_BY = (E.REMIND_TO_PAY, E.EXPIRE_PAYMENT)
_COMING = (E.REMIND_DAY_BEFORE, E.REMIND_SOON, E.FINISH)
_AGAIN = (E.SEND_CARDS, E.TELL_STILL_WAITING, E.ASK_STAFF_AGAIN)
_HELD = (E.SETTLE_MONEY, E.GIVE_BACK_CARRIED)
_BACK_TO_PAYING = (E.RETIRE_CARDS, *_PAY_BY)


def _choosing_another(state: State) -> dict[tuple[State, Move], Step]:
    """A visit whose family is choosing another time: the new place is held in addition to the old one."""
    return {
        (state, M.HOLD_NEW): Step(state, (E.LAPSE_NEW,), counts=False),
        (state, M.RELEASE_NEW): Step(state, places="drop", counts=False),
    }


def _deciding(
    state: State, denied: Step, unanswered: Step, countered: State, offered: Places = "same"
) -> dict[tuple[State, Move], Step]:
    """A visit that waits for staff: what staff can do, and what happens at its deadlines."""
    return {
        (state, M.DENY): denied,
        (state, M.REVISE): Step(countered, (E.RETIRE_CARDS, E.TELL_REVISED, E.EXPIRE_OFFER), offered),
        (state, M.ASK_AGAIN): Step(state, _AGAIN, counts=False),
        (state, M.EXPIRE): unanswered,
    }


def _closing(state: State, *, paid: bool) -> dict[tuple[State, Move], Step]:
    """The facility cancels the visit."""
    held, call = ((E.GIVE_BACK_CARRIED,), (E.END_CALL,)) if paid else ((), ())
    effects = (E.RETIRE_CARDS, *call, *_money(state, paid=paid), *held, E.TELL_FACILITY_CANCELLED)
    return {(state, M.FACILITY_CANCEL): Step(S.FACILITY_CANCELLED, effects, "free")}


def _cancelling(state: State, *, paid: bool) -> dict[tuple[State, Move], Step]:
    """The family cancels a visit that was approved or booked."""
    call = (E.END_CALL,) if paid else ()
    effects = (E.RETIRE_CARDS, *call, *_money(state, paid=paid), E.TELL_STAFF_WITHDRAWN)
    return {(state, M.CANCEL): Step(S.CANCELLED, effects, "free")}


def _money(state: State, *, paid: bool) -> tuple[Effect, ...]:
    """Settles what was paid, also credit that was to pay for an unpaid visit. Where a payment could still arrive, the
    checkout is closed."""
    if not paid:
        return (E.EXPIRE_CHECKOUT, E.SETTLE_MONEY)
    return (E.EXPIRE_CHECKOUT, E.SETTLE_MONEY) if state is S.TOPPING_UP else (E.SETTLE_MONEY,)


TABLE: MappingProxyType[tuple[State, Move], Step] = MappingProxyType(
    {
        (S.NONE, M.HOLD): Step(S.CHOOSING, (E.LAPSE_CHOICE,)),
        (S.CHOOSING, M.ASK): Step(S.REQUESTED, _DECIDE),
        (S.CHOOSING, M.LAPSE): Step(S.LAPSED, places="free"),
        (S.CHOOSING, M.WITHDRAW): Step(S.WITHDRAWN, places="free"),
        # Staff decide for the first time.
        (S.REQUESTED, M.APPROVE): Step(S.APPROVED, (E.RETIRE_CARDS, E.TELL_APPROVED, *_PAY_BY), "drop"),
        (S.REQUESTED, M.APPROVE_PAID): Step(
            S.CONFIRMED, (E.RETIRE_CARDS, E.SETTLE_MONEY, E.TELL_CONFIRMED, *_COMING), "drop"
        ),
        **_deciding(
            S.REQUESTED,
            Step(S.DENIED, (E.RETIRE_CARDS, E.TELL_DENIED), "free"),
            Step(S.UNANSWERED, (E.RETIRE_CARDS, E.SETTLE_MONEY, E.TELL_UNANSWERED), "free"),
            S.COUNTERED,
            offered="shift",
        ),
        (S.REQUESTED, M.WITHDRAW): Step(S.WITHDRAWN, (E.RETIRE_CARDS, E.TELL_STAFF_WITHDRAWN), "free"),
        (S.REQUESTED, M.ASK_MOVE): Step(S.REQUESTED, (E.RETIRE_CARDS, *_DECIDE), "shift"),
        **_choosing_another(S.REQUESTED),
        **_closing(S.REQUESTED, paid=False),
        # Staff offered another time.
        (S.COUNTERED, M.ACCEPT): Step(S.APPROVED, (E.TELL_APPROVED, *_PAY_BY)),
        (S.COUNTERED, M.ACCEPT_PAID): Step(S.CONFIRMED, (E.SETTLE_MONEY, E.TELL_CONFIRMED, *_COMING)),
        (S.COUNTERED, M.EXPIRE): Step(S.LAPSED, (E.TELL_OFFER_LAPSED,), "free"),
        (S.COUNTERED, M.WITHDRAW): Step(S.WITHDRAWN, (E.TELL_STAFF_WITHDRAWN,), "free"),
        **_closing(S.COUNTERED, paid=False),
        # Approved, to be paid.
        (S.APPROVED, M.PAY): Step(S.CONFIRMED, (E.TELL_CONFIRMED, *_COMING)),
        (S.APPROVED, M.EXPIRE): Step(S.UNPAID, (E.EXPIRE_CHECKOUT, E.TELL_UNPAID), "free"),
        (S.APPROVED, M.ASK_MOVE): Step(S.MOVING_UNPAID, (E.EXPIRE_CHECKOUT, *_DECIDE)),
        **_choosing_another(S.APPROVED),
        **_cancelling(S.APPROVED, paid=False),
        **_closing(S.APPROVED, paid=False),
        # Booked.
        **{(state, M.JOIN): Step(state, counts=False) for state in State if state in STANDING},
        (S.CONFIRMED, M.COMPLETE): Step(S.COMPLETED, (E.END_CALL, E.SETTLE_MONEY, E.TELL_COMPLETED), "free"),
        (S.CONFIRMED, M.NO_SHOW): Step(S.VISITOR_NO_SHOW, (E.END_CALL, E.SETTLE_MONEY, E.TELL_NO_SHOW), "free"),
        (S.CONFIRMED, M.DECLINE): Step(S.RESIDENT_DECLINED, (E.END_CALL, E.SETTLE_MONEY, E.TELL_DECLINED), "free"),
        (S.CONFIRMED, M.END): Step(S.ENDED_BY_STAFF, (E.END_CALL, E.SETTLE_MONEY, E.TELL_ENDED), "free"),
        (S.CONFIRMED, M.FAIL): Step(S.TECHNICAL, (E.END_CALL, *_HELD, E.TELL_TECHNICAL), "free"),
        (S.CONFIRMED, M.DOUBT): Step(
            S.IN_DOUBT, (E.END_CALL, E.ASK_WHAT_HAPPENED, E.EXPIRE_DOUBT, E.TELL_IN_DOUBT), "free"
        ),
        # The call is over and its record does not show whether the visit took place. Staff decide that.
        (S.IN_DOUBT, M.COMPLETE): Step(S.COMPLETED, (E.SETTLE_MONEY, E.TELL_TOOK_PLACE), "free"),
        (S.IN_DOUBT, M.FAIL): Step(S.TECHNICAL, (*_HELD, E.TELL_TECHNICAL), "free"),
        (S.CONFIRMED, M.ASK_MOVE): Step(S.MOVING, _DECIDE),
        **_choosing_another(S.CONFIRMED),
        **_cancelling(S.CONFIRMED, paid=True),
        **_closing(S.CONFIRMED, paid=True),
        # A booked visit whose family requested another time. The old time stands until staff decide.
        (S.MOVING, M.APPROVE): Step(S.TOPPING_UP, (E.RETIRE_CARDS, E.TELL_TOP_UP, *_PAY_BY)),
        (S.MOVING, M.APPROVE_PAID): Step(
            S.CONFIRMED, (E.RETIRE_CARDS, E.SETTLE_MONEY, E.TELL_MOVED, *_COMING), "shift"
        ),
        **_deciding(
            S.MOVING,
            Step(S.CONFIRMED, (E.RETIRE_CARDS, E.TELL_MOVE_DENIED), "drop"),
            Step(S.CONFIRMED, (E.RETIRE_CARDS, E.TELL_MOVE_UNANSWERED), "drop"),
            S.MOVING_COUNTERED,
        ),
        (S.MOVING, M.WITHDRAW): Step(S.CONFIRMED, (E.RETIRE_CARDS,), "drop"),
        **_cancelling(S.MOVING, paid=True),
        **_closing(S.MOVING, paid=True),
        (S.MOVING_COUNTERED, M.ACCEPT): Step(S.TOPPING_UP, (E.TELL_TOP_UP, *_PAY_BY)),
        (S.MOVING_COUNTERED, M.ACCEPT_PAID): Step(S.CONFIRMED, (E.SETTLE_MONEY, E.TELL_MOVED, *_COMING), "shift"),
        (S.MOVING_COUNTERED, M.EXPIRE): Step(S.CONFIRMED, (E.TELL_OFFER_LAPSED,), "drop"),
        (S.MOVING_COUNTERED, M.WITHDRAW): Step(S.CONFIRMED, places="drop"),
        **_cancelling(S.MOVING_COUNTERED, paid=True),
        **_closing(S.MOVING_COUNTERED, paid=True),
        (S.TOPPING_UP, M.PAY): Step(S.CONFIRMED, (E.TELL_MOVED, *_COMING), "shift"),
        (S.TOPPING_UP, M.EXPIRE): Step(S.CONFIRMED, (E.EXPIRE_CHECKOUT, E.TELL_TOP_UP_UNPAID), "drop"),
        (S.TOPPING_UP, M.WITHDRAW): Step(S.CONFIRMED, (E.EXPIRE_CHECKOUT,), "drop"),
        **_cancelling(S.TOPPING_UP, paid=True),
        **_closing(S.TOPPING_UP, paid=True),
        # The same for a visit that was approved and not paid yet.
        (S.MOVING_UNPAID, M.APPROVE_PAID): Step(
            S.CONFIRMED, (E.RETIRE_CARDS, E.SETTLE_MONEY, E.TELL_MOVED, *_COMING), "shift"
        ),
        (S.MOVING_UNPAID_COUNTERED, M.ACCEPT_PAID): Step(
            S.CONFIRMED, (E.SETTLE_MONEY, E.TELL_MOVED, *_COMING), "shift"
        ),
        (S.MOVING_UNPAID, M.APPROVE): Step(S.APPROVED, (E.RETIRE_CARDS, E.TELL_APPROVED, *_PAY_BY), "shift"),
        **_deciding(
            S.MOVING_UNPAID,
            Step(S.APPROVED, (*_BACK_TO_PAYING, E.TELL_MOVE_DENIED), "drop"),
            Step(S.APPROVED, (*_BACK_TO_PAYING, E.TELL_MOVE_UNANSWERED), "drop"),
            S.MOVING_UNPAID_COUNTERED,
        ),
        (S.MOVING_UNPAID, M.WITHDRAW): Step(S.APPROVED, _BACK_TO_PAYING, "drop"),
        (S.MOVING_UNPAID, M.PAY): Step(S.MOVING, (E.RETIRE_CARDS, *_DECIDE)),
        **_cancelling(S.MOVING_UNPAID, paid=False),
        **_closing(S.MOVING_UNPAID, paid=False),
        (S.MOVING_UNPAID_COUNTERED, M.ACCEPT): Step(S.APPROVED, (E.TELL_APPROVED, *_PAY_BY), "shift"),
        (S.MOVING_UNPAID_COUNTERED, M.EXPIRE): Step(S.APPROVED, (*_PAY_BY, E.TELL_OFFER_LAPSED), "drop"),
        (S.MOVING_UNPAID_COUNTERED, M.WITHDRAW): Step(S.APPROVED, _PAY_BY, "drop"),
        (S.MOVING_UNPAID_COUNTERED, M.PAY): Step(S.MOVING_COUNTERED, (E.EXPIRE_OFFER,)),
        **_cancelling(S.MOVING_UNPAID_COUNTERED, paid=False),
        **_closing(S.MOVING_UNPAID_COUNTERED, paid=False),
    }
)


def step(state: State, move: Move) -> Step | None:
    """The entry of the table, or None where the move is not possible."""
    return TABLE.get((state, move))


def diagram() -> str:
    """The table as a Mermaid state diagram, as `docs/lifecycle.md` contains it."""
    lines = ["stateDiagram-v2"]
    for (state, move), found in TABLE.items():
        before = "[*]" if state is S.NONE else state
        lines.append(f"    {before} --> {found.to}: {move}")
    onward = {state for state, _ in TABLE}
    lines += [f"    {state} --> [*]" for state in State if state in ENDED - onward]
    return "\n".join(lines) + "\n"
