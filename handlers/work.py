"""One unit of work: an open transaction with everything its functions share, and the way to run one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from handlers.deps import Deps
from scheduling.storage.database import Tx

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Work:
    """What every function inside one transaction gets.

    `now` is read once, when the transaction starts. `correlation` is the id of the request or job that caused the work; it
    is stored with jobs and events.
    """

    tx: Tx
    deps: Deps
    now: datetime
    correlation: str | None = None


def run(deps: Deps, act: Callable[[Work], T], *, correlation: str | None = None) -> T:
    """Run `act` in one transaction and commit. After a deadlock it runs again from the start, with a fresh `now`."""
    return deps.db.run(lambda tx: act(Work(tx, deps, deps.now(), correlation)))
