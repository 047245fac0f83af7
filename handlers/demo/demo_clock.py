"""The demonstration's clock: real time plus a jump that is kept in the record, so that a restart finds it again."""

import threading
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from handlers.deps import Deps, wall_clock
from handlers.jobs.worker import run_due
from handlers.operations.load_facilities import first_start
from handlers.tables import settings_rows
from scheduling import queries
from scheduling.calls import devices
from scheduling.facilities import store
from scheduling.policy.deadlines import next_staff_time
from scheduling.policy.ids import VisitId
from scheduling.policy.visit_state import State
from scheduling.storage import outbox
from scheduling.storage.database import Database, Tx, metadata, upsert_nothing

_NAME = "clock_ahead_seconds"
_ROUTINE = frozenset({"send", "handle_chat", "lapse_choice", "lapse_new"})


class DemoClock:
    """`now()` of the demonstration."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._lock = threading.Lock()
        with db.read() as tx:
            self._ahead = timedelta(seconds=_kept(tx))

    def __call__(self) -> datetime:
        return wall_clock() + self._ahead

    def jump(self, by: timedelta) -> None:
        """Move on; never back."""
        with self._lock:
            by = max(by, timedelta())
            ahead = self._ahead + by

            def work(tx: Tx) -> None:
                _keep(tx, ahead.total_seconds())
                devices.carry_along(tx, by)

            self._db.run(work)
            self._ahead = ahead

    def reset(self) -> None:
        """Back to real time."""
        with self._lock:
            self._db.run(lambda tx: _keep(tx, 0))
            self._ahead = timedelta()


def _kept(tx: Tx) -> float:
    return float(tx.execute(sa.select(settings_rows.c.value).where(settings_rows.c.name == _NAME)).scalar() or 0)


def _keep(tx: Tx, value: float) -> None:
    upsert_nothing(tx, settings_rows, [{"name": _NAME, "value": 0}])
    tx.execute(sa.update(settings_rows).where(settings_rows.c.name == _NAME).values(value=value))


def view(deps: Deps) -> dict[str, Any]:
    """The time, its zone, and the next thing due, in words for the demonstration's screen."""
    with deps.db.read() as tx:
        known = store.everyone(tx)
        zone = store.rules(tx, known[0]).zone if known else ZoneInfo("UTC")  # a reset is under way
        coming = _next(tx, deps.now())
    return {
        "now": deps.now().astimezone(zone).isoformat(),
        "zone": zone.key,
        "next": None if coming is None else {"at": coming[0].astimezone(zone).isoformat(), "what": coming[1]},
    }


_WORDS = {
    "ask_staff_again": "staff are asked again", "expire_request": "too late to decide", "expire_offer": "offer ends",
    "expire_payment": "pay-by", "remind_to_pay": "reminder to pay", "remind_day_before": "reminder, the day before",
    "remind_soon": "reminder, 15 minutes before", "finish": "end of the visit", "lapse_choice": "kept place lapses",
    "lapse_new": "kept place lapses", "join_opens": "the join page opens", "send_cards": "staff hours begin",
    "carry_out": "an answer takes effect", "begins": "the visit begins", "expire_doubt": "staff have said nothing",
    "give_back_carried": "what is held goes back",
}  # fmt: skip


def _next(tx: Tx, now: datetime) -> tuple[datetime, str] | None:
    """The next timer that still means something; sending and retrying are not worth a jump."""
    found: list[tuple[datetime, str]] = []
    for due, kind, payload in outbox.coming(tx):
        if kind not in _WORDS or kind in _ROUTINE:
            continue
        whole = queries.by_id(tx, VisitId(payload["visit"]))
        if whole is None or not _means_something(kind, payload, whole):
            continue
        if kind == "finish":
            starts = whole.visit.starts
            for at, what in ((starts - whole.facility.join_early, "join_opens"), (starts, "begins")):
                found.append((at, f"{_WORDS[what]}, {whole.visit.reference}"))
        found.append((due, f"{_WORDS[kind]}, {whole.visit.reference}"))
    return min((each for each in found if each[0] > now), default=None)


def _means_something(kind: str, payload: Any, whole: queries.VisitDetails) -> bool:
    if kind in ("finish", "remind_soon", "remind_day_before"):
        return whole.visit.live and whole.visit.starts.isoformat() == payload["starts"]
    if kind == "expire_doubt":
        return whole.visit.state is State.IN_DOUBT
    if kind == "give_back_carried":
        return whole.visit.holds
    return whole.visit.live and whole.visit.revision == payload["revision"]


def jump(deps: Deps, *, to: str = "", minutes: int = 0) -> dict[str, Any]:
    """Jump to the next thing due (`to="next"`) or so many minutes on, and do on the way what falls due, in its order."""
    clock = deps.now
    assert isinstance(clock, DemoClock)
    target = clock() + timedelta(minutes=minutes)
    if to == "next":
        with deps.db.read() as tx:
            coming = _next(tx, clock())
        if coming is None:
            return view(deps)
        target = coming[0] + timedelta(seconds=1)
    _walk(deps, clock, target)
    deps.wakeups.notify_all()  # whoever waits for a time has waited long enough
    return view(deps)


def _walk(deps: Deps, clock: "DemoClock", target: datetime) -> None:
    """Go there due by due: what is due earlier runs at its own time, as it would have."""
    while True:
        with deps.db.read() as tx:
            due = [at for at, _, _ in outbox.coming(tx) if clock() < at < target]
        if not due:
            break
        clock.jump(min(due) + timedelta(seconds=1) - clock())
        run_due(deps)
    clock.jump(target - clock())
    run_due(deps)


def reset(deps: Deps) -> None:
    """Empty every table, set the clock to real time, and load the sample again."""
    clock = deps.now
    assert isinstance(clock, DemoClock)

    def work(tx: Tx) -> None:
        for table in reversed(metadata.sorted_tables):
            tx.execute(sa.delete(table))

    deps.db.run(work)
    clock.reset()
    first_start(deps)
    begin(deps)
    deps.wakeups.notify_all()


def begin(deps: Deps) -> None:
    """A demonstration begins while staff are at work: at night its first card would wait until the morning."""
    clock = deps.now
    assert isinstance(clock, DemoClock)
    with deps.db.read() as tx:
        facility = store.rules(tx, store.everyone(tx)[0])
    clock.jump(next_staff_time(clock(), facility) - clock())
