"""Presence in a call: pressing Join on a page without scripts, and the events of the video provider."""

from collections.abc import Iterable

import sqlalchemy as sa

from handlers.deps import Deps
from handlers.gateways.video.base import VideoEvent, VideoEventKind, visit_of
from handlers.wakeups import call_topic
from scheduling import queries
from scheduling.policy.vocabulary import ActorKind, LeftReason, LinkPurpose
from scheduling.storage.database import Tx
from scheduling.storage.tables import call_devices
from scheduling.visits import ending
from scheduling.visits.transition import Actor
from scheduling.visits.visit import get


def join(deps: Deps, token: str, *, correlation: str) -> bool:
    """Mark the family as present. False when the link opens no visit now (too early, over, cancelled, revoked)."""

    def work(tx: Tx) -> bool:
        view = queries.by_link(tx, token, LinkPurpose.JOIN, now=deps.now())
        if view is None or view.revoked:
            return False
        # If two phones press at once, the second sees under the lock that the family is marked already.
        visit, now = get(tx, view.details.visit.id, lock=True), deps.now()
        if not ending.joinable(visit, now=now, opens=visit.starts - view.details.facility.join_early):
            return False
        ending.join(tx, visit, actor=Actor(ActorKind.FAMILY, view.person_id, "page", correlation), now=now)
        return True

    return deps.db.run(work)


def apply(deps: Deps, events: Iterable[VideoEvent], *, correlation: str) -> list[str]:  # noqa: ARG001  # nothing follows yet
    """Record events of a provider. They may come in any order, and repeatedly. Returns an outcome for each, for the log.

    An event is recorded only if it is newer than what we know: otherwise its outcome is "old", or "unknown" if its room is
    not ours. A device that left by an event may return by an event; one that we took out of the call may not.
    """

    received = list(events)
    outcomes = deps.db.run(lambda tx: [_apply(tx, deps, event) for event in received])
    for event, outcome in zip(received, outcomes, strict=True):
        visit_id = _visit_of(deps, event)
        if visit_id is not None and outcome == event.kind:
            deps.wakeups.notify(call_topic(visit_id))
    return outcomes


def _visit_of(deps: Deps, event: VideoEvent) -> int | None:
    return visit_of(deps.settings.secret_key.get_secret_value(), event.room)


def _apply(tx: Tx, deps: Deps, event: VideoEvent) -> str:
    visit_id = _visit_of(deps, event)
    if visit_id is None:
        return "unknown"
    devices, at = call_devices.c, min(event.at, deps.now())
    ours = devices.visit_id == visit_id
    if event.device is not None:
        ours &= devices.id == event.device
        if tx.execute(sa.select(devices.id).where(ours)).first() is None:
            return "unknown"
    there = devices.left_at.is_(None)
    if event.kind in (VideoEventKind.LEFT, VideoEventKind.FINISHED):
        leave = sa.update(call_devices).where(ours, there, devices.seen_at < at)
        changed = tx.execute(leave.values(left_at=at, left_why=LeftReason.SILENT)).rowcount
    else:
        may_return = (devices.left_why == LeftReason.SILENT) & (devices.left_at < at)
        enter = sa.update(call_devices).where(ours, there | may_return, devices.seen_at < at)
        changed = tx.execute(enter.values(seen_at=at, left_at=None, left_why=None)).rowcount
    return event.kind if changed else "old"
