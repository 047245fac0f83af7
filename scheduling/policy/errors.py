"""Errors that commands of scheduling raise."""

from collections.abc import Sequence

from scheduling.policy.lifecycle import Move
from scheduling.policy.refusals import CommandRefusal, Refusal
from scheduling.policy.visit_state import State


class Refused(Exception):
    """The rules refuse the request. `codes` has every reason, not only the first; the bot turns them into sentences."""

    def __init__(self, codes: Sequence[Refusal | CommandRefusal]) -> None:
        self.codes = tuple(codes)
        super().__init__(", ".join(self.codes))


class Conflict(Exception):
    """The visit has changed since the actor read it, who must read it again first."""


class PlaceTaken(Exception):
    """The terminal, the resident or a visitor is not free at that time any more."""


class IllegalMove(Exception):
    """The transition table has no such move from that state."""

    def __init__(self, state: State, move: Move) -> None:
        self.state = state
        self.move = move
        super().__init__(f"no move {move.value!r} from state {state.value!r}")
