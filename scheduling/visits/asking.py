"""A family holds a place and requests it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from scheduling.facilities import store
from scheduling.people import people
from scheduling.policy.chat_address import ChatAddress
from scheduling.policy.errors import PlaceTaken, Refused
from scheduling.policy.facility import Facility
from scheduling.policy.ids import TerminalId
from scheduling.policy.lifecycle import Move, find_transition
from scheduling.policy.pricing import price
from scheduling.policy.refusals import CommandRefusal, Refusal
from scheduling.policy.timespan import Span
from scheduling.policy.visit_state import OFFERED, State
from scheduling.policy.vocabulary import VisitFlag, VisitKind
from scheduling.storage.database import Tx, lock
from scheduling.storage.tables import people as people_table
from scheduling.storage.tables import residents, visits
from scheduling.visits import credit, places, transition
from scheduling.visits.references import fresh
from scheduling.visits.search import Wish, find_refusals, search
from scheduling.visits.transition import Actor
from scheduling.visits.visit import Visit, from_row
from scheduling.visits.visit_columns import NewTime, NewVisit
from scheduling.visits.visit_places import place_at, place_of


def lock_for(tx: Tx, wish: Wish) -> None:
    """Take the locks of a command in the fixed order: residents (with those they are kept apart from), then the visitor."""
    lock(tx, residents, {wish.resident.id, *people.apart_from(tx, wish.resident.id)})
    lock(tx, people_table, {wish.visitor.id})


def hold(tx: Tx, wish: Wish, start: datetime, *, chat: ChatAddress, actor: Actor, now: datetime) -> Visit:
    """Hold a place while the family decides (state `choosing`), for `choose_within`.

    A person has at most one such place: an earlier one is released. Raises Refused with every reason (`terminal_taken` when
    somebody was faster), or with `offer_open` while another time that was offered to this person is held.
    """
    lock_for(tx, wish)
    facility = store.rules(tx, wish.visitor.facility_id)
    with tx.begin_nested():  # when it raises Refused, the earlier place stays held
        _give_up_earlier(tx, wish, actor=actor, now=now)
        return _open(tx, wish, start, facility, chat=chat, actor=actor, now=now)


def _open(
    tx: Tx, wish: Wish, start: datetime, facility: Facility, *, chat: ChatAddress, actor: Actor, now: datetime
) -> Visit:
    terminals = free_terminals(tx, wish, start, now=now)
    for terminal_id in terminals:
        row: NewVisit = {
            "facility_id": wish.visitor.facility_id, "reference": fresh(tx, wish.visitor.facility_id, now=now),
            "kind": wish.kind, "visitor_id": wish.visitor.id, "resident_id": wish.resident.id,
            "relation": wish.resident.relation, "channel": chat.channel, "theirs": chat.theirs, "ours": chat.ours,
            "starts": start, "minutes": wish.minutes, "terminal_id": terminal_id,
            "price": price(facility, wish.minutes, wish.kind), "currency": facility.currency,
            "choose_until": now + facility.choose_within,
        }  # fmt: skip
        try:
            with tx.begin_nested():
                visit = transition.open_visit(tx, row, actor=actor, now=now)
                places.take(tx, visit.id, place_of(visit, facility))
        except PlaceTaken:
            continue
        return visit
    raise Refused([Refusal.TERMINAL_TAKEN])


def free_terminals(tx: Tx, wish: Wish, start: datetime, *, now: datetime) -> tuple[TerminalId, ...]:
    """The terminals that are free for this wish at that time. Raises Refused with every reason when there is none."""
    span = Span(start, start + timedelta(minutes=wish.minutes))
    if codes := find_refusals(tx, wish, span, now=now):
        raise Refused(codes)
    for time in search(tx, wish, span, now=now):
        if time.start == span.start:
            return time.terminals
    raise Refused([Refusal.TERMINAL_TAKEN])


def _give_up_earlier(tx: Tx, wish: Wish, *, actor: Actor, now: datetime) -> None:
    if any(visit.state in OFFERED and visit.id != wish.moving for visit in live_of(tx, wish)):
        raise Refused([CommandRefusal.OFFER_OPEN])
    release_choices(tx, wish, actor=actor, now=now)


def release_choices(tx: Tx, wish: Wish, *, actor: Actor, now: datetime) -> None:
    """Release every place that this visitor holds while choosing, except that of the visit being moved."""
    for visit in live_of(tx, wish):
        if visit.state is State.CHOOSING:
            transition.apply(tx, visit, Move.WITHDRAW, actor=actor, now=now, reason="chose_another")
        elif visit.id != wish.moving and _can_release_new(visit):
            transition.apply(
                tx, visit, Move.RELEASE_NEW, actor=actor, now=now, reason="chose_another", choose_until=None
            )


def _can_release_new(visit: Visit) -> bool:
    """Whether the visit holds a second place that its family is still choosing."""
    return visit.new_starts is not None and find_transition(visit.state, Move.RELEASE_NEW) is not None


def live_of(tx: Tx, wish: Wish) -> Sequence[Visit]:
    """The visits of the visitor that have not ended."""
    mine = (visits.c.visitor_id == wish.visitor.id) & visits.c.ended_at.is_(None)
    rows = tx.execute(sa.select(visits).where(mine).order_by(visits.c.id)).mappings().all()
    return [from_row(row) for row in rows]


def ask(tx: Tx, visit: Visit, wish: Wish, *, actor: Actor, now: datetime) -> Visit:
    """Request the held place from staff, at the price that was read back.

    Checks everything again under the locks. When it raises Refused, the place stays held.
    """
    lock_for(tx, wish)
    mine = Wish(wish.visitor, wish.resident, wish.kind, wish.minutes, moving=visit.id)
    if codes := find_refusals(tx, mine, visit.span, now=now):
        raise Refused(codes)
    held = credit.held_for(tx, visit.visitor_id, visit.resident_id, visit.kind, visit.currency, now=now)
    return transition.apply(
        tx, visit, Move.ASK, actor=actor, now=now, asked_at=now, asked_count=1, choose_until=None,
        flags=flags(tx, wish), carries=None if held is None else held.id,
    )  # fmt: skip


def ask_at(tx: Tx, wish: Wish, start: datetime, *, chat: ChatAddress, actor: Actor, now: datetime) -> Visit:
    """Hold and request in one step, when the number of an offered time was sent. It ignores open counter-offers."""
    lock_for(tx, wish)
    facility = store.rules(tx, wish.visitor.facility_id)
    with tx.begin_nested():  # both steps or neither
        release_choices(tx, wish, actor=actor, now=now)
        visit = _open(tx, wish, start, facility, chat=chat, actor=actor, now=now)
        return ask(tx, visit, wish, actor=actor, now=now)


def flags(tx: Tx, wish: Wish) -> list[VisitFlag]:
    """What staff should know: a first visit of this visitor and resident (never of an attorney)."""
    if wish.kind == VisitKind.LEGAL:
        return []
    pair = (visits.c.visitor_id == wish.visitor.id) & (visits.c.resident_id == wish.resident.id)
    before = sa.select(visits.c.id).where(pair & (visits.c.state == State.COMPLETED)).limit(1)
    return [] if tx.execute(before).first() else [VisitFlag.FIRST_VISIT]


def hold_second_place(tx: Tx, visit: Visit, wish: Wish, terminals: Sequence[TerminalId], start: datetime) -> NewTime:
    """Hold a second place for a visit on the first free of these terminals. Returns the `new_*` columns to store."""
    facility = store.rules(tx, visit.facility_id)
    span = Span(start, start + timedelta(minutes=wish.minutes))
    same = wish.minutes == visit.minutes
    for terminal_id in terminals:
        try:
            places.take(tx, visit.id, place_at(visit, terminal_id, span, facility))
        except PlaceTaken:
            continue
        cost = visit.price if same else price(facility, wish.minutes, visit.kind)
        return {"new_starts": start, "new_minutes": wish.minutes, "new_terminal_id": terminal_id, "new_price": cost}
    raise Refused([Refusal.TERMINAL_TAKEN])


def expire_choice(tx: Tx, visit: Visit, *, now: datetime) -> Visit | None:
    """Release a held place whose family did not decide in time. None when they decided, or chose another time."""
    if visit.choose_until is None or visit.choose_until > now:
        return None
    if visit.state is State.CHOOSING:
        return transition.apply(tx, visit, Move.LAPSE, actor=transition.TIMER, now=now)
    if _can_release_new(visit):
        return transition.apply(tx, visit, Move.LAPSE_NEW, actor=transition.TIMER, now=now, choose_until=None)
    return None
