"""The lifecycle of a visit: the table of transitions, which says where each move leads and what effects it has.

`TABLE` is the only definition. `diagram()` draws it, and a test compares the documentation with the drawing.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum
from types import MappingProxyType

from scheduling.policy.visit_state import ENDED, STANDING, State


class Move(StrEnum):
    """What can happen to a visit."""

    HOLD = "keep"
    ASK = "ask"
    LAPSE = "lapse"
    WITHDRAW = "withdraw"
    HOLD_NEW = "keep_new"
    RELEASE_NEW = "drop_new"
    LAPSE_NEW = "lapse_new"
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
    NOTIFY_STILL_WAITING = "tell_still_waiting"
    NOTIFY_APPROVED = "tell_approved"
    NOTIFY_CONFIRMED = "tell_confirmed"
    NOTIFY_DENIED = "tell_denied"
    NOTIFY_REVISED = "tell_revised"
    NOTIFY_CHOICE_LAPSED = "tell_choice_lapsed"
    NOTIFY_OFFER_LAPSED = "tell_offer_lapsed"
    NOTIFY_UNANSWERED = "tell_unanswered"
    NOTIFY_UNPAID = "tell_unpaid"
    NOTIFY_MOVED = "tell_moved"
    NOTIFY_MOVE_DENIED = "tell_move_denied"
    NOTIFY_MOVE_UNANSWERED = "tell_move_unanswered"
    NOTIFY_TOP_UP = "tell_top_up"
    NOTIFY_TOP_UP_UNPAID = "tell_top_up_unpaid"
    NOTIFY_STAFF_WITHDRAWN = "tell_staff_withdrawn"
    NOTIFY_FACILITY_CANCELLED = "tell_facility_cancelled"
    NOTIFY_NO_SHOW = "tell_no_show"
    NOTIFY_COMPLETED = "tell_completed"
    NOTIFY_DECLINED = "tell_declined"
    NOTIFY_ENDED = "tell_ended"
    NOTIFY_TECHNICAL = "tell_technical"
    NOTIFY_IN_DOUBT = "tell_in_doubt"
    NOTIFY_TOOK_PLACE = "tell_took_place"
    ASK_WHAT_HAPPENED = "ask_what_happened"
    EXPIRE_DOUBT = "expire_doubt"
    END_CALL = "end_call"
    GIVE_BACK_CARRIED = "give_back_carried"


class PlaceChange(Enum):
    """What a transition does with the places of the visit."""

    SAME = "the visit holds what it held"
    SHIFT = "the new place becomes the place of the visit"
    DROP = "the new place is released"
    FREE = "every place is released"


@dataclass(frozen=True, slots=True)
class Transition:
    """One entry of the table.

    `counts` is false for moves that do not change the revision: cards and questions that were already sent stay valid.
    """

    to: State
    effects: tuple[Effect, ...] = ()
    places: PlaceChange = PlaceChange.SAME
    counts: bool = True


S, M, E, P = State, Move, Effect, PlaceChange

_DECIDE = (E.SEND_CARDS, E.ASK_STAFF_AGAIN, E.EXPIRE_REQUEST)
_PAY_BY = (E.REMIND_TO_PAY, E.EXPIRE_PAYMENT)
_COMING = (E.REMIND_DAY_BEFORE, E.REMIND_SOON, E.FINISH)
_AGAIN = (E.SEND_CARDS, E.NOTIFY_STILL_WAITING, E.ASK_STAFF_AGAIN)
_HELD = (E.SETTLE_MONEY, E.GIVE_BACK_CARRIED)
_BACK_TO_PAYING = (E.RETIRE_CARDS, *_PAY_BY)


def _choosing_another(state: State) -> dict[tuple[State, Move], Transition]:
    """A visit whose family is choosing another time: the new place is held in addition to the old one."""
    return {
        (state, M.HOLD_NEW): Transition(state, (E.LAPSE_NEW,), counts=False),
        (state, M.RELEASE_NEW): Transition(state, places=P.DROP, counts=False),
        (state, M.LAPSE_NEW): Transition(state, (E.NOTIFY_CHOICE_LAPSED,), P.DROP, counts=False),
    }


def _deciding(
    state: State, denied: Transition, unanswered: Transition, countered: State, offered: PlaceChange = P.SAME
) -> dict[tuple[State, Move], Transition]:
    """A visit that waits for staff: what staff can do, and what happens at its deadlines."""
    return {
        (state, M.DENY): denied,
        (state, M.REVISE): Transition(countered, (E.RETIRE_CARDS, E.NOTIFY_REVISED, E.EXPIRE_OFFER), offered),
        (state, M.ASK_AGAIN): Transition(state, _AGAIN, counts=False),
        (state, M.EXPIRE): unanswered,
    }


def _closing(state: State, *, paid: bool) -> dict[tuple[State, Move], Transition]:
    """The facility cancels the visit."""
    held, call = ((E.GIVE_BACK_CARRIED,), (E.END_CALL,)) if paid else ((), ())
    effects = (E.RETIRE_CARDS, *call, *_money(state, paid=paid), *held, E.NOTIFY_FACILITY_CANCELLED)
    return {(state, M.FACILITY_CANCEL): Transition(S.FACILITY_CANCELLED, effects, P.FREE)}


def _cancelling(state: State, *, paid: bool) -> dict[tuple[State, Move], Transition]:
    """The family cancels a visit that was approved or booked."""
    call = (E.END_CALL,) if paid else ()
    effects = (E.RETIRE_CARDS, *call, *_money(state, paid=paid), E.NOTIFY_STAFF_WITHDRAWN)
    return {(state, M.CANCEL): Transition(S.CANCELLED, effects, P.FREE)}


def _money(state: State, *, paid: bool) -> tuple[Effect, ...]:
    """Settles what was paid, also credit that was to pay for an unpaid visit. Where a payment could still arrive, the
    checkout is closed."""
    if not paid:
        return (E.EXPIRE_CHECKOUT, E.SETTLE_MONEY)
    return (E.EXPIRE_CHECKOUT, E.SETTLE_MONEY) if state is S.TOPPING_UP else (E.SETTLE_MONEY,)


TABLE: MappingProxyType[tuple[State, Move], Transition] = MappingProxyType(
    {
        (S.NONE, M.HOLD): Transition(S.CHOOSING, (E.LAPSE_CHOICE,)),
        (S.CHOOSING, M.ASK): Transition(S.REQUESTED, _DECIDE),
        (S.CHOOSING, M.LAPSE): Transition(S.LAPSED, (E.NOTIFY_CHOICE_LAPSED,), P.FREE),
        (S.CHOOSING, M.WITHDRAW): Transition(S.WITHDRAWN, places=P.FREE),
        # Staff decide for the first time.
        (S.REQUESTED, M.APPROVE): Transition(S.APPROVED, (E.RETIRE_CARDS, E.NOTIFY_APPROVED, *_PAY_BY), P.DROP),
        (S.REQUESTED, M.APPROVE_PAID): Transition(
            S.CONFIRMED, (E.RETIRE_CARDS, E.SETTLE_MONEY, E.NOTIFY_CONFIRMED, *_COMING), P.DROP
        ),
        **_deciding(
            S.REQUESTED,
            Transition(S.DENIED, (E.RETIRE_CARDS, E.NOTIFY_DENIED), P.FREE),
            Transition(S.UNANSWERED, (E.RETIRE_CARDS, E.SETTLE_MONEY, E.NOTIFY_UNANSWERED), P.FREE),
            S.COUNTERED,
            offered=P.SHIFT,
        ),
        (S.REQUESTED, M.WITHDRAW): Transition(S.WITHDRAWN, (E.RETIRE_CARDS, E.NOTIFY_STAFF_WITHDRAWN), P.FREE),
        (S.REQUESTED, M.ASK_MOVE): Transition(S.REQUESTED, (E.RETIRE_CARDS, *_DECIDE), P.SHIFT),
        **_choosing_another(S.REQUESTED),
        **_closing(S.REQUESTED, paid=False),
        # Staff offered another time.
        (S.COUNTERED, M.ACCEPT): Transition(S.APPROVED, (E.NOTIFY_APPROVED, *_PAY_BY)),
        (S.COUNTERED, M.ACCEPT_PAID): Transition(S.CONFIRMED, (E.SETTLE_MONEY, E.NOTIFY_CONFIRMED, *_COMING)),
        (S.COUNTERED, M.EXPIRE): Transition(S.LAPSED, (E.NOTIFY_OFFER_LAPSED,), P.FREE),
        (S.COUNTERED, M.WITHDRAW): Transition(S.WITHDRAWN, (E.NOTIFY_STAFF_WITHDRAWN,), P.FREE),
        **_closing(S.COUNTERED, paid=False),
        # Approved, to be paid.
        (S.APPROVED, M.PAY): Transition(S.CONFIRMED, (E.NOTIFY_CONFIRMED, *_COMING)),
        (S.APPROVED, M.EXPIRE): Transition(S.UNPAID, (E.EXPIRE_CHECKOUT, E.NOTIFY_UNPAID), P.FREE),
        (S.APPROVED, M.ASK_MOVE): Transition(S.MOVING_UNPAID, (E.EXPIRE_CHECKOUT, *_DECIDE)),
        **_choosing_another(S.APPROVED),
        **_cancelling(S.APPROVED, paid=False),
        **_closing(S.APPROVED, paid=False),
        # Booked.
        **{(state, M.JOIN): Transition(state, counts=False) for state in State if state in STANDING},
        (S.CONFIRMED, M.COMPLETE): Transition(S.COMPLETED, (E.END_CALL, E.SETTLE_MONEY, E.NOTIFY_COMPLETED), P.FREE),
        (S.CONFIRMED, M.NO_SHOW): Transition(S.VISITOR_NO_SHOW, (E.END_CALL, E.SETTLE_MONEY, E.NOTIFY_NO_SHOW), P.FREE),
        (S.CONFIRMED, M.DECLINE): Transition(
            S.RESIDENT_DECLINED, (E.END_CALL, E.SETTLE_MONEY, E.NOTIFY_DECLINED), P.FREE
        ),
        (S.CONFIRMED, M.END): Transition(S.ENDED_BY_STAFF, (E.END_CALL, E.SETTLE_MONEY, E.NOTIFY_ENDED), P.FREE),
        (S.CONFIRMED, M.FAIL): Transition(S.TECHNICAL, (E.END_CALL, *_HELD, E.NOTIFY_TECHNICAL), P.FREE),
        (S.CONFIRMED, M.DOUBT): Transition(
            S.IN_DOUBT, (E.END_CALL, E.ASK_WHAT_HAPPENED, E.EXPIRE_DOUBT, E.NOTIFY_IN_DOUBT), P.FREE
        ),
        # The call is over and its record does not show whether the visit took place. Staff decide that.
        (S.IN_DOUBT, M.COMPLETE): Transition(S.COMPLETED, (E.SETTLE_MONEY, E.NOTIFY_TOOK_PLACE), P.FREE),
        (S.IN_DOUBT, M.FAIL): Transition(S.TECHNICAL, (*_HELD, E.NOTIFY_TECHNICAL), P.FREE),
        (S.CONFIRMED, M.ASK_MOVE): Transition(S.MOVING, _DECIDE),
        **_choosing_another(S.CONFIRMED),
        **_cancelling(S.CONFIRMED, paid=True),
        **_closing(S.CONFIRMED, paid=True),
        # A booked visit whose family requested another time. The old time stands until staff decide.
        (S.MOVING, M.APPROVE): Transition(S.TOPPING_UP, (E.RETIRE_CARDS, E.NOTIFY_TOP_UP, *_PAY_BY)),
        (S.MOVING, M.APPROVE_PAID): Transition(
            S.CONFIRMED, (E.RETIRE_CARDS, E.SETTLE_MONEY, E.NOTIFY_MOVED, *_COMING), P.SHIFT
        ),
        **_deciding(
            S.MOVING,
            Transition(S.CONFIRMED, (E.RETIRE_CARDS, E.NOTIFY_MOVE_DENIED), P.DROP),
            Transition(S.CONFIRMED, (E.RETIRE_CARDS, E.NOTIFY_MOVE_UNANSWERED), P.DROP),
            S.MOVING_COUNTERED,
        ),
        (S.MOVING, M.WITHDRAW): Transition(S.CONFIRMED, (E.RETIRE_CARDS,), P.DROP),
        **_cancelling(S.MOVING, paid=True),
        **_closing(S.MOVING, paid=True),
        (S.MOVING_COUNTERED, M.ACCEPT): Transition(S.TOPPING_UP, (E.NOTIFY_TOP_UP, *_PAY_BY)),
        (S.MOVING_COUNTERED, M.ACCEPT_PAID): Transition(
            S.CONFIRMED, (E.SETTLE_MONEY, E.NOTIFY_MOVED, *_COMING), P.SHIFT
        ),
        (S.MOVING_COUNTERED, M.EXPIRE): Transition(S.CONFIRMED, (E.NOTIFY_OFFER_LAPSED,), P.DROP),
        (S.MOVING_COUNTERED, M.WITHDRAW): Transition(S.CONFIRMED, places=P.DROP),
        **_cancelling(S.MOVING_COUNTERED, paid=True),
        **_closing(S.MOVING_COUNTERED, paid=True),
        (S.TOPPING_UP, M.PAY): Transition(S.CONFIRMED, (E.NOTIFY_MOVED, *_COMING), P.SHIFT),
        (S.TOPPING_UP, M.EXPIRE): Transition(S.CONFIRMED, (E.EXPIRE_CHECKOUT, E.NOTIFY_TOP_UP_UNPAID), P.DROP),
        (S.TOPPING_UP, M.WITHDRAW): Transition(S.CONFIRMED, (E.EXPIRE_CHECKOUT,), P.DROP),
        **_cancelling(S.TOPPING_UP, paid=True),
        **_closing(S.TOPPING_UP, paid=True),
        # The same for a visit that was approved and not paid yet.
        (S.MOVING_UNPAID, M.APPROVE_PAID): Transition(
            S.CONFIRMED, (E.RETIRE_CARDS, E.SETTLE_MONEY, E.NOTIFY_MOVED, *_COMING), P.SHIFT
        ),
        (S.MOVING_UNPAID_COUNTERED, M.ACCEPT_PAID): Transition(
            S.CONFIRMED, (E.SETTLE_MONEY, E.NOTIFY_MOVED, *_COMING), P.SHIFT
        ),
        (S.MOVING_UNPAID, M.APPROVE): Transition(S.APPROVED, (E.RETIRE_CARDS, E.NOTIFY_APPROVED, *_PAY_BY), P.SHIFT),
        **_deciding(
            S.MOVING_UNPAID,
            Transition(S.APPROVED, (*_BACK_TO_PAYING, E.NOTIFY_MOVE_DENIED), P.DROP),
            Transition(S.APPROVED, (*_BACK_TO_PAYING, E.NOTIFY_MOVE_UNANSWERED), P.DROP),
            S.MOVING_UNPAID_COUNTERED,
        ),
        (S.MOVING_UNPAID, M.WITHDRAW): Transition(S.APPROVED, _BACK_TO_PAYING, P.DROP),
        (S.MOVING_UNPAID, M.PAY): Transition(S.MOVING, (E.RETIRE_CARDS, *_DECIDE)),
        **_cancelling(S.MOVING_UNPAID, paid=False),
        **_closing(S.MOVING_UNPAID, paid=False),
        (S.MOVING_UNPAID_COUNTERED, M.ACCEPT): Transition(S.APPROVED, (E.NOTIFY_APPROVED, *_PAY_BY), P.SHIFT),
        (S.MOVING_UNPAID_COUNTERED, M.EXPIRE): Transition(S.APPROVED, (*_PAY_BY, E.NOTIFY_OFFER_LAPSED), P.DROP),
        (S.MOVING_UNPAID_COUNTERED, M.WITHDRAW): Transition(S.APPROVED, _PAY_BY, P.DROP),
        (S.MOVING_UNPAID_COUNTERED, M.PAY): Transition(S.MOVING_COUNTERED, (E.EXPIRE_OFFER,)),
        **_cancelling(S.MOVING_UNPAID_COUNTERED, paid=False),
        **_closing(S.MOVING_UNPAID_COUNTERED, paid=False),
    }
)


def find_transition(state: State, move: Move) -> Transition | None:
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
