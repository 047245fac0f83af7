"""The places that a visit holds: for its own time, for the time it may be moved to, and for a pending counter-offer."""

from datetime import timedelta

from scheduling.policy.facility import Facility
from scheduling.policy.ids import TerminalId
from scheduling.policy.timespan import Span
from scheduling.policy.vocabulary import PlaceKind
from scheduling.storage.database import Tx
from scheduling.visits import decisions, places
from scheduling.visits.places import Place
from scheduling.visits.visit import Visit


def place_of(visit: Visit, facility: Facility) -> Place:
    """The place that the visit holds for its own time."""
    return place_at(visit, visit.terminal_id, visit.span, facility)


def new_place_of(visit: Visit, facility: Facility) -> Place | None:
    """The place that the visit holds for the time it may be moved to."""
    if visit.new_span is None or visit.new_terminal_id is None:
        return None
    return place_at(visit, visit.new_terminal_id, visit.new_span, facility)


def place_at(visit: Visit, terminal_id: TerminalId, span: Span, facility: Facility) -> Place:
    """The place that the visit needs on that terminal at that time."""
    free_after = timedelta(minutes=facility.turnaround)
    return Place(terminal_id, visit.resident_id, (visit.visitor_id,), span, free_after)


def release_unneeded(tx: Tx, visit: Visit, facility: Facility) -> None:
    """Release all but its place, the place it may be moved to, and the time of a pending counter-offer."""
    new = new_place_of(visit, facility)
    places.release_others(
        tx, visit.id, [place_of(visit, facility), *([new] if new else []), *_promised(tx, visit, facility)]
    )


def _promised(tx: Tx, visit: Visit, facility: Facility) -> list[Place]:
    """The place held for a pending decision, on whichever terminal it was taken."""
    pending = decisions.pending(tx, visit)
    if pending is None or pending.starts is None or pending.minutes is None:
        return []
    span = Span(pending.starts, pending.starts + timedelta(minutes=pending.minutes))
    held = places.held(tx, visit.id)
    terminals = sorted({which for what, which, _ in held if what == PlaceKind.TERMINAL})
    found = [place_at(visit, TerminalId(which), span, facility) for which in terminals]
    return [place for place in found if place.rows() <= held]
