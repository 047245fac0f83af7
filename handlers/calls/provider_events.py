"""Who is in a call: somebody pressed Join, the mark of presence; and what a provider of video says of its rooms."""

from collections.abc import Iterable

import sqlalchemy as sa

from handlers.deps import Deps
from handlers.gateways.video.base import VideoEvent, visit_of
from handlers.wakeups import call_topic
from scheduling import queries
from scheduling.policy.vocabulary import ActorKind, LeftReason, LinkPurpose
from scheduling.storage.database import Tx
from scheduling.storage.tables import call_devices
from scheduling.visits import ending
from scheduling.visits.transition import Actor
from scheduling.visits.visit import get

"""Why somebody is gone of whom only the provider says so."""


def join(deps: Deps, token: str, *, correlation: str) -> bool:
    """Mark the family as there. False when the link does not open a visit now (too early, over, cancelled, revoked)."""

    def work(tx: Tx) -> bool:
        view = queries.by_link(tx, token, LinkPurpose.JOIN, now=deps.now())
        if view is None or view.revoked:
            return False
        # Pressed on two phones at once: under the lock the second sees that somebody is there already.
        visit, now = get(tx, view.details.visit.id, lock=True), deps.now()
        if not ending.joinable(visit, now=now, opens=visit.starts - view.details.facility.join_early):
            return False
        ending.join(tx, visit, actor=Actor(ActorKind.FAMILY, view.person_id, "page", correlation), now=now)
        return True

    return deps.db.run(work)


def apply(deps: Deps, events: Iterable[VideoEvent], *, correlation: str) -> list[str]:  # noqa: ARG001  # none follows yet
    """Write down what a provider says, in any order and however often: a word for each, for the log.

    Only what is newer than what we know is written: "old" otherwise, "unknown" when it is not of our rooms. Who left by
    the provider's word may come back the same way; who left by our own may not.
    """

    known = list(events)
    said = deps.db.run(lambda tx: [_apply(tx, deps, event) for event in known])
    for event, word in zip(known, said, strict=True):
        visit_id = _visit_of(deps, event)
        if visit_id is not None and word == event.kind:
            deps.wakeups.notify(call_topic(visit_id))
    return said


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
    if event.kind in ("left", "finished"):
        told = sa.update(call_devices).where(ours, there, devices.seen_at < at)
        changed = tx.execute(told.values(left_at=at, left_why=LeftReason.SILENT)).rowcount
    else:
        back = (devices.left_why == LeftReason.SILENT) & (devices.left_at < at)
        told = sa.update(call_devices).where(ours, there | back, devices.seen_at < at)
        changed = tx.execute(told.values(seen_at=at, left_at=None, left_why=None)).rowcount
    return event.kind if changed else "old"
