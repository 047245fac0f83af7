"""The demonstration's clock: real time plus an offset that is stored in the database, so that a restart keeps it."""

import threading
from datetime import datetime, time, timedelta
from typing import TypedDict
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
from scheduling.policy.job_payloads import DecisionJob, JobKind, VisitJob
from scheduling.policy.json_values import from_plain
from scheduling.policy.lifecycle import Effect
from scheduling.policy.visit_state import State
from scheduling.storage import outbox
from scheduling.storage.database import Database, Tx, insert_or_ignore, metadata

TEN = time(10)
_NAME = "clock_ahead_seconds"
_ROUTINE = frozenset({JobKind.SEND, JobKind.HANDLE_CHAT, Effect.LAPSE_CHOICE, Effect.LAPSE_NEW})


class ComingEvent(TypedDict):
    """The next thing due: when (ISO 8601), and a clause that says what."""

    at: str
    what: str


class ClockView(TypedDict):
    """The demonstration's time (ISO 8601) and zone, and the next thing due, as the simulator's screen shows them."""

    now: str
    zone: str
    next: ComingEvent | None


class DemoClock:
    """The clock of the demonstration: calling it gives its time."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._lock = threading.Lock()
        with db.read() as tx:
            found = _stored(tx)
        self.new = found is None
        """Whether no offset was stored: the first demonstration on this database begins."""
        self._ahead = timedelta(seconds=found or 0)

    def __call__(self) -> datetime:
        return wall_clock() + self._ahead

    def jump(self, by: timedelta) -> None:
        """Move the clock forward. A negative `by` counts as zero."""
        with self._lock:
            by = max(by, timedelta())
            ahead = self._ahead + by

            def work(tx: Tx) -> None:
                _store(tx, ahead.total_seconds())
                devices.shift_clock(tx, by)

            self._db.run(work)
            self._ahead = ahead

    def reset(self) -> None:
        """Set the clock to real time."""
        with self._lock:
            self._db.run(lambda tx: _store(tx, 0))
            self._ahead = timedelta()


def _stored(tx: Tx) -> float | None:
    found = tx.execute(sa.select(settings_rows.c.value).where(settings_rows.c.name == _NAME)).scalar()
    return None if found is None else float(found)


def _store(tx: Tx, value: float) -> None:
    insert_or_ignore(tx, settings_rows, [{"name": _NAME, "value": 0}])
    tx.execute(sa.update(settings_rows).where(settings_rows.c.name == _NAME).values(value=value))


def view(deps: Deps) -> ClockView:
    """The time, its zone, and the next thing due."""
    with deps.db.read() as tx:
        known = store.everyone(tx)
        zone = store.rules(tx, known[0]).zone if known else ZoneInfo("UTC")  # a reset is under way
        coming = _next(tx, deps.now())
    following = None if coming is None else ComingEvent(at=coming[0].astimezone(zone).isoformat(), what=coming[1])
    return ClockView(now=deps.now().astimezone(zone).isoformat(), zone=zone.key, next=following)


_WORDS = {
    "ask_staff_again": "staff are asked again", "expire_request": "the time to decide ends",
    "expire_offer": "the offer ends", "expire_payment": "the time to pay ends",
    "remind_to_pay": "the reminder to pay is sent", "remind_day_before": "the reminder a day before is sent",
    "remind_soon": "the reminder 15 minutes before is sent", "join_opens": "the call opens",
    "begins": "the visit begins", "finish": "the visit ends", "lapse_choice": "the kept place lapses",
    "lapse_new": "the kept place lapses", "send_cards": "staff hours begin",
    "carry_out": "the officer's answer takes effect",
    "expire_doubt": "staff have not said what happened", "give_back_carried": "the held money is given back",
}  # fmt: skip
"""Job kind, or moment of a visit -> a clause: the simulator puts it after "when" and after "Just now:"."""


def _next(tx: Tx, now: datetime) -> tuple[datetime, str] | None:
    """The next timer that still has an effect. Sending and retrying are not worth a jump."""
    found: list[tuple[datetime, str]] = []
    for due, kind, payload in outbox.queued(tx):
        if kind not in _WORDS or kind in _ROUTINE:
            continue
        is_decision = kind == JobKind.CARRY_OUT
        job = from_plain(DecisionJob, payload) if is_decision else from_plain(VisitJob, payload)
        details = queries.by_id(tx, job.visit)
        if details is None or not _has_effect(kind, job, details):
            continue
        if kind == Effect.FINISH:
            starts = details.visit.starts
            for at, what in ((starts - details.facility.join_early, "join_opens"), (starts, "begins")):
                found.append((at, f"{_WORDS[what]} ({details.visit.reference})"))
        found.append((due, f"{_WORDS[kind]} ({details.visit.reference})"))
    return min((each for each in found if each[0] > now), default=None)


def _has_effect(kind: str, job: VisitJob | DecisionJob, details: queries.VisitDetails) -> bool:
    """Whether a timer still acts: its visit has not changed since it was queued."""
    if kind in (Effect.FINISH, Effect.REMIND_SOON, Effect.REMIND_DAY_BEFORE) and isinstance(job, VisitJob):
        return details.visit.live and details.visit.starts == job.starts
    if kind == Effect.EXPIRE_DOUBT:
        return details.visit.state is State.IN_DOUBT
    if kind == Effect.GIVE_BACK_CARRIED:
        return details.visit.holds
    return details.visit.live and details.visit.revision == job.revision


def jump(deps: Deps, *, to: str = "", minutes: int = 0) -> ClockView:
    """Jump to the next thing due (`to="next"`) or by some minutes, and run on the way what becomes due, in its order."""
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
    deps.wakeups.notify_all()  # some may wait for a time that has come
    return view(deps)


def _walk(deps: Deps, clock: "DemoClock", target: datetime) -> None:
    """Move the clock from one due time to the next up to `target`, so that each job runs at its own time."""
    while True:
        with deps.db.read() as tx:
            due = [at for at, _, _ in outbox.queued(tx) if clock() < at < target]
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
    """Move the clock to the next Monday at 10:00 in the facility's zone, so that the README's steps hold at any hour.

    If staff do not work then, it moves on to their next working hour: before it, the first card would be delayed.
    """
    clock = deps.now
    assert isinstance(clock, DemoClock)
    with deps.db.read() as tx:
        facility = store.rules(tx, store.everyone(tx)[0])
    clock.jump(next_staff_time(next_monday(clock(), facility.zone), facility) - clock())


def next_monday(now: datetime, zone: ZoneInfo) -> datetime:
    """The first Monday at 10:00 in this zone that is not over."""
    local = now.astimezone(zone)
    day = local.date() + timedelta(days=-local.weekday() % 7)
    monday = datetime.combine(day, TEN, zone)
    return monday if monday >= local else datetime.combine(day + timedelta(days=7), TEN, zone)
