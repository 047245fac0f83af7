"""Records every request to a webhook or through a link, forged ones included. The console shows them as "in"."""

from bot.channels.base import Forged
from handlers import tables
from handlers.deps import Deps
from scheduling.storage.database import insert

__all__ = ["Forged", "record"]


def record(
    deps: Deps, *, provider: str, kind: str, status: int, outcome: str, who: str | None, correlation: str
) -> None:
    """Record a request and how it was answered, in a short transaction of its own.

    `status` is the HTTP status of the response. `who` is the sender, masked already (`logs.mask_number`).
    """
    with deps.db.begin() as tx:
        insert(
            tx, tables.requests, at=deps.now(), provider=provider, kind=kind, status=status, outcome=outcome, who=who,
            correlation=correlation,
        )  # fmt: skip
