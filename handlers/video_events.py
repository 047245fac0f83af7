"""Somebody pressed Join: the mark of presence."""

from handlers.deps import Deps
from scheduling import queries
from scheduling.db import Tx
from scheduling.visits import ending
from scheduling.visits.door import Actor
from scheduling.visits.visit import must


def join(deps: Deps, token: str, *, correlation: str) -> bool:
    """Mark the family as there. False when the link does not open a visit now (too early, over, cancelled, revoked)."""

    def work(tx: Tx) -> bool:
        view = queries.by_link(tx, token, "join", now=deps.now())
        if view is None or view.revoked:
            return False
        # Pressed on two phones at once: under the lock the second sees that somebody is there already.
        visit, now = must(tx, view.whole.visit.id, lock=True), deps.now()
        if not ending.joinable(visit, now=now, opens=visit.starts - view.whole.facility.join_early):
            return False
        ending.join(tx, visit, actor=Actor("family", view.person_id, "page", correlation), now=now)
        return True

    return deps.db.run(work)
