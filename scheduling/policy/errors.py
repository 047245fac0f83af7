"""What can go wrong when somebody asks the truth to change."""

from collections.abc import Sequence


class Refused(Exception):
    """The rules say no. `codes` holds every reason, not the first; sentences belong to the bot."""

    def __init__(self, codes: Sequence[str]) -> None:
        self.codes = tuple(codes)
        super().__init__(", ".join(self.codes))


class Conflict(Exception):
    """Somebody else moved the visit since the actor saw it; read it again before doing anything."""


class PlaceTaken(Exception):
    """A terminal, the resident or a visitor is not free at that time any more."""


class IllegalMove(Exception):
    """The lifecycle has no such move from that state."""

    def __init__(self, state: str, move: str) -> None:
        self.state = state
        self.move = move
        super().__init__(f"no move {move!r} from state {state!r}")
