"""The states of a visit, and what is true of a visit in each of them.

A state is one row of `State`. The groups of states that rules, queries and pages ask for are derived from the traits; a test
holds the traits to the table of transitions (`lifecycle.TABLE`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Self


class Outcome(StrEnum):
    """How a visit, or the attempt to move it, ended: the rows of the money table (`pricing.money_after`)."""

    NEVER_PAID = "never_paid"
    CANCELLED = "cancelled"
    MOVED = "moved"
    MOVE_REFUSED = "move_refused"
    FACILITY_CANCELLED = "facility_cancelled"
    COMPLETED = "completed"
    VISITOR_NO_SHOW = "visitor_no_show"
    RESIDENT_DECLINED = "resident_declined"
    ENDED_BY_STAFF = "ended_by_staff"
    TECHNICAL = "technical"
    UNANSWERED = "unanswered"


class WaitsFor(Enum):
    """What a state waits for. Each has its own deadline (`deadlines.deadline`)."""

    CHOICE = "the family chooses whether to ask"
    STAFF = "staff decide"
    ANSWER = "the family answers another time that staff offered"
    PAYMENT = "the family pays"


class Page(Enum):
    """What the pages behind a visit's links say when nothing is due."""

    OPEN = "nothing to pay, nothing to join yet"
    MOVING = "not paid yet, and another time is being decided"
    BOOKED = "paid, and can be joined at its time"
    OVER = "its time has passed"
    UNPAID = "the time to pay has passed"
    CANCELLED = "it does not take place"


@dataclass(frozen=True, slots=True, kw_only=True)
class StateTraits:
    """What is true of every visit in a state.

    `standing`: the visit is booked, so people are reminded of it, can join it, and it ends at its time. `holds_place`: the
    visit is live and holds a place. `counts`: it counts against the limits of a day and a week. `on_board`: it is on the
    board of its day. `holds_money`: its money may be held for a new time. `outcome`: how it ended; None while it is live,
    and while staff have not decided what happened.
    """

    waits_for: WaitsFor | None = None
    standing: bool = False
    holds_place: bool = False
    counts: bool = False
    on_board: bool = False
    holds_money: bool = False
    outcome: Outcome | None = None
    page: Page = Page.CANCELLED


def _live(
    waits_for: WaitsFor | None = None, page: Page = Page.OPEN, *, counts: bool = True, on_board: bool = True
) -> StateTraits:
    return StateTraits(
        waits_for=waits_for, standing=page is Page.BOOKED, holds_place=True, counts=counts, on_board=on_board, page=page
    )


def _never_booked(outcome: Outcome = Outcome.NEVER_PAID, page: Page = Page.CANCELLED) -> StateTraits:
    return StateTraits(outcome=outcome, page=page)


def _taken_away(outcome: Outcome, *, holds_money: bool = False) -> StateTraits:
    return StateTraits(on_board=True, holds_money=holds_money, outcome=outcome)


def _over(outcome: Outcome | None, *, counts: bool = False, holds_money: bool = False) -> StateTraits:
    return StateTraits(on_board=True, counts=counts, holds_money=holds_money, outcome=outcome, page=Page.OVER)


class State(StrEnum):
    """The state of a visit, with its traits. The first group is live and holds places; the second has ended."""

    traits: StateTraits

    def __new__(cls, value: str, *traits: StateTraits) -> Self:
        """One row: the value that is stored, and its traits. Optional for the type checker only: `State(value)` looks up."""
        member = str.__new__(cls, value)
        member._value_ = value
        (member.traits,) = traits
        return member

    NONE = "none", StateTraits()
    CHOOSING = "choosing", _live(WaitsFor.CHOICE, counts=False, on_board=False)
    REQUESTED = "requested", _live(WaitsFor.STAFF)
    COUNTERED = "countered", _live(WaitsFor.ANSWER)
    APPROVED = "approved", _live(WaitsFor.PAYMENT)
    CONFIRMED = "confirmed", _live(None, Page.BOOKED)
    MOVING = "moving", _live(WaitsFor.STAFF, Page.BOOKED)
    MOVING_COUNTERED = "moving_countered", _live(WaitsFor.ANSWER, Page.BOOKED)
    MOVING_UNPAID = "moving_unpaid", _live(WaitsFor.STAFF, Page.MOVING)
    MOVING_UNPAID_COUNTERED = "moving_unpaid_countered", _live(WaitsFor.ANSWER, Page.MOVING)
    TOPPING_UP = "topping_up", _live(WaitsFor.PAYMENT, Page.BOOKED)

    LAPSED = "lapsed", _never_booked()
    WITHDRAWN = "withdrawn", _never_booked()
    DENIED = "denied", _never_booked()
    UNANSWERED = "unanswered", _never_booked(Outcome.UNANSWERED)
    UNPAID = "unpaid", _never_booked(page=Page.UNPAID)
    CANCELLED = "cancelled", _taken_away(Outcome.CANCELLED)
    FACILITY_CANCELLED = "facility_cancelled", _taken_away(Outcome.FACILITY_CANCELLED, holds_money=True)
    COMPLETED = "completed", _over(Outcome.COMPLETED, counts=True)
    VISITOR_NO_SHOW = "visitor_no_show", _over(Outcome.VISITOR_NO_SHOW, counts=True)
    RESIDENT_DECLINED = "resident_declined", _over(Outcome.RESIDENT_DECLINED)
    ENDED_BY_STAFF = "ended_by_staff", _over(Outcome.ENDED_BY_STAFF, counts=True)
    TECHNICAL = "technical", _over(Outcome.TECHNICAL, holds_money=True)
    IN_DOUBT = "in_doubt", _over(None, counts=True)


def _with(condition: Callable[[StateTraits], bool]) -> frozenset[State]:
    return frozenset(state for state in State if condition(state.traits))


STANDING = _with(lambda traits: traits.standing)
LIVE = _with(lambda traits: traits.holds_place)
ENDED = frozenset(State) - LIVE - {State.NONE}
UNDECIDED = _with(lambda traits: traits.waits_for is WaitsFor.STAFF)
"""States in which staff have a card."""
OFFERED = _with(lambda traits: traits.waits_for is WaitsFor.ANSWER)
"""States in which the family has another time to answer."""
PAYABLE = _with(lambda traits: traits.waits_for is WaitsFor.PAYMENT)
"""States in which the pay link takes money."""
CARRIED = _with(lambda traits: traits.holds_money)
COUNTED = _with(lambda traits: traits.counts)
ON_BOARD = _with(lambda traits: traits.on_board)
OVER = _with(lambda traits: traits.page is Page.OVER)
"""States of a visit whose time has passed."""
